package vault

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"

	"casehub/internal/errs"
)

// Errors of shares.
var (
	// ErrShareWrong reports a share in which a word was misread.
	ErrShareWrong = errs.New(errs.Invalid, "vault.share-wrong").On("share")
	// ErrSharesApart reports two shares that are not of the same words, or the
	// same share twice.
	ErrSharesApart = errs.New(errs.Invalid, "vault.shares-apart").On("share")
)

// shareWords is the length of a share on paper: 16 bits that name the set, 8 for
// the number, 256 for the share and 32 for the checksum are 312 of 319 bits.
const shareWords = 29

// shareBytes is the same in bytes.
const shareBytes = 2 + 1 + 32 + 4

// Share is one of three parts of the recovery words. Any two give the words
// back; one tells nothing about them. It never shows itself but by List.
type Share struct {
	set    uint16 // random, the same in the three shares
	number byte   // 1 to 3
	value  Key
}

// Split makes three new shares of the words.
func (w Words) Split() [3]Share {
	var set [2]byte
	_, _ = rand.Read(set[:]) // never fails: it ends the program instead
	slope := randomKey()
	defer clear(slope[:])
	var shares [3]Share
	for i := range shares {
		s := Share{set: binary.BigEndian.Uint16(set[:]), number: byte(i + 1)}
		for j := range s.value {
			s.value[j] = on(w.entropy[j], slope[j], s.number)
		}
		shares[i] = s
	}
	return shares
}

// Join gives the words back from two shares. It fails with ErrSharesApart.
func Join(a, b Share) (Words, error) {
	if a.set != b.set || a.number == b.number {
		return Words{}, ErrSharesApart
	}
	// The line through both points, at 0: (a·xb + b·xa) / (xa + xb).
	over := inverse(a.number ^ b.number)
	var w Words
	for i := range w.entropy {
		w.entropy[i] = times(over, times(a.value[i], b.number)^times(b.value[i], a.number))
	}
	return w, nil
}

// Number returns which of the three it is, from 1.
func (s Share) Number() int { return int(s.number) }

// List returns the share as 29 words in Spanish for "es", in English for any
// other language.
func (s Share) List(lang string) []string {
	body := s.body()
	sum := sha256.Sum256(body)
	return toWords(append(body, sum[:4]...), shareWords, lang)
}

// ParseShare reads a share as a person types it. It fails with ErrWordCount,
// ErrWordUnknown and ErrShareWrong.
func ParseShare(typed string) (Share, error) {
	var s Share
	err := fromWords(typed, shareWords, shareBytes, func(b []byte) bool {
		s = Share{set: binary.BigEndian.Uint16(b), number: b[2], value: Key(b[3:35])}
		sum := sha256.Sum256(b[:35])
		return s.number >= 1 && s.number <= 3 && string(b[35:]) == string(sum[:4])
	})
	switch {
	case errs.As(err) != nil && errs.As(err).Key() == ErrWordsWrong.Key():
		return Share{}, ErrShareWrong
	case err != nil:
		return Share{}, err
	}
	return s, nil
}

func (s Share) body() []byte {
	b := binary.BigEndian.AppendUint16(nil, s.set)
	return append(append(b, s.number), s.value[:]...)
}

// Format hides the share under every verb.
func (Share) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// String hides the share.
func (Share) String() string { return hidden }

// LogValue hides the share.
func (Share) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the share.
func (Share) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// on returns the point at x of the line with a slope through the secret at 0.
func on(secret, slope, x byte) byte { return secret ^ times(slope, x) }

// times multiplies in GF(2^8) modulo x^8+x^4+x^3+x+1, in the same time for any
// values.
func times(a, b byte) byte {
	var product byte
	for range 8 {
		product ^= a & -(b & 1)
		a = a<<1 ^ 0x1b&-(a>>7)
		b >>= 1
	}
	return product
}

// inverse returns 1/a: a to the power of 254. It is 0 for 0.
func inverse(a byte) byte {
	result := byte(1)
	for range 254 {
		result = times(result, a)
	}
	return result
}
