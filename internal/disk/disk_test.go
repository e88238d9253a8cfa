package disk_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"casehub/internal/disk"
)

// Whatever step a replacement breaks off at, the file is whole.
func TestReplaceIsAllOrNothing(t *testing.T) {
	steps := 0
	count := func(string) { steps++ }
	if err := disk.Replace(filepath.Join(t.TempDir(), "x"), []byte("new content"), count); err != nil {
		t.Fatal(err)
	}
	if steps < 4 {
		t.Fatalf("only %d steps", steps)
	}
	for die := 1; die <= steps; die++ {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		n := 0
		broken := func() (name string) {
			defer func() { name, _ = recover().(string) }()
			_ = disk.Replace(path, []byte("new content"), func(step string) {
				if n++; n == die {
					panic(step)
				}
			})
			return "never"
		}()
		got, err := os.ReadFile(path)
		if err != nil || string(got) != "old" && string(got) != "new content" {
			t.Errorf("broken off before %q, the file holds %q (%v)", broken, got, err)
		}
		if err := disk.Replace(path, []byte("newer"), nil); err != nil {
			t.Errorf("after breaking off before %q: %v", broken, err)
		}
		if _, err := os.Stat(path + disk.Temporary); err == nil {
			t.Error("the temporary file is still there")
		}
	}
}

func TestReplaceKeepsOthersOut(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are lists there")
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+disk.Temporary, []byte("open to all"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := disk.Replace(path, []byte("secret"), nil); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
}

func TestFreeKnowsThisDisk(t *testing.T) {
	free, err := disk.Free(t.TempDir())
	if err != nil || free <= 0 {
		t.Errorf("free = %d, %v", free, err)
	}
	if _, err := disk.Free(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a folder that is not there has room")
	}
}
