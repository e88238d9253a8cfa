package vault

import (
	"crypto/ecdh"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"sync"

	"github.com/tyler-smith/go-bip39/wordlists"

	"casehub/internal/errs"
	"casehub/internal/text"
)

// Errors of typed words. The number of a word is told, never the word.
var (
	// ErrWordCount reports too few or too many words.
	ErrWordCount = errs.New(errs.Invalid, "vault.word-count").On("words")
	// ErrWordUnknown reports a word that is in neither list.
	ErrWordUnknown = errs.New(errs.Invalid, "vault.word-unknown").On("words")
	// ErrWordsWrong reports words that are each in the list and do not belong
	// together: one was misread, or two changed places.
	ErrWordsWrong = errs.New(errs.Invalid, "vault.words-wrong").On("words")
)

// recoveryWords is the length of BIP39 for 256 bits: 8 bits of checksum, 11 bits
// a word.
const recoveryWords = 24

// Words are the recovery words: 256 random bits, written as 24 words of the
// English or the Spanish list of BIP39. They never show themselves but by List.
type Words struct{ entropy Key }

// NewWords makes recovery words.
func NewWords() Words { return Words{randomKey()} }

// List returns the words in Spanish for "es", in English for any other
// language. Both lists stand for the same key.
func (w Words) List(lang string) []string {
	sum := sha256.Sum256(w.entropy[:])
	return toWords(append(w.entropy[:], sum[0]), recoveryWords, lang)
}

// ParseWords reads recovery words in either language as a person types them:
// case, accents and space do not matter. It fails with ErrWordCount,
// ErrWordUnknown and ErrWordsWrong.
func ParseWords(typed string) (Words, error) {
	var w Words
	err := fromWords(typed, recoveryWords, 33, func(b []byte) bool {
		sum := sha256.Sum256(b[:32])
		w.entropy = Key(b[:32])
		return b[32] == sum[0]
	})
	if err != nil {
		return Words{}, err
	}
	return w, nil
}

// Derive returns the key that the words alone give for a purpose.
func (w Words) Derive(purpose string) Key { return derive(w.entropy[:], nil, purpose) }

// Format hides the words under every verb.
func (Words) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(hidden)) }

// String hides the words.
func (Words) String() string { return hidden }

// GoString hides the words.
func (Words) GoString() string { return hidden }

// LogValue hides the words.
func (Words) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the words.
func (Words) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// slot is the recovery slot of a master key.
func (w Words) slot(master Key) slot {
	s := newSlot(Recovery, w.entropy, master)
	s.Public = w.private().PublicKey().Bytes()
	return s
}

// private is the X25519 key to which backups are encrypted for the words.
func (w Words) private() *ecdh.PrivateKey {
	seed := w.Derive("casehub/recovery-identity/v1")
	key, err := ecdh.X25519().NewPrivateKey(seed[:])
	if err != nil {
		panic("vault: " + err.Error()) // any 32 bytes are a key
	}
	return key
}

func list(lang string) []string {
	if lang == "es" {
		return wordlists.Spanish
	}
	return wordlists.English
}

// places gives each word's place in its list, by the word as anybody types it.
var places = sync.OnceValue(func() map[string]map[string]int64 {
	all := map[string]map[string]int64{}
	for _, lang := range []string{"en", "es"} {
		all[lang] = map[string]int64{}
		for i, w := range list(lang) {
			all[lang][text.Marks(w)] = int64(i)
		}
	}
	return all
})

// toWords writes bytes as n words of 11 bits, with zero bits in front.
func toWords(b []byte, n int, lang string) []string {
	words, number, mask := list(lang), new(big.Int).SetBytes(b), big.NewInt(2047)
	out := make([]string, n)
	for i := n - 1; i >= 0; i-- {
		out[i] = words[new(big.Int).And(number, mask).Int64()]
		number.Rsh(number, 11)
	}
	return out
}

// spokenWords is how many words say a public key on the telephone: 66 bits of its
// fingerprint, so that nobody makes another key of the same words.
const spokenWords = 6

// Spoken returns words that say a public key, the same wherever the key is shown.
func Spoken(public []byte, lang string) []string {
	sum := sha256.Sum256(public)
	return toWords(sum[:9], spokenWords, lang)
}

// fromWords reverses toWords for size bytes that right accepts. Some words are
// in both lists, so the language is the one in which all of them make sense.
func fromWords(typed string, n, size int, right func([]byte) bool) error {
	words := strings.Fields(strings.ReplaceAll(typed, ",", " "))
	if len(words) != n {
		return ErrWordCount.With("count", n)
	}
	farthest, spelt := 0, false
	for _, lang := range []string{"en", "es"} {
		number, known := numberOf(words, lang)
		if known < n {
			farthest = max(farthest, known)
			continue
		}
		spelt = true
		if number.BitLen() <= size*8 && right(number.FillBytes(make([]byte, size))) {
			return nil
		}
	}
	if !spelt {
		return ErrWordUnknown.With("number", farthest+1)
	}
	return ErrWordsWrong
}

// numberOf returns the number that words stand for in a language, and how many
// of them, from the first, are in its list.
func numberOf(words []string, lang string) (*big.Int, int) {
	index := places()[lang]
	number := new(big.Int)
	for i, w := range words {
		at, ok := index[text.Marks(w)]
		if !ok {
			return nil, i
		}
		number.Lsh(number, 11).Or(number, big.NewInt(at))
	}
	return number, len(words)
}
