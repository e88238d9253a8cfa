package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"casehub/internal/codelist"
	"casehub/internal/sqlite"

	"github.com/google/go-cmp/cmp"
)

// vector is a case of the rules: records, what becomes of them, and the events that
// wait then, as "source code month amount". A record names its table and columns.
type vector struct {
	DataSet string           `json:"data_set"`
	Name    string           `json:"name"`
	Records []map[string]any `json:"records"`
	Changes []map[string]any `json:"changes"`
	Deleted []map[string]any `json:"deleted"`
	Events  []string         `json:"events"`
}

func vectors(t *testing.T) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	var all []vector
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// everyRule is a registry whose plan has every measure that a rule is for.
func everyRule() *codelist.Registry {
	reg := codelist.National()
	reg.Plan.DataSets = nil
	for i, r := range EventRules().Rules {
		reg.Plan.DataSets = append(reg.Plan.DataSets, codelist.DataSet{Number: uint32(i + 1), Name: r.DataSet, List: codelist.CaseTypes, Money: r.Amount != ""})
	}
	return reg
}

// TestVectors: every case of the rules, on a real database.
func TestVectors(t *testing.T) {
	count := map[string]int{}
	for _, v := range vectors(t) {
		count[v.DataSet]++
		t.Run(v.DataSet+"/"+v.Name, func(t *testing.T) {
			o := newOffice(t)
			o.ledger = New(everyRule(), National(), "ZAR", 10_000)
			o.exec(`INSERT INTO clients (id, reference, created_at, updated_at) VALUES ('K1', 'K1', 0, 0)`)
			for _, r := range v.Records {
				o.record(r)
			}
			o.refresh()
			for _, r := range v.Changes {
				o.change(r)
			}
			for _, r := range v.Deleted {
				o.exec(fmt.Sprintf(`DELETE FROM %s WHERE id = ?1`, r["table"]), r["id"])
			}
			o.refresh()
			if d := cmp.Diff(v.Events, o.waits(v.DataSet), cmp.Transformer("empty", func(s []string) []string { return append([]string{}, s...) })); d != "" {
				t.Errorf("what waits (-want +got):\n%s", d)
			}
		})
	}
	for _, r := range EventRules().Rules {
		if count[r.DataSet] < 3 {
			t.Errorf("%s has %d vectors, want at least 3", r.DataSet, count[r.DataSet])
		}
	}
}

func (o *office) refresh() {
	o.t.Helper()
	o.tx(func(tx *sqlite.Tx) error { return o.ledger.Refresh(context.Background(), tx) })
}

// record adds a row; columns that must not be empty and are not named are its
// identifier, or 0.
func (o *office) record(r map[string]any) {
	o.t.Helper()
	table := r["table"].(string)
	rows, err := o.db.Query(context.Background(), `SELECT name, type FROM pragma_table_info(@table) WHERE "notnull" AND dflt_value IS NULL`, sqlite.Args{"table": table})
	if err != nil {
		o.t.Fatal(err)
	}
	defer rows.Close()
	values := maps.Clone(r)
	delete(values, "table")
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			o.t.Fatal(err)
		}
		if _, named := values[name]; !named {
			values[name] = map[string]any{"TEXT": r["id"], "INTEGER": 0}[kind]
		}
	}
	columns := slices.Sorted(maps.Keys(values))
	places, args := make([]string, len(columns)), make([]any, len(columns))
	for i, c := range columns {
		places[i], args[i] = fmt.Sprint("?", i+1), values[c]
	}
	o.exec(fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table, strings.Join(columns, ", "), strings.Join(places, ", ")), args...)
}

func (o *office) change(r map[string]any) {
	o.t.Helper()
	var sets []string
	args := []any{r["id"]}
	for _, c := range slices.Sorted(maps.Keys(r)) {
		if c != "table" && c != "id" {
			args = append(args, r[c])
			sets = append(sets, fmt.Sprintf("%s = ?%d", c, len(args)))
		}
	}
	o.exec(fmt.Sprintf(`UPDATE %s SET %s WHERE id = ?1`, r["table"], strings.Join(sets, ", ")), args...)
}

