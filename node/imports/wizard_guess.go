package imports

import (
	"slices"
	"strconv"
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

// guessWord returns the value of a field that a word seems to mean, "" for none. It is
// a guess: a person says yes or no to it.
func guessWord(f field, word string, reg *codelist.Registry) string {
	if v := usualWord(f, word); v != "" {
		return v
	}
	plain := plainName(word)
	if f.kind != asCode || plain == "" {
		return ""
	}
	l := reg.List(f.list)
	if l == nil {
		return ""
	}
	best, score, twice := codelist.Code(0), 0, false
	for _, leaf := range l.Leaves() {
		s := max(likeness(plain, plainName(leaf.En)), likeness(plain, plainName(leaf.Es)))
		for called := range strings.SplitSeq(alsoCalled[uint32(leaf.Code)], "|") {
			if called != "" && contains(plain, called) {
				s = max(s, 50+len(called))
			}
		}
		switch {
		case s > score:
			best, score, twice = leaf.Code, s, false
		case s == score:
			twice = true
		}
	}
	if score == 0 || twice {
		return ""
	}
	return strconv.FormatUint(uint64(best), 10)
}

// likeness says how alike a word and a label are: 0 for not at all, 1000 for the same.
func likeness(word, label string) int {
	switch {
	case word == label:
		return 1000
	case label == "" || word == "":
		return 0
	case contains(label, word), contains(word, label):
		return 80
	}
	same := 0
	for _, w := range strings.Fields(word) {
		for _, l := range strings.Fields(label) {
			if len(w) > 4 && len(l) > 4 && stem(w) == stem(l) {
				same++
			}
		}
	}
	return same * 20
}

// stem returns the beginning of a word, in which its forms agree.
func stem(w string) string {
	r := []rune(w)
	return string(r[:min(len(r), max(5, len(r)-3))])
}

// alsoCalled are words by which registers call a code beside its label, in English and
// Spanish.
var alsoCalled = map[uint32]string{
	1101: "dismissal|dismissed|fired|despido|despedido|despedida", 1102: "wages|salary|unpaid|sueldo|sueldos|salarios|remuneraciones|haberes",
	1104: "uif", 1105: "injury|coida|accidente", 1201: "child support|sassa child", 1202: "old age|vejez|jubilacion", 1203: "disability|discapacidad",
	1205: "pension|provident", 1301: "maintenance|child maintenance|alimentos|asistencia familiar|pension de alimentos", 1302: "custody|guardianship|tenencia|visitas|guarda",
	1303: "divorce|divorcio|separacion", 1304: "estate|estates|inheritance|herencia|sucesion|declaratoria de herederos",
	1401: "domestic violence|gbv|abuse|violencia familiar|violencia intrafamiliar|violencia domestica", 1402: "rape|sexual|violacion", 1601: "eviction|desalojo|desahucio",
	1602: "rent|rental|alquiler|arriendo", 1702: "land claim|land", 1704: "boundary|lindero|linderos", 1801: "debt|debts|deuda|deudas", 1901: "identity document|dni|cedula|carnet|identidad",
	1902: "birth certificate|partida de nacimiento|acta de nacimiento|certificado de nacimiento",
}
