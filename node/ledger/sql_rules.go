package ledger

import (
	"fmt"
	"strings"

	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// source is a measure of the plan with the statements that follow from its rule.
type source struct {
	set  codelist.DataSet
	rule Rule
	// touched are the records of the rule that changed since the ledger last read
	// them: source_id, client_id, code, day, period, amount, weight.
	touched string
}

// newSource writes the queries of a rule. What it puts into them was held against
// closed lists (Rule.holds).
func newSource(set codelist.DataSet, rule Rule) source {
	return source{set: set, rule: rule, touched: rule.query() + `
    AND r.id IN (SELECT id FROM ledger_touched WHERE source = '` + rule.Table + `')`}
}

// query selects the records that count.
func (r Rule) query() string {
	person, join := "r.id", ""
	switch r.Client {
	case "client_id":
		person, join = "p.person", `
JOIN ledger_persons p ON p.client_id = r.client_id`
	case "case_id":
		person, join = "p.person", `
JOIN cases c ON c.id = r.case_id
JOIN ledger_persons p ON p.client_id = c.client_id`
	}
	if r.Anybody {
		person, join = "coalesce(p.person, r.id)", `
LEFT JOIN ledger_persons p ON p.client_id = r.client_id`
	}
	amount, weight := "0", "1"
	if r.Amount != "" {
		amount = "r." + r.Amount
	}
	if r.Weight != "" {
		weight = "r." + r.Weight
	}
	return fmt.Sprintf(`
SELECT r.id AS source_id, %[1]s AS client_id, r.%[2]s AS code, r.%[3]s AS day,
    CAST(substr(r.%[3]s, 1, 4) || substr(r.%[3]s, 6, 2) AS INTEGER) AS period, %[4]s AS amount, %[5]s AS weight
FROM %[6]s r%[7]s
WHERE r.%[3]s IS NOT NULL AND r.%[2]s IS NOT NULL%[8]s`, person, r.Code, r.Day, amount, weight, r.Table, join, r.conditions())
}

func (r Rule) conditions() string {
	var b strings.Builder
	for _, c := range r.Where {
		fmt.Fprintf(&b, " AND r.%s = '%s'", c.Column, c.Is)
	}
	if r.Currency != "" {
		fmt.Fprintf(&b, " AND r.%s = @currency", r.Currency)
	}
	if r.Weight != "" {
		fmt.Fprintf(&b, " AND r.%s > 0", r.Weight)
	}
	return b.String()
}

// visible returns the condition under which the code of an event e of the source
// may be seen by whom a filter is for. Records of nobody tell of no client.
func (s source) visible(seen access.Filter) string {
	table, of := recordTables[s.rule.Table], "c.id = r.case_id"
	switch {
	case s.rule.Table == "cases":
		of = "c.id = r.id"
	case s.rule.Client == "":
		return "true"
	case s.rule.Client == "client_id":
		return s.visibleOfClient(seen)
	}
	return `EXISTS (
        SELECT 1
        FROM ` + s.rule.Table + ` r
        JOIN cases c ON ` + of + `
        WHERE r.id = e.source_id AND ` + seen.SQL + ` AND ` + table.class(seen) + `)`
}

// visibleOfClient is visible for records of clients: whoever sees one sees every case of
// its client; where there is none, every case there is. What waits for its erasure is
// nobody's to see.
func (s source) visibleOfClient(seen access.Filter) string {
	class := recordTables[s.rule.Table].class(seen)
	without, restricted := `EXISTS (SELECT 1 FROM cases c WHERE c.client_id = r.client_id)`, "k.restricted = 1"
	if seen.Suspects != "" {
		without = class
	}
	if seen.SQL == access.Everything().SQL {
		without, restricted = "true", "false"
	}
	return `EXISTS (
        SELECT 1
        FROM ` + s.rule.Table + ` r
        WHERE r.id = e.source_id AND (r.client_id IS NULL OR ` + without + `
            AND NOT EXISTS (SELECT 1 FROM clients k WHERE k.id = r.client_id AND ` + restricted + `)
            AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.client_id = r.client_id AND (` + seen.SQL + ` AND ` + class + `) IS NOT TRUE)))`
}

// readable are the events whose code somebody may see.
func (s source) readable(seen access.Filter) some { return some{s.visible(seen), seen.Into(nil)} }

// corrected are the events that somebody may see, and those whose record is gone.
func (s source) corrected(seen access.Filter) some {
	return some{`(` + s.visible(seen) + ` OR NOT EXISTS (SELECT 1 FROM ` + s.rule.Table + ` r WHERE r.id = e.source_id))`, seen.Into(nil)}
}

// args gives a source's statements their parameters.
func (s source) args(currency string, more sqlite.Args) sqlite.Args {
	args := sqlite.Args{"set": s.set.Number}
	if s.rule.Currency != "" {
		args["currency"] = currency
	}
	for k, v := range more {
		args[k] = v
	}
	return args
}
