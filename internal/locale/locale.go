// Package locale holds what the program says to people, in each language it
// speaks, and how numbers, money and days are written there.
//
// Messages live in TOML files, one for each language and part, named by their
// language ("en.toml"). A key is its tables and its name joined by dots: name
// "closed-on" in table [cases] is "cases.closed-on". A message with plural
// forms is a table of the CLDR categories (one, many, other); the argument "n"
// chooses among them. For that reason no key may end in the name of a CLDR
// category, nor in id, hash, description, leftdelim or rightdelim.
//
// Load merges several file systems: what this package says itself (months, and
// the errors of internal/civil), the web kit, and a part of the program. A key
// that stands in two of them is an error. Formats are in format.go.
package locale

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"casehub/internal/errs"
)

//go:embed *.toml
var own embed.FS

// Default is the language of a person whose own is not among the catalogues.
const Default = "en"

// Catalog holds the messages of every language. It does not change after Load
// and serves many goroutines.
type Catalog struct {
	bundle  *i18n.Bundle
	matcher language.Matcher
	names   []string // in the order of the matcher
	tongues map[string]*tongue
}

// tongue is one language.
type tongue struct {
	tag      language.Tag
	say      *i18n.Localizer
	messages map[string]*i18n.Message
	numbers  numbers
}

// Load reads every *.toml at the root of each file system. It fails on a file
// that does not parse, a key that stands twice, and a missing English catalogue.
func Load(files ...fs.FS) (*Catalog, error) {
	c := &Catalog{bundle: i18n.NewBundle(language.English), tongues: map[string]*tongue{}}
	c.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, f := range append([]fs.FS{own}, files...) {
		if err := c.load(f); err != nil {
			return nil, fmt.Errorf("loading messages: %w", err)
		}
	}
	if c.tongues[Default] == nil {
		return nil, fmt.Errorf("loading messages: no %s.toml", Default)
	}
	c.index()
	return c, nil
}

func (c *Catalog) load(files fs.FS) error {
	paths, err := fs.Glob(files, "*.toml")
	if err != nil {
		return err
	}
	for _, p := range paths {
		text, err := fs.ReadFile(files, p)
		if err != nil {
			return err
		}
		f, err := c.bundle.ParseMessageFileBytes(text, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		if err := c.add(strings.TrimSuffix(path.Base(p), ".toml"), f); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

func (c *Catalog) add(name string, f *i18n.MessageFile) error {
	t := c.tongues[name]
	if t == nil {
		t = &tongue{
			tag: f.Tag, say: i18n.NewLocalizer(c.bundle, name),
			messages: map[string]*i18n.Message{}, numbers: numbersOf(f.Tag),
		}
		c.tongues[name] = t
	}
	for _, m := range f.Messages {
		if t.messages[m.ID] != nil {
			return fmt.Errorf("key %s stands twice", m.ID)
		}
		t.messages[m.ID] = m
	}
	return nil
}

// index puts the default language first, so that the matcher falls back to it.
func (c *Catalog) index() {
	c.names = append(c.names, Default)
	for _, n := range slices.Sorted(maps.Keys(c.tongues)) {
		if n != Default {
			c.names = append(c.names, n)
		}
	}
	tags := make([]language.Tag, len(c.names))
	for i, n := range c.names {
		tags[i] = c.tongues[n].tag
	}
	c.matcher = language.NewMatcher(tags)
}

// Languages returns the names of the languages, the default first.
func (c *Catalog) Languages() []string { return slices.Clone(c.names) }

// Has reports whether there is a catalogue of that name.
func (c *Catalog) Has(lang string) bool { return c.tongues[lang] != nil }

// Match returns the language that serves a reader best. Preferences come most
// wanted first, each a tag ("es-MX") or an Accept-Language header.
func (c *Catalog) Match(preferences ...string) string {
	_, i := language.MatchStrings(c.matcher, preferences...)
	return c.names[i]
}

// RightToLeft reports whether the language is written from right to left.
func (c *Catalog) RightToLeft(lang string) bool {
	script, _ := c.tongue(lang).tag.Script()
	switch script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm":
		return true
	}
	return false
}

func (c *Catalog) tongue(lang string) *tongue {
	if t := c.tongues[lang]; t != nil {
		return t
	}
	return c.tongues[Default]
}

// Text returns a message. Arguments are pairs of a name and a value; whole
// numbers are written as the language writes them, and the one named "n"
// chooses the plural form. A key that no catalogue has comes back in brackets,
// which localetest keeps from happening.
func (c *Catalog) Text(lang, key string, args ...any) string {
	if len(args)%2 != 0 {
		return "[" + key + "]"
	}
	t := c.tongue(lang)
	cfg := &i18n.LocalizeConfig{MessageID: key}
	data := make(map[string]any, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		name := fmt.Sprint(args[i])
		n, whole := integer(args[i+1])
		switch {
		case whole:
			data[name] = t.numbers.whole(n)
			if name == "n" {
				cfg.PluralCount = n
			}
		default:
			data[name] = args[i+1]
		}
	}
	cfg.TemplateData = data
	s, _ := t.say.Localize(cfg)
	if s == "" {
		return "[" + key + "]"
	}
	return s
}

// Error returns what a person is told about an error: the message of its key,
// or, for an error without a key, that something went wrong.
func (c *Catalog) Error(lang string, err error) string {
	e := errs.As(err)
	if e == nil {
		return c.Text(lang, "error.internal")
	}
	var args []any
	for name, v := range e.Args() {
		args = append(args, name, v)
	}
	return c.Text(lang, e.Key(), args...)
}

// Keys returns the keys of a language in ascending order.
func (c *Catalog) Keys(lang string) []string {
	return slices.Sorted(maps.Keys(c.tongue(lang).messages))
}

// HasKey reports whether a language says key.
func (c *Catalog) HasKey(lang, key string) bool {
	t := c.tongues[lang]
	return t != nil && t.messages[key] != nil
}

// Forms returns the texts of a message by plural category; a message without
// plural forms has "other" alone. It returns nil for a key that is not there.
func (c *Catalog) Forms(lang, key string) map[string]string {
	t := c.tongues[lang]
	if t == nil || t.messages[key] == nil {
		return nil
	}
	m := t.messages[key]
	forms := map[string]string{}
	for name, s := range map[string]string{
		"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other,
	} {
		if s != "" {
			forms[name] = s
		}
	}
	return forms
}

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	case uint32:
		return int64(n), true
	case uint64:
		return int64(n), n <= 1<<62
	case uint:
		return int64(n), n <= 1<<62
	}
	return 0, false
}
