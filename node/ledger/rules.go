package ledger

import (
	"bytes"
	_ "embed" // the rules are part of the program
	"encoding/json"
	"fmt"
	"slices"

	"casehub/internal/codelist"
	"casehub/node/access"
)

//go:embed rules.json
var rulesJSON []byte

// Rules say when a record counts, in which month, as what and of whom. They are
// data: a version of them is a version of what a number means, and every release
// names it.
type Rules struct {
	Version uint32 `json:"version"`
	Rules   []Rule `json:"rules"`
}

// Rule is how the events of one measure follow from the records of one table.
type Rule struct {
	// DataSet is the name of the measure in the plan.
	DataSet string `json:"data_set"`
	Table   string `json:"table"`
	// Day is the column of the day that decides the month, and Code that of the leaf
	// of the measure's list. A record without one of them does not count.
	Day  string `json:"day"`
	Code string `json:"code"`
	// Client is the column by which a record knows whose it is: client_id, or case_id
	// where it belongs to a case. "" is for records of nobody, such as an activity:
	// each counts as somebody else.
	Client string `json:"client"`
	// Anybody says that records without a client count too, each as somebody else.
	Anybody bool `json:"anybody"`
	// Amount and Currency are columns of tables with money. An amount in another
	// currency than the office's does not count.
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	// Weight is the column of how many a record counts for; "" for one.
	Weight string `json:"weight"`
	// Where are conditions that all have to hold.
	Where []Condition `json:"where"`
	// Label says when it counts.
	codelist.Label
}

// Condition is a condition on a column: that it is a word of the program's own.
type Condition struct {
	Column string `json:"column"`
	Is     string `json:"is"`
}

// recordTable is a table that events may follow from. Nothing else of it can stand
// in a rule.
type recordTable struct {
	// columns are those that a rule may name, and words what a condition may ask for.
	columns, words []string
	// class is what of a case, or of all cases of a client, somebody has to be allowed to
	// read to see its code; nil where records tell of nobody.
	class func(access.Filter) string
}

// recordTables are the tables that events follow from.
var recordTables = map[string]recordTable{
	"cases": {
		columns: []string{"opened_on", "closed_on", "case_type", "outcome", "client_id", "status"},
		words:   []string{"open", "closed"},
		class:   func(f access.Filter) string { return f.Class(access.Sensitive) },
	},
	"referrals":  {columns: []string{"referred_on", "destination", "result_on", "result", "case_id"}, class: narrative},
	"recoveries": {columns: []string{"received_on", "kind", "case_id", "amount_minor", "currency"}, class: func(f access.Filter) string { return f.Class(access.Finance) }},

	"consultations":  {columns: []string{"held_on", "case_type", "client_id"}, class: anything},
	"services":       {columns: []string{"given_on", "kind", "client_id"}, class: anything},
	"turn_aways":     {columns: []string{"came_on", "reason", "client_id"}, class: func(access.Filter) string { return "true" }},
	"complaints":     {columns: []string{"filed_on", "institution", "case_id"}, class: narrative},
	"activities":     {columns: []string{"held_on", "kind", "participants"}},
	"surveys":        {columns: []string{"answered_on", "rating", "case_id"}, class: narrative},
	"quality_checks": {columns: []string{"checked_on", "result", "case_id"}, class: narrative},
}

func narrative(f access.Filter) string { return f.Class(access.Narrative) }

// anything is for records that may be about anything sensitive whatever the cases of
// their client are.
func anything(f access.Filter) string {
	if f.Always(access.Sensitive) {
		return "true"
	}
	return "false"
}

// EventRules returns the rules that this program was built with. It panics when
// these do not hold together, which a test rules out.
func EventRules() Rules {
	r, err := ParseRules(rulesJSON)
	if err != nil {
		panic(err)
	}
	return r
}

// ParseRules reads rules. Unknown keys, tables, columns and words are errors, as
// are a measure without a label and one that stands twice: what is written here
// becomes part of statements.
func ParseRules(b []byte) (Rules, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var r Rules
	if err := d.Decode(&r); err != nil {
		return Rules{}, fmt.Errorf("reading the event rules: %w", err)
	}
	seen := map[string]bool{}
	for _, rule := range r.Rules {
		if seen[rule.DataSet] || !rule.holds() {
			return Rules{}, fmt.Errorf("reading the event rules: that of %q does not hold together", rule.DataSet)
		}
		seen[rule.DataSet] = true
	}
	if r.Version == 0 || r.Version > 9999 {
		return Rules{}, fmt.Errorf("reading the event rules: version %d", r.Version)
	}
	return r, nil
}

// holds reports whether everything that a rule names is known.
func (r Rule) holds() bool {
	table, ok := recordTables[r.Table]
	if !ok || r.DataSet == "" || r.Day == "" || r.Code == "" || r.En == "" || r.Es == "" || (r.Amount == "") != (r.Currency == "") {
		return false
	}
	if r.Client != "" && r.Client != "client_id" && r.Client != "case_id" || r.Anybody && r.Client != "client_id" {
		return false
	}
	for _, column := range []string{r.Day, r.Code, r.Client, r.Amount, r.Currency, r.Weight} {
		if column != "" && !slices.Contains(table.columns, column) {
			return false
		}
	}
	for _, c := range r.Where {
		if !slices.Contains(table.columns, c.Column) || !slices.Contains(table.words, c.Is) {
			return false
		}
	}
	return true
}

// Of returns the rule of a measure.
func (r Rules) Of(set codelist.DataSet) (Rule, bool) {
	i := slices.IndexFunc(r.Rules, func(rule Rule) bool { return rule.DataSet == set.Name })
	if i < 0 {
		return Rule{}, false
	}
	return r.Rules[i], true
}
