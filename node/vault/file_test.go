package vault_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// Every bit of the key file is under the code: flipped, the file is refused by
// every way in, and the vault stays sealed.
func TestFlippedBitsAreRefused(t *testing.T) {
	k := keep(t)
	good, err := os.ReadFile(k.path)
	if err != nil {
		t.Fatal(err)
	}
	refusals := map[string]int{}
	for at := range good {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		if err := os.WriteFile(k.path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		refusals[refusal(t, k)]++
	}
	if refusals["opened"] > 0 || refusals["tampered"] == 0 || refusals["damaged"] == 0 {
		t.Errorf("of %d files: %v", len(good), refusals)
	}
}

// refusal says how a changed file was refused: by its form, or by every way in.
func refusal(t *testing.T, k kept) string {
	v, err := vault.Open(t.Context(), k.path, vault.AllowWeak())
	if errors.Is(err, vault.ErrDamaged) || errors.Is(err, vault.ErrWeak) {
		return "damaged"
	}
	if err != nil {
		t.Fatal(err)
	}
	ways := []error{v.UnsealRecovery(k.words), v.UnsealKeyFile(k.keyFile), second(v.UnsealPassword(t.Context(), login, password))}
	for _, err := range ways {
		if !errors.Is(err, vault.ErrTampered) && !errors.Is(err, vault.ErrWrongSecret) {
			t.Errorf("a changed file gave %v", err)
			return "opened"
		}
	}
	if !v.Sealed() {
		return "opened"
	}
	return "tampered"
}

// Whoever can write the file and has no key cannot take a slot out, put one in,
// swap two, make passwords cheap, or go back to an earlier file.
func TestForgedFilesAreRefused(t *testing.T) {
	k := keep(t)
	old, err := os.ReadFile(k.path)
	if err != nil {
		t.Fatal(err)
	}
	v := vaulttest.Open(t, k.path)
	if err := v.UnsealRecovery(k.words); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, v, "pieter", "another long password")
	now, err := os.ReadFile(k.path)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(change func(m map[string]any, slots []any) []any) []byte {
		var m map[string]any
		if err := json.Unmarshal(now, &m); err != nil {
			t.Fatal(err)
		}
		m["slots"] = change(m, m["slots"].([]any))
		return inOrder(t, m)
	}
	for name, file := range map[string][]byte{
		"slot out":      forge(func(_ map[string]any, s []any) []any { return s[:len(s)-1] }),
		"slots swapped": forge(func(_ map[string]any, s []any) []any { s[0], s[1] = s[1], s[0]; return s }),
		"slot doubled under another name": forge(func(_ map[string]any, s []any) []any {
			more := map[string]any{"id": "0123456789abcdef", "kind": "password", "sealed": s[1].(map[string]any)["sealed"]}
			return append(s, more)
		}),
		"cheaper":  forge(func(m map[string]any, s []any) []any { m["argon2id"].(map[string]any)["passes"] = 2; return s }),
		"revision": forge(func(m map[string]any, s []any) []any { m["revision"] = 99; return s }),
	} {
		if err := os.WriteFile(k.path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		again := vaulttest.Open(t, k.path)
		if err := again.UnsealRecovery(k.words); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s: %v, want ErrTampered", name, err)
		}
		if err := v.UnsealRecovery(k.words); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s, in an open vault: %v, want ErrTampered", name, err)
		}
		if _, err := v.AddPassword(t.Context(), "x", "y"); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s, changing an open vault: %v, want ErrTampered", name, err)
		}
	}
	if err := os.WriteFile(k.path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := v.AddPassword(t.Context(), "x", "y"); !errors.Is(err, vault.ErrTampered) {
		t.Errorf("an older file under an open vault: %v, want ErrTampered", err)
	}
}

