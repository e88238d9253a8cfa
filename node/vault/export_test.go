package vault

import (
	"time"

	"casehub/internal/sqlite"
)

// For tests that look at one byte.
var (
	On      = on
	Times   = times
	Inverse = inverse
)

// Between calls fn before each step of a change.
func (v *Vault) Between(fn func(step string)) { v.between = fn }

// Parse reads a key file under cheap passwords and writes it again.
func Parse(b []byte) ([]byte, error) {
	f, err := parse(b, true)
	if err != nil {
		return nil, err
	}
	return f.encode(), nil
}

// Master returns the master key, to look for it where it must not be.
func (v *Vault) Master() Key {
	k, err := v.open()
	if err != nil {
		panic(err)
	}
	return k
}

// Entropy returns what the words stand for.
func (w Words) Entropy() Key { return w.entropy }

// WordsOf makes words of given bits.
func WordsOf(k Key) Words { return Words{k} }

// Sweep removes unfinished files that were last written before a moment.
func (f *Files) Sweep(before time.Time) error { return f.sweep(before) }

// CaseKeysDB is the database of the case keys.
func (c *CaseKeys) CaseKeysDB() *sqlite.DB { return c.db }

// OpenBetween is an option that calls fn before each step, also of Open.
func OpenBetween(fn func(step string)) Option { return func(v *Vault) { v.between = fn } }

// Room makes the disk seem to have so much room.
func (v *Vault) Room(bytes int64) {
	v.free = func(string) (int64, error) { return bytes, nil }
}

// Computing calls fn when a password begins to be computed, and what it returns
// when it ends.
func (v *Vault) Computing(fn func() func()) { v.took = fn }
