package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/vault"
)

// ErrLooked reports a key file that was put back and that nobody has to look at any
// more.
var ErrLooked = errs.New(errs.Conflict, "keys.looked-already")

// Passwords is the vault as people know it. It notes each change in the database,
// so that an older key file put back is noticed, and mends the file where that
// happened while the node is open.
type Passwords struct {
	db    *sqlite.DB
	vault *vault.Vault
	// met is told of an older key file; set before anybody uses it.
	met func(context.Context) error
}

// NewPasswords returns the passwords of an open vault.
func NewPasswords(db *sqlite.DB, v *vault.Vault) *Passwords {
	return &Passwords{db: db, vault: v, met: func(context.Context) error { return nil }}
}

// Tell makes a service hear of an older key file that is met while passwords
// change.
func (p *Passwords) Tell(s *Service) { p.met = s.Watch }

// AddPassword makes a slot.
func (p *Passwords) AddPassword(ctx context.Context, login, password string) (vault.SlotID, error) {
	var id vault.SlotID
	return id, p.change(ctx, func() (err error) {
		id, err = p.vault.AddPassword(ctx, login, password)
		return err
	})
}

// CheckPassword returns the slot that a password opens.
func (p *Passwords) CheckPassword(ctx context.Context, login, password string) (vault.SlotID, error) {
	return p.vault.CheckPassword(ctx, login, password)
}

// RemoveSlot forgets a slot.
func (p *Passwords) RemoveSlot(ctx context.Context, id vault.SlotID) error {
	return p.change(ctx, func() error { return p.vault.RemoveSlot(ctx, id) })
}

// change changes the key file, once more after an older one was found in its
// place.
func (p *Passwords) change(ctx context.Context, do func() error) error {
	err := do()
	if errors.Is(err, vault.ErrTampered) {
		if err := p.met(ctx); err != nil {
			return err
		}
		err = do()
	}
	if err != nil {
		return err
	}
	// It counts, whatever becomes of whoever asked.
	if err := noteRevision(context.WithoutCancel(ctx), p.db, p.vault.Revision(), others(p.vault)); err != nil {
		return fmt.Errorf("noting a change of the keys: %w", err)
	}
	return nil
}

// others are the slots that are no password's: that of the words and that of a key
// file, each with its kind.
func others(v *vault.Vault) []string {
	all := []string{}
	for _, slot := range v.Slots() {
		if slot.Kind != vault.Password {
			all = append(all, string(slot.Kind)+" "+string(slot.ID))
		}
	}
	slices.Sort(all)
	return all
}

// settlePutBack deals with a key file that is older than the newest one of this
// node: a copy was put back, perhaps with the slot of somebody who left. Slots that
// belong to nobody here go, directors are told, and the file counts on from the
// newest. Work goes on. Broken off anywhere, the next start does it again.
func (s *Service) settlePutBack(ctx context.Context) error {
	var newest int
	var strange []vault.SlotID
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		n, err := noted(ctx, tx)
		if err != nil {
			return err
		}
		newest, strange = n.revision, s.strangers(n)
		gone, err := s.people.PutBack(ctx, tx, s.passwords())
		if err != nil {
			return err
		}
		if err := notePutBack(ctx, tx, s.now(), s.oldWords(n)); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), actor.Node(), "organisation.keys-put-back", subject,
			audit.Field("slots", 0, gone+len(strange)))
	})
	if err != nil {
		return fmt.Errorf("noting an older key file: %w", err)
	}
	for _, id := range strange {
		if err := s.vault.RemoveSlot(ctx, id); err != nil && !errors.Is(err, vault.ErrNoSlot) {
			return fmt.Errorf("removing the slot of an older key file: %w", err)
		}
	}
	if err := s.people.RemoveSlots(ctx); err != nil {
		return err
	}
	// Last: until then the next start sees that it is not done.
	if err := s.vault.Advance(ctx, newest); err != nil {
		return fmt.Errorf("counting on from the newest key file: %w", err)
	}
	return noteRevision(ctx, s.db, s.vault.Revision(), others(s.vault))
}

// strangers are slots for a key file that the newest one did not have.
func (s *Service) strangers(n notes) []vault.SlotID {
	var all []vault.SlotID
	for _, slot := range s.vault.Slots() {
		if slot.Kind == vault.KeyFile && !slices.Contains(n.others, string(slot.Kind)+" "+string(slot.ID)) {
			all = append(all, slot.ID)
		}
	}
	return all
}

// oldWords reports recovery words that are others than those of the newest file.
func (s *Service) oldWords(n notes) bool {
	for _, slot := range s.vault.Slots() {
		if slot.Kind == vault.Recovery {
			return !slices.Contains(n.others, string(slot.Kind)+" "+string(slot.ID))
		}
	}
	return false
}

// Watch looks whether an older key file was put in the place of the open one, puts
// the right one back, and tells directors.
func (s *Service) Watch(ctx context.Context) error {
	// First what is noted, then the file: another process changes them the other
	// way round.
	n, err := noted(ctx, s.db)
	if err != nil {
		return fmt.Errorf("reading what is noted of the keys: %w", err)
	}
	mended, err := s.vault.Mend(ctx)
	switch {
	case err != nil:
		return err
	case n.revision > s.vault.Revision():
		return s.settlePutBack(ctx)
	case !mended:
		return nil
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := notePutBack(ctx, tx, s.now(), false); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), actor.Node(), "organisation.keys-put-back", subject, audit.Field("slots", 0, 0))
	})
}

// Looked ends the warning of a key file that was put back: a director knows of it.
func (s *Service) Looked(ctx context.Context, who actor.Actor) error {
	if err := s.May(ctx, who); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		n, err := noteLooked(ctx, tx)
		if err != nil {
			return fmt.Errorf("ending a warning: %w", err)
		}
		if n == 0 {
			return ErrLooked
		}
		return audit.Record(ctx, tx, s.now(), who, "organisation.keys-looked", subject)
	})
}
