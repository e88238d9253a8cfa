package join

import (
	"casehub/adapters"
	"casehub/adapters/jsontree"
)

// emitter turns rows into records and gives them.
type emitter struct {
	stream string
	table  *Table
	facts  *facts
	feeds  []*feed
	give   func(adapters.Record) error
	first  *adapters.Record // that further rows may belong to
	rows   int32            // that are no part of another and not left out
}

// once returns what no other record may share, "" for nothing.
func (e *emitter) once(rec *adapters.Record) string {
	if t := e.table; t.Once != nil {
		return t.Once(rec)
	}
	return ""
}

func (e *emitter) row(rec adapters.Record) error {
	t := e.table
	if rec.Skip == "" && t.Same != nil {
		if e.first != nil && t.Key(e.first) != "" && t.Key(e.first) == t.Key(&rec) {
			t.Same(e.first, &rec)
			return nil
		}
		if err := e.flush(); err != nil {
			return err
		}
		e.first = &rec
		return nil
	}
	if err := e.flush(); err != nil {
		return err
	}
	return e.record(rec)
}

func (e *emitter) flush() error {
	if e.first == nil {
		return nil
	}
	rec := *e.first
	e.first = nil
	return e.record(rec)
}

func (e *emitter) record(rec adapters.Record) error {
	t := e.table
	if rec.Skip != "" {
		return e.say(rec)
	}
	e.rows++
	if once := e.once(&rec); once != "" && e.facts.twice[hashed(once)] {
		switch {
		case t.Older == "":
			rec.Problems = append(rec.Problems, adapters.Problem{Code: t.Twice})
		case e.facts.last[hashed(once)] != e.rows:
			rec.Key, rec.Skip = t.Key(&rec), t.Older
			return e.say(rec)
		}
	}
	own := t.Own(&rec)
	n := &node{rec: &rec, table: t, own: own}
	if err := fill(e.feeds, own, []*node{n}); err != nil {
		return err
	}
	if err := e.strange(); err != nil {
		return err
	}
	return e.say(n.settle(e.stream, t.Key(&rec)))
}

func (e *emitter) strange() error {
	for _, r := range strangers(e.feeds) {
		if err := e.say(r); err != nil {
			return err
		}
	}
	return nil
}

func (e *emitter) end() error {
	if err := e.flush(); err != nil {
		return err
	}
	if err := drain(e.feeds); err != nil {
		return err
	}
	return e.strange()
}

func (e *emitter) say(rec adapters.Record) error {
	rec.Stream = e.stream
	jsontree.SealAll(&rec)
	return e.give(rec)
}

// node is a record on its way, with what others call it.
type node struct {
	rec   *adapters.Record
	table *Table
	own   string
	below []*node
	leafs []string
}

// fill brings the rows of repeats to a record and to its children.
func fill(all []*feed, record string, parents []*node) error {
	for _, x := range all {
		rows, err := x.of(record)
		if err != nil {
			return err
		}
		by := map[string]*node{}
		for _, p := range parents {
			if _, ok := by[p.own]; !ok {
				by[p.own] = p
			}
		}
		var inside []*node
		for i := range rows {
			p := by[x.table.Parent(&rows[i])]
			if p == nil {
				rows[i].Problems = append(rows[i].Problems, adapters.Problem{Code: adapters.ReferenceMissing})
				x.strange = append(x.strange, rows[i])
				continue
			}
			n := &node{rec: &rows[i], table: x.table, own: x.table.Own(&rows[i])}
			p.below, p.leafs = append(p.below, n), append(p.leafs, x.table.Leaf)
			inside = append(inside, n)
		}
		if err := fill(x.inside, record, inside); err != nil {
			return err
		}
	}
	return nil
}

// settle makes a record and its children what they are to be, from the innermost.
func (n *node) settle(stream, key string) adapters.Record {
	rec := *n.rec
	rec.Stream, rec.Key = stream, key
	if n.table.Shape != nil && len(rec.Values) <= len(rec.Header.Names()) {
		n.table.Shape(&rec)
	}
	count := map[string]int{}
	for i, c := range n.below {
		leaf := n.leafs[i]
		count[leaf]++
		if rec.Children == nil {
			rec.Children = map[string][]adapters.Record{}
		}
		rec.Children[leaf] = append(rec.Children[leaf], c.settle(stream, jsontree.ChildKey(key, leaf, count[leaf])))
	}
	return rec
}
