package backup_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"casehub/node/backup"
)

// canary is content that no file outside the encryption may hold.
const canary = "Canary-Nomvula-4711-testimony"

func TestRestoreOnAnotherMachineWithTheWordsAlone(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	b := o.run(p)
	r := o.restoring(p.Path)
	out, err := backup.Restore(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if out.Sequence != b.Sequence || out.KeysSequence != b.Sequence || out.Attachments != 4 || out.Unreadable+out.Damaged+out.Missing+len(out.Warnings) != 0 || out.Rows == 0 {
		t.Errorf("outcome %+v", out)
	}
	for _, name := range []string{"node.db", "case-keys.db", "vault.json"} {
		info, err := os.Stat(filepath.Join(r.Data, name))
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s is open to others (%v)", name, err)
		}
	}
	o.cameBack(r.Data)
	left, err := os.ReadDir(r.Data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		switch e.Name() {
		case "node.db", "case-keys.db", "vault.json", "vault.lock", "files", "node.db-wal", "node.db-shm", "case-keys.db-wal", "case-keys.db-shm":
		default:
			t.Errorf("%s is left in the new folder", e.Name())
		}
	}
	if _, err := os.Stat(filepath.Join(o.dir, ".backup")); err == nil {
		t.Error("the scratch folder is still there")
	}
}
