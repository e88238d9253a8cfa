package imports

import (
	"context"
	"fmt"
	"slices"

	"casehub/adapters"
)

// twice finds the keys that several rows of a table have, before anything is decided:
// nobody knows which of them is meant, so all are held back, the first too. A key that
// the source itself gives is not asked about: it names one record, and a source over
// the network is read once.
func (d *decider) twice(ctx context.Context, p pass, src adapters.Source) error {
	var asked []*stream
	for _, s := range p.streams {
		if !s.repeats && len(s.path) == 0 && len(s.key.columns) > 0 && !slices.Equal(s.key.columns, []string{"@key"}) {
			asked = append(asked, s)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	before := make([]map[[16]byte]bool, len(asked))
	for i, s := range asked {
		before[i], d.of[s].twice = map[[16]byte]bool{}, map[[16]byte]bool{}
	}
	err := src.Read(ctx, p.table, "", func(rec adapters.Record) error {
		if rec.Skip != "" || rec.Deleted || wholeProblem(&rec) != "" {
			return nil
		}
		r := &row{rec: &rec}
		for i, s := range asked {
			if !s.when.all(r) {
				continue
			}
			key, problem := joinKey(r, s.key.columns, s.key.steps)
			if key == "" || problem.code != "" {
				continue
			}
			k := short(d.m.keyed(d.run.instance, s.name, key))
			if before[i][k] {
				d.of[s].twice[k] = true
			}
			before[i][k] = true
		}
		return nil
	}, func(adapters.Cursor) error { return ctx.Err() })
	if err != nil {
		return fmt.Errorf("reading the keys of the table %s: %w", p.table, err)
	}
	return nil
}

// manifold reports whether several rows have the key of a draft.
func (d *decider) manifold(f *draft) bool { return d.of[f.stream].twice[short(f.key)] }
