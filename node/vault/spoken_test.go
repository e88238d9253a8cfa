package vault

import (
	"slices"
	"testing"
)

// TestAKeyIsSaidInSixWords: the same words each time, others for another key, and
// as many in each language.
func TestAKeyIsSaidInSixWords(t *testing.T) {
	key, other := make([]byte, 32), make([]byte, 32)
	other[31] = 1
	for _, lang := range []string{"en", "es"} {
		said := Spoken(key, lang)
		if len(said) != 6 || slices.Contains(said, "") || !slices.Equal(said, Spoken(key, lang)) || slices.Equal(said, Spoken(other, lang)) {
			t.Errorf("%s: %v and %v", lang, said, Spoken(other, lang))
		}
	}
}
