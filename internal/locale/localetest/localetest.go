// Package localetest checks that a part's catalogues and what the part says
// belong together: no key that a template or an error uses is missing in a
// language, none lies unused, and translations have the same placeholders and
// every plural form that their language needs.
package localetest

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"casehub/internal/locale"
)

// Check fails t for every fault. The catalogue is the one that the part runs
// with; own are the part's own messages, which must all be used; sources are
// folders with the part's Go files and templates, tests left out.
func Check(t testing.TB, c *locale.Catalog, own fs.FS, sources ...fs.FS) {
	t.Helper()
	faults, err := Faults(c, own, sources...)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Error(f)
	}
}

// Faults returns what Check complains about, in ascending order. It fails when
// a file cannot be read, and when no source uses a key at all: then it looked
// in the wrong place.
func Faults(c *locale.Catalog, own fs.FS, sources ...fs.FS) ([]string, error) {
	u := uses{keys: map[string]string{}, words: map[string]bool{}}
	for _, s := range sources {
		if err := u.read(s); err != nil {
			return nil, err
		}
	}
	if len(u.keys) == 0 {
		return nil, fmt.Errorf("no source uses any key")
	}
	mine, err := keysOf(own)
	if err != nil {
		return nil, err
	}
	faults := slices.Concat(missing(c, u), unused(mine, u), unequal(c, mine))
	slices.Sort(faults)
	return faults, nil
}

// keysOf returns the keys that a part adds, of all languages.
func keysOf(own fs.FS) ([]string, error) {
	ground, err := locale.Load()
	if err != nil {
		return nil, err
	}
	c, err := locale.Load(own)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for _, lang := range c.Languages() {
		for _, k := range c.Keys(lang) {
			all[k] = true
		}
	}
	for _, k := range ground.Keys(locale.Default) {
		delete(all, k)
	}
	return slices.Sorted(maps.Keys(all)), nil
}

func missing(c *locale.Catalog, u uses) []string {
	var faults []string
	for key, where := range u.keys {
		for _, lang := range c.Languages() {
			if !c.HasKey(lang, key) {
				faults = append(faults, fmt.Sprintf("%s: no message in %q, used in %s", key, lang, where))
			}
		}
	}
	return faults
}

func unused(mine []string, u uses) []string {
	var faults []string
	for _, key := range mine {
		if !u.used(key) {
			faults = append(faults, key+": no template and no Go file uses it")
		}
	}
	return faults
}

// placeholder is a value inside a message.
var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

// unequal compares each message of the part across languages.
func unequal(c *locale.Catalog, mine []string) []string {
	var faults []string
	for _, key := range mine {
		first := c.Forms(locale.Default, key)
		for _, lang := range c.Languages() {
			forms := c.Forms(lang, key)
			switch {
			case forms == nil:
				faults = append(faults, fmt.Sprintf("%s: no message in %q, which another language has", key, lang))
			case !slices.Equal(placeholders(first), placeholders(forms)):
				faults = append(faults, fmt.Sprintf("%s: the values inside differ between %q and %q", key, locale.Default, lang))
			case (len(first) > 1) != (len(forms) > 1):
				faults = append(faults, fmt.Sprintf("%s: has plural forms in one of %q and %q only", key, locale.Default, lang))
			case len(forms) > 1:
				faults = append(faults, incomplete(lang, key, forms)...)
			}
		}
	}
	return faults
}

func placeholders(forms map[string]string) []string {
	all := map[string]bool{}
	for _, text := range forms {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			all[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// probe is a message that answers with the name of the form it was asked for.
const probe = `[probe.form]
zero = "zero"
one = "one"
two = "two"
few = "few"
many = "many"
other = "other"`

// incomplete finds plural forms that whole numbers of a language fall in and
// that a message lacks.
func incomplete(lang, key string, forms map[string]string) []string {
	c, err := locale.Load(fstest.MapFS{
		locale.Default + ".toml": {Data: []byte(probe)}, lang + ".toml": {Data: []byte(probe)},
	})
	if err != nil {
		return []string{err.Error()}
	}
	needed := map[string]bool{}
	for _, n := range append(counts(), 1_000_000) {
		needed[c.Text(lang, "probe.form", "n", n)] = true
	}
	var faults []string
	for _, form := range slices.Sorted(maps.Keys(needed)) {
		if forms[form] == "" {
			faults = append(faults, fmt.Sprintf("%s: %q lacks the plural form %q", key, lang, form))
		}
	}
	return faults
}

// counts are numbers that show every form that depends on the last two digits.
func counts() []int {
	all := make([]int, 201)
	for i := range all {
		all[i] = i
	}
	return all
}

// read collects the uses of keys in one folder and below.
func (u *uses) read(source fs.FS) error {
	return fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(path.Base(name), ".") || path.Base(name) == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		text, err := fs.ReadFile(source, name)
		switch {
		case err != nil:
			return err
		case path.Ext(name) == ".html":
			return u.template(name, string(text))
		case path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go"):
			return u.golang(name, text)
		}
		return nil
	})
}
