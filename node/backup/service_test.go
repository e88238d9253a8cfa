package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/s3test"
	"casehub/node/audit"
	"casehub/node/backup"
	"casehub/node/backup/store"
	"casehub/node/vault"
)

func TestAStoreOnAnotherMachine(t *testing.T) {
	o, server := newOffice(t), s3test.Start(t)
	s3, err := store.NewS3(store.S3Settings{Endpoint: server.Endpoint, Bucket: server.Bucket, Prefix: "an/office", Region: server.Region, CredentialsFile: server.CredentialsFile})
	o.must(err)
	svc := o.with(s3)
	o.must(svc.ClaimRemote(t.Context(), director))
	for range 2 {
		if b, err := svc.Run(t.Context(), director, backup.S3Place); err != nil || b.VerifiedAt.IsZero() {
			t.Fatalf("%+v: %v", b, err)
		}
	}
	r := o.restoring("")
	r.Place = s3
	out, err := backup.Restore(t.Context(), r)
	if err != nil || out.Sequence != 2 {
		t.Fatalf("%+v: %v", out, err)
	}
	o.cameBack(r.Data)
	server.Stop()
	if b, err := svc.Run(t.Context(), director, backup.S3Place); !errors.Is(err, store.ErrGone) || b.Failure != "place-gone" {
		t.Errorf("without its server: %v, code %q", err, b.Failure)
	}
}

