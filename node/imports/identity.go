package imports

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"casehub/internal/text"
	"casehub/node/clients"
)

// An identity rule says by which fields somebody in a source is a client of the node.
// An exact one links: the row is that client's. A fuzzy one only marks the two as a
// pair, which a person looks at; so does an exact one that finds several clients, or
// one whose document has another number.
type identityRule struct {
	names []string
	at    []int // of the target's fields
	exact bool
	// atLeast is how much of the names must be alike, from 0 to 1; the other fields
	// are equal.
	atLeast float64
}

// identityFields are those by which somebody can be known.
var identityFields = []string{"surname", "given_names", "birth_date", "id_number", "phones"}

// readIdentity reads the identity rules of a stream of clients.
func (p *mappingReader) readIdentity(n ast.Node) ([]identityRule, error) {
	var all []identityRule
	for _, one := range items(n) {
		r, err := readIdentityRule(one)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

func readIdentityRule(n ast.Node) (identityRule, error) {
	r := identityRule{atLeast: 1}
	parts, err := entries(n, "identity", identityKeys)
	if err != nil {
		return r, err
	}
	kinds := 0
	for _, e := range parts {
		switch e.key {
		case "exact", "fuzzy":
			kinds++
			r.exact = e.key == "exact"
			r.names, err = identityNames(e.value)
		case "at_least":
			r.atLeast, err = fraction(e.value, e.key)
		case "then":
			_, err = oneOf(e.value, e.key, "candidate_duplicate")
		}
		if err != nil {
			return r, err
		}
	}
	switch {
	case kinds != 1 || len(r.names) == 0:
		return r, wrong(n, `identity needs one of "exact" and "fuzzy"`)
	case r.exact && len(parts) > 1:
		return r, wrong(n, "at_least and then go with fuzzy")
	case r.exact && !r.has("id_number") && !(r.has("surname") && r.has("given_names") && r.has("birth_date")):
		return r, wrong(n, "exact needs id_number, or surname, given_names and birth_date")
	case !r.exact && !r.has("id_number") && !r.has("birth_date") && !r.has("phones"):
		return r, wrong(n, "fuzzy needs id_number, birth_date or phones beside the names")
	}
	r.at = make([]int, len(r.names))
	for i, name := range r.names {
		r.at[i] = targetNamed(toClient).index(name)
	}
	return r, nil
}

func identityNames(n ast.Node) ([]string, error) {
	for _, one := range items(n) {
		if _, err := oneOf(one, "identity", identityFields...); err != nil {
			return nil, err
		}
	}
	return scalars(n, "identity")
}

func (r *identityRule) has(name string) bool { return slices.Contains(r.names, name) }

// alikes returns what clients must have in common to be compared by the rule: one key,
// or one for each telephone number. There is none where a field is missing, where no
// more than the month of the birth is known, and where a document number is doubted.
func (r *identityRule) alikes(values []string, doubted bool) []string {
	birth := targetNamed(toClient).index("birth_precision")
	keys := []string{""}
	for i, name := range r.names {
		v := values[r.at[i]]
		switch name {
		case "surname", "given_names":
			if v = comparedName(v); v == "" {
				return nil
			}
			if r.atLeast < 1 {
				continue
			}
		case "birth_date":
			if v == "" || values[birth] != string(clients.Day) {
				return nil
			}
		case "id_number":
			if v = text.Marks(v); len(v) < shortestID || doubted {
				return nil
			}
		case "phones":
			keys = crossed(keys, phoneKeys(v))
			continue
		}
		keys = crossed(keys, []string{v})
	}
	return keys
}

// shortestID is how short a document number may be that tells somebody from others.
const shortestID = 5

// crossed puts each of some endings behind each of some keys.
func crossed(keys, endings []string) []string {
	var all []string
	for _, k := range keys {
		for _, e := range endings {
			all = append(all, k+keySeparator+e)
		}
	}
	return all
}

// phoneKeys returns the last nine digits of each telephone number: with or without the
// country they are the same.
func phoneKeys(phones string) []string {
	var all []string
	for p := range strings.SplitSeq(phones, "\n") {
		digits := strings.Map(func(c rune) rune {
			if c < '0' || c > '9' {
				return -1
			}
			return c
		}, p)
		if len(digits) < 7 {
			continue
		}
		if digits = digits[max(0, len(digits)-9):]; !slices.Contains(all, digits) {
			all = append(all, digits)
		}
	}
	return all
}

// comparedName returns a name as names are compared: its words without accents, in small
// letters and in the order of the alphabet.
func comparedName(s string) string { return strings.Join(text.Words(s), " ") }

// nameOf returns all names in the rule, for comparing them by how much is alike.
func (r *identityRule) nameOf(values []string) string {
	var parts []string
	for i, name := range r.names {
		if name == "surname" || name == "given_names" {
			parts = append(parts, values[r.at[i]])
		}
	}
	return comparedName(strings.Join(parts, " "))
}

// alike returns how much of two names is alike, from 0 to 1: one less the share of
// letters to change.
func alike(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	longest := max(len(x), len(y))
	if longest == 0 {
		return 1
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		last := row[0]
		row[0] = i + 1
		for j := range y {
			change := last
			if x[i] != y[j] {
				change++
			}
			last = row[j+1]
			row[j+1] = min(change, row[j]+1, last+1)
		}
	}
	return 1 - float64(row[len(y)])/float64(longest)
}

// checkIdentity reports identity rules that do not fit their stream.
func (p *mappingReader) checkIdentity(s *stream, at *token.Token) error {
	switch {
	case len(s.identity) == 0:
		return nil
	case s.to.name != toClient:
		return wrongAt(at, "identity goes with clients alone")
	case p.aggregate:
		return wrongAt(at, "an aggregate mapping knows nobody by what they are called")
	}
	for _, r := range s.identity {
		for i, name := range r.names {
			if s.rule(r.at[i]) == nil {
				return wrongAt(at, "identity names the field %q, which the stream does not fill", name)
			}
		}
	}
	return nil
}
