package imports

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"casehub/adapters"
	"casehub/internal/codelist"
)

// Draft writes a first mapping for a source, with what could be guessed. What a
// person must decide is marked, and a mapping with such a mark is refused. The
// settings of the source are taken over as they are. The words of code lists are compared
// with the labels of the registry: one that is called so has its number, one that is only
// like it is marked with what it may be.
func Draft(name string, source *Mapping, tables []Sampled, reg *codelist.Registry) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# A draft. Decide what is marked TODO, take out what is wrong, then try it with --dry-run.\n")
	fmt.Fprintf(&b, "mapping: %s/1\ninstance: TODO one short name for this one source, as cape-town-register\nsource:\n%s\n", draftName(name), indented(source.source.String()))
	fmt.Fprintf(&b, "defaults: {date_order: %s, currency: TODO, locale: TODO%s}\nlimits: {failed_share: 0.2}\nunmapped: keep_as_legacy_json\nstreams:\n", orderOf(tables), zoneOf(tables))
	var all []*drafting
	n := 0
	for _, t := range tables {
		if len(tables) == 1 {
			t.Papers = 0 // what a document is about stands nowhere else
		}
		d := &drafting{Sampled: t, out: &b, reg: reg, written: map[string]bool{}, silent: len(t.Fields) == 0 || t.Hidden || len(tables) > 1 && !t.tells()}
		if !d.silent {
			n++
		}
		if n > 1 {
			d.suffix = "-" + strconv.Itoa(n)
		}
		all = append(all, d)
	}
	point(all)
	for _, d := range all {
		if d.silent {
			fmt.Fprintf(&b, "  # The table %s: %d columns, nothing guessed.\n", quoted(d.Name), len(d.Fields))
			continue
		}
		if d.papers() {
			d.documents(all)
			continue
		}
		d.streams(len(tables) > 1 || !slices.Contains(withTables, source.SourceType))
	}
	return []byte(b.String())
}

// tells reports a table, one of several, that seems to hold clients, cases or documents: two
// things of a person who is none of the others, or what ends or tells apart cases.
func (t Sampled) tells() bool {
	ofCases := []string{"case_type", "outcome", "closed_on", "amount", "destination"}
	return t.papers() || t.people() > 1 && !ofOthers(t.Name) || slices.ContainsFunc(t.Suggested, func(s Suggestion) bool { return s.Target != toClient && slices.Contains(ofCases, s.Field) })
}

// draftName makes a name of a mapping out of that of a file.
func draftName(name string) string {
	s := strings.Trim(strings.ReplaceAll(plainName(name), " ", "-"), "-")
	s = strings.Map(func(r rune) rune {
		if r < 0x80 {
			return r
		}
		return -1
	}, s)
	if s == "" {
		return "draft"
	}
	return s[:min(len(s), 60)]
}

func indented(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ")
}

// quoted returns a text as YAML, as short as can be.
func quoted(s string) string {
	b, err := yaml.Marshal(s)
	if one := strings.TrimRight(string(b), "\n"); err == nil && !strings.Contains(one, "\n") && !strings.ContainsAny(one, "{}[],:#&*?|<>=!%@`") {
		return one
	}
	return strconv.Quote(s)
}

// orderOf returns the order of day and month that all tables agree on.
func orderOf(tables []Sampled) string {
	found := ""
	for _, t := range tables {
		for _, f := range t.Fields {
			switch v := f.DayOrder.Verdict(); {
			case v == "":
			case v != string(dayFirst) && v != string(monFirst), found != "" && found != v:
				return todo
			default:
				found = v
			}
		}
	}
	return cmp.Or(found, string(yrFirst))
}

// drafting writes the streams that a table seems to make.
type drafting struct {
	Sampled
	out     *strings.Builder
	reg     *codelist.Registry
	suffix  string          // of the names of its streams
	written map[string]bool // columns that have their place
	silent  bool            // nothing is guessed for it
	// client is the table in which its clients stand, by the column clientBy; nil where
	// they stand in the rows themselves. pointedBy is the column that others point to.
	client    *drafting
	clientBy  string
	pointedBy string
}

// put writes a line, or a part of one.
func (d *drafting) put(format string, args ...any) { fmt.Fprintf(d.out, format, args...) }

