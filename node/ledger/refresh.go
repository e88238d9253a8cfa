package ledger

import (
	"context"
	"fmt"

	"casehub/internal/sqlite"
)

// Refresh brings the events in line with the office's records: new ones come in,
// changed ones follow, and those whose record is gone are withdrawn. What was
// published stays; where its record says otherwise today an entry takes it back,
// and a new event stands for the record (rule D9).
//
// It reads only what changed since the last time, as the triggers of the tables
// noted it, or everything once after the event rules or the currency changed.
func (l *Ledger) Refresh(ctx context.Context, tx *sqlite.Tx) error {
	sources, err := l.sources()
	if err != nil {
		return err
	}
	if err := l.touchByRules(ctx, tx, sources); err != nil {
		return fmt.Errorf("looking for new rules: %w", err)
	}
	if err := touchByPersons(ctx, tx, sources); err != nil {
		return fmt.Errorf("telling people apart: %w", err)
	}
	for _, s := range sources {
		if err := s.refresh(ctx, tx, l.currency); err != nil {
			return fmt.Errorf("refreshing %s: %w", s.set.Name, err)
		}
	}
	return deleteTouched(ctx, tx)
}

// touchByRules has everything read again when it was last read by other rules, or by
// another plan: that may bring a measure to records that are there.
func (l *Ledger) touchByRules(ctx context.Context, tx *sqlite.Tx, sources []source) error {
	now := readBy{l.rules.Version, l.reg.Now().Version, l.currency}
	last, err := selectReadBy(ctx, tx)
	if err != nil || last == now {
		return err
	}
	if err := touchAllClients(ctx, tx); err != nil {
		return err
	}
	for _, s := range sources {
		if err := s.touchAll(ctx, tx); err != nil {
			return err
		}
	}
	return saveReadBy(ctx, tx, now)
}

// touchByPersons works out who is who where clients changed, and has the records
// read of those who are another person now, and of changed cases.
func touchByPersons(ctx context.Context, tx *sqlite.Tx, sources []source) error {
	some, err := clientsTouched(ctx, tx)
	if err != nil {
		return err
	}
	var changed []string
	if some {
		if changed, err = refreshPersons(ctx, tx); err != nil {
			return err
		}
	}
	for _, s := range sources {
		if s.rule.Client == "client_id" && len(changed) > 0 {
			if err := s.touchOfClients(ctx, tx, changed); err != nil {
				return err
			}
		}
	}
	for _, s := range sources {
		if s.rule.Client == "case_id" {
			if err := s.touchOfCases(ctx, tx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s source) refresh(ctx context.Context, tx *sqlite.Tx, currency string) error {
	for _, step := range []func(context.Context, *sqlite.Tx, string) error{
		s.insertEntries, s.insertVersions, s.updateVersions, s.withdrawGone,
	} {
		if err := step(ctx, tx, currency); err != nil {
			return err
		}
	}
	return nil
}
