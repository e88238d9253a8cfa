package jsontree

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"casehub/adapters"
)

// written writes a record out.
func written(rec adapters.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s{", rec.Key)
	for i, n := range rec.Header.Names() {
		v := rec.At(i)
		fmt.Fprintf(&b, "%s=%s", n, v.Raw)
		for _, e := range v.List {
			fmt.Fprintf(&b, "<%s>", e.Raw)
		}
		b.WriteByte(';')
	}
	for _, name := range []string{"a", "b", "b~1", "inner", "list"} {
		for _, c := range rec.Children[name] {
			b.WriteString(written(c))
		}
	}
	return b.String() + "}"
}

func record(t testing.TB, r *Rules, text string) adapters.Record {
	t.Helper()
	n, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	rec := r.Record(r.Flatten(n), "s", "k", adapters.Locator{File: "f"})
	SealAll(&rec)
	return rec
}

func TestATreeBecomesARecord(t *testing.T) {
	for text, want := range map[string]string{
		`{"x":1e3,"y":null,"z":true,"e":[],"o":{}}`: `k{x=1e3;z=true;}`,
		`{"g":{"q":"1","h":{"r":"2"}},"g/q":"3"}`:   `k{g/h/r=2;g/q=1;g/q#2=3;}`,
		`{"l":["a",1,null]}`:                        `k{l=<a><1><>;}`,
		`{"a":[{"q":1,"b":[{"r":2}]},{"q":3}]}`:     `k{k/a[1]{q=1;k/a[1]/b[1]{r=2;}}k/a[2]{q=3;}}`,
		`{"g":{"b":[{"q":1}]},"h":{"b":[{"q":2}]}}`: `k{k/b[1]{q=1;}k/b~1[1]{q=2;}}`,
		`{"a":[[1,2],{"q":3},4]}`:                   `k{k/a[1]{value=<1><2>;}k/a[2]{q=3;}k/a[3]{value=4;}}`,
		`"text"`:                                    `k{value=text;}`,
		`{"":"x"}`:                                  `k{value=x;}`,
	} {
		if got := written(record(t, &Rules{}, text)); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestFullPathsInListsAreTakenOff(t *testing.T) {
	text := `{"g/a":[{"g/a/q":"1","g/a/h/inner":[{"g/a/h/inner/r":"2","g/a/h/inner/list":[{"g/a/h/inner/list/s":"3"}]}]}]}`
	want := `k{k/a[1]{q=1;k/a[1]/inner[1]{r=2;k/a[1]/inner[1]/list[1]{s=3;}}}}`
	if got := written(record(t, &Rules{Full: true}, text)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAnObjectCanBeAListOfOne(t *testing.T) {
	r := &Rules{Separator: ".", Repeats: func(repeat, name string) bool { return repeat+":"+name == ":form.a" }}
	one := written(record(t, r, `{"form":{"a":{"q":1}}}`))
	if many := written(record(t, r, `{"form":{"a":[{"q":1}]}}`)); one != many || one != `k{k/a[1]{q=1;}}` {
		t.Errorf("one is %s, a list of one %s", one, many)
	}
}

func TestTheOrderOfKeysMakesNoDifference(t *testing.T) {
	a := record(t, &Rules{}, `{"x":1,"l":[{"p":1,"q":2}]}`)
	if b := record(t, &Rules{}, `{"l":[{"q":2,"p":1}],"x":1}`); a.Hash != b.Hash {
		t.Error("the same record has two hashes")
	}
	if b := record(t, &Rules{}, `{"l":[{"q":2,"p":3}],"x":1}`); a.Hash == b.Hash {
		t.Error("a child was changed and the hash was not")
	}
}

func TestWhatIsNoJSONIsRefused(t *testing.T) {
	for _, text := range []string{
		``, `{`, `{"a"}`, `{"a":1}x`, `nul`, `{"a":1,"a":2}`, strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2),
		"[" + strings.Repeat("1,", maxNodes) + "1]", `{"a":"` + "\x00" + `"}`,
	} {
		if _, err := Parse([]byte(text)); !errors.Is(err, ErrJSON) {
			t.Errorf("%.30q: %v", text, err)
		}
	}
}

func TestElementsOfAPage(t *testing.T) {
	n := 0
	rest, err := Elements([]byte(`{"count":2,"results":[{"a":1},{"a":2}],"next":"x"}`), "results", func(json.RawMessage) error { n++; return nil })
	if err != nil || n != 2 || rest.Get("next").Text != "x" || rest.Get("count").Text != "2" || rest.Get("none", "more").Kind != Null {
		t.Errorf("%d elements, %v, %v", n, rest, err)
	}
	for _, text := range []string{`{}`, `[]`, `{"results":{}}`, `{"results":[1`, `{"results":[{]}`, `<html>`} {
		if _, err := Elements([]byte(text), "results", func(json.RawMessage) error { return nil }); !errors.Is(err, ErrJSON) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// count counts the plain values of a tree that are not null.
func count(n Node) (all int) {
	if n.Kind != Null && n.Kind != Array && n.Kind != Object {
		return 1
	}
	for _, e := range n.Items {
		all += count(e)
	}
	return all
}

// held counts those of a record.
func held(r *adapters.Record) (all int) {
	for _, v := range r.Values {
		if v.List == nil && !v.Null {
			all++
		}
		for _, e := range v.List {
			if !e.Null {
				all++
			}
		}
	}
	for _, list := range r.Children {
		for i := range list {
			all += held(&list[i])
		}
	}
	return all
}

// text writes a tree as JSON.
func text(n Node) string {
	quoted := func(s string) string {
		b, _ := json.Marshal(s)
		return string(b)
	}
	var parts []string
	switch n.Kind {
	case Null:
		return "null"
	case String:
		return quoted(n.Text)
	case Array:
		for _, e := range n.Items {
			parts = append(parts, text(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case Object:
		for i, e := range n.Items {
			parts = append(parts, quoted(n.Names[i])+":"+text(e))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	return n.Text
}

// FuzzFlatten takes any JSON apart: every value comes once, the same text gives the
// same record twice, and so does the tree when it is written again.
func FuzzFlatten(f *testing.F) {
	for _, s := range []string{
		`{"g/a":[{"g/a/q":"1","g/a/h":[{"g/a/h/r":[1,{"x":null}]}]}],"":{"":[{}]}}`, `{"a":[[],[[]],{"a":[]}],"a/b":1,"a~1":[{}]}`,
		`{"a":{"b":1},"a/b":2,"a/b#2":3}`, `{"a":[1,[2,[3,{"a":[4]}]],null,{"":5}]}`, `[1,"x",null,true,[]]`, `"only"`, `-0.0e-10`, `{"a":[{"b":[{"c":1}]}],"a~1":[{"b":2}],"x/a":[{}]}`,
		`{"\u0000":"\ud83d\ude00","\ud800":"\udfff","value":{"":1}}`, strings.Repeat(`{"a":`, 60) + "1" + strings.Repeat("}", 60), strings.Repeat("[", 70) + strings.Repeat("]", 70),
		`{"a":1,"a":2}`, `{"a":1e999999,"b":` + strings.Repeat("9", 400) + `}`, `{"a":[` + strings.Repeat(`{"a":1},`, 300) + `{}]}`, `{"":[{"":[{"":[[1]]}]}]}`, "\ufeff{}", `{"a":1}x`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := Parse(b)
		if err != nil {
			return
		}
		again, err := Parse([]byte(text(n)))
		if err != nil {
			t.Fatalf("what was read cannot be written and read: %v", err)
		}
		for _, full := range []bool{true, false} {
			r := &Rules{Full: full}
			one := r.Record(r.Flatten(n), "s", "k", adapters.Locator{File: "f"})
			two := r.Record(r.Flatten(n), "s", "k", adapters.Locator{File: "f"})
			three := r.Record(r.Flatten(again), "s", "k", adapters.Locator{File: "f"})
			for _, rec := range []*adapters.Record{&one, &two, &three} {
				SealAll(rec)
			}
			if one.Hash != two.Hash || one.Hash != three.Hash {
				t.Fatal("the same text has two hashes")
			}
			if got, want := held(&one), count(n); got != want {
				t.Fatalf("%d values come of %d", got, want)
			}
			for name := range one.Children {
				if name == "" || strings.Contains(name, "/") {
					t.Fatalf("children are named %q", name)
				}
			}
		}
	})
}

// What stands beside the elements is held whole, and no more of it than of one text.
func TestWhatStandsBesideElementsIsLimited(t *testing.T) {
	many := "[" + strings.Repeat("1,", maxNodes/4) + "1]"
	page := `{"results":[{"a":1}]`
	for i := range 4 {
		page += `,"m` + strconv.Itoa(i) + `":` + many
		if i < 2 {
			continue
		}
		_, err := Elements([]byte(page+"}"), "results", func(json.RawMessage) error { return nil })
		if want := i >= 3; (err != nil) != want || err != nil && err != ErrJSON {
			t.Errorf("%d lists beside: %v", i+1, err)
		}
	}
}
