package imports

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"casehub/adapters"
)

// A source may know a record by several keys, of which another one comes first after an
// edit. A record that is known by any of them keeps the key that it came with at first.

// rekey gives records of a table the keys by which they were imported.
func (d *decider) rekey(ctx context.Context, p pass, recs []adapters.Record) error {
	var keys []string
	for i := range recs {
		if len(recs[i].AltKeys) > 0 {
			keys = append(append(keys, recs[i].Key), recs[i].AltKeys...)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	first, also := map[string]bool{}, map[string][]string{}
	for _, s := range p.streams {
		if !s.byKey() || !d.of[s].before {
			continue
		}
		all, err := knownByKey(ctx, d.q, d.run.instance, s.name, keys)
		if err != nil {
			return fmt.Errorf("looking up earlier imports: %w", err)
		}
		for key := range all {
			first[key] = true
		}
		err = eachAlt(ctx, d.q, d.run.instance, s.name, keys, func(alt, key string) {
			if !slices.Contains(also[alt], key) {
				also[alt] = append(also[alt], key)
			}
		})
		if err != nil {
			return fmt.Errorf("looking up other keys: %w", err)
		}
	}
	for i := range recs {
		rec := &recs[i]
		if len(rec.AltKeys) == 0 || first[rec.Key] {
			continue
		}
		var was []string
		for _, alt := range append([]string{rec.Key}, rec.AltKeys...) {
			keys := also[alt]
			if first[alt] {
				keys = append(slices.Clone(keys), alt)
			}
			for _, key := range keys {
				if !slices.Contains(was, key) {
					was = append(was, key)
				}
			}
		}
		if len(was) == 1 {
			rename(rec, was[0])
		}
	}
	return nil
}

// rename gives a record another key; the one that it had is one more of the others.
func rename(rec *adapters.Record, key string) {
	old := rec.Key
	rec.Key = key
	rec.AltKeys = slices.DeleteFunc(append(slices.Clone(rec.AltKeys), old), func(k string) bool { return k == key || k == "" })
	renameChildren(rec, old, key)
}

func renameChildren(rec *adapters.Record, old, key string) {
	for _, children := range rec.Children {
		for i := range children {
			if rest, ok := strings.CutPrefix(children[i].Key, old+"/"); ok {
				children[i].Key = key + "/" + rest
			}
			renameChildren(&children[i], old, key)
		}
	}
}

// pointedAt reports whether other rows refer to the records of a stream by their key.
func (m *Mapping) pointedAt(s *stream) bool {
	return slices.ContainsFunc(m.streams, func(o *stream) bool {
		return slices.ContainsFunc(o.fields, func(r *rule) bool {
			return r.ref != nil && r.ref.stream == s.name && r.ref.instance == "" && len(r.ref.columns) > 0
		})
	})
}

// otherKeys puts the key that a record came with at first in the place of another one by
// which a row refers to it, where it came with an earlier run, and adds it to the keys.
func (d *decider) otherKeys(ctx context.Context, keys map[*stream][]string) error {
	asked := map[*stream][]string{}
	d.eachRef(func(_ *draft, ref *refKey) {
		if at := d.of[ref.stream]; at.before && !at.knows(ref.key) {
			asked[ref.stream] = append(asked[ref.stream], ref.key)
		}
	})
	for s, others := range asked {
		instance, is := s.made(d.run.instance), map[string]string{}
		var first []string
		err := eachAlt(ctx, d.q, instance, s.name, others, func(alt, key string) { is[alt], first = key, append(first, key) })
		if err != nil {
			return fmt.Errorf("looking up other keys: %w", err)
		}
		if len(first) == 0 {
			continue
		}
		more, err := knownByKey(ctx, d.q, instance, s.name, first)
		if err != nil {
			return fmt.Errorf("looking up earlier imports: %w", err)
		}
		keys[s] = append(keys[s], first...)
		if d.of[s].known == nil {
			d.of[s].known = map[string]known{}
		}
		maps.Copy(d.of[s].known, more)
		d.eachRef(func(f *draft, ref *refKey) {
			if key, ok := is[ref.key]; ok && ref.stream == s {
				ref.key = key
				f.values[ref.at] = localID(d.run.instance, s, key)
			}
		})
	}
	return nil
}

// eachRef calls fn with the references of the chunk.
func (d *decider) eachRef(fn func(*draft, *refKey)) {
	for i := range d.chunk {
		for j := range d.chunk[i].drafts {
			f := &d.chunk[i].drafts[j]
			for k := range f.refs {
				if f.state == taken {
					fn(f, &f.refs[k])
				}
			}
		}
	}
}

// byOther looks for the record of this run that another of its keys points to.
func (d *decider) byOther(f *draft, ref *refKey) bool {
	key, met := d.of[ref.stream].alts[short(ref.key)]
	if !met || key == "" {
		return false
	}
	ref.key = key
	f.values[ref.at] = d.idOf(ref.stream, key)
	return true
}

// rememberAlts makes the other keys of a record known to the rows that follow.
func (d *decider) rememberAlts(f *draft) {
	known := d.of[f.stream].alts
	if known == nil {
		return
	}
	for _, alt := range f.alts {
		k := short(alt)
		if was, met := known[k]; met && was != f.key {
			known[k] = "" // of several
			continue
		}
		known[k] = f.key
	}
}
