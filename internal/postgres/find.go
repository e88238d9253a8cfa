package postgres

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// binaries is the folder that holds initdb and postgres of one version.
type binaries string

func (b binaries) initdb() string   { return filepath.Join(string(b), "initdb") }
func (b binaries) postgres() string { return filepath.Join(string(b), "postgres") }

func (b binaries) complete() bool {
	for _, f := range []string{b.initdb(), b.postgres()} {
		if st, err := os.Stat(f); err != nil || st.IsDir() || st.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// find looks for the binaries: in PG_BINDIR when that is set, and there only;
// else beside the initdb of the PATH, with links resolved, because initdb looks
// for its siblings; else in the folders of Debian, the newest version first.
// It fails with ErrNoBinaries.
func find() (binaries, error) {
	if dir := os.Getenv("PG_BINDIR"); dir != "" {
		if b := binaries(dir); b.complete() {
			return b, nil
		}
		return "", ErrNoBinaries.On("PG_BINDIR")
	}
	var candidates []binaries
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, binaries(filepath.Dir(path)))
		}
	}
	for _, dir := range debian() {
		candidates = append(candidates, binaries(dir))
	}
	for _, b := range candidates {
		if b.complete() {
			return b, nil
		}
	}
	return "", ErrNoBinaries
}

func debian() []string {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return nil
	}
	version := func(dir string) int {
		n, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		if err != nil {
			return 0
		}
		return n
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	return dirs
}
