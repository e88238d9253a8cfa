package imports

import (
	"context"
	"encoding/json"
	"fmt"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// heldOf returns a run without its report, whose counts are of all rows, to who may
// import; run 0 is the newest.
func (s *Service) heldOf(ctx context.Context, who actor.Actor, run int64) (PastRun, error) {
	if err := s.gate.May(ctx, who, "imports.run"); err != nil {
		return PastRun{}, err
	}
	p, err := s.past(ctx, run)
	p.Report = Report{}
	return p, err
}

// openHeld is heldOf for who is about to read what the run holds back: the audit says so
// before anything is handed out.
func (s *Service) openHeld(ctx context.Context, who actor.Actor, run int64) (PastRun, error) {
	p, err := s.heldOf(ctx, who, run)
	if err != nil {
		return p, err
	}
	return p, s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		return audit.Record(ctx, tx, sqlite.Stamp(s.now()), who, "import.quarantine-read", fmt.Sprintf("import-%d", p.ID))
	})
}

// HeldRows calls fn with every row that is open in quarantine today of the files that
// a run read, in the order of the files; run 0 is the newest. Who is shown what is as
// for HeldBy: a row goes with its entries, and is left out with any of them. It
// returns the run without its report, and fails with ErrNoRun and ErrNoRuns.
func (s *Service) HeldRows(ctx context.Context, who actor.Actor, run int64, fn func(HeldRow) error) (PastRun, error) {
	p, err := s.openHeld(ctx, who, run)
	if err != nil {
		return p, err
	}
	return p, s.reading(ctx, who, p, func(r heldReader) error {
		return r.each(ctx, heldAsked{rows: true}, func(o openRow) error { return fn(o.HeldRow) })
	})
}

// heldReader reads what a run holds back, at one moment and for one person.
type heldReader struct {
	tx   *sqlite.Tx
	run  PastRun
	sees *insight
}

// reading lets fn read what a run holds back.
func (s *Service) reading(ctx context.Context, who actor.Actor, p PastRun, fn func(heldReader) error) error {
	err := s.db.Snapshot(ctx, func(tx *sqlite.Tx) error {
		sees, err := s.readerOf(ctx, tx, who, p)
		if err != nil {
			return err
		}
		return fn(heldReader{tx, p, sees})
	})
	if err != nil {
		return fmt.Errorf("reading the quarantine: %w", err)
	}
	return nil
}

// openRow is a row that is held back. Only its mark and its entries are known where rows
// are not asked for.
type openRow struct {
	HeldRow
	row    heldRow
	mended string // what was typed over it
	kept   string
	hidden bool
	has    bool
	holder string // the stream of the entry that has the row
}

// each calls fn with the rows that the reader may see, one at a time.
func (r heldReader) each(ctx context.Context, asked heldAsked, fn func(openRow) error) error {
	whole := asked.rows
	asked.rows = whole || len(r.sees.words) > 0 // which may stand in a row
	var o openRow
	flush := func() error {
		if o.hidden || !o.has {
			return nil
		}
		if whole {
			if err := o.read(); err != nil {
				return err
			}
		}
		return fn(o)
	}
	err := eachHeldWithRow(ctx, r.tx, r.run, asked, func(e heldEntry) error {
		if e.mark != o.Mark {
			if err := flush(); err != nil {
				return err
			}
			o = openRow{HeldRow: HeldRow{Mark: e.mark}}
		}
		o.hidden = o.hidden || !r.sees.may(e.Held) || e.row != "" && r.sees.names(e.row) || e.mended != "" && r.sees.names(e.mended)
		o.Entries = append(o.Entries, e.Held)
		if e.has {
			o.has, o.kept, o.holder = true, e.row, e.Stream
		}
		if e.mended != "" {
			o.mended = e.mended
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// read makes the row of what is kept.
func (o *openRow) read() error {
	if err := json.Unmarshal([]byte(o.kept), &o.row); err != nil {
		return err
	}
	o.Table, o.Names = o.row.Table, o.row.Names
	rec := o.row.record(nil)
	for i := range o.Names {
		o.Cells = append(o.Cells, asText(rec.At(i)))
	}
	return nil
}
