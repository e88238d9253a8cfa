package imports

import (
	"context"
	"fmt"
	"time"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// applier does what the plan says, in transactions of some rows each. What one
// row becomes is never half there.
type applier struct {
	db    *sqlite.DB
	m     *Mapping
	run   run
	sight sight
	now   time.Time
	at    func(point string) error // see Service.at

	src    adapters.Source
	docs   Papers
	who    actor.Actor
	papers []paper // of the batch
}

// all applies the whole plan.
func (a *applier) all(ctx context.Context, p *plan, progress func(done int64)) error {
	var batch [][]step
	done := int64(0)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := a.batch(ctx, batch); err != nil {
			return err
		}
		if err := a.bring(ctx); err != nil {
			return err
		}
		done += int64(len(batch))
		batch = batch[:0]
		progress(done)
		return a.at("committed")
	}
	err := p.each(func(steps []step) error {
		if batch = append(batch, steps); len(batch) < a.m.batch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// batch applies some rows in one transaction.
func (a *applier) batch(ctx context.Context, rows [][]step) error {
	return a.db.Tx(ctx, func(tx *sqlite.Tx) error {
		a.papers = a.papers[:0]
		there, err := a.lookUp(ctx, tx, rows)
		if err != nil {
			return fmt.Errorf("looking up what is to be updated: %w", err)
		}
		for _, steps := range rows {
			for i := range steps {
				if err := a.step(ctx, tx, &steps[i], there); err != nil {
					return fmt.Errorf("writing %s: %w", steps[i].loc, err)
				}
			}
			if err := a.at("row"); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *applier) step(ctx context.Context, tx *sqlite.Tx, s *step, there standing) error {
	st := a.m.streams[s.stream]
	if s.resolve {
		if err := resolveProblems(ctx, tx, a.run, st.name, s.key); err != nil {
			return err
		}
	}
	if err := a.at("step"); err != nil {
		return err
	}
	var err error
	switch s.action {
	case create:
		err = a.create(ctx, tx, st, s, there)
	case linkTo:
		err = a.link(ctx, tx, st, s, there)
	case merge:
		err = a.merge(ctx, tx, st, s, there)
	case vanish:
		err = markGone(ctx, tx, a.run, st.name, s.key)
	}
	if err != nil {
		return err
	}
	if len(s.alts) > 0 {
		if err := insertAlts(ctx, tx, a.run, st, s.key, s.alts); err != nil {
			return err
		}
	}
	if s.held() {
		if err := resolveOthers(ctx, tx, a.run, st.name, s); err != nil {
			return err
		}
	}
	for _, p := range s.problems {
		if err := saveProblem(ctx, tx, a.run, st.name, s, p); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) create(ctx context.Context, tx *sqlite.Tx, st *stream, s *step, there standing) error {
	id := localID(a.run.instance, st, s.key)
	if st.to.name == toDocument {
		a.papers = append(a.papers, paper{st, s, id, s.values[2]})
		return nil
	}
	hash, fields := hashesOf(s.values)
	if err := writers[st.to.name].insert(ctx, tx, id, a.run.office, s.values, a.now); err != nil {
		return err
	}
	there.now[id] = current{values: s.values, version: 1}
	if err := a.at("record"); err != nil {
		return err
	}
	if err := insertPairs(ctx, tx, a.run, id, s.pairs, a.now); err != nil {
		return err
	}
	return insertXref(ctx, tx, a.run, st, s.key, id, hash, fields)
}

// merge puts new values into a record as the office has it now. One that was
// hidden from who runs the import since it was decided about stays as it is, and
// so does what is remembered of it: the next run decides anew.
func (a *applier) merge(ctx context.Context, tx *sqlite.Tx, st *stream, s *step, there standing) error {
	k := there.known[st][s.key]
	id := k.local
	if there.hidden[id] {
		return nil
	}
	before, after, was := 0, 0, []string(nil)
	if is, ok := there.now[id]; ok {
		before = is.version
		merged, _ := threeWay(st.to, k.fieldHashes, is.values, s.values)
		if valuesHash(merged) != valuesHash(is.values) {
			after, was = is.version+1, is.values
			if err := there.replace(ctx, tx, st, id, merged, a.now); err != nil {
				return err
			}
		}
	}
	if err := saveBefore(ctx, tx, a.run.id, st.name, s.key, id, before, was, k); err != nil {
		return err
	}
	hash, fields := hashesOf(s.values)
	return updateXref(ctx, tx, a.run, st, s.key, after, hash, fields)
}