// A backup from before a change of the master key opens with the words of its
// time, one from after it with the new ones.
func TestBackupsFromBeforeAReKey(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	old := o.words
	o.must(o.close())
	words, err := o.vault.Rekey(t.Context(), vault.Rekeying{Login: login, Password: password, Databases: []string{"node.db"}})
	o.must(err)
	o.words = words
	o.open()
	o.attach("C-0", 5000)
	o.run(p)
	r := o.restoring(p.Path)
	if _, err := backup.Restore(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	o.cameBack(r.Data)
	before := o.restoring(p.Path)
	before.Words = old
	if _, err := backup.Restore(t.Context(), before); !errors.Is(err, backup.ErrWords) {
		t.Errorf("the old words on the new backup: %v, want ErrWords", err)
	}
	before.Sequence = 1
	out, err := backup.Restore(t.Context(), before)
	if err != nil || out.Sequence != 1 || out.KeysSequence != 1 || out.Newer != 1 || out.Unreadable > 0 {
		t.Errorf("the old words on the old backup: %+v, %v", out, err)
	}
}

// The newest case keys and the newest journal come back with any backup: what was
// erased since stays erased.
func TestWhatWasErasedStaysErased(t *testing.T) {
	o := newOffice(t)
	journal := "first"
	o.options.Journal = func(context.Context) ([]byte, error) { return []byte(journal), nil }
	o.svc = backup.NewService(o.options)
	p := o.stick()
	o.run(p)
	o.must(o.keys.Destroy(t.Context(), "C-1"))
	for id := range o.content { // the papers of the case go with its key
		o.exec(`DELETE FROM documents WHERE case_id = 'C-1' AND file = '` + string(id) + `'`)
	}
	journal = "second"
	o.run(p)
	r := o.restoring(p.Path)
	r.Sequence = 1
	var got backup.Restored
	r.Reapply = func(ctx context.Context, re backup.Restored) error {
		got = re
		if _, err := re.Vault.Derive("casehub/erasure-journal/v1"); err != nil {
			t.Errorf("the vault of the journal: %v", err)
		}
		_, err := re.DB.Exec(ctx, `DELETE FROM documents WHERE case_id = 'C-1'`, nil)
		return err
	}
	out, err := backup.Restore(t.Context(), r)
	if err != nil || !got.At.Equal(o.now) || string(got.Journal) != "second" || out.KeysSequence != 2 || out.Unreadable == 0 {
		t.Errorf("%+v, journal %q: %v", out, got.Journal, err)
	}
	r = o.restoring(p.Path)
	r.Sequence = 1
	boom := errors.New("boom")
	r.Reapply = func(context.Context, backup.Restored) error { return boom }
	if _, err := backup.Restore(t.Context(), r); !errors.Is(err, boom) || len(tree(t, r.Data)) > 0 {
		t.Errorf("a node stands in which nothing was erased again: %v", err)
	}
}

// Over the months a place keeps what the rules say, and papers whose keys have
// outlived their time are told as such.
func TestAPlaceOverFortyDays(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	for range 41 {
		o.run(p)
		o.now = o.now.Add(24 * time.Hour)
	}
	mains, keys := 0, 0
	for name := range tree(t, p.Path) {
		switch {
		case strings.HasPrefix(name, "backup-") && strings.HasSuffix(name, ".age"):
			mains++
		case strings.HasPrefix(name, "keys-"):
			keys++
		}
	}
	if mains < 9 || mains > 13 || keys == 0 || keys > mains {
		t.Errorf("%d backups and %d keys are kept", mains, keys)
	}
	first := filepath.Join(p.Path, "keys-000041.tar.age")
	if _, err := os.Stat(first); err != nil {
		t.Errorf("the newest keys: %v", err)
	}
	for name := range tree(t, p.Path) {
		if strings.HasPrefix(name, "keys-") {
			o.must(os.Remove(filepath.Join(p.Path, name)))
		}
	}
	out, err := backup.Restore(t.Context(), o.restoring(p.Path))
	if err != nil || out.KeysSequence != 0 {
		t.Errorf("without any keys: %+v, %v", out, err)
	}
}

func TestTheNewNodeGoesOnWhereTheOldOneEnded(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	o.run(p)
	r := o.restoring(p.Path)
	r.Sequence = 1 // an older one: the place has a newer
	_, err := backup.Restore(t.Context(), r)
	o.must(err)
	v, err := vault.Open(t.Context(), filepath.Join(r.Data, "vault.json"), vault.AllowWeak())
	o.must(err)
	o.must(v.UnsealRecovery(o.words))
	second := &office{t: t, dir: r.Data, vault: v, words: o.words, now: o.now}
	second.open()
	if b := second.run(p); b.Sequence != 3 {
		t.Errorf("number %d, want 3: above all that are there", b.Sequence)
	}
	s, err := second.svc.Status(t.Context())
	if err != nil || s.Level != backup.Good {
		t.Errorf("%+v, %v", s, err)
	}
}

// guarded lets nobody do anything.
type guarded struct{}

var errNo = errs.New(errs.Forbidden, "access.forbidden")

func (guarded) May(context.Context, actor.Actor, string) error { return errNo }

func TestEveryChangeAsksTheGate(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.options.Gate = guarded{}
	svc := backup.NewService(o.options)
	_, added := svc.AddFolder(t.Context(), director, t.TempDir())
	_, ran := svc.Run(t.Context(), director, p.ID)
	for what, err := range map[string]error{
		"add": added, "run": ran, "begin": svc.Begin(t.Context(), director, p.ID), "end": svc.EndFolder(t.Context(), director, p.ID),
		"hour": svc.SetHour(t.Context(), director, 3), "claim": svc.ClaimRemote(t.Context(), director),
	} {
		if !errors.Is(err, errNo) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestFoldersThatAreRefused(t *testing.T) {
	o := newOffice(t)
	other := newOffice(t)
	theirs := other.stick()
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"not whole":         {"stick", backup.ErrPath},
		"the node's own":    {o.dir, backup.ErrInside},
		"inside the node's": {filepath.Join(o.dir, "files"), backup.ErrInside},
		"not there":         {filepath.Join(t.TempDir(), "no stick"), store.ErrGone},
		"another node's":    {theirs.Path, store.ErrForeign},
	} {
		if _, err := o.svc.AddFolder(t.Context(), director, c.path); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	mine := o.stick()
	again, err := o.svc.AddFolder(t.Context(), director, mine.Path+"/")
	if err != nil || again.ID != mine.ID {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	o.must(o.svc.EndFolder(t.Context(), director, mine.ID))
	if err := o.svc.EndFolder(t.Context(), director, mine.ID); !errors.Is(err, backup.ErrNoPlace) {
		t.Errorf("ending twice: %v", err)
	}
	if _, err := o.svc.Run(t.Context(), director, mine.ID); !errors.Is(err, backup.ErrNoPlace) {
		t.Errorf("a place that has ended: %v", err)
	}
}

func TestOneBackupAtATime(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.must(o.svc.Begin(t.Context(), director, p.ID))
	if _, runs := o.svc.Progress(); !runs {
		t.Error("no progress is told of a backup that was begun")
	}
	second := backup.NewService(o.options) // another program on the same folder
	_, err := o.svc.Run(t.Context(), director, p.ID)
	if !errors.Is(err, backup.ErrBusy) {
		t.Errorf("a second one: %v, want ErrBusy", err)
	}
	for range 200 {
		if _, runs := o.svc.Progress(); !runs {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	list, err := o.svc.Backups(t.Context(), 10)
	if err != nil || len(list) != 1 || list[0].KeyOf() != "backup.verified" {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := second.Run(t.Context(), director, p.ID); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestDueBackupsAreMadeAndRecorded(t *testing.T) {
	o := newOffice(t)
	a, b := o.stick(), o.stick()
	o.must(os.RemoveAll(b.Path)) // the second stick is not plugged in
	o.svc.RunDue(t.Context())
	o.svc.RunDue(t.Context()) // within the hour nothing is tried again
	list, err := o.svc.Backups(t.Context(), 10)
	o.must(err)
	if len(list) != 2 {
		t.Fatalf("%d backups, want one a place", len(list))
	}
	for _, one := range list {
		if good := one.Place == a.ID; good != (one.Failure == "") {
			t.Errorf("%+v", one)
		}
	}
	entries, err := audit.Of(t.Context(), o.db, fmt.Sprint(list[0].Sequence), 5)
	if err != nil || len(entries) == 0 || !strings.HasPrefix(entries[0].Action, "backup.") {
		t.Errorf("the audit has %v (%v)", entries, err)
	}
	due, err := o.svc.Due(t.Context())
	if err != nil || len(due) != 0 {
		t.Errorf("due %v, %v", due, err)
	}
	o.now = o.now.Add(24 * time.Hour)
	if due, err = o.svc.Due(t.Context()); err != nil || len(due) != 2 {
		t.Errorf("a day later due %v, %v", due, err)
	}
	o.must(o.svc.SetHour(t.Context(), director, 23))
	o.now = time.Date(2026, 11, 22, 22, 59, 0, 0, time.UTC)
	if due, err = o.svc.Due(t.Context()); err != nil || len(due) != 0 && due[0].ID == a.ID {
		t.Errorf("before the hour due %v, %v", due, err)
	}
}

// What stands at the place without any key names nobody.
func TestTheManifestIsNumbersAndHashes(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	b := tree(t, p.Path)["backup-000001.json"]
	m, err := store.ReadManifest(bytes.NewReader(b))
	if err != nil || m.Sequence != 1 || m.At != "2026-11-22" || m.Schema < 60 {
		t.Errorf("%+v, %v", m, err)
	}
	if len(b) > 700 {
		t.Errorf("the manifest has %d bytes", len(b))
	}
}