// column returns a column as the draft names it, which then has its place.
func (d *drafting) column(name string) string {
	d.written[name] = true
	return quoted(name)
}

// of returns the column that is suggested for a field, "" for none.
func (d *drafting) of(target, field string) string {
	for _, s := range d.Suggested {
		if s.Target == target && s.Field == field {
			return s.Column
		}
	}
	return ""
}

// cased reports a table with cases in it: it has what only a case has, or nothing of a
// person.
func (d *drafting) cased() bool {
	cases, people := 0, 0
	for _, s := range d.Suggested {
		switch {
		case s.Target == toClient:
			people++
		case s.Target == toReferral, s.Target == toRecovery, s.Field == "case_type", s.Field == "outcome", s.Field == "closed_on":
			return true
		case s.Target == toCase:
			cases++
		}
	}
	return cases > 1 || people == 0
}

func (d *drafting) streams(named bool) {
	key, cased := d.key(), d.cased()
	for _, to := range []string{toClient, toCase, toReferral, toRecovery} {
		has := slices.ContainsFunc(d.Suggested, func(s Suggestion) bool { return s.Target == to })
		if to != toClient && !cased || !has && (to == toReferral || to == toRecovery) || to == toClient && d.client != nil {
			continue
		}
		d.put("  %s%s:\n", to, d.suffix)
		if named {
			d.put("    from: %s\n", quoted(d.Name))
		}
		d.put("    to: %s\n    key: %s\n", to, key)
		if to == toClient && cased {
			d.put("    only_with: %s%s\n", toCase, d.suffix)
		}
		d.when(to)
		d.put("    fields:\n")
		d.fields(to)
	}
	d.rest()
}

// when leaves out the rows that have nothing of a referral or of money.
func (d *drafting) when(to string) {
	for _, w := range []struct{ to, field, reason string }{{toReferral, "destination", "not_referred"}, {toRecovery, "amount", "no_amount"}} {
		if c := d.of(w.to, w.field); w.to == to && c != "" {
			d.put("    when: {col: %s, is: filled, reason: %s}\n", quoted(c), w.reason)
		}
	}
}

// keyWords are words in the names of columns that number records.
var keyWords = strings.Fields("no nr nro num number numero key ref reference referencia code codigo id case file expediente dossier processo matter saak folio registro uuid")

// key names the column that tells one row from the others: never one that does so by
// chance, as the names, days and amounts of a short table do.
func (d *drafting) key() string {
	if d.Keyed {
		return strconv.Quote("@key")
	}
	if d.pointedBy != "" {
		return quoted(d.pointedBy)
	}
	best, most := "", 0
	for _, f := range d.Fields {
		if !f.Key {
			continue
		}
		points := 0
		switch as := d.suggestedAs(f.Name); {
		case as == "legacy_number":
			points = 4
		case as != "" || f.Kind == adapters.Date || f.DayOrder.Days() > 0:
		case slices.ContainsFunc(strings.Fields(plainName(f.Name)), func(w string) bool { return slices.Contains(keyWords, w) }) || strings.ContainsAny(f.Name, "#№"):
			points = 3
		case f.Kind == adapters.Number && f.Distinct > few && f.Name == d.Fields[0].Name:
			points = 1
		}
		if points > most {
			best, most = f.Name, points
		}
	}
	if best == "" {
		return "TODO the column that tells one row from all others, or content"
	}
	return quoted(best)
}

// suggestedAs returns the field that a column is suggested for.
func (d *drafting) suggestedAs(column string) string {
	for _, s := range d.Suggested {
		if s.Column == column {
			return s.Field
		}
	}
	return ""
}

