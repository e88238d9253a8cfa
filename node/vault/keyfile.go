package vault

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"casehub/internal/disk"
	"casehub/internal/errs"
)

// ErrKeyFile reports a key file that does not hold 64 hex digits.
var ErrKeyFile = errs.New(errs.Invalid, "vault.key-file").On("key_file")

// maxKeyFile bounds what is read of a key file: two keys and some space.
const maxKeyFile = 4 << 10

// ReadKeyFile reads the keys in the file at path, one a line as 64 hex digits.
// There is one, and two for as long as a re-key is under way. It fails with
// ErrKeyFile.
func ReadKeyFile(path string) ([]Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the key file of an unattended node: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("reading the key file of an unattended node: %w", err)
	}
	defer clear(b)
	var keys []Key
	for line := range strings.FieldsSeq(string(b)) {
		raw, err := hex.DecodeString(line)
		if err != nil || len(raw) != len(Key{}) {
			return nil, ErrKeyFile
		}
		keys = append(keys, Key(raw))
	}
	if len(keys) == 0 {
		return nil, ErrKeyFile
	}
	return keys, nil
}

// writeKeyFile puts keys into the file at path, readable by this user alone.
func writeKeyFile(path string, keys ...Key) error {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(hex.EncodeToString(k[:]) + "\n")
	}
	if err := disk.Replace(path, []byte(b.String()), nil); err != nil {
		return fmt.Errorf("writing the key file of an unattended node: %w", err)
	}
	return nil
}

// AddKeyFile lets the node start without a person: it makes the slot that the
// key in the file at path opens, in place of any such slot before. A file that is
// not there is made. It fails with ErrSealed and ErrKeyFile.
func (v *Vault) AddKeyFile(ctx context.Context, path string) error {
	if v.Sealed() {
		return ErrSealed
	}
	keys, err := ReadKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		keys = []Key{randomKey()}
		err = writeKeyFile(path, keys...)
	}
	if err != nil {
		return err
	}
	return v.change(ctx, func(now *file, master Key) error {
		now.Slots = slices.DeleteFunc(now.Slots, func(s slot) bool { return s.Kind == KeyFile })
		now.Slots = append(now.Slots, newSlot(KeyFile, keys[0], master))
		return nil
	})
}

// UnsealKeyFile opens the vault by the key file at path. It fails with
// ErrWrongSecret, ErrTampered and ErrKeyFile.
func (v *Vault) UnsealKeyFile(path string) error {
	keys, err := ReadKeyFile(path)
	if err != nil {
		return err
	}
	for _, k := range keys {
		err = v.UnsealKey(k)
		if err == nil && len(keys) > 1 {
			// A re-key was broken off. The other key opens older copies alone; where
			// the file cannot be written that is no reason to stay shut.
			_ = writeKeyFile(path, k)
		}
		if !errors.Is(err, ErrWrongSecret) {
			return err
		}
	}
	return err
}
