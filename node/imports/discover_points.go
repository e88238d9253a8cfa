package imports

import (
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
)

// point finds the tables whose clients stand in another one: a column of theirs has its
// values from the key of a table of people.
func point(all []*drafting) {
	for _, d := range all {
		if d.silent || d.papers() || d.people() > 1 || !d.cased() {
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
			if ok && !d.silent && !d.papers() && d.people() > 1 && slices.ContainsFunc(d.Fields, func(f adapters.Field) bool { return f.Name == column && f.Key }) {
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

// papers reports a table of documents: nearly every row has one, and nothing that only
// people and cases have. A name and a number have documents as well.
func (t Sampled) papers() bool {
	return t.Papers >= mostPapers && !slices.ContainsFunc(t.Suggested, func(s Suggestion) bool {
		return !slices.Contains([]string{"surname", "id_number", "opened_on", "summary", "legacy_number"}, s.Field)
	})
}

// mostPapers is the share of rows with a document from which on a table is one of documents.
const mostPapers = 0.8

// documents writes the stream of a table of documents, whose rows name the case.
func (d *drafting) documents(all []*drafting) {
	column, of := "TODO the column of its case", "TODO the stream of its case"
	for _, f := range d.Fields {
		if w := plainName(f.Name); w == "case" || w == "case id" || w == "caso" || w == "caso id" || w == "expediente" || w == "expediente id" {
			column = strconv.Quote("^" + f.Name)
			if !strings.ContainsAny(f.Name, " \"\\{}[],:#") {
				column = "^" + f.Name
			}
			d.written[f.Name] = true
			break
		}
	}
	if i := slices.IndexFunc(all, func(c *drafting) bool { return !c.silent && !c.papers() && c.cased() }); i >= 0 {
		of = toCase + all[i].suffix
	}
	from := d.Name + "/" + documentsPart
	if quoted(d.Name) != d.Name {
		from = strconv.Quote(from)
	}
	d.put("  %s%s:\n    from: %s\n    to: %s\n    key: \"@key\"\n", toDocument, d.suffix, from, toDocument)
	d.put("    fields: {case: {ref: {stream: %s, columns: [%s]}}, name: name, blob: blob}\n", of, column)
	d.rest()
}
