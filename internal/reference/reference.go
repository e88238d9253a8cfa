// Package reference makes the identifiers of records: UUIDs for the database,
// and short references that people read out over the telephone.
//
// A reference shows neither when its record was made nor how many records there
// are: it is cut from a digest of the identifier, not counted.
package reference

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/google/uuid"
)

// Shortest is the number of characters after the prefix of an ordinary
// reference: 40 bits.
const Shortest = 8

// Longest is the number of characters after the prefix at which an area gives
// up looking for a free reference: 80 bits.
const Longest = 16

// crockford has no I, L, O and U, so that nobody reads 1 for L or 0 for O.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// misread maps what people read or type for a character of the alphabet.
var misread = strings.NewReplacer("O", "0", "I", "1", "L", "1", "U", "V")

// NewID returns a new identifier: a UUID of version 7, so that new rows stand
// together in the database. It panics when the system has no randomness.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Short returns prefix, a hyphen, and the given number of characters (8 to 16)
// that follow from the identifier, for example "C-7KQ4MX2P".
func Short(prefix, id string, characters int) string {
	sum := sha256.Sum256([]byte(id))
	return prefix + "-" + crockford.EncodeToString(sum[:])[:characters]
}

// Normal returns text as a reference would spell it: capitals, and the digit
// where a letter was read for it.
func Normal(text string) string { return misread.Replace(strings.ToUpper(text)) }

// derivation is the name space of derived identifiers.
var derivation = uuid.MustParse("6a1f7c3e-52a4-5b0e-9d0c-0f6c5f0d1b7a")

// Derived returns the identifier that follows from the parts, a UUID of version
// 5: whoever derives it from the same parts gets the same.
func Derived(parts ...string) string {
	return uuid.NewSHA1(derivation, []byte(strings.Join(parts, "\x00"))).String()
}

// Pseudonym returns the identifier that follows from the parts, a UUID of version 8:
// of a person of whom nothing else is known than that they are one. One of the parts
// is a secret's doing, so that nobody finds the others by trying.
func Pseudonym(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	u := uuid.UUID(sum[:16])
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return u.String()
}

// IsDerived reports whether an identifier was made by Derived: a record came
// with an import, and nobody here registered it.
func IsDerived(id string) bool {
	u, err := uuid.Parse(id)
	return err == nil && u.Version() == 5
}
