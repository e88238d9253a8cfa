package retention

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"casehub/internal/sqlite"
	"casehub/node/vault"
)

// changed are keys whose master key was changed once: what was derived before is
// among the former ones.
type changed struct {
	Keys
	by byte
}

func (c changed) Derive(purpose string) (vault.Key, error) {
	k, err := c.Keys.Derive(purpose)
	k[0] ^= c.by
	return k, err
}

func (c changed) Former(purpose string) ([]vault.Key, error) {
	k, err := c.Keys.Derive(purpose)
	return []vault.Key{k}, err
}

// Who was erased is erased again when an older backup comes back, also after the
// master key has changed; the others stay, and a second time nothing happens.
func TestARestoredBackupIsErasedAgain(t *testing.T) {
	for name, keys := range map[string]func(Keys) Keys{
		"with the same key":  func(k Keys) Keys { return k },
		"with a changed key": func(k Keys) Keys { return changed{k, 1} },
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			p := o.comes(gone, 2, "2026-02-20")
			other := o.comes(stays, 1, "2026-02-20")
			one := o.comes("third", 2, "2026-02-20")
			restored := filepath.Join(t.TempDir(), "node.db")
			o.ok(o.db.Copy(t.Context(), restored, o.key))
			r := o.asks(p)
			half := must[Request](t)(o.Ask(t.Context(), miriam, Request{ClientID: string(one.client), CaseID: string(one.cases[0]), AskedOn: "2026-03-02"}))
			o.clock = o.clock.AddDate(8, 0, 0)
			o.ok(o.Approve(t.Context(), o.sipho, r.ID))
			o.ok(o.Approve(t.Context(), o.sipho, half.ID))
			journal := must[[]byte](t)(o.Journal(t.Context()))
			if bytes.Contains(journal, []byte(p.client)) || bytes.Count(journal, []byte("\n")) != 3+1+2 {
				t.Errorf("the journal has %d lines", bytes.Count(journal, []byte("\n")))
			}

			db := must[*sqlite.DB](t)(sqlite.Open(t.Context(), restored, o.key))
			defer db.Close()
			s := Store{DB: db, Keys: keys(o.vault), CaseKeys: o.CaseKeys, Files: o.Files}
			if n, err := Reapply(t.Context(), s, journal, o.clock); n != 4 || err != nil {
				t.Errorf("erased %d again, %v", n, err)
			}
			for id, want := range map[string]int{string(p.client): 0, string(other.client): 1, string(one.client): 1} {
				var got int
				o.ok(db.QueryRow(t.Context(), `SELECT count(*) FROM clients WHERE id = @id`, sqlite.Args{"id": id}).Scan(&got))
				if got != want {
					t.Errorf("%d rows of a client, want %d", got, want)
				}
			}
			var cases int
			o.ok(db.QueryRow(t.Context(), `SELECT count(*) FROM cases`, nil).Scan(&cases))
			if cases != 2 {
				t.Errorf("%d cases are left, want 2", cases)
			}
			if n, err := Reapply(t.Context(), s, journal, o.clock); n != 0 || err != nil {
				t.Errorf("a second time: %d, %v", n, err)
			}
			if n, err := Reapply(t.Context(), s, nil, o.clock); n != 0 || err != nil {
				t.Errorf("without a journal: %d, %v", n, err)
			}
		})
	}
}

func TestAChangedJournalIsRefused(t *testing.T) {
	o := open(t)
	p := o.comes("one", 1, "2026-02-20")
	r := o.asks(p)
	o.clock = o.clock.AddDate(8, 0, 0)
	o.ok(o.Approve(t.Context(), o.sipho, r.ID))
	journal := must[[]byte](t)(o.Journal(t.Context()))
	lines := bytes.SplitAfter(journal, []byte("\n"))
	for name, b := range map[string][]byte{
		"a line removed": bytes.Join(append([][]byte{lines[0]}, lines[2:]...), nil),
		"cut":            journal[:len(journal)-10],
		"no journal":     []byte("hello\n"),
		"a bit turned":   append(append([]byte{}, journal[:40]...), append([]byte{journal[40] ^ 1}, journal[41:]...)...),
		"the head alone": lines[0],
	} {
		if _, err := Reapply(t.Context(), o.Store, b, time.Now()); !errors.Is(err, ErrJournal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What an import brings back after it was erased goes again by itself.
func TestWhatAnImportBringsBackGoesAgain(t *testing.T) {
	o := open(t)
	p := o.comes(gone, 0, "2026-02-20")
	r := o.asks(p)
	o.clock = o.clock.AddDate(8, 0, 0)
	o.ok(o.Approve(t.Context(), o.sipho, r.ID))
	if _, err := o.db.Exec(t.Context(), `
INSERT INTO clients (id, reference, surname, created_at, updated_at)
VALUES (@id, 'K-AGAIN', 'zqxjkvwa', 0, 0)`, sqlite.Args{"id": string(p.client)}); err != nil {
		t.Fatal(err)
	}
	o.ok(o.Run(t.Context()))
	var n int
	o.ok(o.db.QueryRow(t.Context(), `SELECT count(*) FROM clients`, nil).Scan(&n))
	if n != 0 {
		t.Error("an erased client is back")
	}
}
