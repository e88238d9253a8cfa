package vault_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/node/vault"
)

func decimal(k vault.Key) string { return fmt.Sprintf("%d %d %d", k[0], k[1], k[2]) }

func hexOf(k vault.Key) string { return hex.EncodeToString(k[:4]) }

// lookForWeak fails for every program file that allows weak passwords.
func lookForWeak(t *testing.T, root string) (looked int) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		looked++
		own := filepath.ToSlash(path)
		if strings.HasSuffix(own, "node/vault/vault.go") || strings.HasSuffix(own, "node/vault/vaulttest/vaulttest.go") {
			return nil
		}
		if strings.Contains(string(b), "AllowWeak") || strings.Contains(string(b), "vault/vaulttest") && !strings.Contains(own, "/archtest/") && !strings.Contains(own, "test/") {
			t.Errorf("%s makes passwords cheap", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return looked
}

// canaries are secrets that no file may hold, in any form a program might
// write them.
type canaries struct {
	t     *testing.T
	marks map[string][]byte
	found map[string]int
}

func (c *canaries) text(name, text string) {
	if c.marks == nil {
		c.marks = map[string][]byte{}
	}
	c.marks[name] = []byte(text)
	c.marks[name+" in hex"] = []byte(hex.EncodeToString([]byte(text)))
	c.marks[name+" in UTF-16"] = utf16le(text)
}

func (c *canaries) key(name string, k vault.Key) {
	if c.marks == nil {
		c.marks = map[string][]byte{}
	}
	c.marks[name+" key"] = k[:]
	c.marks[name+" key in hex"] = []byte(hex.EncodeToString(k[:]))
	c.marks[name+" key in base64"] = []byte(base64.StdEncoding.EncodeToString(k[:])[:40])
	c.marks[name+" key in base64, shifted by one"] = []byte(base64.StdEncoding.EncodeToString(k[1:])[:40])
	c.marks[name+" key in base64, shifted by two"] = []byte(base64.StdEncoding.EncodeToString(k[2:])[:36])
}

// in searches every file below a folder and returns how many there were.
func (c *canaries) in(dir string) (files int) {
	c.t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for name, mark := range c.marks {
			if bytes.Contains(b, mark) || bytes.Contains(bytes.ToLower(b), bytes.ToLower(mark)) {
				c.found[name]++
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return files
}

// red shows that the search finds each secret that is there.
func (c *canaries) red() {
	c.t.Helper()
	dir := c.t.TempDir()
	for name, mark := range c.marks {
		if err := os.WriteFile(filepath.Join(dir, "x"), append([]byte("before"), mark...), 0o600); err != nil {
			c.t.Fatal(err)
		}
		other := canaries{t: c.t, marks: c.marks, found: map[string]int{}}
		if other.in(dir); other.found[name] == 0 {
			c.t.Errorf("%s is not found where it is", name)
		}
	}
}

func utf16le(text string) []byte {
	var b []byte
	for _, r := range text {
		b = append(b, byte(r), byte(r>>8))
	}
	return b
}
