package imports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	// Papers is the share of the records that have documents, from 0 to 1.
	Papers float64
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
		g, err := listsIn(ctx, src, st)
		if err != nil {
			return nil, err
		}
		s := Sampled{Stream: st, Keyed: g.keyed, Papers: g.papers, Values: map[string][]string{}, Seldom: map[string]int{}}
		for column, words := range g.lists {
			often := maps.Clone(words)
			maps.DeleteFunc(often, func(_ string, rows int) bool { return rows < fiveRows })
			s.Values[column], s.Seldom[column] = byFrequency(often), len(words)-len(often)
		}
		s.Days = g.days
		s.Suggested = Suggest(st)
		all = append(all, s)
	}
	return all, nil
}

// byFrequency orders words by the rows that they stand in.
func byFrequency(words map[string]int) []string {
	return slices.SortedFunc(maps.Keys(words), func(a, b string) int { return cmp.Or(words[b]-words[a], strings.Compare(a, b)) })
}

// firstLook is what the first rows of a table show.
type firstLook struct {
	lists  map[string]map[string]int // words of code lists with the rows that each stands in, by column
	days   map[string]*dayFacts      // what values say of days, by column
	keyed  bool                      // every row has a key
	papers float64                   // share of the rows that have documents
}

// listsIn reads the first rows of a table.
func listsIn(ctx context.Context, src adapters.Source, st adapters.Stream) (firstLook, error) {
	g := firstLook{lists: map[string]map[string]int{}, days: map[string]*dayFacts{}, keyed: true}
	filled := map[string]int{}
	rows, full, papers := 0, 0, 0
	err := src.Read(ctx, st.Name, "", func(rec adapters.Record) error {
		if rows++; rows > sampleRows {
			return errEnough
		}
		if rec.Skip != "" || rec.Header == nil {
			return nil
		}
		full++
		if len(rec.Documents) > 0 {
			papers++
		}
		g.keyed = g.keyed && rec.Key != ""
		for i, name := range rec.Header.Names() {
			v := rec.At(i)
			s := text.Clean(asText(v))
			if isNull(v) || s == "" {
				continue
			}
			filled[name]++
			look(g.days, name, s, v.Kind)
			words := g.lists[name]
			if words == nil {
				words = map[string]int{}
				g.lists[name] = words
			}
			if len(words) <= fewValues {
				words[s]++
			}
		}
		return nil
	}, func(adapters.Cursor) error { return ctx.Err() })
	if err != nil && !errors.Is(err, errEnough) {
		return firstLook{}, fmt.Errorf("reading the table %s: %w", st.Name, err)
	}
	maps.DeleteFunc(g.lists, func(name string, words map[string]int) bool { return !isCodeList(words, filled[name]) })
	g.keyed = g.keyed && rows > 0
	g.papers = float64(papers) / float64(max(full, 1))
	return g, nil
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
