package keys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/people"
	"casehub/node/vault"
)

// Gate says whether somebody may do something at all.
type Gate interface {
	// May fails with an error of kind errs.Forbidden.
	May(ctx context.Context, who actor.Actor, action string) error
}

// Renew replaces the keys by which the office signs and sends, in the transaction
// that ends a change of the master key.
type Renew func(ctx context.Context, tx *sqlite.Tx, who actor.Actor, now time.Time) error

// Service does what directors do about the keys.
type Service struct {
	db     *sqlite.DB
	vault  *vault.Vault
	people *people.Service
	gate   Gate
	renew  Renew
	now    func() time.Time
	drafts *drafts
}

// NewService returns the service of a node whose vault is open.
func NewService(db *sqlite.DB, v *vault.Vault, staff *people.Service, gate Gate, renew Renew, now func() time.Time) *Service {
	return &Service{db: db, vault: v, people: staff, gate: gate, renew: renew, now: now, drafts: newDrafts(now)}
}

// subject is what entries of the audit are about.
const subject = "organisation"

// May says whether somebody may deal with the keys.
func (s *Service) May(ctx context.Context, who actor.Actor) error {
	return s.gate.May(ctx, who, Manage)
}

// State returns what may be told of the keys.
func (s *Service) State(ctx context.Context, who actor.Actor) (State, error) {
	if err := s.May(ctx, who); err != nil {
		return State{}, err
	}
	n, err := noted(ctx, s.db)
	if err != nil {
		return State{}, fmt.Errorf("reading what is noted of the keys: %w", err)
	}
	st := State{RecoveryAt: n.recoveryAt, RekeyedAt: n.rekeyedAt, PutBackAt: n.putBackAt, OldWords: n.putBackWords}
	if st.Without, err = s.people.WithoutPassword(ctx); err != nil {
		return State{}, err
	}
	for _, slot := range s.vault.Slots() {
		switch slot.Kind {
		case vault.Password:
			st.Passwords++
		case vault.KeyFile:
			st.KeyFile = true
		case vault.Recovery:
		}
	}
	return st, nil
}

// SetRecovery puts words that are on paper already in the place of the recovery
// words. It fails with ErrNotNoted when they count and the audit lacks it.
func (s *Service) SetRecovery(ctx context.Context, who actor.Actor, words vault.Words) error {
	if err := s.May(ctx, who); err != nil {
		return err
	}
	if err := s.vault.SetRecovery(ctx, words); err != nil {
		return fmt.Errorf("making new recovery words: %w", err)
	}
	// They count, whatever becomes of whoever asked.
	ctx = context.WithoutCancel(ctx)
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := noteRevision(ctx, tx, s.vault.Revision(), others(s.vault)); err != nil {
			return err
		}
		if err := noteRecovery(ctx, tx, s.now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), who, "organisation.recovery-made", subject)
	})
	if err != nil {
		return errors.Join(ErrNotNoted, err)
	}
	return nil
}

// Split cuts the present recovery words into three shares, of which any two give
// the words back. It fails with ErrNotTheseWords.
func (s *Service) Split(ctx context.Context, who actor.Actor, words vault.Words) ([3]vault.Share, error) {
	if err := s.May(ctx, who); err != nil {
		return [3]vault.Share{}, err
	}
	err := s.vault.UnsealRecovery(words)
	if errors.Is(err, vault.ErrWrongSecret) {
		return [3]vault.Share{}, ErrNotTheseWords
	}
	if err != nil {
		return [3]vault.Share{}, fmt.Errorf("trying recovery words: %w", err)
	}
	return words.Split(), s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		return audit.Record(ctx, tx, s.now(), who, "organisation.recovery-split", subject)
	})
}

// Begin notes that somebody is about to change the master key: the entry is
// copied into the new database, so that after a break it still says who it was.
func (s *Service) Begin(ctx context.Context, who actor.Actor) error {
	if err := s.May(ctx, who); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		return audit.Record(ctx, tx, s.now(), who, "organisation.rekey-begun", subject)
	})
}

// Settle holds the key file against what the database remembers of it. Every start
// calls it, because a change may have been broken off and a file may have been
// exchanged. When nothing is left to do it does nothing.
func (s *Service) Settle(ctx context.Context, who actor.Actor) error {
	n, err := noted(ctx, s.db)
	if err != nil {
		return fmt.Errorf("reading what is noted of the keys: %w", err)
	}
	if n.generation < s.vault.Generation() {
		if err := s.settleRekey(ctx, who); err != nil {
			return err
		}
	}
	if n.revision > s.vault.Revision() {
		return s.settlePutBack(ctx)
	}
	if n.revision < s.vault.Revision() {
		return noteRevision(ctx, s.db, s.vault.Revision(), others(s.vault))
	}
	return nil
}

// settleRekey ends a change of the master key in the database: passwords whose
// slots are gone, all sessions and all second factors end, the office's keys for the
// hub are replaced, and the change is recorded; all of it or nothing.
func (s *Service) settleRekey(ctx context.Context, who actor.Actor) error {
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		n, err := noted(ctx, tx)
		if err != nil || n.generation >= s.vault.Generation() {
			return err
		}
		if _, err := s.people.Rekeyed(ctx, tx, s.passwords()); err != nil {
			return err
		}
		if err := noteGeneration(ctx, tx, s.vault.Generation(), s.now()); err != nil {
			return fmt.Errorf("noting a change of the keys: %w", err)
		}
		if err := s.renew(ctx, tx, who, s.now()); err != nil {
			return fmt.Errorf("replacing the keys for the hub: %w", err)
		}
		return audit.Record(ctx, tx, s.now(), who, "organisation.rekeyed", subject)
	})
}

// passwords are the slots that a password opens.
func (s *Service) passwords() []vault.SlotID {
	var all []vault.SlotID
	for _, slot := range s.vault.Slots() {
		if slot.Kind == vault.Password {
			all = append(all, slot.ID)
		}
	}
	return all
}
