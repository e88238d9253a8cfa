package imports

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// apply writes what was decided.
func (s *Service) apply(ctx context.Context, who actor.Actor, m *Mapping, src adapters.Source, r *run, o Options, eyes sight, p *plan, report Report, more decided) (Report, error) {
	now := sqlite.Stamp(s.now())
	if err := s.begin(ctx, m, r, now); err != nil {
		return report, err
	}
	report.Run = r.id
	a := &applier{db: s.db, m: m, run: *r, sight: eyes, now: now, at: s.at, src: src, docs: o.Documents, who: who}
	if err := s.at("begun"); err != nil {
		return report, err
	}
	progress := func(done int64) { o.Progress(Progress{"write", done, p.rows}) }
	progress(0)
	if err := a.all(ctx, p, progress); err != nil {
		return report, err
	}
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		for _, g := range more.gone {
			if err := markGone(ctx, tx, *r, g.stream, g.key); err != nil {
				return err
			}
		}
		if err := more.marks.save(ctx, tx, *r); err != nil {
			return err
		}
		if err := s.end(ctx, tx, who, m, r, now, &report); err != nil {
			return err
		}
		return s.at("ending")
	})
	if err != nil {
		return report, fmt.Errorf("ending the run: %w", err)
	}
	return report, nil
}

// begin opens a run, or takes up the interrupted one.
func (s *Service) begin(ctx context.Context, m *Mapping, r *run, now time.Time) error {
	if r.id != 0 {
		return nil
	}
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := abandonRuns(ctx, tx, r.instance, now); err != nil {
			return err
		}
		var err error
		if r.id, err = insertRun(ctx, tx, *r); err != nil {
			return err
		}
		if m.text != "" && !m.aggregate { // whoever mends a row here needs it; an aggregate import keeps no row
			if err := insertMapping(ctx, tx, m.Hash, m.text); err != nil {
				return err
			}
		}
		if err := m.saveForms(ctx, tx, now.UnixMilli()); err != nil {
			return err
		}
		return s.at("beginning")
	})
	if err != nil {
		return fmt.Errorf("beginning the run: %w", err)
	}
	return nil
}

// end checks that the node has what the report says, and closes the run with
// one entry in the audit.
func (s *Service) end(ctx context.Context, tx *sqlite.Tx, who actor.Actor, m *Mapping, r *run, now time.Time, report *Report) error {
	for _, st := range m.streams {
		n, err := createdBy(ctx, tx, *r, st)
		if err != nil {
			return err
		}
		c := report.Stream(st.name)
		if want := c.Created + c.Linked; n != want {
			return ErrUnbalanced.With("stream", st.name).With("created", n).With("planned", want)
		}
	}
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	if err := finishRun(ctx, tx, r.id, now, text); err != nil {
		return err
	}
	return audit.Record(ctx, tx, now, who, "import.finished", fmt.Sprintf("import-%d", r.id))
}
