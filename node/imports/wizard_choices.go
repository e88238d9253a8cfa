package imports

import (
	"slices"
	"strings"
)

// Choices are what somebody decided by pointing. They are personal data: words of code
// lists stand in them.
type Choices struct {
	// Revision counts the changes, and is the version of the mapping.
	Revision int `json:"revision,omitempty"`
	// Instance is the short name of this one source.
	Instance string `json:"instance,omitempty"`
	// DateOrder is dmy, mdy or ymd, Currency and Decimal how amounts are written,
	// Region whose telephone numbers have no country; "" while nobody said.
	DateOrder string `json:"date_order,omitempty"`
	Currency  string `json:"currency,omitempty"`
	Decimal   string `json:"decimal,omitempty"` // "comma" or "point"
	Region    string `json:"region,omitempty"`
	// Timezone of the office, where moments become days; "" where it has no name.
	Timezone string `json:"timezone,omitempty"`

	Tables []TableChoice `json:"tables,omitempty"`
}

// TableChoice is what was decided of one table.
type TableChoice struct {
	Name string `json:"name"` // as the source calls it before anything is declared
	Use  bool   `json:"use"`
	// How a file is read; "" and none for what was found.
	Sheet      string `json:"sheet,omitempty"`
	File       string `json:"file,omitempty"`
	Encoding   string `json:"encoding,omitempty"`
	Delimiter  string `json:"delimiter,omitempty"`
	HeaderRows []int  `json:"header_rows,omitempty"`
	// Columns say what each column becomes: "target.field", with "@table" behind it
	// for a record of another table and "@find" for a case that is here already;
	// Keep or LeaveOut. A column that is not there was not decided on.
	Columns map[string]string `json:"columns,omitempty"`
	// Days says how the days of a column are read that do not say so themselves, by
	// column.
	Days map[string]dayWay `json:"days,omitempty"`
	// Order of the columns in the source.
	Order []string `json:"order,omitempty"`
	// Key is the column that tells rows apart, OwnKey for the source's own, "" for
	// the content of the row; Client is that of clients, "" for the same.
	Key    string `json:"key,omitempty"`
	Client string `json:"client,omitempty"`
	// Fixed fills fields that no column was pointed to, by "target.field": "=" and a
	// value for all rows, or another use of a column.
	Fixed map[string]string `json:"fixed,omitempty"`
	// Nameless says that clients stand in the table without a name.
	Nameless bool `json:"nameless,omitempty"`
	// Codes by "target.field".
	Codes map[string]CodeChoice `json:"codes,omitempty"`
}

// What a column can become beside a field.
const (
	Keep     = "keep"
	LeaveOut = "leave-out"
	OwnKey   = "@key"
)

// CodeChoice is what the words of a column mean.
type CodeChoice struct {
	// Column that the words are of: another one has other words.
	Column string `json:"column"`
	// Words by what was chosen: a value, or "" for none. A word that is not there is
	// one of the others.
	Words map[string]string `json:"words,omitempty"`
	// Others is what becomes of all other words: quarantine or report; "" while
	// nobody said.
	Others string `json:"others,omitempty"`
	// Empty is the value where the column is empty, "" for none.
	Empty string `json:"empty,omitempty"`
}

// comma says that a name is written with the surname first, "Surname, Names".
const comma = toClient + ".whole_name"

// pointed are the targets that can be pointed to, in the order of the page.
var pointed = []string{toClient, toCase, toConsultation, toReferral, toRecovery, toComplaint, toService, toVisit, toTurnAway, toActivity, toSurvey}

// shows are the fields by which a row shows that it makes a record of a target, where
// it makes others beside it.
var shows = map[string][]string{
	toConsultation: {"held_on"}, toReferral: {"destination", "referred_on"}, toRecovery: {"amount"}, toComplaint: {"institution", "filed_on"},
	toService: {"kind", "given_on"}, toVisit: {"held_on"}, toTurnAway: {"reason", "came_on"}, toActivity: {"kind", "participants"}, toSurvey: {"rating"},
}

// cutChoice returns the target, the field and what stands behind them of a choice.
func cutChoice(choice string) (target, field, of string) {
	choice, of, _ = strings.Cut(choice, "@")
	target, field, _ = strings.Cut(choice, ".")
	return target, field, of
}

// fieldOf returns the field of a choice, nil for none.
func fieldOf(choice string) *field {
	target, name, _ := cutChoice(choice)
	t := targetNamed(target)
	if t == nil {
		return nil
	}
	if i := t.index(name); i >= 0 && t.fields[i].kind != asDerived {
		return &t.fields[i]
	}
	return nil
}

// columnOf returns the column that fills a field and what stands behind the choice.
func (t TableChoice) columnOf(choice string) (column, of string) {
	for _, c := range t.Order {
		target, name, where := cutChoice(t.Columns[c])
		if target+"."+name == choice {
			return c, where
		}
	}
	if fixed, ok := t.Fixed[choice]; ok && fixed != "" && !strings.HasPrefix(fixed, "=") && slices.Contains(t.Order, fixed) {
		return fixed, ""
	}
	if choice == toClient+".surname" || choice == toClient+".given_names" {
		if c, _ := t.columnOf(comma); c != "" {
			return c, "comma"
		}
	}
	return "", ""
}

