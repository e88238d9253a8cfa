package imports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"casehub/adapters"
	"casehub/internal/text"
)

// SourceSettings reads a file that has nothing of a mapping but "source", or the
// settings of a source alone: what it takes to open one before there is a mapping.
func SourceSettings(b []byte) (*Mapping, error) {
	doc, err := document(b)
	if err != nil {
		return nil, err
	}
	all, err := entries(doc, "a source", nil)
	if err != nil {
		return nil, err
	}
	p := &mappingReader{Mapping: &Mapping{}}
	n := doc
	for _, e := range all {
		if e.key == "source" {
			n = e.value
		}
	}
	return p.Mapping, p.readSource(n)
}

// Sampled is a table of a source as somebody sees it who makes a mapping.
type Sampled struct {
	adapters.Stream
	// Values are the words of columns with few of them, most frequent first, by
	// column: what may be code lists. Each stands in at least fiveRows rows.
	Values map[string][]string
	// Seldom is how many more words such a column has.
	Seldom map[string]int
	// Suggested are guesses for the columns.
	Suggested []Suggestion
	// Days is what the values of a column say of days, by column.
	Days map[string]*dayFacts
	// Keyed is true where the source itself gives every record a key.
	Keyed bool
}

// Limits of what is looked at before there is a mapping.
const (
	sampleRows    = 5000
	fewValues     = 30
	longestWord   = 60
	rowsForAValue = 4 // a code list has at least so many rows for each of its words
	fiveRows      = 5 // a word of fewer may be about somebody who is known by it
)

var errEnough = errors.New("enough was looked at")

// Sample describes the tables of a source, with the words of the columns that look
// like code lists.
func Sample(ctx context.Context, src adapters.Source) ([]Sampled, error) {
	if err := src.Check(ctx); err != nil {
		return nil, fmt.Errorf("checking the source: %w", err)
	}
	cat, err := src.Discover(ctx)
	if err != nil {
		return nil, fmt.Errorf("describing the source: %w", err)
	}
	var all []Sampled
	for _, st := range cat.Streams {
		lists, days, keyed, err := listsIn(ctx, src, st)
		if err != nil {
			return nil, err
		}
		s := Sampled{Stream: st, Keyed: keyed, Values: map[string][]string{}, Seldom: map[string]int{}}
		for column, words := range lists {
			often := maps.Clone(words)
			maps.DeleteFunc(often, func(_ string, rows int) bool { return rows < fiveRows })
			s.Values[column], s.Seldom[column] = byFrequency(often), len(words)-len(often)
		}
		s.Days = days
		s.Suggested = Suggest(st)
		all = append(all, s)
	}
	return all, nil
}

// byFrequency orders words by the rows that they stand in.
func byFrequency(words map[string]int) []string {
	return slices.SortedFunc(maps.Keys(words), func(a, b string) int { return cmp.Or(words[b]-words[a], strings.Compare(a, b)) })
}

// listsIn reads the first rows of a table and returns, by column, the words of its
// code lists with the rows that each stands in, what its values say of days, and whether
// every row has a key.
func listsIn(ctx context.Context, src adapters.Source, st adapters.Stream) (lists map[string]map[string]int, days map[string]*dayFacts, keyed bool, err error) {
	keyed, days = true, map[string]*dayFacts{}
	seen := map[string]map[string]int{}
	filled := map[string]int{}
	rows := 0
	err = src.Read(ctx, st.Name, "", func(rec adapters.Record) error {
		if rows++; rows > sampleRows {
			return errEnough
		}
		if rec.Skip != "" || rec.Header == nil {
			return nil
		}
		keyed = keyed && rec.Key != ""
		for i, name := range rec.Header.Names() {
			v := rec.At(i)
			s := text.Clean(asText(v))
			if isNull(v) || s == "" {
				continue
			}
			filled[name]++
			look(days, name, s, v.Kind)
			words := seen[name]
			if words == nil {
				words = map[string]int{}
				seen[name] = words
			}
			if len(words) <= fewValues {
				words[s]++
			}
		}
		return nil
	}, func(adapters.Cursor) error { return ctx.Err() })
	if err != nil && !errors.Is(err, errEnough) {
		return nil, nil, false, fmt.Errorf("reading the table %s: %w", st.Name, err)
	}
	maps.DeleteFunc(seen, func(name string, words map[string]int) bool { return !isCodeList(words, filled[name]) })
	return seen, days, keyed && rows > 0, nil
}

