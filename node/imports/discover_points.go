package imports

import (
	"slices"
	"strings"

	"casehub/adapters"
)

// point finds the tables whose clients stand in another one: a column of theirs has its
// values from the key of a table of people.
func point(all []*drafting) {
	for _, d := range all {
		if d.silent || d.people() > 1 || !d.cased() {
			continue
		}
		for _, f := range d.Fields {
			if to, key := tableOfPeople(all, f); d.client == nil && to != nil && to != d && !ofOthers(f.Name) {
				d.client, d.clientBy = to, f.Name
				to.pointedBy = key
			}
		}
	}
}

// tableOfPeople returns the table of people that a column points to, and its column there; nil
// where it points to none, or to a column that is not its key.
func tableOfPeople(all []*drafting, f adapters.Field) (to *drafting, key string) {
	for _, place := range f.Points {
		for _, d := range all {
			column, ok := strings.CutPrefix(place, d.Name+".")
			if ok && !d.silent && d.people() > 1 && slices.ContainsFunc(d.Fields, func(f adapters.Field) bool { return f.Name == column && f.Key }) {
				return d, column
			}
		}
	}
	return nil, ""
}

// others are words in the names of tables and columns of people who are no clients: those
// who work with the program, and those on the other side.
var others = strings.Fields("users user accounts staff personnel employees lawyer lawyers advocate advocates paralegal paralegals abogado abogados abogada abogadas avocat avocats advogado advogados funcionario funcionarios lead owner author opponent opponents respondent defendant contraparte contrapartes demandado")

// ofOthers reports a name of a table or a column that tells of them.
func ofOthers(name string) bool {
	return slices.ContainsFunc(strings.Fields(plainName(name)), func(w string) bool { return slices.Contains(others, w) })
}

// people is how many things of a person a table seems to have.
func (t Sampled) people() (n int) {
	for _, s := range t.Suggested {
		if s.Target == toClient {
			n++
		}
	}
	return n
}
