//go:build linux || darwin || freebsd

package disk_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"casehub/internal/disk"
)

// The administrator's files go to whoever has the folder; an ordinary user's stay
// their own.
func TestGiveToFollowsTheFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "node.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := os.Getuid()
	if os.Geteuid() == 0 {
		want = 12345
		if err := os.Chown(dir, want, want); err != nil {
			t.Fatal(err)
		}
	}
	if err := disk.GiveTo(path, dir); err != nil {
		t.Fatal(err)
	}
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil || int(s.Uid) != want {
		t.Errorf("the owner is %d, want %d (%v)", s.Uid, want, err)
	}
	if disk.Same(dir, "/proc") && os.Geteuid() == 0 {
		t.Error("this folder and /proc are one disk")
	}
	if disk.Same(dir, filepath.Join(dir, "missing")) {
		t.Error("what is not there is on this disk")
	}
}
