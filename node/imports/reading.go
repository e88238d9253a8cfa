package imports

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"casehub/adapters"
	"casehub/internal/civil"
	"casehub/internal/sqlite"
)

// goneKey is a record that the source has no more.
type goneKey struct{ stream, key string }

// decided is what was settled beside the plan.
type decided struct {
	gone  []goneKey
	marks marks
}

// decide reads the whole source and settles what to do, in one snapshot of the
// node.
func (s *Service) decide(ctx context.Context, m *Mapping, src adapters.Source, r *run, o Options, eyes sight, p *plan) (Report, decided, error) {
	report := Report{Mode: "import", Mapping: m.Name, Instance: r.instance, Source: SourceReport{m.SourceType, o.Name, r.sourceHash}, NotRead: m.notRead, Doubts: m.doubts}
	if o.DryRun {
		report.Mode = "dry_run"
	}
	var gone []goneKey
	var marks marks
	err := s.db.Snapshot(ctx, func(tx *sqlite.Tx) error {
		id, started, err := runningRun(ctx, tx, *r)
		if err != nil {
			return err
		}
		if id != 0 {
			r.id, r.startedAt = id, started
		}
		d, err := newDecider(ctx, m, tx, *r, &report, eyes)
		if err != nil {
			return err
		}
		d.src = src
		if d.marks, err = marksOf(ctx, tx, m, *r, s.now()); err != nil {
			return err
		}
		d.plan, d.held, d.next, d.stop = p, o.Held, o.NextRelease, !o.DryRun && !o.Accept
		if err := m.readLookups(ctx, src); err != nil {
			return err
		}
		rows := int64(0)
		for _, pass := range m.passes {
			if err := s.pass(ctx, d, pass, src, func() {
				if rows++; rows%500 == 0 {
					o.Progress(Progress{"read", rows, -1})
				}
			}); err != nil {
				return err
			}
		}
		if _, part := src.(*mended); !part {
			if err := d.gone(ctx, func(s *stream, key string) { gone = append(gone, goneKey{s.name, key}) }); err != nil {
				return err
			}
		}
		if len(m.doubts) > 0 && report.Refused == "" {
			report.Refused = refusedIncomplete
		}
		if d.tooManyFailed(1) {
			report.Refused = refusedFailed
		}
		for table := range d.marks.from {
			report.Part = report.Part || d.marks.part(table)
		}
		marks = d.marks
		r.files, err = d.filesOf(ctx, src)
		return err
	})
	if err != nil {
		return report, decided{}, err
	}
	if err := report.balance(); err != nil {
		return report, decided{}, err
	}
	if o.Accept {
		report.Refused = ""
	}
	switch report.Refused {
	case "":
	case refusedIncomplete:
		return report, decided{}, ErrIncomplete
	default:
		return report, decided{}, ErrRefused
	}
	return report, decided{gone, marks}, nil
}

// filesOf lists the files that the entries of a run's quarantine may name: those of what
// was read, and of the runs that it goes on from.
func (d *decider) filesOf(ctx context.Context, src adapters.Source) ([]string, error) {
	var mends int64
	if m, ok := src.(*mended); ok {
		mends = m.run.ID
	}
	before, err := filesBefore(ctx, d.q, d.run.instance, d.report.Part, mends)
	if err != nil {
		return nil, fmt.Errorf("reading the files of earlier runs: %w", err)
	}
	for _, f := range before {
		d.files[f] = true
	}
	return slices.Sorted(maps.Keys(d.files)), nil
}

// pass reads a table once.
func (s *Service) pass(ctx context.Context, d *decider, p pass, src adapters.Source, counted func()) error {
	id := func(st *stream, key string) string { return localID(d.run.instance, st, key) }
	// The day of the run is the office's own.
	today := civil.On(d.run.startedAt.In(s.now().Location()))
	drafter := newDrafter(d.m, p, today, id)
	drafter.instance = d.run.instance
	drafter.mended, _ = src.(*mended)
	if err := d.twice(ctx, p, src); err != nil {
		return err
	}
	n, was := int64(0), reached{}
	var waiting []adapters.Record
	draft := func() error {
		if err := d.rekey(ctx, p, waiting); err != nil {
			return err
		}
		for i := range waiting {
			if err := d.take(ctx, waiting[i].Loc.Hidden, drafter.of(&waiting[i])); err != nil {
				return err
			}
		}
		waiting = nil // drafts point at the records
		return nil
	}
	err := d.marks.read(ctx, src, p.table, func(rec adapters.Record) error {
		counted()
		n++
		d.displace(&rec, n)
		if len(waiting) == 0 && len(rec.AltKeys) == 0 {
			return d.take(ctx, rec.Loc.Hidden, drafter.of(&rec))
		}
		if waiting = append(waiting, rec); len(waiting) < chunkRows {
			return nil
		}
		return draft()
	}, func(c adapters.Cursor) error {
		if !d.marks.live {
			return ctx.Err()
		}
		if err := errors.Join(draft(), d.settle(ctx)); err != nil {
			return err
		}
		if !d.heldIn(p.table) {
			was = reached{was.n + 1, c}
		}
		return ctx.Err()
	})
	if err == nil {
		err = draft()
	}
	if err != nil {
		return fmt.Errorf("reading the table %s: %w", p.table, err)
	}
	if err := d.settle(ctx); err != nil {
		return err
	}
	d.marks.reach(p.table, was)
	return s.at("settled")
}
