package backup_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/backup"
	"casehub/node/backup/store"
	"casehub/node/vault"
)

// No file outside the encryption holds a value of any text column, content of an
// attachment, or the header of a database.
func TestNoPlainByteAnywhere(t *testing.T) {
	o := newOffice(t)
	planted := o.plantEverywhere()
	o.exec(`INSERT INTO node_keys (purpose, key_id, seed) VALUES ('release', 999, CAST('planted-in-node_keys-seed-000000' AS BLOB))`)
	if planted < 150 {
		t.Fatalf("only %d columns were found", planted)
	}
	p := o.stick()
	_, err := o.svc.Run(t.Context(), director, p.ID)
	if !errors.Is(err, backup.ErrIntegrity) { // the planted rows break checks and references
		t.Errorf("the database is not as its own rules say: %v, want ErrIntegrity", err)
	}
	searched := 0
	marks := map[string][]byte{
		"a canary": []byte(canary), "a planted value": []byte("planted-in-"), "the header": []byte("SQLite format"), "a statement": []byte("CREATE TABLE"),
		"a canary in UTF-16": []byte(strings.Join(strings.Split(canary, ""), "\x00")), "the password": []byte(password),
	}
	for _, dir := range []string{o.dir, p.Path} {
		for name, b := range tree(t, dir) {
			searched++
			for what, mark := range marks {
				if i := bytes.Index(b, mark); i >= 0 {
					t.Errorf("%s holds %s: %.80q", name, what, b[i:])
				}
			}
		}
	}
	if searched < 9 {
		t.Errorf("only %d files were searched", searched)
	}
}

// notPlanted are tables whose rows the backup itself reads and would stumble over, with
// what is looked for of them instead. All others are planted, a new one too.
var notPlanted = map[string]string{
	"audit":           "an entry beside the chain ends the backup; newOffice records real ones",
	"audit_values":    "newOffice records canaries",
	"audit_head":      "one row, which the chain needs",
	"audit_unchained": "empty from the first start on",
	"backup_settings": "whose place it is stands openly in casehub-backups.json",
	"node_keys":       "a key of another length ends the backup; the test plants one of the right length",
	"releases":        "a wrong one ends the backup; what is sealed leaves the office anyway",
	"documents":       "newOffice attaches one with a canary in its name and content",
}

// plantEverywhere writes a row with a mark of its own in every text and blob column of
// every table, sees that each is there, and returns how many columns there were.
func (o *office) plantEverywhere() (planted int) {
	o.t.Helper()
	w, ctx := o.db.Writer(), o.t.Context()
	type column struct{ table, name, kind string }
	rows, err := w.QueryContext(ctx, `
SELECT m.name, c.name, c.type
FROM sqlite_schema m JOIN pragma_table_info(m.name) c
WHERE m.type = 'table' AND m.sql NOT LIKE '%VIRTUAL%' AND m.name NOT LIKE '%\_fts\_%' ESCAPE '\' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'
ORDER BY m.name, c.cid`)
	o.must(err)
	tables := map[string][]column{}
	for rows.Next() {
		var c column
		o.must(rows.Scan(&c.table, &c.name, &c.kind))
		tables[c.table] = append(tables[c.table], c)
	}
	o.must(errors.Join(rows.Err(), rows.Close()))
	for table := range notPlanted {
		if tables[table] == nil {
			o.t.Errorf("there is no table %s to leave out", table)
		}
		delete(tables, table)
	}
	_, err = w.ExecContext(ctx, `PRAGMA foreign_keys = off; PRAGMA ignore_check_constraints = on`)
	o.must(err)
	back := o.withoutTriggers()
	mark := func(c column) string {
		switch c.kind {
		case "TEXT":
			return "'planted-in-" + c.table + "-" + c.name + "'"
		case "BLOB":
			return "CAST('planted-in-" + c.table + "-" + c.name + "' AS BLOB)"
		}
		return "7"
	}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		var names, values []string
		for _, c := range tables[table] {
			names, values = append(names, c.name), append(values, mark(c))
		}
		if _, err := w.ExecContext(ctx, fmt.Sprintf("INSERT OR REPLACE INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), strings.Join(values, ", "))); err != nil {
			o.t.Errorf("planting: %v", err)
		}
	}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		for _, c := range tables[table] {
			if c.kind != "TEXT" && c.kind != "BLOB" {
				continue
			}
			planted++
			var n int
			o.must(w.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM %s WHERE %s = %s", table, c.name, mark(c))).Scan(&n))
			if n == 0 {
				o.t.Errorf("the column %s.%s has no mark", table, c.name)
			}
		}
	}
	back()
	_, err = w.ExecContext(ctx, `PRAGMA foreign_keys = on; PRAGMA ignore_check_constraints = off`)
	o.must(err)
	return planted
}

