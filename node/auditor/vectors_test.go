package auditor

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"casehub/internal/sqlite"
	"casehub/node/ledger"

	"github.com/google/go-cmp/cmp"
)

// vector is a case of the event rules, as the ledger's own test reads them.
type vector struct {
	DataSet string           `json:"data_set"`
	Name    string           `json:"name"`
	Records []map[string]any `json:"records"`
	Changes []map[string]any `json:"changes"`
	Deleted []map[string]any `json:"deleted"`
	Events  []string         `json:"events"`
}

// TestVectors: the auditor reads every case of the event rules as the rules have it,
// though it does not read the rules.
func TestVectors(t *testing.T) {
	b, err := os.ReadFile("../ledger/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 12 {
		t.Fatalf("%d cases: too few to show anything", len(all))
	}
	db := openStories(t)
	for _, v := range all {
		var got []string
		err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
			if err := v.write(t, tx); err != nil {
				return err
			}
			a, err := readArchive(t.Context(), tx, Office{Currency: "ZAR"})
			if err != nil {
				return err
			}
			for source, h := range a.counts[v.DataSet] {
				got = append(got, written(source, h))
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			t.Fatalf("%s, %s: %v", v.DataSet, v.Name, err)
		}
		slices.Sort(got)
		slices.Sort(v.Events)
		if d := cmp.Diff(append([]string{}, v.Events...), append([]string{}, got...)); d != "" {
			t.Errorf("%s, %s: what counts (-want +got)\n%s", v.DataSet, v.Name, d)
		}
	}
}

func written(source string, h happening) string {
	s := fmt.Sprint(source, " ", h.code, " ", h.month)
	if h.minor != 0 {
		s += fmt.Sprint(" ", h.minor)
	}
	if h.weight != 1 {
		s += fmt.Sprint(" x", h.weight)
	}
	return s
}

// write puts the records of a case into the database. Columns that must have
// something and are not named have the record's identifier, or 0.
func (v vector) write(t *testing.T, tx *sqlite.Tx) error {
	do := func(query string, args ...any) error {
		_, err := tx.ExecArgs(t.Context(), query, args...)
		return err
	}
	if err := do(`INSERT INTO clients (id, reference, created_at, updated_at) VALUES ('K1', 'K1', 0, 0)`); err != nil {
		return err
	}
	for _, r := range v.Records {
		values := maps.Clone(r)
		delete(values, "table")
		rows, err := tx.Query(t.Context(), `SELECT name, type FROM pragma_table_info(@table) WHERE "notnull" AND dflt_value IS NULL`, sqlite.Args{"table": r["table"]})
		if err != nil {
			return err
		}
		for rows.Next() {
			var name, kind string
			if err := rows.Scan(&name, &kind); err != nil {
				return err
			}
			if _, named := values[name]; !named {
				values[name] = map[string]any{"TEXT": r["id"], "INTEGER": 0}[kind]
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		var columns, places []string
		var args []any
		for _, c := range slices.Sorted(maps.Keys(values)) {
			columns, args = append(columns, c), append(args, values[c])
			places = append(places, fmt.Sprint("?", len(args)))
		}
		if err := do(fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, r["table"], strings.Join(columns, ", "), strings.Join(places, ", ")), args...); err != nil {
			return err
		}
	}
	for _, r := range v.Changes {
		var sets []string
		args := []any{r["id"]}
		for _, c := range slices.Sorted(maps.Keys(r)) {
			if c != "table" && c != "id" {
				args = append(args, r[c])
				sets = append(sets, fmt.Sprintf("%s = ?%d", c, len(args)))
			}
		}
		if err := do(fmt.Sprintf(`UPDATE %s SET %s WHERE id = ?1`, r["table"], strings.Join(sets, ", ")), args...); err != nil {
			return err
		}
	}
	for _, r := range v.Deleted {
		if err := do(fmt.Sprintf(`DELETE FROM %s WHERE id = ?1`, r["table"]), r["id"]); err != nil {
			return err
		}
	}
	return nil
}

// TestEveryRuleHasAReader: who adds a rule for a measure adds its reading here, in
// tables and sql_records.go, from the words of the rule and not from its code.
func TestEveryRuleHasAReader(t *testing.T) {
	rules := ledger.EventRules()
	if rules.Version != rulesVersion {
		t.Errorf("the auditor reads by version %d of the event rules, the ledger by %d", rulesVersion, rules.Version)
	}
	for _, r := range rules.Rules {
		if tableOf(r.DataSet) == "" {
			t.Errorf("the auditor does not read %s, and would refuse every release with it", r.DataSet)
		}
	}
}
