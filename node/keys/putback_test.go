package keys

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/node/people"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// restart opens the key file as the next start does, by the words, and lets a step
// be the last one that is reached.
func (o *office) restart(words vault.Words) {
	o.t.Helper()
	o.vault.Seal()
	o.vault = vaulttest.Open(o.t, o.vault.Path())
	o.must(o.vault.UnsealRecovery(words))
	now, gate := o.now, only{&o.director}
	passwords := NewPasswords(o.db, o.vault)
	o.people = people.NewService(o.db, passwords, gate, people.Vocabulary{Roles: []string{people.Director}}, now)
	o.Service = NewService(o.db, o.vault, o.people, gate, o.renew, now)
	passwords.Tell(o.Service)
}

// copied returns the key file as it is, and puts a copy back in its place.
func (o *office) copied() []byte {
	o.t.Helper()
	b, err := os.ReadFile(o.vault.Path())
	o.must(err)
	return b
}

func (o *office) putBack(b []byte) {
	o.t.Helper()
	o.must(os.WriteFile(o.vault.Path(), b, 0o600))
}

// opensFor reports whether a password opens the key file on the disk.
func (o *office) opensFor(login, password string) bool {
	o.t.Helper()
	_, err := vaulttest.Open(o.t, o.vault.Path()).UnsealPassword(o.t.Context(), login, password)
	if err != nil && !errors.Is(err, vault.ErrWrongSecret) {
		o.t.Fatal(err)
	}
	return err == nil
}

// leaverComesBack lets somebody leave who keeps a copy of the key file, and puts
// the copy back while the node is sealed. It returns the leaver's password.
func leaverComesBack(t *testing.T) (o *office, leaver string) {
	t.Helper()
	o = begin(t)
	o.restart(o.words)
	o.must(o.Settle(t.Context(), actor.Node()))
	id, leaver, err := o.people.AddPerson(t.Context(), o.who(), people.Person{Login: "lerato", Name: "Lerato Khumalo"})
	o.must(err)
	old := o.copied()
	o.must(o.people.Leave(t.Context(), o.who(), id))
	if o.opensFor("lerato", leaver) {
		t.Fatal("the leaver's password opens the key file already")
	}
	// Somebody is new meanwhile: the old file does not know them.
	_, _, err = o.people.AddPerson(t.Context(), o.who(), people.Person{Login: "new.one", Name: "New One"})
	o.must(err)
	o.must(o.Settle(t.Context(), actor.Node()))
	o.vault.Seal()
	o.putBack(old)
	if !o.opensFor("lerato", leaver) {
		t.Fatal("the test puts nothing back")
	}
	return o, leaver
}

// checkMended holds a node to what must be after an older key file was met.
func (o *office) checkMended(t *testing.T, leaver string, newest int) {
	t.Helper()
	if o.opensFor("lerato", leaver) {
		t.Error("the leaver's password opens the key file")
	}
	if o.vault.Revision() <= newest {
		t.Errorf("the key file counts %d, want more than %d", o.vault.Revision(), newest)
	}
	if !o.opensFor("miriam", password) {
		t.Error("the director's password opens nothing any more")
	}
	if o.recorded("organisation.keys-put-back") == 0 {
		t.Error("the audit does not say it")
	}
	st, err := o.State(t.Context(), o.who())
	if err != nil || st.PutBackAt.IsZero() || len(st.Without) != 1 || st.Without[0].Login != "new.one" {
		t.Errorf("state %+v, %v", st, err)
	}
	before := o.recorded("organisation.keys-put-back")
	o.restart(o.words)
	o.must(o.Settle(t.Context(), actor.Node()))
	if o.recorded("organisation.keys-put-back") != before {
		t.Error("the next start raises the alarm again")
	}
}

func (o *office) newest(t *testing.T) int {
	t.Helper()
	n, err := noted(t.Context(), o.db)
	o.must(err)
	return n.revision
}

func TestAnOlderKeyFilePutBackIsNoticed(t *testing.T) {
	o, leaver := leaverComesBack(t)
	newest := o.newest(t)
	o.restart(o.words)
	o.must(o.Settle(t.Context(), actor.Node()))
	o.checkMended(t, leaver, newest)
	if st, _ := o.State(t.Context(), o.who()); st.OldWords {
		t.Error("the recovery words are said to be old ones")
	}
	if err := o.Looked(t.Context(), o.paralegal.Actor()); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("somebody else ends the alarm: %v", err)
	}
	o.must(o.Looked(t.Context(), o.who()))
	if st, err := o.State(t.Context(), o.who()); err != nil || !st.PutBackAt.IsZero() || o.recorded("organisation.keys-looked") != 1 {
		t.Errorf("after a look: %+v, %v", st, err)
	}
	if err := o.Looked(t.Context(), o.who()); !errors.Is(err, ErrLooked) {
		t.Errorf("a second look: %v", err)
	}
}