// fixedOf returns the value that a field has in all rows, "" for none.
func (t TableChoice) fixedOf(choice string) string {
	if v, ok := strings.CutPrefix(t.Fixed[choice], "="); ok {
		return v
	}
	return ""
}

// fills reports whether a field has a column or a value.
func (t TableChoice) fills(choice string) bool {
	c, _ := t.columnOf(choice)
	return c != "" || t.fixedOf(choice) != ""
}

// makes lists the targets of which a row of the table makes records, in the order of
// the page. A case without a column of its client makes that, too.
func (t TableChoice) makes() []string {
	has := map[string]bool{}
	for _, c := range t.Order {
		if target, name, of := cutChoice(t.Columns[c]); name != "" && targetNamed(target) != nil {
			if f := fieldOf(t.Columns[c]); f == nil || f.kind != asReference || of != "" {
				has[target] = true
			}
		}
	}
	for _, target := range []string{toCase, toConsultation} {
		if _, of := t.columnOf(target + ".client"); has[target] && of == "" && !(target == toConsultation && has[toClient]) {
			has[toClient] = true
		}
	}
	var all []string
	for _, target := range pointed {
		if has[target] {
			all = append(all, target)
		}
	}
	return all
}

// Undecided is something that has to be decided before there is a mapping. Field is
// "target.field", or one of the words below for what concerns more than a field.
type Undecided struct {
	Table int
	Field string
}

// What can be undecided beside fields.
const (
	openNothing  = "nothing"  // no column was pointed to anything
	openName     = "name"     // a client without a name
	openDates    = "dates"    // the order of day and month
	openAmounts  = "amounts"  // the currency, and what stands before the cents
	openInstance = "instance" // the name of the source
	openTwice    = "twice"    // a field has two columns
	openWords    = "words"    // words of a code list
)

// openColumns lists what is undecided on the page of the columns.
func (c Choices) openColumns() []Undecided {
	var all []Undecided
	if !shortName.MatchString(c.Instance) {
		all = append(all, Undecided{-1, openInstance})
	}
	used, days, money := false, false, false
	for i, t := range c.Tables {
		if !t.Use {
			continue
		}
		makes := t.makes()
		used = used || len(makes) > 0
		all = append(all, t.openFields(i, makes)...)
		for _, column := range t.Order {
			f := fieldOf(t.Columns[column])
			days = days || f != nil && f.kind == asDay
			money = money || f != nil && f.kind == asMoney
		}
	}
	if !used {
		all = append(all, Undecided{-1, openNothing})
	}
	if days && c.DateOrder == "" {
		all = append(all, Undecided{-1, openDates})
	}
	if money && (c.Currency == "" || c.Decimal == "") {
		all = append(all, Undecided{-1, openAmounts})
	}
	return all
}

// openFields lists what is undecided of a table.
func (t TableChoice) openFields(at int, makes []string) []Undecided {
	var all []Undecided
	seen := map[string]bool{}
	for _, c := range t.Order {
		target, name, _ := cutChoice(t.Columns[c])
		if choice := target + "." + name; name != "" && seen[choice] {
			all = append(all, Undecided{at, openTwice + ":" + choice})
		} else {
			seen[choice] = true
		}
	}
	for _, target := range makes {
		for _, f := range targetNamed(target).fields {
			if choice := target + "." + f.name; t.needs(target, f, makes) && !t.fills(choice) {
				all = append(all, Undecided{at, choice})
			}
		}
		if target == toClient && !t.Nameless && !t.fills(toClient+".surname") && !t.fills(toClient+".given_names") {
			all = append(all, Undecided{at, openName})
		}
	}
	return all
}

// needs reports whether a field must be filled by hand.
func (t TableChoice) needs(target string, f field, makes []string) bool {
	switch {
	case f.kind == asReference && slices.Contains(makes, f.target):
		return false
	case target == toCase && (f.name == "closed_on" || f.name == "outcome"):
		return t.fills(toCase+".closed_on") != t.fills(toCase+".outcome") || t.Fixed[toCase+"."+f.name] != ""
	case target == toService && f.name == "case":
		return !slices.Contains(makes, toConsultation)
	}
	return f.required
}

// wordy lists the fields of a table whose column has words to be translated.
func (t TableChoice) wordy() []string {
	var all []string
	for _, target := range t.makes() {
		for _, f := range targetNamed(target).fields {
			choice := target + "." + f.name
			if c, _ := t.columnOf(choice); c != "" && (f.kind == asCode || f.kind == asWord) {
				all = append(all, choice)
			}
		}
	}
	return all
}

// open lists everything that is undecided.
func (c Choices) open() []Undecided {
	all := c.openColumns()
	for i, t := range c.Tables {
		if !t.Use {
			continue
		}
		for _, choice := range t.wordy() {
			if column, _ := t.columnOf(choice); t.Codes[choice].Column != column || t.Codes[choice].Others == "" {
				all = append(all, Undecided{i, openWords + ":" + choice})
			}
		}
	}
	return all
}
