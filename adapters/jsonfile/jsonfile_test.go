package jsonfile

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
)

// all reads every stream and writes what came.
func all(t testing.TB, path string, s Settings) string {
	t.Helper()
	src, err := Open(place.On(path), s)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, st := range cat.Streams {
		err := src.Read(t.Context(), st.Name, "", func(r adapters.Record) error {
			fmt.Fprintf(&b, "%s %s:%d ", st.Name, r.Loc.Sheet, r.Loc.Row)
			for _, p := range r.Problems {
				b.WriteString(string(p.Code) + " ")
			}
			shown(&b, r)
			b.WriteByte('\n')
			return nil
		}, func(adapters.Cursor) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func shown(b *strings.Builder, r adapters.Record) {
	b.WriteString(r.Key + "{")
	for i, n := range r.Header.Names() {
		v := r.At(i)
		b.WriteString(n + "=" + v.Raw)
		for _, e := range v.List {
			b.WriteString("<" + e.Raw + ">")
		}
		b.WriteByte(' ')
	}
	var names []string
	for n := range r.Children {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		for _, c := range r.Children[n] {
			shown(b, c)
		}
	}
	b.WriteByte('}')
}

func TestWhatIsNoJSONIsRefused(t *testing.T) {
	for name, content := range map[string]string{
		"a web page": "<html><body>Canary</body></html>", "Python": "[{'id': 1, 'n': 'Canary'}, {'id': 2}]", "a call": `callback([{"id":1}]);`, "Python by lines": "{'id': 1}\n{'id': 2}\n",
	} {
		src, err := Open(place.On(adaptertest.File(t, "f.json", content)), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Check(t.Context()); !errors.Is(err, adapters.ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRecordsAreFoundWhereverTheyAre(t *testing.T) {
	no := false
	for _, c := range []struct {
		name, content, want string
		tables              map[string]Table
	}{
		{"a list", `[{"a":1,"b":{"c":"x"}},{"a":2}]`, "data :1 {a=1 b.c=x }\ndata :2 {a=2 }\n", nil},
		{"lines", "{\"a\":1}\n\n{\"a\":2}\n", "data :1 {a=1 }\ndata :3 {a=2 }\n", nil},
		{"a broken line", "{\"a\":1}\n{\"a\":\n{\"a\":1,\"a\":2}\n{\"a\":3}", "data :1 {a=1 }\ndata :2 bad_json {}\ndata :3 bad_json {}\ndata :4 {a=3 }\n", nil},
		{"a broken element", `[{"a":1},{"a":},{"a":3}]`, "data :1 {a=1 }\ndata :2 bad_json {}\ndata :3 {a=3 }\n", nil},
		{"a list in an object", `{"count":2,"meta":{"x":[1,2]},"results":[{"a":1},{"a":2}]}`, "data /results:1 {a=1 }\ndata /results:2 {a=2 }\n", nil},
		{"lists in an object", `{"cases":[{"a":1}],"more":{"clients":[{"b":2}]}}`, "cases /cases:1 {a=1 }\nclients /more/clients:1 {b=2 }\n", nil},
		{"an object of objects", `{"k1":{"a":1},"k2":{"a":2}}`, "data :1 k1{@name=k1 a=1 }\ndata :2 k2{@name=k2 a=2 }\n", nil},
		{"one record", `{"a":1,"b":[1,null,"x"]}`, "data :1 {a=1 b=<1><><x> }\n", nil},
		{"a name that stands twice", `[{"a":1,"a":2}]`, "data :1 bad_json {}\n", nil},
		{"several documents", "{\n\"a\":1}\n{\n\"a\":2}", "data :1 {a=1 }\ndata :3 {a=2 }\n", map[string]Table{"data": {Lines: &no}}},
		{"numbers as they stand", `[{"a":1e3,"b":9007199254740993,"c":1.10,"d":true,"e":null,"f":""}]`, "data :1 {a=1e3 b=9007199254740993 c=1.10 d=true f= }\n", nil},
		{"children", `[{"id":7,"visits":[{"on":"x"},{"on":"y","by":["p","q"]}]}]`, "data :1 7{id=7 7/visits[1]{on=x }7/visits[2]{by=<p><q> on=y }}\n", map[string]Table{"data": {Key: []string{"id"}}}},
		{
			"a stream of what is inside", `{"data":{"offices":[{"id":"A","cases":[{"n":1},{"n":2}]},{"id":"B","cases":[{"n":1}]}]}}`,
			"c /data/offices:1 A|1{../id=A n=1 }\nc /data/offices:1 A|2{../id=A n=2 }\nc /data/offices:2 B|1{../id=B n=1 }\n",
			map[string]Table{"c": {At: "/data/offices/*/cases/*", With: []string{"id"}, Key: []string{"../id", "n"}}},
		},
		{"names that a pointer escapes", `{"a/b":{"c~d":[{"x":1}]}}`, "data /a~1b/c~0d:1 {x=1 }\n", map[string]Table{"data": {At: "/a~1b/c~0d/*"}}},
		{"columns and rows", `{"columns":["id","n"],"rows":[[1,"x"],[2,null,"more"]]}`, "data /rows:1 {id=1 n=x }\ndata /rows:2 {column 3=more id=2 }\n", nil},
		{"columns with their types", `{"data":{"cols":[{"name":"id"},{"display_name":"N"}],"rows":[[1,"x"]]}}`, "data /data/rows:1 {N=x id=1 }\n", nil},
		{"a first row of names", `[["id","n"],[1,"x"]]`, "data :2 {id=1 n=x }\n", nil},
		{
			"tables of phpMyAdmin", `[{"type":"header","version":"5"},{"type":"database","name":"o"},{"type":"table","name":"casos","database":"o","data":[{"id":"1"},{"id":"2"}]},{"type":"table","name":"clientes","data":[{"id":"7"}]}]`,
			"casos /2/data:1 {id=1 }\ncasos /2/data:2 {id=2 }\nclientes /3/data:1 {id=7 }\n", nil,
		},
		{
			"values of mongoexport", `{"_id":{"$oid":"5f"},"on":{"$date":"2024-02-29T03:30:00Z"},"n":{"$numberLong":"9007199254740993"}}` + "\n" + `{"_id":"x","on":{"$date":{"$numberLong":"-2208988800000"}},"n":1,"at":[{"$date":1706745600500}]}`,
			"data :1 {_id=5f n=9007199254740993 on=2024-02-29T03:30:00Z }\ndata :2 {_id=x at=<2024-02-01T00:00:00.500Z> n=1 on=1900-01-01T00:00:00Z }\n", nil,
		},
		{"documents on one line", "{\"a\":1}{\"a\":2}\n", "data :1 {a=1 }\ndata :1 {a=2 }\n", nil},
		{"half of a character", `[{"a":"\ud83d","b":"\ud83d\ude00","v":[{"c":"\uDE00"}]}]`, "data :1 encoding_invalid {a=\ufffd b=\U0001f600 /v[1]{c=\ufffd }}\n", nil},
		{"one of a list", `{"a":[{"x":1},{"x":2}]}`, "data /a:2 {x=2 }\n", map[string]Table{"data": {At: "/a/1"}}},
	} {
		if d := cmp.Diff(c.want, all(t, adaptertest.File(t, "f.json", c.content), Settings{Tables: c.tables})); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, d)
		}
	}
}

func TestEncodingsAndPackingDoNotMatter(t *testing.T) {
	text := `[{"name":"Zoë Muñoz"}]`
	wide, bare := "\xff\xfe", ""
	for _, u := range utf16.Encode([]rune(text)) {
		wide += string([]byte{byte(u), byte(u >> 8)})
		bare += string([]byte{byte(u >> 8), byte(u)})
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	for name, content := range map[string]string{
		"UTF-8": text, "mark": "\xef\xbb\xbf" + text, "UTF-16": wide, "UTF-16 without mark": bare, "gzip": packed.String(),
		"Windows-1252": strings.NewReplacer("ë", "\xeb", "ñ", "\xf1").Replace(text),
	} {
		if got := all(t, adaptertest.File(t, "f.json", content), Settings{}); got != "data :1 {name=Zoë Muñoz }\n" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func big(n int) string {
	var b strings.Builder
	b.WriteString(`{"head":{"made":"x"},"cases":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		if i%100 == 50 {
			b.WriteString(`{"id":}`)
			continue
		}
		fmt.Fprintf(&b, "{\"id\":%d,\"name\":\"Canary\",\"visits\":[{\"on\":\"2020-01-%02d\"}]}\n", i, i%28+1)
	}
	return b.String() + "]}"
}

func TestSourceKeepsTheContract(t *testing.T) {
	opener := func(content string) func() (adapters.Source, error) {
		path := adaptertest.File(t, "f.json", content)
		return func() (adapters.Source, error) { return Open(place.On(path), Settings{}) }
	}
	hostile := map[string]func() (adapters.Source, error){}
	for name, content := range map[string]string{
		"nothing": "", "no JSON": "Canary, Canary", "a mark alone": "\xef\xbb\xbf", "an open list": `[{"a":"Canary"}`, "an open text": `[{"a":"Canary`,
		"very deep": strings.Repeat("[", 200_000), "very deep inside": `[{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}]`,
		"deep objects": strings.Repeat(`{"a":`, 100_000), "one endless record": `[{"a":"` + strings.Repeat("Canary", 4_000_000) + `"}]`,
		"many members": `{` + strings.Repeat(`"a":1,`, 100_000) + `"b":2}`, "commas": strings.Repeat(",", 100_000), "brackets that do not fit": `[{"a":1]}`,
		"a list of lists": `[[1,2],["Canary"]]`, "words": "nul", "a zip": "PK\x03\x04Canary", "a web page": "<html>Canary</html>", "NUL bytes": strings.Repeat("\x00", 1000),
	} {
		hostile[name] = opener(content)
	}
	adaptertest.Run(t, adaptertest.Harness{File: adaptertest.File(t, "f.json", big(2500)), At: func(at place.Place) (adapters.Source, error) { return Open(at, Settings{}) }, Hostile: hostile, Canary: "Canary"})
}

func TestDiscoverShowsWhatIsInside(t *testing.T) {
	src, err := Open(place.On(adaptertest.File(t, "f.json", `[{"id":1,"on":"25/03/2020","visits":[{"at":"x"},{"at":"x"}]},{"id":2}]`)), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	st := cat.Streams[0]
	want := []adapters.Field{{Name: "id", Kind: adapters.Number, Filled: 2, Distinct: 2, Key: true}, {Name: "on", Filled: 1, Distinct: 1, DayOrder: adapters.DayOrder{DayFirst: 1}}}
	if d := cmp.Diff(want, st.Fields); d != "" || st.Records != 2 || len(st.Children) != 1 || st.Children[0].Records != 2 {
		t.Errorf("%+v (-want +got)\n%s", st, d)
	}
}

func TestAPointerThatLeadsNowhereIsTold(t *testing.T) {
	src, err := Open(place.On(adaptertest.File(t, "f.json", `{"a":[{"b":1}]}`)), Settings{Tables: map[string]Table{"t": {At: "/c/*"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Check(t.Context()); !errors.Is(err, adapters.ErrStream) {
		t.Errorf("got %v", err)
	}
}

// The files of other systems are read as they are.
func TestFixturesAreRead(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "fixtures")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	for name, want := range map[string]string{
		"legal-aid-uk/cla_backend/initial_mattertype.json":           "data",
		"legal-aid-uk/cla_backend/initial_complaint_categories.json": "data",
		"legal-aid-uk/cla_backend/test_user_with_case.json":          "data",
		"commcare/synthetic/case_v2_page1.json":                      "data",
		"odk-central/synthetic_legal_aid/Submissions.expand.json":    "data",
		"odk-central/published/submissions.json":                     "data",
	} {
		src, err := Open(place.On(filepath.Join(dir, filepath.FromSlash(name))), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = src.Read(t.Context(), want, "", func(r adapters.Record) error {
			n++
			if len(r.Problems) > 0 || len(r.Values) == 0 {
				t.Errorf("%s: record %d has %v and %d values", name, n, r.Problems, len(r.Values))
			}
			return nil
		}, func(adapters.Cursor) error { return nil })
		if err != nil || n == 0 {
			t.Errorf("%s: %d records, %v", name, n, err)
		}
	}
}

// leaves collects the plain values of a decoded text, nulls aside.
func leaves(v any, into *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			leaves(e, into)
		}
	case []any:
		for _, e := range v {
			leaves(e, into)
		}
	case nil:
	default:
		*into = append(*into, fmt.Sprint(v))
	}
}

// kept collects the values of a record and its children.
func kept(r adapters.Record, into *[]string) {
	for _, v := range r.Values {
		for _, e := range append([]adapters.Value{v}, v.List...) {
			if !e.Null && e.List == nil {
				*into = append(*into, e.Raw)
			}
		}
	}
	for _, list := range r.Children {
		for _, c := range list {
			kept(c, into)
		}
	}
}

// FuzzFlatten reads any text: no value is lost, none is made up, and the second
// reading is like the first.
func FuzzFlatten(f *testing.F) {
	for _, seed := range []string{`[{"a":1,"b":{"c":[1,{"d":[null,"x"]}]}}]`, "{\"a\":1}\n{\"a\":\n", `{"r":[{"x":{"x":1},"x.x":2}]}`, `[[1],[{"a":[[2]]}]]`, `{"a":{"b":"\ud800"}}`, `[{"":{"":1}},"x",3]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := adaptertest.File(t, "f.json", string(content))
		read := func() (got []string, hashes [][32]byte, clean bool) {
			src, err := Open(place.On(path), Settings{Tables: map[string]Table{"t": {}}})
			if err != nil {
				t.Fatal(err)
			}
			clean = true
			err = src.Read(t.Context(), "t", "", func(r adapters.Record) error {
				clean = clean && len(r.Problems) == 0
				kept(r, &got)
				hashes = append(hashes, r.Hash)
				return nil
			}, func(adapters.Cursor) error { return nil })
			return got, hashes, clean && err == nil
		}
		got, first, clean := read()
		if _, second, again := read(); clean != again || !cmp.Equal(first, second) {
			t.Fatal("the second reading differs")
		}
		d := json.NewDecoder(bytes.NewReader(content))
		d.UseNumber()
		var v any
		if !clean || !utf8.Valid(content) || d.Decode(&v) != nil || d.More() {
			return
		}
		var want []string
		leaves(v, &want)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Fatalf("%d values, want %d", len(got), len(want))
		}
	})
}

// A report of an import that keeps nothing of people has places, so a place has names
// of the mapping in it, and never one that a record has in the file.
func TestAPlaceShowsNothingOfTheFile(t *testing.T) {
	content := `{"offices":{"Canary Office":{"cases":{"Canary Quispe":{"visits":[{"at":"Canary"},{"at":"x"}]},"Canary Mamani":{"visits":[{"at":"y"},3]}}}},"people":{"Canary":{"a":1,"a":2}}}`
	path := adaptertest.File(t, "f.json", content)
	for at, want := range map[string]string{
		"/offices/*/cases/*":              "f.json:/offices:1",
		"/offices/*/cases/*/visits/*":     "f.json:/offices:1",
		"/people/*":                       "f.json:/people:1",
		"/offices/Canary Office/cases/*":  "f.json:/offices/Canary Office/cases:1", // so the mapping has it
		"/offices/Canary Office/*/*":      "f.json:/offices/Canary Office:1",
		"/people":                         "f.json:2",
		"/offices/*/cases/*/visits/*/at*": "",
	} {
		src, err := Open(place.On(path), Settings{Tables: map[string]Table{"t": {At: at}}})
		if err != nil {
			t.Fatal(err)
		}
		first := ""
		err = src.Read(t.Context(), "t", "", func(r adapters.Record) error {
			if first == "" {
				first = r.Loc.String()
			}
			if !strings.Contains(at, "Canary") && strings.Contains(r.Loc.String(), "Canary") {
				t.Errorf("%s: a place shows a name of the file", at)
			}
			return nil
		}, func(adapters.Cursor) error { return nil })
		if first != want || want != "" && err != nil {
			t.Errorf("%s: the first place is %q, want %q, %v", at, first, want, err)
		}
	}
}