// waits lists the events of a measure that wait.
func (o *office) waits(set string) []string {
	o.t.Helper()
	i := slices.IndexFunc(o.ledger.reg.Plan.DataSets, func(d codelist.DataSet) bool { return d.Name == set })
	return o.text(`
SELECT source_id || ' ' || code || ' ' || period || CASE WHEN amount_minor <> 0 THEN ' ' || amount_minor ELSE '' END || CASE WHEN weight <> 1 THEN ' x' || weight ELSE '' END
FROM ledger_events
WHERE data_set = ?1 AND state = 'unpublished'
ORDER BY source_id`, int(o.ledger.reg.Plan.DataSets[i].Number))
}

// text returns what a query says, a line a row.
func (o *office) text(query string, args ...any) []string {
	o.t.Helper()
	var all []string
	o.tx(func(tx *sqlite.Tx) error {
		named := sqlite.Args{}
		for i, a := range args {
			query = strings.ReplaceAll(query, fmt.Sprint("?", i+1), fmt.Sprint("@a", i))
			named[fmt.Sprint("a", i)] = a
		}
		rows, err := tx.Query(context.Background(), query, named)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			all = append(all, s)
		}
		return rows.Err()
	})
	return all
}

// TestRulesAreHeldToClosedLists: what becomes part of a statement is one of the
// program's own words.
func TestRulesAreHeldToClosedLists(t *testing.T) {
	good := func() Rules {
		return Rules{Version: 1, Rules: []Rule{{
			DataSet: "cases_closed", Table: "cases", Day: "closed_on", Code: "outcome", Client: "client_id",
			Where: []Condition{{"status", "closed"}}, Label: codelist.Label{En: "e", Es: "s"},
		}}}
	}
	for name, change := range map[string]func(*Rule){
		"":                       func(*Rule) {},
		"another table":          func(r *Rule) { r.Table = "people" },
		"another column":         func(r *Rule) { r.Code = "summary" },
		"a statement as column":  func(r *Rule) { r.Day = "opened_on FROM cases; --" },
		"another word":           func(r *Rule) { r.Where[0].Is = "x' OR '1' = '1" },
		"another condition":      func(r *Rule) { r.Where[0].Column = "summary" },
		"another client":         func(r *Rule) { r.Client = "status" },
		"an amount of no money":  func(r *Rule) { r.Amount = "amount_minor" },
		"a currency and nothing": func(r *Rule) { r.Currency = "status" },
		"no day":                 func(r *Rule) { r.Day = "" },
		"no label":               func(r *Rule) { r.Es = "" },
	} {
		rules := good()
		change(&rules.Rules[0])
		b, err := json.Marshal(rules)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseRules(b); (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, text := range []string{`{}`, `{"version": 1, "rules": [], "more": 1}`, `{"version": 10000, "rules": []}`, `no`} {
		if _, err := ParseRules([]byte(text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

// TestEveryTableOfARuleIsTouched: a table without the triggers would be read once
// and never again.
func TestEveryTableOfARuleIsTouched(t *testing.T) {
	o := newOffice(t)
	for table, known := range recordTables {
		for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
			found := o.text(`
SELECT sql
FROM sqlite_schema
WHERE type = 'trigger' AND tbl_name = ?1 AND sql LIKE '%AFTER ' || ?2 || '%' AND sql LIKE '%INTO ledger_touched%' || ?1 || '%'`, table, verb)
			if len(found) != 1 {
				t.Errorf("%s of %s is noted by %d triggers, want 1", verb, table, len(found))
				continue
			}
			for _, column := range known.columns {
				if verb == "UPDATE" && !strings.Contains(found[0], column) {
					t.Errorf("a change of %s.%s is not noted", table, column)
				}
			}
		}
	}
}

// TestEverySetOfThePlanHasARule: an office with a measure that nothing counts would
// not close a month.
func TestEverySetOfThePlanHasARule(t *testing.T) {
	for _, set := range codelist.National().Plan.DataSets {
		if rule, ok := EventRules().Of(set); !ok || (rule.Amount != "") != set.Money {
			t.Errorf("%s has no rule, or one of another kind", set.Name)
		}
	}
}
