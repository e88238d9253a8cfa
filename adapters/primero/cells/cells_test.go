package cells_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters/jsontree"
	"casehub/adapters/primero/cells"
)

// inspected writes a tree as Ruby prints it.
func inspected(n jsontree.Node) string {
	quoted := func(s string) string {
		b, _ := json.Marshal(s)
		return strings.ReplaceAll(string(b), "#{", `\#{`)
	}
	var parts []string
	switch n.Kind {
	case jsontree.Null:
		return "nil"
	case jsontree.String:
		return quoted(n.Text)
	case jsontree.Array:
		for _, e := range n.Items {
			parts = append(parts, inspected(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case jsontree.Object:
		for i, e := range n.Items {
			parts = append(parts, quoted(n.Names[i])+"=>"+inspected(e))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return n.Text
}

// FuzzPrinted reads what a cell may hold: it ends without a panic, what it reads does
// not outgrow the cell, and a list or hash that Ruby prints of what was read is read
// the same.
func FuzzPrinted(f *testing.F) {
	for _, s := range []string{
		`["a", nil]`, `[{"a"=>{:b=>1}, c: "\"#{x}"}]`, `{`, `[":a=>nil"]`, `["=>", ":x", "nil", "\\"]`, `'["a"]`, `'=["a"]`, `[:a, b: 1]`, `["C:\\#1", nil]`, `["\\\#{x}", nil]`, `["\e\a\v\x00\x7F", nil]`, `["\x8", nil]`, `["#{x}", "\#{x}", "\\#{x}", "#"]`, `{"a"=>nil, "nil"=>"nil"}`,
		`[1, -2.5e3, true, false]`, `[nil, [nil, {}], []]`, `{:a=>{:b=>{:c=>[]}}}`, `["` + strings.Repeat(`\\`, 99) + `"]`, strings.Repeat("[", 80) + strings.Repeat("]", 80), `["\e", "\u00e9", "\x00"]`,
		`[#<Object:0x1>, 1]`, `["a" "b"]`, `[a: 1, "b": 2]`, `{"a"=>1, "a"=>2}`, "[\"a\nb\"]", `["é", "日本"]`, `[2020-01-02]`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := cells.Printed(s)
		if !ok {
			return
		}
		text := inspected(n)
		if len(text) > 6*len(s)+16 {
			t.Fatalf("%d bytes come of %d", len(text), len(s))
		}
		again, ok := cells.Printed(text)
		if d := cmp.Diff(n, again); !ok || d != "" {
			t.Fatalf("printed again it is read otherwise: %v (-want +got)\n%s", ok, d)
		}
	})
}

func TestTextsThatRubyPrintsAreRead(t *testing.T) {
	for in, want := range map[string]string{
		`["C:\\#1", nil]`: `C:\#1`, `["\#{x} \#$y \#@z #", nil]`: "#{x} #$y #@z #", `["\\\#{x}", nil]`: `\#{x}`, `["a\e[0m\a\v\x01", nil]`: "a\x1b[0m\a\v\x01", `["\u00e9\"", nil]`: "é\"",
	} {
		n, ok := cells.Printed(in)
		if !ok || len(n.Items) != 2 || n.Items[0].Text != want {
			t.Errorf("%s: %q, %v, want %q", in, n.Items, ok, want)
		}
	}
}
