package node

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"casehub/internal/sqlite"
)

// databaseKey reads the key of the database from its file. For a database that
// is not there yet it makes a random key and the file, readable by this user
// alone. A database without its key file is an error: another key would not
// open it.
func databaseKey(keyFile, database string) (sqlite.Key, error) {
	var key sqlite.Key
	b, err := os.ReadFile(keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(database); err == nil {
			return key, fmt.Errorf("setting key_file: %s is missing, and the database cannot be opened without it", keyFile)
		}
		return newDatabaseKey(keyFile)
	}
	if err != nil {
		return key, fmt.Errorf("setting key_file: %w", err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(raw) != len(key) {
		return key, fmt.Errorf("setting key_file: %s must hold 64 hex digits", keyFile)
	}
	copy(key[:], raw)
	return key, nil
}

func newDatabaseKey(keyFile string) (sqlite.Key, error) {
	var key sqlite.Key
	_, _ = rand.Read(key[:]) // never fails: it ends the program instead
	f, err := os.OpenFile(keyFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return key, fmt.Errorf("setting key_file: %w", err)
	}
	_, err = fmt.Fprintln(f, hex.EncodeToString(key[:]))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return key, fmt.Errorf("setting key_file: %w", err)
	}
	return key, nil
}
