package imports

import (
	"context"
	"fmt"
	"maps"

	"casehub/internal/sqlite"
)

// A statement for each row would cost more than the row: whatever the node is
// asked, it is asked for a chunk of rows or for a transaction at once.

// lookUp returns what is known of the records of the chunk and of those that
// they refer to.
func (d *decider) lookUp(ctx context.Context) (map[*stream]map[string]known, error) {
	keys := map[*stream][]string{}
	for i := range d.chunk {
		for j := range d.chunk[i].drafts {
			f := &d.chunk[i].drafts[j]
			if f.state != taken && f.skip != deletedAtSource {
				continue
			}
			if d.before[f.stream] {
				keys[f.stream] = append(keys[f.stream], f.key)
			}
			for _, ref := range f.refs {
				if d.before[ref.stream] {
					keys[ref.stream] = append(keys[ref.stream], ref.key)
				}
			}
		}
	}
	found := map[*stream]map[string]known{}
	for s, list := range keys {
		all, err := knownByKey(ctx, d.q, s.made(d.run.instance), s.name, list)
		if err != nil {
			return nil, fmt.Errorf("looking up earlier imports: %w", err)
		}
		found[s] = all
	}
	if err := d.otherKeys(ctx, keys, found); err != nil {
		return nil, err
	}
	clear(d.hidden)
	for s, all := range found {
		d.knowLinks(s, all)
	}
	for s, list := range keys {
		if err := d.sight.hides(ctx, d.q, s, d.idsOf(s, list), d.hidden); err != nil {
			return nil, err
		}
	}
	for i := range d.chunk {
		for j := range d.chunk[i].drafts {
			d.relink(&d.chunk[i].drafts[j])
		}
	}
	return found, d.readNow(ctx, found)
}

// readNow reads what the node has of the records that the chunk may be merged
// with, and of earlier cases that its rows belong to.
func (d *decider) readNow(ctx context.Context, earlier map[*stream]map[string]known) error {
	keys := map[*stream][]string{}
	for i := range d.chunk {
		for j := range d.chunk[i].drafts {
			f := &d.chunk[i].drafts[j]
			if f.state != taken {
				continue
			}
			hash, _ := hashesOf(f.values)
			if k, ok := earlier[f.stream][f.key]; ok && (k.gone || !equalHash(k.contentHash, hash)) {
				keys[f.stream] = append(keys[f.stream], f.key)
			}
			for _, ref := range f.refs {
				if _, ok := earlier[ref.stream][ref.key]; ok && dayOfTarget[f.stream.to.name] != "" {
					keys[ref.stream] = append(keys[ref.stream], ref.key)
				}
			}
		}
	}
	clear(d.now)
	for s, list := range keys {
		if err := currentOf(ctx, d.q, s, d.idsOf(s, list), d.now); err != nil {
			return fmt.Errorf("looking up what the office has: %w", err)
		}
	}
	return nil
}

// standing is what a transaction finds of the records that it merges into. No
// row meets a record that another one of the same run has changed: then it would
// have been left out or quarantined.
type standing struct {
	known  map[*stream]map[string]known // by key
	now    map[string]current           // by identifier
	hidden map[string]bool              // by identifier, from who runs the import
}

// lookUp reads what the rows of a batch are merged into.
func (a *applier) lookUp(ctx context.Context, tx *sqlite.Tx, rows [][]step) (standing, error) {
	keys := map[*stream][]string{}
	for _, steps := range rows {
		for i := range steps {
			if s := &steps[i]; s.action == merge {
				keys[a.m.streams[s.stream]] = append(keys[a.m.streams[s.stream]], s.key)
			}
		}
	}
	there := standing{map[*stream]map[string]known{}, map[string]current{}, map[string]bool{}}
	for st, list := range keys {
		all, err := knownByKey(ctx, tx, a.run.instance, st.name, list)
		if err != nil {
			return there, err
		}
		there.known[st] = all
		ids := make([]string, 0, len(all))
		for _, key := range list {
			if k, ok := all[key]; ok {
				ids = append(ids, k.local)
			}
		}
		if err := currentOf(ctx, tx, st, ids, there.now); err != nil {
			return there, err
		}
		if err := a.sight.hides(ctx, tx, st, ids, there.hidden); err != nil {
			return there, err
		}
	}
	return there, nil
}

// currentOf adds what the node has of some records of a stream.
func currentOf(ctx context.Context, q sqlite.Querier, st *stream, ids []string, into map[string]current) error {
	found, err := writers[st.to.name].current(ctx, q, ids)
	maps.Copy(into, found)
	return err
}
