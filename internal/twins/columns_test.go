package twins

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"casehub/internal/sqlite"
)

// columns are the values of every column of a node's database that holds text or
// bytes, each once, and of every column of numbers, all of them.
type columns struct {
	texts   map[string]map[string]bool
	numbers map[string][]int64
}

// read reads all columns of a node. What the index of words keeps of them is left
// out: the database makes it.
func (c *columns) read(t *testing.T, o *office) error {
	c.texts, c.numbers = map[string]map[string]bool{}, map[string][]int64{}
	names := query(t, o, `
SELECT m.name || '.' || c.name || '.' || c.type
FROM sqlite_schema m
JOIN pragma_table_info(m.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '%\_fts%' ESCAPE '\' AND m.name <> 'goose_db_version'
ORDER BY 1`)
	for _, name := range names {
		at := strings.Split(name, ".")
		if at[2] == "INTEGER" {
			c.numbers[at[0]+"."+at[1]] = numbers(t, o, fmt.Sprintf(`SELECT %q FROM %q WHERE %q IS NOT NULL ORDER BY 1`, at[1], at[0], at[1]))
			continue
		}
		values := map[string]bool{}
		for _, v := range query(t, o, fmt.Sprintf(`SELECT DISTINCT CASE typeof(%q) WHEN 'blob' THEN hex(%q) ELSE %q END FROM %q WHERE coalesce(%q, '') <> ''`, at[1], at[1], at[1], at[0], at[1])) {
			values[v] = true
		}
		c.texts[at[0]+"."+at[1]] = values
	}
	return nil
}

func query(t *testing.T, o *office, statement string) []string {
	t.Helper()
	rows, err := o.node.DB.Query(t.Context(), statement, nil)
	all, err := sqlite.Collect(rows, err, scan[string])
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return all
}

func scan[T any](rows *sql.Rows) (v T, err error) { return v, rows.Scan(&v) }

func numbers(t *testing.T, o *office, statement string) []int64 {
	t.Helper()
	rows, err := o.node.DB.Query(t.Context(), statement, nil)
	all, err := sqlite.Collect(rows, err, scan[int64])
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return all
}

// compare holds the twins to their word: every column of the schema that has text has
// other text in the other world, or stands in the closed list of those that may not.
// A new column has to be thought about here first.
func compare(t *testing.T, pair [2]columns) {
	for _, name := range slices.Sorted(maps.Keys(pair[0].texts)) {
		a, b := pair[0].texts[name], pair[1].texts[name]
		table, _, _ := strings.Cut(name, ".")
		switch {
		case empty[table] != "" || empty[name] != "":
			if len(a)+len(b) > 0 {
				t.Errorf("%s has something in it and is said to be empty", name)
			}
		case len(a) == 0 || len(b) == 0:
			t.Errorf("%s is empty, so that nothing is shown of it", name)
		case alike[table] == "" && alike[name] == "":
			for _, v := range slices.Sorted(maps.Keys(a)) {
				if b[v] && !slices.Contains(constants[name], v) {
					t.Errorf("%s is %.40q in both worlds", name, v)
					break
				}
			}
		}
	}
	for name, all := range pair[0].numbers {
		if table, _, _ := strings.Cut(name, "."); empty[table] != "" && len(all)+len(pair[1].numbers[name]) > 0 {
			t.Errorf("%s has something in it and is said to be empty", name)
		}
	}
	for _, name := range moved {
		a, b := pair[0].numbers[name], pair[1].numbers[name]
		if len(a) == 0 || slices.Equal(a, b) {
			t.Errorf("the numbers of %s (%d) are the same in both worlds", name, len(a))
		}
	}
	for _, list := range []map[string]string{alike, empty} {
		for name := range list {
			if !known(pair[0], name) {
				t.Errorf("%s is listed and in no schema", name)
			}
		}
	}
}

// known reports whether a column, or a table, is in the schema.
func known(c columns, name string) bool {
	is := func(column string) bool {
		table, _, _ := strings.Cut(column, ".")
		return column == name || table == name
	}
	return slices.ContainsFunc(slices.Collect(maps.Keys(c.texts)), is) || slices.ContainsFunc(slices.Collect(maps.Keys(c.numbers)), is)
}
