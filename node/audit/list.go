package audit

import (
	"crypto/aes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"casehub/internal/errs"
)

// Filter says which entries a list shows. Empty fields do not narrow it.
type Filter struct {
	// Who is the identifier of a person.
	Who   string
	Group string
	// About is the identifier of a record: entries about it and in it.
	About string
	// From is the first instant, Before the one after the last; zero for none.
	From, Before time.Time
	// After is the mark at which the page before ended; "" for the first.
	After string
}

// errCursor reports a page mark that no page gave.
var errCursor = errs.New(errs.Invalid, "audit-page.cursor").On("after")

// mark hides the number of an entry: a reader who could compare two numbers
// would know how many entries between them are kept from them.
func mark(k key, seq int64) string {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[:], uint64(seq)) //nolint:gosec // the same eight bytes
	block(k).Encrypt(b[:], b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// unmark reads a mark. It fails with errCursor.
func unmark(k key, s string) (int64, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != aes.BlockSize {
		return 0, errCursor
	}
	block(k).Decrypt(b, b)
	if binary.BigEndian.Uint64(b[8:]) != 0 {
		return 0, errCursor
	}
	return int64(binary.BigEndian.Uint64(b)), nil //nolint:gosec // the same eight bytes
}

// block is a cipher with a key of its own, which follows from the chain's.
func block(k key) interface {
	Encrypt(dst, src []byte)
	Decrypt(dst, src []byte)
} {
	own := sha256.Sum256(append(sized(nil, "casehub/audit/mark/v1"), k[:]...))
	c, err := aes.NewCipher(own[:])
	if err != nil {
		panic(errors.Join(errors.New("a hash is no key"), err)) // 32 bytes always are
	}
	return c
}

// ErrSubject reports a reference that no record has, or none that the reader may
// see: nobody is told which.
var ErrSubject = errs.New(errs.Invalid, "audit-page.no-record").On("reference")

// Sight is what a reader sees of a record, and how pages name it.
type Sight struct {
	// Hidden says that the reader may not know of the record.
	Hidden bool
	// Label is a reference or a name, "" for what has none; Path its page, or "".
	Label, Path string
	// The field classes that the reader may read of it.
	Contact, Narrative, Finance, Sensitive bool
}

// may reports whether a value of a class is shown.
func (s Sight) may(c class) bool {
	switch c {
	case everybody:
		return true
	case contact:
		return s.Contact
	case narrative:
		return s.Narrative
	case amounts:
		return s.Finance
	case sensitive:
		return s.Sensitive
	case allClasses:
	}
	return s.Contact && s.Narrative && s.Finance && s.Sensitive
}

// Member is somebody by whose work the page can be narrowed.
type Member struct{ ID, Name string }

// Told is an entry as a list has it: with its changes and with what the reader
// sees of the records that it is about.
type Told struct {
	Entry
	Changes []Stored
	// About is the record, In the case in which it stands.
	About, In Sight
}

// sight is what decides about the values: the case, or else the record.
func (t Told) sight() Sight {
	if t.Within != "" {
		return t.In
	}
	return t.About
}

// record is the case, or else the record.
func (t Told) record() string {
	if t.Within != "" {
		return t.Within
	}
	return t.Subject
}

// tells reports whether the reader is shown what the record said in a field that is not
// for everybody: that is a look at it.
func (t Told) tells() bool {
	return slices.ContainsFunc(t.Changes, func(c Stored) bool {
		class := ruleOf(c.Field).class
		return !c.Erased && class != everybody && t.sight().may(class)
	})
}

// Stored is a change as the database has it.
type Stored struct {
	Change
	// Erased says that the values are gone.
	Erased bool
}

// Page is a part of the list, newest first.
type Page struct {
	Entries []Told
	// Next marks the page that follows; "" after the last entry.
	Next string
	// Names of the records whose identifiers are values or actors.
	Names map[string]string
}
