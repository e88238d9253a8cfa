package join

import (
	"context"
	"hash/maphash"

	"casehub/adapters/export/book"
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
func look(ctx context.Context, b *book.Book, t *Table) (*facts, error) {
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

func (f *facts) orders(ctx context.Context, b *book.Book, t *Table) error {
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
