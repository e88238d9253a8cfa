package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"casehub/internal/errs"
	"casehub/internal/release"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	// ErrNotHeld reports that an office is in order already.
	ErrNotHeld = errs.New(errs.Conflict, "ingest.not-held")
	// ErrReason reports a reason that is missing, too long or not on one line.
	ErrReason = errs.New(errs.Invalid, "ingest.reason").On("reason")
)

// maxReason is the longest reason in bytes.
const maxReason = 500

// Decision says who let an office go on or replaced its keys, and why.
type Decision struct {
	// Who is the account on the hub's machine.
	Who string
	// Reason is one line of 1 to 500 bytes.
	Reason string
}

func (d Decision) check() error {
	control := func(r rune) bool { return r < ' ' || r == 0x7f }
	if strings.TrimSpace(d.Reason) == "" || len(d.Reason) > maxReason || strings.ContainsFunc(d.Reason, control) {
		return ErrReason
	}
	return nil
}

// Resume lets a held office go on: what counted goes on counting, what waited
// and follows it counts now, and the office's alarms are closed with the
// decision. Where nothing counted under the number that came twice, the release
// that follows the one before takes it, the first to come if both do.
//
// The receipts are given by the hub that runs, or by the next one that starts:
// see CatchUp. It fails with ErrNotHeld, or ErrReason.
func Resume(ctx context.Context, db *pgxpool.Pool, orgUnit uint32, d Decision, at time.Time) error {
	if err := d.check(); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := lockChains(ctx, tx, []uint32{orgUnit}); err != nil {
			return err
		}
		forks, err := openForks(ctx, tx, orgUnit)
		if err != nil {
			return err
		}
		chains, err := loadChains(ctx, tx, forks)
		if err != nil {
			return err
		}
		c := chains[orgUnit]
		if c == nil || !c.held {
			return ErrNotHeld
		}
		var ch changes
		freed := ch.resume(c, forks)
		if err := dropForks(ctx, tx, freed); err != nil {
			return err
		}
		if err := ch.save(ctx, tx, at); err != nil {
			return err
		}
		return saveDecision(ctx, tx, c, d, at)
	})
	if err != nil {
		return fmt.Errorf("letting office %d go on: %w", orgUnit, err)
	}
	return nil
}

// resume ends the hold of a chain, and puts the forks of each number that became
// free to it as if they came now. It returns the forks that are none any more.
func (ch *changes) resume(c *chain, forks []message) (freed []message) {
	var out outcome
	chains := map[uint32]*chain{c.orgUnit: c}
	for {
		c.resume()
		taken := func(m message) bool { return c.known[m.opened.Release.GetSequence()] != nil }
		again := slices.DeleteFunc(slices.Clone(forks), taken)
		if len(again) == 0 {
			break
		}
		forks = slices.DeleteFunc(forks, func(m message) bool { return !taken(m) })
		for _, m := range again {
			delete(c.forks, m.opened.Release.GetSequence())
		}
		freed = append(freed, again...)
		ch.put(chains, again, &out)
	}
	ch.finish(chains, &out)
	return freed
}

// openForks reads the office's forks in the order of their arrival.
func openForks(ctx context.Context, tx pgx.Tx, orgUnit uint32) ([]message, error) {
	all, err := forkedBytes(ctx, tx, orgUnit)
	if err != nil {
		return nil, err
	}
	for i, m := range all {
		if all[i].opened, err = release.Open(m.data); err != nil {
			return nil, fmt.Errorf("reading a fork that is kept: %w", err)
		}
	}
	return all, nil
}