// isCodeList reports whether some words are few and come again and again. Names,
// numbers and days do not.
func isCodeList(words map[string]int, filled int) bool {
	if len(words) > fewValues || filled < rowsForAValue*len(words) || filled < 2*rowsForAValue {
		return false
	}
	for w := range words {
		if len([]rune(w)) > longestWord || strings.Count(w, " ") > 6 {
			return false
		}
	}
	return true
}

// Draft writes a first mapping for a source, with what could be guessed. What a
// person must decide is marked, and a mapping with such a mark is refused. The
// settings of the source are taken over as they are.
func Draft(name string, source *Mapping, tables []Sampled) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# A draft. Decide what is marked TODO, take out what is wrong, then try it with --dry-run.\n")
	fmt.Fprintf(&b, "mapping: %s/1\ninstance: TODO one short name for this one source, as cape-town-register\nsource:\n%s\n", draftName(name), indented(source.source.String()))
	fmt.Fprintf(&b, "defaults: {date_order: %s, currency: TODO, locale: TODO%s}\nlimits: {failed_share: 0.2}\nunmapped: keep_as_legacy_json\nstreams:\n", orderOf(tables), zoneOf(tables))
	for i, t := range tables {
		if len(t.Fields) == 0 || t.Hidden || len(tables) > 1 && !t.tells() {
			fmt.Fprintf(&b, "  # The table %s: %d columns, nothing guessed.\n", quoted(t.Name), len(t.Fields))
			continue
		}
		t.draft(&b, i, len(tables) > 1 || !slices.Contains(withTables, source.SourceType))
	}
	return []byte(b.String())
}