// Broken off after any step, the next start ends it: the alarm stays, and the
// leaver's slot goes.
func TestAnOlderKeyFileIsDealtWithAfterABreak(t *testing.T) {
	for name, halfway := range map[string]func(o *office){
		"nothing done": func(*office) {},
		"the file cannot be written": func(o *office) {
			dir := filepath.Dir(o.vault.Path())
			o.must(os.Chmod(dir, 0o500))
			defer func() { o.must(os.Chmod(dir, 0o700)) }()
			_ = o.Settle(o.t.Context(), actor.Node())
		},
		"the slots are gone, and the count is the old one": func(o *office) {
			newest := o.newest(o.t)
			o.must(o.Settle(o.t.Context(), actor.Node()))
			if o.vault.Revision() <= newest {
				o.t.Fatal("it was not dealt with")
			}
			_, err := o.db.Exec(o.t.Context(), `UPDATE key_notes SET revision = revision + 5`, nil)
			o.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, leaver := leaverComesBack(t)
			newest := o.newest(t)
			o.restart(o.words)
			o.t = t
			halfway(o)
			o.restart(o.words)
			o.must(o.Settle(t.Context(), actor.Node()))
			o.checkMended(t, leaver, newest)
		})
	}
}

// With the file come its recovery words and the slot of a key file: directors are
// told of the first, the second goes.
func TestAnOlderKeyFileBringsOldWordsAndKeyFiles(t *testing.T) {
	o := begin(t)
	o.restart(o.words)
	o.must(o.vault.AddKeyFile(t.Context(), filepath.Join(t.TempDir(), "node.key")))
	o.must(o.Settle(t.Context(), actor.Node()))
	old := o.copied()
	for _, slot := range o.vault.Slots() {
		if slot.Kind == vault.KeyFile {
			o.must(o.people.RemoveSlots(t.Context()))
			o.must(o.vault.RemoveSlot(t.Context(), slot.ID))
		}
	}
	o.must(o.SetRecovery(t.Context(), o.who(), vault.NewWords()))
	o.vault.Seal()
	o.putBack(old)
	o.restart(o.words)
	o.must(o.Settle(t.Context(), actor.Node()))
	st, err := o.State(t.Context(), o.who())
	if err != nil || !st.OldWords || st.KeyFile || st.PutBackAt.IsZero() {
		t.Errorf("state %+v, %v", st, err)
	}
	o.must(o.SetRecovery(t.Context(), o.who(), vault.NewWords()))
	if st, err := o.State(t.Context(), o.who()); err != nil || st.OldWords {
		t.Errorf("after new words: %+v, %v", st, err)
	}
}

// While the node is open the right file is put back, by itself or when a password
// changes, and nobody's password is lost.
func TestAnOlderKeyFileUnderAnOpenNodeIsMended(t *testing.T) {
	for name, meet := range map[string]func(o *office){
		"by itself": func(o *office) { o.must(o.Watch(o.t.Context())) },
		"when a password changes": func(o *office) {
			_, err := o.people.ResetPassword(o.t.Context(), o.who(), o.paralegal)
			o.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := begin(t)
			o.restart(o.words)
			o.t = t
			o.must(o.Settle(t.Context(), actor.Node()))
			old := o.copied()
			_, theirs, err := o.people.AddPerson(t.Context(), o.who(), people.Person{Login: "new.one", Name: "New One"})
			o.must(err)
			o.must(o.Watch(t.Context()))
			if o.recorded("organisation.keys-put-back") != 0 {
				t.Fatal("an alarm without a reason")
			}
			o.putBack(old)
			meet(o)
			if st, err := o.State(t.Context(), o.who()); err != nil || st.PutBackAt.IsZero() || o.recorded("organisation.keys-put-back") != 1 {
				t.Errorf("state %+v, %v, %d entries", st, err, o.recorded("organisation.keys-put-back"))
			}
			if !o.opensFor("new.one", theirs) {
				t.Error("the newest password opens nothing")
			}
		})
	}
}

// Another process changes a password while the node is open: that is no alarm.
func TestAnotherProcessIsNoAlarm(t *testing.T) {
	o := begin(t)
	o.restart(o.words)
	o.must(o.Settle(t.Context(), actor.Node()))
	other := vaulttest.Open(t, o.vault.Path())
	o.must(other.UnsealRecovery(o.words))
	passwords := NewPasswords(o.db, other)
	_, err := passwords.AddPassword(t.Context(), "another", "another long password")
	o.must(err)
	o.must(o.Watch(t.Context()))
	if o.recorded("organisation.keys-put-back") != 0 {
		t.Error("an alarm without a reason")
	}
	if o.vault.Revision() != other.Revision() {
		t.Errorf("the open vault counts %d, the other %d", o.vault.Revision(), other.Revision())
	}
}
