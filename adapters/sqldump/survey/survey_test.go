package survey

import (
	"fmt"
	"strings"
	"testing"

	"casehub/adapters/place"
	"casehub/adapters/sqldump/ddl"
	"casehub/adapters/sqldump/lex"
	"casehub/adapters/sqldump/textfile"
	"casehub/adapters/tables"
	"casehub/adapters/tables/charset"
)

// defined is a survey that met a table without parents, and then others.
func defined(columns []string, more ...*ddl.Definition) *Survey {
	v := &Survey{parts: map[string]*Part{}}
	first := &ddl.Definition{Table: tables.Table{Name: "t0"}}
	for _, c := range columns {
		first.Columns = append(first.Columns, tables.Column{Name: c})
	}
	for _, d := range append([]*ddl.Definition{first}, more...) {
		v.define(d)
	}
	return v
}

// child is a table of one column of its own.
func child(name, column string, parents ...string) *ddl.Definition {
	return &ddl.Definition{Table: tables.Table{Name: name, Columns: []tables.Column{{Name: column}}}, Inherits: parents}
}

func TestAColumnOfSeveralParentsIsOne(t *testing.T) {
	v := defined([]string{"id", "a"}, child("t1", "b", "t0"), child("t2", "c", "t0"), child("t3", "a", "t1", "t2", "t1"))
	if got := strings.Join(v.parts["t3"].Names(), " "); got != "id a b c" {
		t.Error(got)
	}
}

// A short text must not become columns without end.
func TestWhatIsInheritedHasALimit(t *testing.T) {
	var doubling []*ddl.Definition
	for i := range 12 {
		parent := fmt.Sprintf("t%d", i)
		doubling = append(doubling, child(fmt.Sprintf("t%d", i+1), fmt.Sprintf("b%d", i+1), parent, parent))
	}
	if n := len(defined([]string{"id"}, doubling...).parts["t12"].Columns); n != 13 {
		t.Errorf("parents that stand twice: %d columns, want 13", n)
	}
	var wide []string
	for i := range maxColumns {
		wide = append(wide, fmt.Sprintf("c%d", i))
	}
	if n := len(defined(wide, child("t1", "one more", "t0")).parts["t1"].Columns); n != maxColumns {
		t.Errorf("%d columns of a table, want %d", n, maxColumns)
	}
	var many []*ddl.Definition
	for i := range 300 {
		many = append(many, child(fmt.Sprintf("t%d", i+1), "own", "t0"))
	}
	v := defined(wide[:maxColumns-1], many...)
	all := 0
	for _, p := range v.parts {
		all += len(p.Columns)
	}
	if most := 1<<20 + 2*maxColumns; all > most {
		t.Errorf("%d columns of all tables, want %d at most", all, most)
	}
	if first, last := v.doubts(v.parts["t1"]), v.doubts(v.parts["t300"]); len(first) != 0 || len(last) != 1 {
		t.Errorf("doubts %q and %q: only a table without what it inherits is doubtful", first, last)
	}
}

// A column that refers to table after table is no reason to keep them all.
func TestForeignKeysHaveALimit(t *testing.T) {
	dump := "CREATE TABLE t (a integer" + strings.Repeat(" REFERENCES o (id)", maxColumns+100) + ");\n"
	v, err := Of(t.Context(), place.Bytes("x.sql", []byte(dump)), textfile.Form{}, lex.Postgres, charset.Decoder{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(v.parts["t"].Refs); n != maxColumns {
		t.Errorf("%d foreign keys, want %d", n, maxColumns)
	}
}
