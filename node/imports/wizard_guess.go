package imports

import (
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/internal/codelist"
)

// Guess is what a column may be, and why.
type Guess struct {
	Choice string // "target.field"
	// Why is "name" where the column is called so, "like" where its name has such a
	// word, and "values" where what stands in it says so.
	Why string
}

// Guesses returns what the columns of a table may be: by their names, and where these
// say nothing by their words.
func Guesses(t Table, reg *codelist.Registry) map[string]Guess {
	all := map[string]Guess{}
	taken := map[string]bool{}
	for _, s := range Suggest(t.Stream) {
		why := "like"
		if s.Exact {
			why = "name"
		}
		choice := s.Target + "." + s.Field
		if choice == toClient+".surname" && commas(t.Samples[s.Column]) {
			choice = comma
		}
		all[s.Column], taken[choice] = Guess{choice, why}, true
	}
	for _, f := range t.Fields {
		if _, ok := all[f.Name]; ok || len(t.Words[f.Name]) < 2 {
			continue
		}
		for _, choice := range []string{toClient + ".sex", toCase + ".case_type", toCase + ".outcome", toReferral + ".destination"} {
			if !taken[choice] && mostlyKnown(t.Words[f.Name], fieldOf(choice), reg) {
				all[f.Name], taken[choice] = Guess{choice, "values"}, true
				break
			}
		}
	}
	if !slices.ContainsFunc(t.Fields, func(f adapters.Field) bool { return all[f.Name].Choice == toCase+".closed_on" }) {
		for name, g := range all {
			if g.Choice == toCase+".outcome" { // without the day it ended nothing has an outcome
				delete(all, name)
			}
		}
	}
	return all
}

// commas reports names that are written "Surname, Names".
func commas(samples []string) bool {
	n := 0
	for _, s := range samples {
		if before, after, ok := strings.Cut(s, ","); ok && strings.TrimSpace(before) != "" && strings.TrimSpace(after) != "" {
			n++
		}
	}
	return n > 0 && 2*n >= len(samples)
}

// mostlyKnown reports words of which at least half mean something to a field.
func mostlyKnown(words []string, f *field, reg *codelist.Registry) bool {
	n := 0
	for _, w := range words {
		if guessWord(*f, w, reg) != "" {
			n++
		}
	}
	return n > 0 && 2*n >= len(words)
}
