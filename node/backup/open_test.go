package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/age"

	"casehub/node/backup"
	"casehub/node/backup/store"
)

// A backup opens with age and tar alone, by the key that recovery-identity
// prints, and says itself what is in it.
func TestABackupOpensWithoutThisProgram(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	files := tree(t, p.Path)
	id, err := age.ParseX25519Identity(o.words.Identity().String())
	o.must(err)
	for name, want := range map[string][]string{
		"backup-000001.tar.age": {"vault.json", "node.db", "files/", "contents.json"},
		"keys-000001.tar.age":   {"vault.json", "case-keys.db", "erasure-journal", "contents.json"},
	} {
		plain, err := age.Decrypt(bytes.NewReader(files[name]), id)
		o.must(err)
		members := unpacked(t, plain)
		for _, front := range want {
			if n := count(members, front); n == 0 || front == "files/" && n != len(o.content) {
				t.Errorf("%s has %d of %s", name, n, front)
			}
		}
		for db := range members {
			if strings.HasSuffix(db, ".db") && !bytes.HasPrefix(members[db], []byte("SQLite format 3\x00")) {
				t.Errorf("%s in %s is no plain database", db, name)
			}
		}
		var c struct {
			Members []struct{ Name, SHA256 string }
		}
		o.must(json.Unmarshal(members["contents.json"], &c))
		for _, m := range c.Members {
			if sum := sha256.Sum256(members[m.Name]); hex.EncodeToString(sum[:]) != m.SHA256 {
				t.Errorf("%s in %s is not what the contents say", m.Name, name)
			}
		}
		if len(c.Members) != len(members)-1 {
			t.Errorf("the contents of %s name %d members of %d", name, len(c.Members), len(members)-1)
		}
	}
}

func unpacked(t *testing.T, r io.Reader) map[string][]byte {
	t.Helper()
	members := map[string][]byte{}
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return members
		}
		if err != nil {
			t.Fatal(err)
		}
		if members[h.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
}

func count(members map[string][]byte, front string) (n int) {
	for name := range members {
		if strings.HasPrefix(name, front) {
			n++
		}
	}
	return n
}

// keepsAll is a store that lets nothing go, as one that only appends.
type keepsAll struct{ store.Folder }

func (keepsAll) Remove(context.Context, store.ID, store.Name) error { return store.ErrRefused }

func (keepsAll) Sweep(context.Context, store.ID) error { return store.ErrRefused }

func TestAPlaceThatOnlyAppends(t *testing.T) {
	o, path, good := twoBackups(t)
	svc := o.with(keepsAll{flaky(path, 100_000, func() error { return store.ErrFull })})
	if _, err := svc.Run(t.Context(), director, backup.S3Place); !errors.Is(err, store.ErrFull) {
		t.Fatal(err)
	}
	b, err := o.with(keepsAll{store.Folder{Path: path}}).Run(t.Context(), director, backup.S3Place)
	if err != nil || b.Sequence != 3 {
		t.Errorf("%+v, %v", b, err)
	}
	for name, before := range good {
		if !bytes.Equal(tree(t, path)[name], before) {
			t.Errorf("%s is not as it was", name)
		}
	}
}
