package spreadsheet

import (
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
)

// keyValue reads files in which the first cell of a row names its type and the
// others are KEY=value. Rows of the types to inherit are kept, and their values
// go into the records below them as "TYPE.key".
type keyValue struct {
	raw     rows
	stream  string
	loc     adapters.Locator
	record  string
	inherit []string
	nulls   map[string]bool
	parents map[string]pairs
	heads   map[string]*adapters.Header // by the names joined
}

// pairs are the keys and values of a row.
type pairs struct {
	names  []string
	values []adapters.Value
}

func newKeyValue(raw rows, stream string, t Table, loc adapters.Locator) *keyValue {
	return &keyValue{
		raw: raw, stream: stream, loc: loc, record: t.Record, inherit: t.Inherit, nulls: t.nullSet(),
		parents: map[string]pairs{}, heads: map[string]*adapters.Header{},
	}
}

func (k *keyValue) header() *adapters.Header { return nil }

func (k *keyValue) notes() []string { return k.raw.notes() }

func (k *keyValue) hidden() bool { return false }

func (k *keyValue) Close() error { return k.raw.Close() }

// next returns the next record, or io.EOF. Rows of other types come as records
// to be left out.
func (k *keyValue) next() (adapters.Record, error) {
	r, err := k.raw.next()
	if err != nil {
		return adapters.Record{}, err
	}
	rec := adapters.Record{Stream: k.stream, Loc: k.loc}
	rec.Loc.Row = r.no
	if r.code != "" {
		rec.Problems = append(rec.Problems, adapters.Problem{Code: r.code})
	}
	kind := ""
	if len(r.cells) > 0 {
		kind = strings.TrimSpace(r.cells[0].Raw)
	}
	own, faults := pairsOf(r)
	rec.Problems = append(rec.Problems, faults...)
	switch {
	case filledTo(r) == 0:
		rec.Skip = dropBlank
	case kind == k.record:
		own = k.withParents(own)
	case slices.Contains(k.inherit, kind):
		k.keep(kind, own)
		rec.Skip = skipParent
	default:
		rec.Skip = skipOther
	}
	markNulls(own.values, k.nulls)
	rec.Header, rec.Values = k.head(own.names), own.values
	for _, p := range r.cellAt {
		if p.at > 0 && p.at <= len(own.names) {
			rec.Problems = append(rec.Problems, adapters.Problem{Code: p.code, Column: own.names[p.at-1]})
		}
	}
	rec.Seal()
	return rec, nil
}

// pairsOf splits the cells of a row. A filled cell without "=" has no name.
func pairsOf(r row) (pairs, []adapters.Problem) {
	var p pairs
	var faults []adapters.Problem
	seen := map[string]int{}
	for i, c := range r.cells {
		if i == 0 {
			continue
		}
		text := strings.TrimSpace(c.Raw)
		if text == "" {
			continue
		}
		name, value, ok := strings.Cut(text, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			faults = append(faults, adapters.Problem{Code: adapters.HeaderMissing})
			continue
		}
		if seen[name]++; seen[name] > 1 {
			name += "#" + strconv.Itoa(seen[name])
		}
		p.names = append(p.names, name)
		p.values = append(p.values, adapters.Value{Raw: strings.TrimSpace(value)})
	}
	return p, faults
}

// keep remembers a parent and forgets the parents of later types, which belong
// to the one before.
func (k *keyValue) keep(kind string, p pairs) {
	k.parents[kind] = p
	for _, below := range k.inherit[slices.Index(k.inherit, kind)+1:] {
		delete(k.parents, below)
	}
}

func (k *keyValue) withParents(own pairs) pairs {
	for _, kind := range k.inherit {
		for i, name := range k.parents[kind].names {
			own.names = append(own.names, kind+"."+name)
			own.values = append(own.values, k.parents[kind].values[i])
		}
	}
	return own
}

// head returns one header for each list of names.
func (k *keyValue) head(names []string) *adapters.Header {
	id := strings.Join(names, "\x00")
	h, ok := k.heads[id]
	if !ok {
		if len(k.heads) >= 1000 {
			clear(k.heads)
		}
		h = adapters.NewHeader(names)
		k.heads[id] = h
	}
	return h
}
