package retention

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"casehub/internal/actor"
	"casehub/internal/disk"
	"casehub/internal/sqlite"
)

// patience is how long traces wait for a quiet hour before they are removed
// during work: a laptop may be off every night.
const patience = 24 * time.Hour

// Run does what has to be done without anybody: it restricts what was closed
// since it was asked for, deletes what nobody's file holds and whose years are over,
// erases again what an import brought back, and ends erasures that were interrupted. Call it at every start and each hour.
func (s *Service) Run(ctx context.Context) error {
	if err := s.restrictClosed(ctx); err != nil {
		return err
	}
	if err := s.forgetPassing(ctx); err != nil {
		return err
	}
	keys, err := journalKeys(s.Keys)
	if err != nil {
		return err
	}
	_, err = s.again(ctx, keys)
	if err = errors.Join(err, s.destroyKeys(ctx)); err != nil {
		return err
	}
	since, err := selectTraces(ctx, s.db)
	if err != nil || since.IsZero() || !s.quiet(since) {
		return err
	}
	return s.removeTraces(ctx)
}

// quiet reports whether it is time to write the database anew: at night, or
// when it has waited for a day.
func (s *Service) quiet(since time.Time) bool {
	hour := s.now().Hour()
	return hour >= 20 || hour < 6 || s.now().Sub(since) >= patience
}

// restrictClosed restricts what was worked on when it was asked to be erased.
func (s *Service) restrictClosed(ctx context.Context) error {
	all, err := selectUnrestricted(ctx, s.db)
	if err != nil {
		return fmt.Errorf("looking for what has to be restricted: %w", err)
	}
	for _, r := range all {
		err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
			files, err := filesOf(ctx, tx, r.ClientID)
			if err != nil {
				return err
			}
			return s.restrict(ctx, tx, actor.Node(), r, files)
		})
		if err != nil {
			return fmt.Errorf("restricting: %w", err)
		}
	}
	return nil
}

// removeTraces takes off the disk what deleted rows left: in the index of words,
// in the journal of the database, and in its free pages. It needs room for the
// database twice more and fails with sqlite.ErrFull when there is not as much;
// then nothing was changed.
func (s *Service) removeTraces(ctx context.Context) error {
	if err := s.roomForTwo(); err != nil {
		return err
	}
	s.step("words")
	if err := s.db.Tx(ctx, func(tx *sqlite.Tx) error { return rebuildWords(ctx, tx) }); err != nil {
		return fmt.Errorf("building the index of words anew: %w", err)
	}
	s.step("compact")
	if err := s.db.Compact(ctx); err != nil {
		return err
	}
	s.step("done")
	if err := s.db.Tx(ctx, func(tx *sqlite.Tx) error { return clearTraces(ctx, tx) }); err != nil {
		return err
	}
	return s.db.EmptyJournal(ctx)
}

// roomForTwo fails when the disk has no room to write the database anew.
func (s *Service) roomForTwo() error {
	size, err := disk.Size(s.db.Path())
	if err != nil {
		return err
	}
	free, err := disk.Free(filepath.Dir(s.db.Path()))
	if errors.Is(err, disk.ErrFree) {
		return nil
	}
	if err == nil && free < 2*size+16<<20 {
		err = sqlite.ErrFull
	}
	return err
}
