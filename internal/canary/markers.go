package canary

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"strings"
)

// Marker is something that stands in one place of a node and nowhere else.
type Marker struct {
	Text string // as it was written
	At   string // where: table and column
}

// least is the length from which a text can be told from chance.
const least = 9

// Usable reports whether a text is long enough to be a marker.
func Usable(text string) bool { return len(text) >= least }

// letters of Word: none of the sounds of a language, so that no word of a page comes
// out by chance.
const letters = "bcdfghjklmnpqrstvwxz"

// Word returns the nth word of a seed: 24 letters, the first a capital.
func Word(seed uint64, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "word %d of %d", n, seed))
	left, base, digit := new(big.Int).SetBytes(sum[:]), big.NewInt(int64(len(letters))), new(big.Int)
	var b strings.Builder
	for range 24 {
		left.DivMod(left, base, digit)
		b.WriteByte(letters[digit.Int64()])
	}
	return strings.ToUpper(b.String()[:1]) + b.String()[1:]
}

// Digits returns the nth number of a seed, of so many digits; it does not begin
// with 0.
func Digits(seed uint64, n, size int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "number %d of %d", n, seed))
	all := new(big.Int).SetBytes(sum[:]).String()
	return "7" + all[len(all)-size+1:]
}

// number returns the digits of a text that is nothing but a number, as a telephone
// number, an identity number or an amount, else "".
func number(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.ContainsRune(" +-.,()/", r):
			return ""
		}
	}
	if b.Len() < least+2 {
		return ""
	}
	return b.String()
}