// tells reports a table, one of several, that seems to hold people or cases: two things
// of a person, or what ends or tells apart cases.
func (t Sampled) tells() bool {
	person := 0
	for _, s := range t.Suggested {
		switch {
		case s.Target == toClient:
			person++
		case s.Field == "case_type" || s.Field == "outcome" || s.Field == "closed_on" || s.Field == "amount" || s.Field == "destination":
			return true
		}
	}
	return person > 1
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

// draft writes the streams that a table seems to make.
func (t Sampled) draft(b *strings.Builder, n int, named bool) {
	by := map[string][]Suggestion{}
	for _, s := range t.Suggested {
		by[s.Target] = append(by[s.Target], s)
	}
	key := "TODO the column that tells one row from all others, or content"
	for _, f := range t.Fields {
		if f.Key {
			key = quoted(f.Name)
			break
		}
	}
	if t.Keyed {
		key = strconv.Quote("@key")
	}
	suffix := ""
	if n > 0 {
		suffix = "-" + strconv.Itoa(n+1)
	}
	isCase := len(by[toCase]) > 1 || len(by[toClient]) == 0
	for _, to := range []string{toClient, toCase, toReferral, toRecovery} {
		if len(by[to]) == 0 && !(to == toClient && isCase) && !(to == toCase && isCase) || to != toClient && !isCase {
			continue
		}
		fmt.Fprintf(b, "  %s%s:\n", to, suffix)
		if named {
			fmt.Fprintf(b, "    from: %s\n", quoted(t.Name))
		}
		fmt.Fprintf(b, "    to: %s\n    key: %s\n", to, key)
		if to == toClient && isCase {
			fmt.Fprintf(b, "    only_with: %s%s\n", toCase, suffix)
		}
		b.WriteString("    fields:\n")
		t.fields(b, to, suffix, by[to])
	}
	t.rest(b)
}

// fields writes the fields of one stream: the guessed ones, and those that must be
// there.
func (t Sampled) fields(b *strings.Builder, to, suffix string, guessed []Suggestion) {
	target := targetNamed(to)
	written := 0
	closes := slices.ContainsFunc(guessed, func(s Suggestion) bool { return s.Field == "closed_on" })
	for _, f := range target.fields {
		at := slices.IndexFunc(guessed, func(s Suggestion) bool { return s.Field == f.name })
		needed := f.required || closes && f.name == "outcome"
		if at < 0 && !needed || f.name == "outcome" && !closes {
			continue
		}
		column := "TODO which column"
		if at >= 0 {
			column = quoted(guessed[at].Column)
		}
		written++
		switch {
		case f.kind == asReference:
			fmt.Fprintf(b, "      %s: {ref: %s%s}\n", f.name, f.target, suffix)
		case f.kind == asCode || f.kind == asWord:
			t.codes(b, f, column, at, guessed)
		case f.name == "phones":
			fmt.Fprintf(b, "      %s: {col: %s, fn: [{split: \"[/;]\"}, phone]}\n", f.name, column)
		case f.name == "id_number":
			fmt.Fprintf(b, "      %s: {col: %s, fn: [id_number]}\n", f.name, column)
		case f.kind == asDay && at >= 0:
			fmt.Fprintf(b, "      %s: %s\n", f.name, t.Days[guessed[at].Column].way().guess(column))
		default:
			fmt.Fprintf(b, "      %s: %s\n", f.name, column)
		}
	}
	if written == 0 {
		fmt.Fprintf(b, "      TODO: the columns of a %s\n", to)
	}
}

// codes writes a field whose words are to be translated, with those that the source
// has.
func (t Sampled) codes(b *strings.Builder, f field, column string, at int, guessed []Suggestion) {
	if at < 0 {
		fmt.Fprintf(b, "      %s: {const: TODO a number of the list %s}\n", f.name, cmp.Or(f.list, f.name))
		return
	}
	from := guessed[at].Column
	words := t.Values[from]
	fmt.Fprintf(b, "      %s:\n        col: %s\n        unknown: %s\n        codes:", f.name, column, map[bool]string{true: "quarantine", false: "report"}[f.required])
	if len(words) == 0 {
		b.WriteString(" {TODO: its words, each with a number of the list " + cmp.Or(f.list, f.name) + "}\n")
		return
	}
	b.WriteByte('\n')
	for _, w := range words {
		fmt.Fprintf(b, "          %s: %s\n", strconv.Quote(w), cmp.Or(usualWord(f, w), todo))
	}
	if n := t.Seldom[from]; n > 0 {
		fmt.Fprintf(b, "          # %d more in fewer than %d rows each\n", n, fiveRows)
	}
}

// usualWord translates the words that mean the same everywhere. M is not among them:
// it is male in English and mujer, a woman, in Spanish.
func usualWord(f field, word string) string {
	if f.name != "sex" {
		return ""
	}
	return map[string]string{
		"f": "female", "female": "female", "woman": "female", "femenino": "female", "mujer": "female", "feminino": "female", "vroulik": "female",
		"male": "male", "man": "male", "masculino": "male", "hombre": "male", "manlik": "male",
		"femme": "female", "feminin": "female", "mulher": "female", "homme": "male", "masculin": "male", "homem": "male",
	}[plainName(word)]
}

var kindNames = map[adapters.Kind]string{
	adapters.Text: "text", adapters.Number: "numbers", adapters.Date: "days", adapters.Bool: "yes or no", adapters.Bad: "errors",
}

// rest lists the columns that nothing was guessed for, without their words: they may
// be names.
func (t Sampled) rest(b *strings.Builder) {
	for _, f := range t.Fields {
		if slices.ContainsFunc(t.Suggested, func(s Suggestion) bool { return s.Column == f.Name }) {
			continue
		}
		label := ""
		if f.Label != "" && f.Label != f.Name {
			label = ", " + strings.Join(strings.Fields(f.Label), " ")
		}
		fmt.Fprintf(b, "  # kept as it is: %s (%s, %d filled, %d different%s)\n", quoted(f.Name), kindNames[f.Kind], f.Filled, f.Distinct, label)
	}
}
