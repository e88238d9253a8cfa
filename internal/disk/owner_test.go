package disk_test

import (
	"os"
	"path/filepath"
	"testing"

	"casehub/internal/disk"
)

func TestSameKnowsTheDisk(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "inside")
	if err := os.Mkdir(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	if !disk.Same(dir, inside) {
		t.Error("a folder is on another disk than what is in it")
	}
	if err := disk.GiveTo(inside, dir); err != nil {
		t.Error(err)
	}
}
