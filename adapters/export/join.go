package export

import (
	"context"
	"hash/maphash"
	"iter"

	"casehub/adapters"
	"casehub/adapters/jsontree"
)

var seed = maphash.MakeSeed()

func hashed(s string) uint64 { return maphash.String(seed, s) }

// facts are what one look at all rows of a stream says.
type facts struct {
	place map[uint64]int32 // of each record, by what children call it
	twice map[uint64]bool  // what several records share that none may
	last  map[uint64]int32 // the last record that has it
	order map[*Table]bool  // tables whose rows stand in the order of the records
}

// look reads a stream's tables once. Without children and anything to be unique
// there is nothing to be learnt.
func look(ctx context.Context, b *Book, t *Table) (*facts, error) {
	f := &facts{place: map[uint64]int32{}, twice: map[uint64]bool{}, last: map[uint64]int32{}, order: map[*Table]bool{}}
	if len(t.Children) == 0 && t.Once == nil {
		return f, nil
	}
	seen := map[uint64]bool{}
	n := int32(0)
	for rec, err := range b.Rows(ctx, t.Name) {
		if err != nil {
			return nil, err
		}
		if rec.Skip != "" {
			continue
		}
		if own := t.Own(&rec); own != "" {
			if _, ok := f.place[hashed(own)]; !ok {
				f.place[hashed(own)] = n
			}
		}
		n++
		if t.Once == nil {
			continue
		}
		if once := t.Once(&rec); once != "" {
			f.last[hashed(once)] = n
			f.twice[hashed(once)] = seen[hashed(once)]
			seen[hashed(once)] = true
		}
	}
	return f, f.orders(ctx, b, t)
}

func (f *facts) orders(ctx context.Context, b *Book, t *Table) error {
	for _, c := range t.Children {
		f.order[c] = true
		last := int32(0)
		for rec, err := range b.Rows(ctx, c.Name) {
			if err != nil {
				return err
			}
			if at, ok := f.place[hashed(c.Record(&rec))]; ok && rec.Skip == "" {
				f.order[c] = f.order[c] && at >= last
				last = at
			}
		}
		if err := f.orders(ctx, b, c); err != nil {
			return err
		}
	}
	return nil
}

// feed gives the rows of a repeat by the record that they are in.
type feed struct {
	table   *Table
	inside  []*feed
	known   func(record string) bool
	next    func() (adapters.Record, error, bool)
	stop    func()
	ahead   *adapters.Record
	ended   bool
	held    map[string][]adapters.Record
	strange []adapters.Record // rows of no record, and such as are left out
}

// maxHeld is the most bytes of rows that are held in memory.
const maxHeld = 64 << 20

// feeds opens the tables of repeats.
func feeds(ctx context.Context, b *Book, t *Table, f *facts) ([]*feed, error) {
	var all []*feed
	for _, c := range t.Children {
		x := &feed{table: c, known: func(record string) bool { _, ok := f.place[hashed(record)]; return ok }}
		x.next, x.stop = iter.Pull2(b.Rows(ctx, c.Name))
		all = append(all, x)
		if !f.order[c] {
			if err := x.hold(b); err != nil {
				return all, err
			}
		}
		var err error
		if x.inside, err = feeds(ctx, b, c, f); err != nil {
			return all, err
		}
	}
	return all, nil
}

func stopAll(all []*feed) {
	for _, x := range all {
		x.stop()
		stopAll(x.inside)
	}
}

// hold takes all rows into memory.
func (x *feed) hold(b *Book) error {
	x.held = map[string][]adapters.Record{}
	size := 0
	for {
		r, err := x.row()
		if r == nil || err != nil {
			return err
		}
		for _, v := range r.Values {
			size += len(v.Raw) + 64
		}
		if size > maxHeld {
			return adapters.ErrTooLarge.With("file", b.at.Name()).With("megabytes", maxHeld>>20)
		}
		record := x.table.Record(r)
		x.held[record] = append(x.held[record], *r)
		x.ahead = nil
	}
}

// row returns the next row of a record without taking it, nil at the end.
func (x *feed) row() (*adapters.Record, error) {
	for x.ahead == nil && !x.ended {
		r, err, ok := x.next()
		switch {
		case !ok:
			x.ended = true
		case err != nil:
			return nil, err
		case r.Skip != "":
			x.strange = append(x.strange, r)
		case !x.known(x.table.Record(&r)):
			r.Problems = append(r.Problems, adapters.Problem{Code: adapters.ReferenceMissing})
			x.strange = append(x.strange, r)
		default:
			x.ahead = &r
		}
	}
	return x.ahead, nil
}

// of takes the rows of a record.
func (x *feed) of(record string) ([]adapters.Record, error) {
	if x.held != nil {
		all := x.held[record]
		delete(x.held, record)
		return all, nil
	}
	var all []adapters.Record
	for {
		r, err := x.row()
		if r == nil || err != nil || x.table.Record(r) != record {
			return all, err
		}
		all = append(all, *r)
		x.ahead = nil
	}
}

// nodes is a record on its way, with what others call it.
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

// strangers takes the rows that belong to nothing.
func strangers(all []*feed) []adapters.Record {
	var out []adapters.Record
	for _, x := range all {
		out = append(out, x.strange...)
		x.strange = nil
		out = append(out, strangers(x.inside)...)
	}
	return out
}
