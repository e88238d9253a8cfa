package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyProto copies the project's proto folder, so that a test may spoil it.
func copyProto(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../proto")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCommittedCodeIsWhatTheSourcesMake(t *testing.T) {
	if err := run(t.Context(), "../../proto", true); err != nil {
		t.Fatal(err)
	}
}

func TestCheckNamesWhatIsStale(t *testing.T) {
	const release = "casehub/release/v1/release"
	spoil := map[string]struct {
		do   func(dir string) error
		want string
	}{
		"changed source": {func(dir string) error {
			name := filepath.Join(dir, release+".proto")
			b, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			b = bytes.Replace(b, []byte("message Group {"), []byte("message Group {\n  uint32 added = 99;"), 1)
			return os.WriteFile(name, b, 0o644)
		}, release + ".pb.go"},
		"missing code": {func(dir string) error {
			return os.Remove(filepath.Join(dir, release+".pb.go"))
		}, release + ".pb.go"},
		"code without a source": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "casehub/release/v1/gone.pb.go"), nil, 0o644)
		}, "casehub/release/v1/gone.pb.go"},
	}
	for name, s := range spoil {
		t.Run(name, func(t *testing.T) {
			dir := copyProto(t)
			if err := s.do(dir); err != nil {
				t.Fatal(err)
			}
			err := run(t.Context(), dir, true)
			if err == nil || !strings.Contains(err.Error(), s.want) {
				t.Fatalf("check: %v, want an error that names %s", err, s.want)
			}
		})
	}
}

func TestWritingMendsWhatIsStale(t *testing.T) {
	dir := copyProto(t)
	if err := os.Remove(filepath.Join(dir, "casehub/release/v1/release.pb.go")); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), dir, true); err != nil {
		t.Fatalf("after writing: %v", err)
	}
}

func TestAFolderWithoutSourcesIsAnError(t *testing.T) {
	if err := run(t.Context(), t.TempDir(), true); err == nil {
		t.Fatal("an empty folder passed the check")
	}
}