// inOrder writes a forged file in the one form that is read.
func inOrder(t *testing.T, m map[string]any) []byte {
	t.Helper()
	var f struct {
		Format     json.RawMessage `json:"format"`
		Generation json.RawMessage `json:"generation"`
		Revision   json.RawMessage `json:"revision"`
		Salt       json.RawMessage `json:"salt"`
		Argon      struct {
			Memory json.RawMessage `json:"memory_kib"`
			Passes json.RawMessage `json:"passes"`
			Lanes  json.RawMessage `json:"lanes"`
		} `json:"argon2id"`
		Slots []struct {
			ID     json.RawMessage `json:"id"`
			Kind   json.RawMessage `json:"kind"`
			Sealed json.RawMessage `json:"sealed"`
			Public json.RawMessage `json:"public,omitempty"`
		} `json:"slots"`
		Former json.RawMessage `json:"former"`
		MAC    json.RawMessage `json:"mac"`
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Parse(append(out, '\n')); err != nil {
		t.Fatalf("the forged file has not the form of a file: %v", err)
	}
	return append(out, '\n')
}

// A file may name nobody and hold no secret in the clear.
func TestFolderHoldsNoSecret(t *testing.T) {
	k := keep(t)
	v := vaulttest.Open(t, k.path)
	if _, err := v.UnsealPassword(t.Context(), login, password); err != nil {
		t.Fatal(err)
	}
	f, keys, dir := filesOf(t, v)
	mustWrite(t, f, "C-2026-000412", []byte(strings.Repeat("canary of a document ", 5000)))
	caseKey, err := keys.Key(t.Context(), "C-2026-000412")
	if err != nil {
		t.Fatal(err)
	}
	words, err := v.NewRecovery(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db, err := v.DatabaseKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(k.keyFile); err != nil { // it holds a secret, and is why it may lie elsewhere
		t.Fatal(err)
	}
	look := canaries{t: t, found: map[string]int{}}
	look.key("master", v.Master())
	look.key("derived", mustDerive(t, v))
	look.key("database", vault.Key(db))
	look.key("case", caseKey)
	look.key("words", words.Entropy())
	for name, text := range map[string]string{
		"login": login, "password": password, "case number": "C-2026-000412", "document": "canary of a document",
		"words": strings.Join(words.List("en")[:2], " "), "palabras": strings.Join(words.List("es")[:2], " "),
		"header": "SQLite format 3",
	} {
		look.text(name, text)
	}
	if n := look.in(dir + "/.."); n < 4 {
		t.Errorf("only %d files were searched", n)
	}
	for name, n := range look.found {
		t.Errorf("%s is in %d files", name, n)
	}
	look.red()
}

func TestKeyFileIsThisUsersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are lists there")
	}
	k := keep(t)
	for _, path := range []string{k.path, k.keyFile} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestKeyFilesThatHoldNoKey(t *testing.T) {
	k := keep(t)
	v := vaulttest.Open(t, k.path)
	for name, text := range map[string]string{"empty": "", "short": strings.Repeat("a", 63), "long": strings.Repeat("a", 66), "text": strings.Repeat("z", 64)} {
		if err := os.WriteFile(k.keyFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := v.UnsealKeyFile(k.keyFile); !errors.Is(err, vault.ErrKeyFile) {
			t.Errorf("%s: %v, want ErrKeyFile", name, err)
		}
	}
	if err := os.WriteFile(k.keyFile, []byte("\n"+strings.Repeat("A", 64)+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := v.UnsealKeyFile(k.keyFile); !errors.Is(err, vault.ErrWrongSecret) {
		t.Errorf("another key: %v, want ErrWrongSecret", err)
	}
}

// A file from anywhere is read in bounded time or refused, and one that is read
// is written again as it was.
func FuzzKeyFile(f *testing.F) {
	v, _ := vaulttest.Create(f)
	if _, err := v.AddPassword(f.Context(), login, password); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(v.Path())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"format":"casehub-vault/1","argon2id":{"memory_kib":4294967295}}`))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		again, err := vault.Parse(b)
		switch {
		case err == nil && !bytes.Equal(again, b):
			t.Error("the file was read and has another form")
		case err != nil && !errors.Is(err, vault.ErrDamaged) && !errors.Is(err, vault.ErrWeak):
			t.Errorf("err = %v", err)
		}
	})
}
