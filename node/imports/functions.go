package imports

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"casehub/adapters"
)

// function is one step on the way from the text of a cell to a value. It never
// looks anywhere but at its input.
type function func(s string) (string, adapters.Code)

// plainFunctions are the functions without parameters.
var plainFunctions = map[string]function{
	"trim":           func(s string) (string, adapters.Code) { return strings.TrimSpace(s), "" },
	"collapse_space": func(s string) (string, adapters.Code) { return strings.Join(strings.Fields(s), " "), "" },
	"upper":          func(s string) (string, adapters.Code) { return strings.ToUpper(s), "" },
	"lower":          func(s string) (string, adapters.Code) { return strings.ToLower(s), "" },
	"phone":          phone,
	"html_text":      htmlText,
	"repair_text":    repairText,
	"id_number":      idNumber(0),
}

// functionNames lists every function, those with parameters as well.
func functionNames() []string {
	all := []string{"date", "money", "split", "part", "replace"}
	for name := range plainFunctions {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// between stands between two telephone numbers.
var between = regexp.MustCompile(`(?i)\s*(?:[/;,|&-]|\b(?:y|o|ou|or|e|et|en|of|and|na|au)\b)\s*`)

// Digits of a telephone number: at most of any in the world, and at least of one that
// stands beside another.
const (
	mostDigits    = 15
	anotherNumber = 7
)

// phones writes the telephone numbers in a text, each on a line, as one writes one. Signs
// between digits part two numbers where each part is long enough for one; what is too long
// for a number stays as it stands.
func phones(s string, one function) (string, adapters.Code) {
	var parts []string
	for line := range strings.SplitSeq(plainDigits(s), "\n") {
		several := between.Split(line, -1)
		if slices.ContainsFunc(several, func(p string) bool { return countDigits(p) < anotherNumber }) {
			several = []string{line}
		}
		parts = append(parts, several...)
	}
	var lines []string
	for _, p := range parts {
		if countDigits(p) > mostDigits {
			lines = append(lines, strings.Join(strings.Fields(p), " "))
			continue
		}
		line, code := one(p)
		if code != "" {
			return "", code
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n"), ""
}

func countDigits(s string) (n int) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// noPhone are words by which people say that there is no telephone.
var noPhone = map[string]bool{
	"no": true, "none": true, "n a": true, "na": true, "nil": true, "s n": true, "no tiene": true, "ninguno": true, "sin telefono": true, "sin": true, "aucun": true,
	"nao tem": true, "nenhum": true, "geen": true, "hakuna": true, "tel": true, "cel": true, "cell": true,
}

// spoken returns the columns of telephone numbers in which more stands than numbers:
// whose they are, when to call, a number too short to be one. Nothing of that may be lost.
func spoken(columns []string, rec *row, numbers string) []string {
	var all []string
	for _, c := range columns {
		v := rec.value(c)
		if isNull(v) {
			continue
		}
		s := plainDigits(asText(v))
		words := strings.TrimSpace(plainName(strings.Map(withoutDigits, between.ReplaceAllString(s, " "))))
		if words != "" && !noPhone[words] || numbers == "" && countDigits(s) > 1 {
			all = append(all, c)
		}
	}
	return all
}

func withoutDigits(r rune) rune {
	if unicode.IsDigit(r) {
		return ' '
	}
	return r
}

// phone is phones for numbers as they stand.
func phone(s string) (string, adapters.Code) { return phones(s, onePhone) }

// onePhone keeps the digits of a number and a plus in front, and drops what is
// none: fewer than five digits, or words alone.
func onePhone(s string) (string, adapters.Code) {
	var b strings.Builder
	count := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
			count++
		case r == '+' && b.Len() == 0:
			b.WriteRune(r)
		}
	}
	if count < 5 {
		return "", ""
	}
	return b.String(), ""
}

var (
	excelText  = regexp.MustCompile(`^="([^"]*)"$`)
	scientific = regexp.MustCompile(`^\d([.,]\d+)?[eE]\+?\d+$`)
	pointZero  = regexp.MustCompile(`^(\d+)\.0$`)
)

// idNumber takes the guards of spreadsheets off a document number: ="0123" and
// '0123. A number in scientific notation has lost its digits; one of fewer
// digits than every number has (want, 0 when that varies) its leading zeros.
func idNumber(want int) function {
	return func(s string) (string, adapters.Code) {
		s = plainDigits(strings.TrimSpace(s))
		if m := excelText.FindStringSubmatch(s); m != nil {
			s = m[1]
		}
		s = strings.TrimSpace(strings.TrimPrefix(s, "'"))
		if scientific.MatchString(s) {
			return "", adapters.IDDestroyed
		}
		if m := pointZero.FindStringSubmatch(s); m != nil {
			s = m[1]
		}
		bare := strings.ReplaceAll(s, " ", "")
		if want > 0 && bare != "" && len(bare) < want && strings.Trim(bare, "0123456789") == "" {
			return "", adapters.IDDestroyed
		}
		return s, ""
	}
}

// part returns the text on one side of the first separator: the surname of
// "SURNAME, Names". Text without it goes to the side that alone names.
func part(separator string, first, alone bool) function {
	return func(s string) (string, adapters.Code) {
		before, after, found := strings.Cut(s, separator)
		switch {
		case !found && alone:
			return strings.TrimSpace(s), ""
		case !found:
			return "", ""
		case first:
			return strings.TrimSpace(before), ""
		}
		return strings.TrimSpace(after), ""
	}
}

func replace(find *regexp.Regexp, with string) function {
	return func(s string) (string, adapters.Code) { return find.ReplaceAllString(s, with), "" }
}
