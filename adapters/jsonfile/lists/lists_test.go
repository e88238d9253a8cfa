package lists_test

import (
	"errors"
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
