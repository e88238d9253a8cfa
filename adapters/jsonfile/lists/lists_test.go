package lists_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/jsonfile/lists"
)

func TestListsOfRecordsAreFound(t *testing.T) {
	at := func(pointers ...string) (l lists.Lists) {
		for _, p := range pointers {
			l.All = append(l.All, lists.List{At: p})
		}
		return l
	}
	for text, want := range map[string]lists.Lists{
		`[{"a":1}]`:                {},
		"{\"a\":1}\n{\"a\":2}\n":   {},
		`{"n":2,"data":[{"a":1}]}`: at("/data/*"),
		`{"r":{"x":[{"a":[{"b":1}]}],"empty":[],"n":[1]},"y/z":[{}]}`: at("/r/x/*", "/y~1z/*"),
		`{"k1":{"a":1},"k2":{"a":2}}`:                                 {Named: true},
		`{"k1":{"a":1}}`:                                              {},
		`{"columns":["id","n"],"rows":[[1,"x"]]}`:                     {All: []lists.List{{At: "/rows/*", Header: "/columns"}}},
		`{"data":{"rows":[["a","b"]],"cols":[{"name":"id"}]}}`:        {All: []lists.List{{At: "/data/rows/*", Header: "/data/cols"}}},
		`{"fields":[{"name":"id"}],"other":[1]}`:                      at("/fields/*"),
		`{"values":[["id","n"],[1,2]]}`:                               {All: []lists.List{{At: "/values/*", Header: lists.FirstRow}}},
		`{"values":[[1,2]]}`:                                          {},
		`[["id","n"],[1,2]]`:                                          {All: []lists.List{{At: "/*", Header: lists.FirstRow}}},
		`[[1,2]]`:                                                     {},
		`[{"type":"header"},{"type":"database"},{"type":"table","name":"cases","data":[{}]},{"type":"table","name":"people","data":[]}]`: {All: []lists.List{{At: "/2/data/*", Name: "cases"}, {At: "/3/data/*", Name: "people"}}},
	} {
		got, err := lists.Find(t.Context(), strings.NewReader(text))
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got)\n%s", text, err, d)
		}
	}
	for _, text := range []string{"", `{"a"}`, "<html>", "call({})", `"text"`} {
		if _, err := lists.Find(t.Context(), strings.NewReader(text)); !errors.Is(err, adapters.ErrUnreadable) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"{", `{"a":[{}`} {
		if _, err := lists.Find(t.Context(), strings.NewReader(text)); !errors.Is(err, adapters.ErrDamaged) {
			t.Errorf("%q, which ends in the middle: %v", text, err)
		}
	}
}

// took is how many MB looking into a text takes from the heap.
func took(t *testing.T, text string) (lists.Lists, uint64) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l, err := lists.Find(t.Context(), strings.NewReader(text))
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	return l, (after.TotalAlloc - before.TotalAlloc) >> 20
}

// A name stands in the pointer of each member below it.
func TestLongNamesTakeLittleMemory(t *testing.T) {
	text := `{"` + strings.Repeat("n", 200<<10) + `":{` + strings.Repeat(`"columns":[],`, 500) + `"rows":[{}]},"cases":[{"a":1}]}`
	l, mb := took(t, text)
	if len(l.All) != 1 || l.All[0].At != "/cases/*" {
		t.Errorf("%d lists, want that of a name that can be one", len(l.All))
	}
	if mb > 16 {
		t.Errorf("%d MB for %d KB", mb, len(text)>>10)
	}
	text = `{` + strings.Repeat(`"columns":[],`, 20_000) + `"cases":[{"a":1}]}`
	if l, mb = took(t, text); len(l.All) != 1 || mb > 16 {
		t.Errorf("many lists of names: %d lists, %d MB", len(l.All), mb)
	}
}

// Of an object only what says whether it is a table is kept.
func TestMembersOfALargeObjectAreNotKept(t *testing.T) {
	text := `[{` + strings.Repeat(`"m`+strings.Repeat("x", 1000)+`":"`+strings.Repeat("y", 64<<10)+`",`, 2) + `"a":"` + strings.Repeat("z", 1<<20) + `"}]`
	base, few := took(t, text)
	if len(base.All) != 0 {
		t.Fatalf("%d lists", len(base.All))
	}
	var b strings.Builder
	b.WriteString(`[{"type":"header"},{`)
	for i := range 64 {
		b.WriteString(`"m` + strings.Repeat("x", i) + `":"` + strings.Repeat("y", 1<<20) + `",`)
	}
	b.WriteString(`"type":"table","name":"cases","data":[{}]}]`)
	l, mb := took(t, b.String())
	if len(l.All) != 1 || l.All[0].At != "/1/data/*" || l.All[0].Name != "cases" {
		t.Errorf("%+v", l.All)
	}
	if mb > few+16 {
		t.Errorf("%d MB for 64 members of 1 MB", mb)
	}
}
