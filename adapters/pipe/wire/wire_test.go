package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strconv"
	"testing"

	"casehub/adapters"
	"casehub/internal/errs"
)

// example has a header of its own for every record.
func example(i int) adapters.Record {
	head := adapters.NewHeader([]string{"name", "column " + strconv.Itoa(i)})
	r := adapters.Record{
		Stream: "people", Key: strconv.Itoa(i), AltKeys: []string{"a", ""}, Header: head, Version: "v1", Deleted: i%7 == 0,
		Loc:    adapters.Locator{File: "list", Sheet: "s", Row: int64(i + 1), Hidden: i%2 == 0},
		Values: []adapters.Value{{Raw: "Canary \xff\x00 " + strconv.Itoa(i)}, {List: []adapters.Value{{Raw: "1", Kind: adapters.Number}, {Null: true}}}},
		Documents: []adapters.Document{
			{Blob: "large", Column: "name", Name: "ñ.jpg", Type: "image/jpeg", Size: -1, MD5: "00"}, {Blob: "x", Size: 12},
		},
		Problems: []adapters.Problem{{Code: adapters.BadJSON, Column: "name"}},
	}
	child := adapters.Record{Stream: "people", Key: r.Key + "/calls[1]", Loc: r.Loc, Header: adapters.NewHeader([]string{"on"}), Values: []adapters.Value{{Raw: "2024-01-02"}}}
	child.Children = map[string][]adapters.Record{"empty": nil}
	child.Seal()
	r.Children = map[string][]adapters.Record{"calls": {child, child}}
	r.Seal()
	return r
}

// As many headers as both sides remember, and more, come as they were.
func TestARecordComesAsItWas(t *testing.T) {
	w, r := Writer{}, Reader{}
	for i := range 3 * headers {
		want := example(i)
		got, err := r.Record(w.Record(&want))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := fmt.Sprintf("%#v", plainly(want)), fmt.Sprintf("%#v", plainly(got)); a != b {
			t.Fatalf("record %d came as\n%s, was\n%s", i, b, a)
		}
	}
}

// plainly writes a record out without addresses.
func plainly(r adapters.Record) []any {
	var names []string
	if r.Header != nil {
		names = r.Header.Names()
	}
	all := []any{r.Stream, r.Key, r.AltKeys, r.Loc, names, r.Deleted, r.Version, r.Hash, r.Skip, r.Problems, r.Documents}
	for _, v := range r.Values {
		all = append(all, v.Raw, v.Null, v.Kind, len(v.List), v.List != nil)
	}
	for _, c := range r.Children["calls"] {
		all = append(all, plainly(c))
	}
	return all
}

func TestAnErrorComesAsItWas(t *testing.T) {
	if err := DecodeError(EncodeError(errs.New(errs.Invalid, "a.b").On("f").With("n", 500000))); errs.As(err).Field() != "f" || errs.As(err).Args()["n"] != 500000 {
		t.Errorf("an error with a field came as %#v", err)
	}
}

// FuzzRecord reads any bytes as a record: it ends without a panic and within little
// memory, and what was read is the same after it was written and read again.
func FuzzRecord(f *testing.F) {
	w := Writer{}
	for i := range 3 {
		r := example(i)
		b := bytes.Clone(w.Record(&r))
		f.Add(b)
		f.Add(b[:len(b)/2])
		f.Add(append(b, 0))
	}
	huge := binary.AppendUvarint(nil, 1<<62)
	f.Add(huge)                                                                 // a text that is longer than everything
	f.Add(append([]byte{0, 0}, huge...))                                        // as many other keys
	f.Add(append([]byte{0, 0, 0, 0, 0, 0, 0}, huge...))                         // a header with that number
	f.Add(append([]byte{0, 0, 0, 0, 0, 0, 0, 1, 1}, huge...))                   // and as many names
	f.Add(append([]byte{0, 0, 0, 0, 0, 0, 0, 0}, huge...))                      // as many values
	f.Add(append([]byte{0, 0, 0, 0, 0, 0, 0, 5, 0}, 0))                         // a header that was never told
	f.Add(bytes.Repeat([]byte{0xff}, 64))                                       // numbers without an end
	f.Add(append(make([]byte, 8), bytes.Repeat([]byte{1, 0, 0, 0, 1}, 200)...)) // lists in lists
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := Reader{}
		rec, err := r.Record(b)
		runtime.ReadMemStats(&after)
		if most := uint64(64<<20 + 256*len(b)); after.TotalAlloc-before.TotalAlloc > most {
			t.Fatalf("%d bytes took %d of memory", len(b), after.TotalAlloc-before.TotalAlloc)
		}
		if err != nil {
			return
		}
		first := bytes.Clone((&Writer{}).Record(&rec))
		if len(first) > 2*len(b)+64 {
			t.Fatalf("%d bytes are written of %d", len(first), len(b))
		}
		again, err := (&Reader{}).Record(first)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if second := (&Writer{}).Record(&again); !bytes.Equal(first, second) {
			t.Fatal("written twice it is another record")
		}
	})
}
