package imports

import (
	"context"
	"fmt"
	"maps"
	"time"

	"casehub/internal/sqlite"
)

// A statement for each row would cost more than the row: whatever the node is
// asked, it is asked for a chunk of rows or for a transaction at once.

// lookUp finds what is known of the records of the chunk and of those that they refer to.
func (d *decider) lookUp(ctx context.Context) error {
	keys := map[*stream][]string{}
	for i := range d.chunk {
		for j := range d.chunk[i].drafts {
			f := &d.chunk[i].drafts[j]
			if f.state != taken && f.skip != deletedAtSource {
				continue
			}
			if d.of[f.stream].before {
				keys[f.stream] = append(keys[f.stream], f.key)
			}
			for _, ref := range f.refs {
				if d.of[ref.stream].before {
					keys[ref.stream] = append(keys[ref.stream], ref.key)
				}
			}
		}
	}
	for s, is := range d.of {
		is.known = nil
		if len(keys[s]) == 0 {
			continue
		}
		var err error
		if is.known, err = knownByKey(ctx, d.q, s.made(d.run.instance), s.name, keys[s]); err != nil {
			return fmt.Errorf("looking up earlier imports: %w", err)
		}
	}
	if err := d.otherKeys(ctx, keys); err != nil {
		return err
	}
	clear(d.hidden)
	for s, is := range d.of {
		d.knowLinks(s, is.known)
	}
	for s, list := range keys {
		if err := d.sight.hides(ctx, d.q, s, d.idsOf(s, list), d.hidden); err != nil {
			return err
		}
	}
	for i := range d.chunk {
		for j := range d.chunk[i].drafts {
			d.relink(&d.chunk[i].drafts[j])
		}
	}
	return d.readNow(ctx)
}

// readNow reads what the node has of the records that the chunk may be merged
// with, and of earlier cases that its rows belong to.
func (d *decider) readNow(ctx context.Context) error {
	keys := map[*stream][]string{}
	for i := range d.chunk {
		for j := range d.chunk[i].drafts {
			f := &d.chunk[i].drafts[j]
			if f.state != taken {
				continue
			}
			hash, _ := hashesOf(f.values)
			if k, ok := d.of[f.stream].known[f.key]; ok && (k.gone || !equalHash(k.contentHash, hash)) {
				keys[f.stream] = append(keys[f.stream], f.key)
			}
			for _, ref := range f.refs {
				if d.of[ref.stream].knows(ref.key) && dayOfTarget[f.stream.to.name] != "" {
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

// standing is what a transaction has of the records that it merges into, and of the
// clients whom it links rows to: as it found them, then as its rows left them, since
// several rows may be of one person.
type standing struct {
	known  map[*stream]map[string]known // by key
	now    map[string]current           // by identifier
	hidden map[string]bool              // by identifier, from who runs the import
}

// replace puts new values into a record that stands.
func (there standing) replace(ctx context.Context, tx *sqlite.Tx, st *stream, id string, values []string, now time.Time) error {
	is := there.now[id]
	if err := writers[st.to.name].replace(ctx, tx, id, is, values, now); err != nil {
		return err
	}
	if err := moveXrefs(ctx, tx, st.to.name, id, is.version, is.version+1); err != nil {
		return err
	}
	is.values, is.version = values, is.version+1
	there.now[id] = is
	return nil
}

// lookUp reads what the rows of a batch are merged into or linked to.
func (a *applier) lookUp(ctx context.Context, tx *sqlite.Tx, rows [][]step) (standing, error) {
	keys, locals := map[*stream][]string{}, map[*stream][]string{}
	for _, steps := range rows {
		for i := range steps {
			st := a.m.streams[steps[i].stream]
			switch s := &steps[i]; s.action {
			case merge:
				keys[st] = append(keys[st], s.key)
			case linkTo:
				locals[st] = append(locals[st], s.local)
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
		for _, key := range list {
			if k, ok := all[key]; ok {
				locals[st] = append(locals[st], k.local)
			}
		}
	}
	for st, ids := range locals {
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
