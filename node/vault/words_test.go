package vault_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/tyler-smith/go-bip39"
	"github.com/tyler-smith/go-bip39/wordlists"
	"pgregory.net/rapid"

	"casehub/internal/privacytest"
	"casehub/internal/text"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

var drawKey = rapid.Custom(func(t *rapid.T) vault.Key {
	return vault.Key(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "bytes"))
})

// The words are those of BIP39: any wallet or tool that knows it reads ours.
func TestWordsAreThoseOfBIP39(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := drawKey.Draw(t, "key")
		want, err := bip39.NewMnemonic(key[:])
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(vault.WordsOf(key).List("en"), " "); got != want {
			t.Fatalf("another list of words")
		}
	})
	zeros := strings.Repeat("abandon ", 23) + "art"
	if got := strings.Join(vault.WordsOf(vault.Key{}).List("en"), " "); got != zeros {
		t.Errorf("the vector of zeros gives %q", got)
	}
}

// Without accents the lists still tell every word from every other.
func TestListsAreDistinctAsTyped(t *testing.T) {
	for lang, list := range map[string][]string{"en": wordlists.English, "es": wordlists.Spanish} {
		seen := map[string]bool{}
		for _, w := range list {
			seen[text.Marks(w)] = true
		}
		if len(seen) != 2048 {
			t.Errorf("%s has %d words as typed", lang, len(seen))
		}
	}
}

func TestWordsComeBackAsTyped(t *testing.T) {
	plain := strings.NewReplacer("á", "a", "é", "E", "í", "i", "ó", "o", "ú", "u", "ñ", "n", "\u0301", "", "\u0303", "")
	rapid.Check(t, func(t *rapid.T) {
		words := vault.WordsOf(drawKey.Draw(t, "key"))
		typed := strings.Join(words.List(rapid.SampledFrom([]string{"en", "es"}).Draw(t, "lang")), rapid.SampledFrom([]string{" ", "\r\n", ",  ", "\t"}).Draw(t, "between"))
		if rapid.Bool().Draw(t, "without accents") {
			typed = plain.Replace(typed)
		}
		got, err := vault.ParseWords(typed)
		if err != nil || got != words {
			t.Fatalf("the words come back as others (%v)", err)
		}
	})
}

// A misread word is found in all but 1 of 256 cases, by its number when it is
// in no list.
func TestMisreadWordsAreTold(t *testing.T) {
	list := vault.NewWords().List("en")
	unknown := append([]string{}, list...)
	unknown[6] = "xylophonist"
	_, err := vault.ParseWords(strings.Join(unknown, " "))
	if !errors.Is(err, vault.ErrWordUnknown) {
		t.Fatalf("err = %v", err)
	}
	var told interface{ Args() map[string]any }
	if !errors.As(err, &told) || told.Args()["number"] != 7 || strings.Contains(err.Error(), "xylo") {
		t.Errorf("the error does not tell the number alone: %v", err)
	}
	if _, err := vault.ParseWords(strings.Join(list[:23], " ")); !errors.Is(err, vault.ErrWordCount) {
		t.Errorf("23 words: %v", err)
	}
	passed := 0
	for i := range 2048 {
		changed := append([]string{}, list...)
		changed[11] = wordlists.English[i]
		if got, err := vault.ParseWords(strings.Join(changed, " ")); err == nil && strings.Join(got.List("en"), " ") != strings.Join(list, " ") {
			passed++
		} else if err != nil && !errors.Is(err, vault.ErrWordsWrong) {
			t.Fatal(err)
		}
	}
	if passed > 2048/64 {
		t.Errorf("%d of 2047 misread words pass, want about 8", passed)
	}
}

func TestSecretsHideThemselves(t *testing.T) {
	words := vault.NewWords()
	key, list := words.Entropy(), words.List("en")
	shows := []string{key.Identity().String(), strings.Join(list[:2], " "), strings.Join(list[:2], "")}
	for _, f := range []func(vault.Key) string{decimal, hexOf} {
		shows = append(shows, f(key))
	}
	privacytest.Hides(t, key, "hidden", shows...)
	privacytest.Hides(t, words, "hidden", shows...)
	share := words.Split()[0]
	privacytest.Hides(t, share, "hidden", strings.Join(share.List("en")[:3], " "))
	v, _ := vaulttest.Create(t)
	privacytest.Hides(t, v, "vault", decimal(v.Master()), hexOf(v.Master()))
}

// The recipient of the words is the public side of what the words open.
func TestRecoveryRecipientBelongsToTheWords(t *testing.T) {
	v, words := vaulttest.Create(t)
	for range 20 {
		r, err := v.RecoveryRecipient()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := r.String(), words.Identity().Recipient().String(); got != want {
			t.Fatalf("recipient %s, want %s", got, want)
		}
		again, err := age.ParseX25519Identity(words.Identity().String())
		if err != nil || again.Recipient().String() != r.String() {
			t.Fatalf("what a person could type into age is another key (%v)", err)
		}
		if words, err = v.NewRecovery(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	v.Seal()
	if _, err := v.RecoveryRecipient(); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("sealed: %v", err)
	}
}

// Nothing of the program lets passwords be cheap; tests do.
func TestOnlyTestsAllowWeakPasswords(t *testing.T) {
	looked := 0
	for _, root := range []string{"../..", "../../cmd"} {
		looked += lookForWeak(t, root)
	}
	if looked < 100 {
		t.Fatalf("only %d files were looked at", looked)
	}
	if _, err := os.Stat("vaulttest/vaulttest.go"); err != nil {
		t.Fatal(err)
	}
}
