package records

import (
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/layout"
	"casehub/adapters/spreadsheet/sheet"
)

// keyValue reads files in which the first cell of a row names its type and the
// others are KEY=value. Rows of the types to inherit are kept, and their values
// go into the records below them as "TYPE.key".
type keyValue struct {
	raw     sheet.Lines
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

// KeyValueSettings say which rows of a file of KEY=value cells are records.
type KeyValueSettings struct {
	Stream  string           // of the records
	Loc     adapters.Locator // of the records, but for the row
	Record  string           // type of the rows that are records
	Inherit []string         // types of the rows above that they take values from
	Nulls   []string         // texts that stand for no value
}

// Reasons for which a row is left out.
const (
	skipParent = "parent_record"
	skipOther  = "other_record_type"
)

// KeyValue reads records from the first line on. The reader closes the lines.
func KeyValue(raw sheet.Lines, s KeyValueSettings) Reader {
	return &keyValue{
		raw: raw, stream: s.Stream, loc: s.Loc, record: s.Record, inherit: s.Inherit, nulls: nullSet(s.Nulls),
		parents: map[string]pairs{}, heads: map[string]*adapters.Header{},
	}
}

func (k *keyValue) Header() *adapters.Header { return nil }

func (k *keyValue) Notes() []string { return k.raw.Notes() }

func (k *keyValue) Hidden() bool { return k.raw.Hidden() }

func (k *keyValue) Close() error { return k.raw.Close() }

// Next returns the next record, or io.EOF. Rows of other types come as records
// to be left out.
func (k *keyValue) Next() (adapters.Record, error) {
	r, err := k.raw.Next()
	if err != nil {
		return adapters.Record{}, err
	}
	rec := adapters.Record{Stream: k.stream, Loc: k.loc}
	rec.Loc.Row = r.No
	if r.Code != "" {
		rec.Problems = append(rec.Problems, adapters.Problem{Code: r.Code})
	}
	kind := ""
	if len(r.Cells) > 0 {
		kind = strings.TrimSpace(r.Cells[0].Raw)
	}
	own, faults := pairsOf(r)
	rec.Problems = append(rec.Problems, faults...)
	switch {
	case layout.Filled(r) == 0:
		rec.Skip = layout.SkipBlank
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
	for _, p := range r.Faults {
		if p.At > 0 && p.At <= len(own.names) {
			rec.Problems = append(rec.Problems, adapters.Problem{Code: p.Code, Column: own.names[p.At-1]})
		}
	}
	rec.Seal()
	return rec, nil
}

// pairsOf splits the cells of a row. A filled cell without "=" has no name.
func pairsOf(r sheet.Line) (pairs, []adapters.Problem) {
	var p pairs
	var faults []adapters.Problem
	seen := map[string]int{}
	for i, c := range r.Cells {
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
