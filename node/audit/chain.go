package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
)

// Hash is the hash of one entry, and through it of all before.
type Hash [sha256.Size]byte

// key is the key of the chain's hashes: 32 random bytes of this database.
type key [32]byte

// format is the layout of the bytes below. Another layout gets another number,
// and the entries that have the old one keep it.
const format = 1

// Words that no bytes of another kind begin with.
const (
	entryMark = "casehub/audit/entry/v1"
	valueMark = "casehub/audit/value/v1"
)

// saltSize is the size of a value's salt, in bytes.
const saltSize = 16

// link returns the hash of an entry behind the one whose hash is before.
// Numbers are eight bytes, big end first; text and bytes follow their length,
// four bytes, so that no two entries have the same bytes.
func link(k key, before Hash, e Entry, changes []byte) Hash {
	b := sized(nil, entryMark)
	b = append(b, before[:]...)
	b = number(b, e.Seq)
	b = number(b, e.At.UnixMilli())
	for _, s := range []string{e.Actor, e.Action, e.Subject, e.Within} {
		b = sized(b, s)
	}
	b = sized(b, string(changes))
	mac := hmac.New(sha256.New, k[:])
	mac.Write(b) //nolint:errcheck // a hash takes everything
	return Hash(mac.Sum(nil))
}

// commitment stands for a value in the entry: without the salt it says nothing,
// and with it nobody finds another value for it.
func commitment(c Change, salt []byte) Hash {
	b := sized(nil, valueMark)
	b = sized(b, string(salt))
	b = sized(b, c.Field)
	b = sized(b, c.Old)
	b = sized(b, c.New)
	return sha256.Sum256(b)
}

// pledge adds a field and the commitment to its value to an entry's changes.
func pledge(changes []byte, field string, c Hash) []byte {
	return append(sized(changes, field), c[:]...)
}

// pledged is one field of an entry's changes.
type pledged struct {
	field      string
	commitment Hash
}

var errChanges = errors.New("the changes of an entry cannot be read")

// pledgesOf reads an entry's changes.
func pledgesOf(b []byte) ([]pledged, error) {
	var all []pledged
	for len(b) > 0 {
		if len(b) < 4 {
			return nil, errChanges
		}
		n := uint64(binary.BigEndian.Uint32(b))
		if b = b[4:]; uint64(len(b)) < n+sha256.Size {
			return nil, errChanges
		}
		all = append(all, pledged{string(b[:n]), Hash(b[n : n+sha256.Size])})
		b = b[n+sha256.Size:]
	}
	return all, nil
}

func number(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(n)) //nolint:gosec // the same eight bytes
}

func sized(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // a column is far below 4 GiB
	return append(b, s...)
}

// Head is the end of the chain: noted somewhere else, it shows later whether
// what lies behind it is still what was there.
type Head struct {
	Seq  int64
	Hash Hash
}

// String returns the head as it is printed and typed again, "412:9f3c…".
func (h Head) String() string {
	return strconv.FormatInt(h.Seq, 10) + ":" + hex.EncodeToString(h.Hash[:])
}

// ErrHead reports text that is no head.
var ErrHead = errors.New("a head of the audit is a number, a colon and 64 hex digits")

// ParseHead reads a head that String wrote. It fails with ErrHead.
func ParseHead(s string) (Head, error) {
	n, digits, _ := strings.Cut(strings.TrimSpace(s), ":")
	seq, err := strconv.ParseInt(n, 10, 64)
	hash, err2 := hex.DecodeString(digits)
	if err != nil || err2 != nil || seq < 0 || len(hash) != sha256.Size {
		return Head{}, ErrHead
	}
	return Head{seq, Hash(hash)}, nil
}
