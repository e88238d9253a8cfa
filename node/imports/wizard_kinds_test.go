package imports_test

import (
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/node/imports"
	nodelocale "casehub/node/locale"
)

// What a page offers to begin with passes what the node asks of a mapping, and its words
// name the variables that it names.
func TestTheFirstMappingOfALiveKindNamesItsOwnSecrets(t *testing.T) {
	words, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	live := 0
	for _, k := range imports.Kinds() {
		for _, lang := range words.Languages() {
			for _, key := range []string{"wizard.kind-", "wizard.about-", "wizard.how-"} {
				if !words.HasKey(lang, key+k.Type) {
					t.Errorf("%s%s: no words in %q", key, k.Type, lang)
				}
			}
		}
		for _, s := range imports.StartsFor(k.Type) {
			for _, lang := range words.Languages() {
				if !words.HasKey(lang, "wizard.start-"+s.Name) {
					t.Errorf("the ready mapping %s of %s has no words in %q", s.Name, k.Type, lang)
				}
			}
		}
		if !k.Live {
			continue
		}
		live++
		m, err := imports.SourceSettings([]byte(k.Settings))
		if err != nil || m.SourceType != k.Type {
			t.Errorf("%s: %v", k.Type, err)
			continue
		}
		settings, err := m.SourceJSON()
		if err != nil {
			t.Fatal(err)
		}
		variables := 0
		err = adapters.EachSetting(settings, func(key, name string) error {
			if !adapters.IsVariable(key) {
				return nil
			}
			variables++
			if !adapters.IsSecretName(name) {
				t.Errorf("%s: %s names %s, which the node refuses", k.Type, key, name)
			}
			for _, lang := range words.Languages() {
				if how := words.Text(lang, "wizard.how-"+k.Type); !strings.Contains(how, name+" ") {
					t.Errorf("%s: the words in %q do not name %s", k.Type, lang, name)
				}
			}
			return nil
		})
		if err != nil || variables == 0 {
			t.Errorf("%s: %d variables, %v", k.Type, variables, err)
		}
	}
	if types := imports.LiveTypes(); live == 0 || live != len(types) {
		t.Errorf("%d live kinds, %v", live, types)
	}
}
