package sqlite_test

import (
	"errors"
	"path/filepath"
	"testing"

	"casehub/internal/sqlite"
)

func TestLockIsHeldByOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "import.lock")
	first, err := sqlite.Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Lock(t.Context(), path); !errors.Is(err, sqlite.ErrLocked) {
		t.Fatalf("second lock: %v, want ErrLocked", err)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := sqlite.Lock(t.Context(), path)
	if err != nil {
		t.Fatalf("after Unlock: %v", err)
	}
	if err := again.Unlock(); err != nil {
		t.Fatal(err)
	}
}
