package join

import (
	"context"
	"iter"

	"casehub/adapters"
	"casehub/adapters/export/book"
)

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
func feeds(ctx context.Context, b *book.Book, t *Table, f *facts) ([]*feed, error) {
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
func (x *feed) hold(b *book.Book) error {
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
			return adapters.ErrTooLarge.With("file", b.At().Name()).With("megabytes", maxHeld>>20)
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

// drain reads what is left: rows of no record.
func drain(all []*feed) error {
	for _, x := range all {
		for {
			r, err := x.row()
			if err != nil {
				return err
			}
			if r == nil {
				break
			}
			r.Problems = append(r.Problems, adapters.Problem{Code: adapters.ReferenceMissing})
			x.strange, x.ahead = append(x.strange, *r), nil
		}
		if err := drain(x.inside); err != nil {
			return err
		}
	}
	return nil
}