// withoutTriggers takes every trigger away and returns what puts them back.
func (o *office) withoutTriggers() (back func()) {
	o.t.Helper()
	w, ctx := o.db.Writer(), o.t.Context()
	rows, err := w.QueryContext(ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name`)
	o.must(err)
	triggers := map[string]string{}
	for rows.Next() {
		var name, statement string
		o.must(rows.Scan(&name, &statement))
		triggers[name] = statement
	}
	o.must(errors.Join(rows.Err(), rows.Close()))
	for name := range triggers {
		_, err := w.ExecContext(ctx, `DROP TRIGGER `+name)
		o.must(err)
	}
	return func() {
		for _, statement := range triggers {
			_, err := w.ExecContext(ctx, statement)
			o.must(err)
		}
	}
}

// detected are the errors by which a changed backup is told.
var detected = []error{backup.ErrDamaged, backup.ErrForged, backup.ErrWords, store.ErrManifest, backup.ErrNone}

// restoresNot fails unless a restore is refused for one of the reasons and
// leaves no node.
func (o *office) restoresNot(what, from string, reasons ...error) {
	o.t.Helper()
	r := o.restoring(from)
	_, err := backup.Restore(o.t.Context(), r)
	if !slices.ContainsFunc(reasons, func(want error) bool { return errors.Is(err, want) }) {
		o.t.Errorf("%s: %v", what, err)
	}
	if left := tree(o.t, r.Data); len(left) > 0 {
		o.t.Errorf("%s: %d files are left", what, len(left))
	}
	if err != nil && backup.CodeOf(err) == "failed" {
		o.t.Errorf("%s: the failure has no code of its own: %v", what, err)
	}
}

// copied puts files into a new folder.
func copied(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOneBitAnywhereIsDetected(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	files := tree(t, p.Path)
	r := rand.New(rand.NewPCG(42, 3)) //nolint:gosec // the same places each time
	flips := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == store.MarkerName {
			continue
		}
		for range 72 {
			b := bytes.Clone(files[name])
			at := r.IntN(len(b))
			if flips%3 == 0 {
				at = r.IntN(min(len(b), 400)) // also the header of age
			}
			b[at] ^= 1 << r.IntN(8)
			changed := maps.Clone(files)
			changed[name] = b
			o.restoresNot(fmt.Sprintf("a bit at %d of %d in %s", at, len(b), name), copied(t, changed), detected...)
			flips++
		}
	}
	if flips < 200 {
		t.Errorf("only %d bits were flipped", flips)
	}
}

func TestTruncationIsDetected(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	files := tree(t, p.Path)
	for name, b := range files {
		if name == store.MarkerName {
			continue
		}
		for _, n := range []int{0, 1, len(b) / 2, len(b) - 1, len(b) + 1} {
			changed := maps.Clone(files)
			changed[name] = append(bytes.Clone(b[:min(n, len(b))]), make([]byte, max(0, n-len(b)))...)
			o.restoresNot(fmt.Sprintf("%s with %d of %d bytes", name, n, len(b)), copied(t, changed), detected...)
		}
		changed := maps.Clone(files)
		delete(changed, name)
		if !strings.HasPrefix(name, "keys-") { // without its keys a backup comes back, and says so
			o.restoresNot("without "+name, copied(t, changed), backup.ErrNone)
		}
	}
}

func TestSwappedFilesAreDetected(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	o.run(p)
	files := tree(t, p.Path)
	for _, c := range [][2]string{
		{"backup-000001.tar.age", "backup-000002.tar.age"},
		{"keys-000001.tar.age", "keys-000002.tar.age"},
		{"backup-000001.json", "backup-000002.json"},
		{"keys-000002.tar.age", "backup-000002.tar.age"},
	} {
		changed := maps.Clone(files)
		changed[c[0]], changed[c[1]] = files[c[1]], files[c[0]]
		o.restoresNot("swapped "+c[0], copied(t, changed), detected...)
	}
}

func TestWrongWordsAndForgedManifests(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	r := o.restoring(p.Path)
	r.Words = vault.NewWords()
	if _, err := backup.Restore(t.Context(), r); !errors.Is(err, backup.ErrWords) {
		t.Errorf("other words: %v, want ErrWords", err)
	}
	files := tree(t, p.Path)
	m, err := store.ReadManifest(bytes.NewReader(files["backup-000001.json"]))
	o.must(err)
	m.Releases++
	_, stranger, err := ed25519.GenerateKey(nil)
	o.must(err)
	forged := store.Folder{Path: t.TempDir()}
	id := store.NewID()
	o.must(forged.Claim(t.Context(), id))
	o.must(forged.Put(t.Context(), id, store.Name{Sequence: 1, Kind: store.ManifestFile}, m.Sign(stranger).Sealed()))
	changed := maps.Clone(files)
	changed["backup-000001.json"] = tree(t, forged.Path)["backup-000001.json"]
	o.restoresNot("a manifest that somebody else signed", copied(t, changed), backup.ErrForged)
	// Somebody else's backup, made to look like ours: no words of ours open it.
	other := newOffice(t)
	q := other.stick()
	other.run(q)
	o.restoresNot("another node's backup", q.Path, backup.ErrWords)
}

// flaky is a folder that goes wrong: full at a byte, gone at a byte, or giving
// back other bytes than it was given.
func flaky(path string, at int64, happens func() error) store.Folder {
	n := int64(0)
	return store.Folder{Path: path, Through: func(w io.Writer) io.Writer {
		return writerFunc(func(b []byte) (int, error) {
			if n += int64(len(b)); n > at && at >= 0 {
				if err := happens(); err != nil {
					return 0, err
				}
			}
			return w.Write(b)
		})
	}}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// with makes a service of the office whose remote place is s.
func (o *office) with(s store.Store) *backup.Service {
	o.t.Helper()
	options := o.options
	options.Remote, options.RemotePath = s, "the place of the test"
	svc := backup.NewService(options)
	o.t.Cleanup(svc.Close)
	return svc
}

// twoBackups makes an office with a good backup at a place; another follows.
func twoBackups(t *testing.T) (o *office, path string, good map[string][]byte) {
	t.Helper()
	o = newOffice(t)
	path = t.TempDir()
	svc := o.with(store.Folder{Path: path})
	o.must(svc.ClaimRemote(t.Context(), director))
	if _, err := svc.Run(t.Context(), director, backup.S3Place); err != nil {
		t.Fatal(err)
	}
	return o, path, tree(t, path)
}

// stands fails unless the earlier backup is as it was, no half of a later one
// stands beside it, and the next one succeeds.
func (o *office) stands(what, path string, good map[string][]byte) {
	o.t.Helper()
	now := tree(o.t, path)
	for name, b := range good {
		if !bytes.Equal(now[name], b) {
			o.t.Errorf("%s: %s is not as it was", what, name)
		}
	}
	svc := o.with(store.Folder{Path: path})
	b, err := svc.Run(o.t.Context(), director, backup.S3Place)
	if err != nil || b.VerifiedAt.IsZero() {
		o.t.Fatalf("%s: the next backup: %v", what, err)
	}
	for name := range tree(o.t, path) {
		n, ours := store.ParseName(name)
		if name != store.MarkerName && (!ours || n.Sequence != 1 && n.Sequence != b.Sequence) {
			o.t.Errorf("%s: %s is left", what, name)
		}
	}
	if _, err := os.Stat(filepath.Join(o.dir, ".backup")); err == nil {
		o.t.Errorf("%s: the scratch folder is left", what)
	}
	// What the later one left is taken away again, so that each fault begins alike.
	for name := range now {
		delete(now, name)
	}
	for name := range tree(o.t, path) {
		if _, before := good[name]; !before {
			o.must(os.Remove(filepath.Join(path, name)))
		}
	}
}

func TestAFullPlaceLeavesTheOldBackup(t *testing.T) {
	o, path, good := twoBackups(t)
	total := int64(0)
	for _, b := range good {
		total += int64(len(b))
	}
	for i := range int64(12) {
		svc := o.with(flaky(path, total*i/12, func() error { return &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC} }))
		b, err := svc.Run(t.Context(), director, backup.S3Place)
		if !errors.Is(err, store.ErrFull) || b.Failure != "place-full" {
			t.Errorf("full at %d of %d: %v, code %q", total*i/12, total, err, b.Failure)
		}
		o.stands(fmt.Sprintf("full at %d", total*i/12), path, good)
	}
}

// small mounts a disk of a few megabytes, where this user may; else the test
// goes on with what needs no disk.
func small(t *testing.T, megabytes int) (dir string, ok bool) {
	t.Helper()
	dir = t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm", megabytes), "tmpfs", dir).CombinedOutput(); err != nil {
		t.Logf("no small disk can be mounted here (%s): full disks are only played", bytes.TrimSpace(out))
		return "", false
	}
	t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	return dir, true
}

func TestARealDiskThatIsFull(t *testing.T) {
	dir, ok := small(t, 20)
	if !ok {
		return
	}
	o := newOffice(t)
	p, err := o.svc.AddFolder(t.Context(), director, dir)
	o.must(err)
	o.run(p)
	good := tree(t, dir)
	o.must(os.WriteFile(filepath.Join(dir, "photographs"), make([]byte, 4<<20), 0o600))
	if b, err := o.svc.Run(t.Context(), director, p.ID); !errors.Is(err, store.ErrFull) || b.Failure != "place-full" {
		t.Errorf("a full stick: %v", err)
	}
	for name, b := range good {
		if now := tree(t, dir)[name]; !bytes.Equal(now, b) {
			t.Errorf("%s is not as it was", name)
		}
	}
	if _, err := backup.Restore(t.Context(), func() backup.Restoring { r := o.restoring(dir); r.Data = filepath.Join(dir, "new"); return r }()); !errors.Is(err, backup.ErrDiskFull) {
		t.Errorf("restoring onto a full disk: %v, want ErrDiskFull", err)
	}
}

func TestAnUnpluggedPlaceIsTold(t *testing.T) {
	o, path, good := twoBackups(t)
	away := path + "-away"
	for _, at := range []int64{0, 5_000, 100_000, 300_000} {
		once := false
		svc := o.with(flaky(path, at, func() error {
			if once {
				return &os.PathError{Op: "write", Path: "x", Err: syscall.EIO}
			}
			once = true
			return errors.Join(os.Rename(path, away), os.Mkdir(path, 0o700)) // an empty mount point is left
		}))
		b, err := svc.Run(t.Context(), director, backup.S3Place)
		if !errors.Is(err, store.ErrGone) && !errors.Is(err, store.ErrUnclaimed) || b.Failure != "place-gone" && b.Failure != "place-unclaimed" {
			t.Errorf("unplugged at %d: %v, code %q", at, err, b.Failure)
		}
		if left := tree(t, path); len(left) > 0 {
			t.Errorf("unplugged at %d: %d files were written where the stick is not", at, len(left))
		}
		if b, err := svc.Run(t.Context(), director, backup.S3Place); !errors.Is(err, store.ErrUnclaimed) || b.Failure != "place-unclaimed" {
			t.Errorf("an empty mount point: %v", err)
		}
		o.must(os.Remove(path))
		if _, err := svc.Run(t.Context(), director, backup.S3Place); !errors.Is(err, store.ErrGone) {
			t.Errorf("no folder: %v, want ErrGone", err)
		}
		o.must(os.Rename(away, path))
		o.stands(fmt.Sprintf("unplugged at %d", at), path, good)
	}
}

// lying gives back other bytes than it was given.
type lying struct {
	store.Folder
	kind store.Kind
}

func (l lying) Get(ctx context.Context, name store.Name) (io.ReadCloser, error) {
	in, err := l.Folder.Get(ctx, name)
	if err != nil || name.Kind != l.kind {
		return in, err
	}
	b, err := io.ReadAll(in)
	_ = in.Close()
	b[len(b)/2] ^= 4
	return io.NopCloser(bytes.NewReader(b)), err
}

func TestADiskThatLiesIsCaughtWhenTheBackupIsMade(t *testing.T) {
	o, path, _ := twoBackups(t)
	for _, kind := range []store.Kind{store.Main, store.Keys, store.ManifestFile} {
		b, err := o.with(lying{store.Folder{Path: path}, kind}).Run(t.Context(), director, backup.S3Place)
		if err == nil || b.Failure == "" || !b.VerifiedAt.IsZero() || errs.KindOf(err) != errs.Conflict {
			t.Errorf("kind %d: %+v, %v", kind, b, err)
		}
	}
	s, err := o.svc.Status(t.Context())
	if err != nil || s.Level != backup.Good { // the first backup counts, the others do not
		t.Errorf("status %+v, %v", s, err)
	}
}

// What is wrong in the node itself fails the proof: nobody is told that all is
// well while a paper cannot be opened or the audit was changed.
func TestTheProofFindsWhatIsWrongInTheNode(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(o *office)
		want error
	}{
		"an attachment is gone": {func(o *office) {
			for id := range o.content {
				o.must(o.files.Remove(id))
				return
			}
		}, backup.ErrAttachments},
		"an attachment was changed": {func(o *office) {
			for f := range o.files.All() {
				b, err := os.ReadFile(f.Path)
				o.must(err)
				b[len(b)-5] ^= 1
				o.must(os.WriteFile(f.Path, b, 0o600))
				return
			}
		}, backup.ErrAttachments},
		"a key of a case is gone": {func(o *office) { o.must(o.keys.Destroy(o.t.Context(), "C-1")) }, backup.ErrAttachments},
		"the audit was changed": {func(o *office) {
			o.exec(`DROP TRIGGER audit_keeps_entries`)
			o.exec(`UPDATE audit SET actor = 'person:nobody' WHERE seq = 1`)
		}, backup.ErrAudit},
		"a reference points nowhere": {func(o *office) {
			_, err := o.db.Writer().ExecContext(o.t.Context(), `PRAGMA foreign_keys = off; UPDATE cases SET client_id = 'nobody' WHERE id = 'C-2'; PRAGMA foreign_keys = on`)
			o.must(err)
		}, backup.ErrIntegrity},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			p := o.stick()
			c.harm(o)
			if b, err := o.svc.Run(t.Context(), director, p.ID); !errors.Is(err, c.want) || !b.VerifiedAt.IsZero() {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// An attachment that is removed while the backup is made is no fault.
func TestRemovingWhileABackupIsMade(t *testing.T) {
	o, path, good := twoBackups(t)
	removed := false
	svc := o.with(flaky(path, 8_000, func() error {
		if removed {
			return nil
		}
		removed = true
		for id := range o.content {
			if _, err := o.db.Exec(context.Background(), `DELETE FROM documents WHERE file = @f`, sqlite.Args{"f": string(id)}); err != nil {
				return err
			}
			if err := o.files.Remove(id); err != nil {
				return err
			}
			delete(o.content, id)
			break
		}
		return nil
	}))
	if _, err := svc.Run(t.Context(), director, backup.S3Place); err != nil {
		t.Errorf("a paper was removed meanwhile: %v", err)
	}
	_ = good
}

// A node whose own disk is full says so, before anything is written at the place.
func TestTheNodesOwnDiskIsFull(t *testing.T) {
	dir, ok := small(t, 40)
	if !ok {
		return
	}
	first := newOffice(t)
	p := first.stick()
	first.run(p)
	r := first.restoring(p.Path)
	r.Data = filepath.Join(dir, "node")
	if _, err := backup.Restore(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(t.Context(), filepath.Join(r.Data, "vault.json"), vault.AllowWeak())
	first.must(err)
	first.must(v.UnsealRecovery(first.words))
	o := &office{t: t, dir: r.Data, vault: v, now: start}
	o.open()
	before := len(tree(t, p.Path))
	o.must(os.WriteFile(filepath.Join(dir, "photographs"), make([]byte, 26<<20), 0o600))
	if b, err := o.svc.Run(t.Context(), director, p.ID); !errors.Is(err, backup.ErrDiskFull) || b.Failure != "disk-full" {
		t.Errorf("%v, code %q", err, b.Failure)
	}
	if now := len(tree(t, p.Path)); now != before {
		t.Errorf("%d files at the place, before it were %d", now, before)
	}
	o.must(os.Remove(filepath.Join(dir, "photographs")))
	o.run(p)
}