// fields writes the fields of one stream: the guessed ones, and those that must be
// there.
func (d *drafting) fields(to string) {
	written, closes := 0, d.of(to, "closed_on") != ""
	for _, f := range targetNamed(to).fields {
		from := d.of(to, f.name)
		needed := f.required || closes && f.name == "outcome"
		if from == "" && !needed || f.name == "outcome" && !closes {
			continue
		}
		column := "TODO which column"
		if from != "" {
			column = d.column(from)
		}
		written++
		switch {
		case f.kind == asReference && f.target == toClient && d.client != nil:
			d.put("      %s: {ref: {stream: %s%s, columns: [%s]}} # guessed: its values are keys of %s\n", f.name, f.target, d.client.suffix, d.column(d.clientBy), quoted(d.client.Name))
		case f.kind == asReference:
			d.put("      %s: {ref: %s%s}\n", f.name, f.target, d.suffix)
		case f.kind == asCode || f.kind == asWord:
			d.codes(f, column, from)
		case f.name == "phones":
			d.put("      %s: {col: %s, fn: [{split: \"[/;]\"}, phone]}\n", f.name, column)
		case f.name == "id_number":
			d.put("      %s: {col: %s, fn: [id_number]}\n", f.name, column)
		case f.kind == asDay && from != "":
			d.put("      %s: %s\n", f.name, d.Days[from].way().guess(column))
		case f.name == "received_on" || f.name == "referred_on":
			d.put("      %s: %s\n", f.name, d.dayOfCase(column))
		default:
			d.put("      %s: %s\n", f.name, column)
		}
	}
	if written == 0 {
		d.put("      TODO: the columns of a %s\n", to)
	}
}

// dayOfCase is the day of what has none of its own: that on which its case ended, or else
// began.
func (d *drafting) dayOfCase(otherwise string) string {
	var columns []string
	for _, field := range []string{"closed_on", "opened_on"} {
		if c := d.of(toCase, field); c != "" && d.Days[c].way().rule(quoted(c)) == "" {
			columns = append(columns, quoted(c))
		}
	}
	if len(columns) == 0 {
		return otherwise
	}
	return "{cols: [" + strings.Join(columns, ", ") + "]} # guessed: the day of the case, as there is none of its own"
}

// codes writes a field whose words are to be translated, with those that the source
// has.
func (d *drafting) codes(f field, column, from string) {
	if from == "" {
		d.put("      %s: {const: TODO a number of the list %s}\n", f.name, cmp.Or(f.list, f.name))
		return
	}
	words := d.Values[from]
	d.put("      %s:\n        col: %s\n        unknown: %s\n        codes:", f.name, column, map[bool]string{true: "quarantine", false: "report"}[f.required])
	if len(words) == 0 {
		d.put(" {TODO: its words, each with a number of the list %s}\n", cmp.Or(f.list, f.name))
		return
	}
	d.put("\n")
	for _, w := range words {
		d.put("          %s: %s\n", strconv.Quote(w), d.proposed(f, w))
	}
	if n := d.Seldom[from]; n > 0 {
		d.put("          # %d more in fewer than %d rows each\n", n, fiveRows)
	}
}

// proposed returns what a word stands for: the number of what is called so with its label,
// and of what is only like it a mark that a person has to decide.
func (d *drafting) proposed(f field, word string) string {
	value, sure := meantBy(f, word, d.reg)
	switch {
	case value == "":
		return todo
	case f.kind != asCode:
		return value
	}
	label := d.labels(f, value)
	if sure {
		return value + " # " + label
	}
	return todo + " # guess, check this: " + value + " is " + label
}

// labels returns what a number is called in both languages of the registry.
func (d *drafting) labels(f field, value string) string {
	n, err := strconv.ParseUint(value, 10, 32)
	if l := d.reg.List(f.list); err == nil && l != nil {
		if leaf, ok := l.Leaf(codelist.Code(n)); ok {
			return leaf.En + " / " + leaf.Es
		}
	}
	return f.list
}

var kindNames = map[adapters.Kind]string{
	adapters.Text: "text", adapters.Number: "numbers", adapters.Date: "days", adapters.Bool: "yes or no", adapters.Bad: "errors",
}

// rest lists the columns that have no place, without their words: they may be names.
func (d *drafting) rest() {
	for _, f := range d.Fields {
		if d.written[f.Name] {
			continue
		}
		label, kind := "", kindNames[f.Kind]
		if f.Label != "" && f.Label != f.Name {
			label = ", " + strings.Join(strings.Fields(f.Label), " ")
		}
		if order := f.DayOrder.Verdict(); f.Kind == adapters.Text && order != "" {
			kind = "days, " + order
		}
		d.put("  # kept as it is: %s (%s, %d filled, %d different%s)\n", quoted(f.Name), kind, f.Filled, f.Distinct, label)
	}
}
