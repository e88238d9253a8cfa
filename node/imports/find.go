package imports

import (
	"context"
	"slices"

	"casehub/adapters"
	"casehub/internal/text"
)

// findKey is a reference to a case of this node by what stands on its papers: an
// answer of a survey holds its number.
type findKey struct {
	by     []string // of findable
	number string   // as numbers are compared
	at     int      // place of the field
	field  string
	column string
	needed bool
}

// findable are the numbers by which a case can be found.
var findable = []string{"reference", "legacy_number"}

// sought stands in a field until the case is found.
const sought = "?"

// find looks for the cases that the chunk's rows name by a number.
func (d *decider) find(ctx context.Context) error {
	clear(d.found)
	for i := range d.chunk {
		for j := range d.chunk[i].drafts {
			for _, k := range d.chunk[i].drafts[j].finds {
				if err := d.knowNumbers(ctx); err != nil {
					return err
				}
				for _, by := range findable {
					name := by + " " + k.number
					d.found[name] = slices.Concat(d.numbered[name], d.stood[name])
				}
			}
		}
	}
	return nil
}

// knowNumbers reads the numbers of the cases that were here before the run: once, for
// it sees one state of the node.
func (d *decider) knowNumbers(ctx context.Context) error {
	if d.stood != nil {
		return nil
	}
	d.stood = map[string][]string{}
	keep := func(by, number, id string) {
		if number = text.Marks(number); number != "" {
			d.stood[by+" "+number] = append(d.stood[by+" "+number], id)
		}
	}
	return eachNumbered(ctx, d.q, d.sight.cases, func(id, ref, legacy string) {
		keep("reference", ref, id)
		keep("legacy_number", legacy, id)
	})
}

// number remembers the number of a case that this run makes or changes.
func (d *decider) number(f *draft) {
	if !d.finds || f.stream.to.name != toCase {
		return
	}
	if n := text.Marks(f.get("legacy_number")); n != "" {
		d.numbered["legacy_number "+n] = append(d.numbered["legacy_number "+n], d.idOf(f.stream, f.key))
	}
}

// settleFinds puts in what was found, or holds the draft back where nothing was, or
// more than one.
func (d *decider) settleFinds(f *draft) {
	for _, k := range f.finds {
		var ids []string
		for _, by := range k.by {
			for _, id := range d.found[by+" "+k.number] {
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
		if len(ids) == 1 {
			f.values[k.at] = ids[0]
			continue
		}
		code := adapters.ReferenceMissing
		if len(ids) > 1 {
			code = adapters.ReferenceAmbig
		}
		f.values[k.at] = ""
		p := problemAt(code, k.field, k.column, asText(f.row.value(k.column)))
		if k.needed {
			f.hold(p)
		} else {
			f.warn(p)
		}
	}
}

// knowSurveys reads which cases have a survey: each has one at most.
func (d *decider) knowSurveys(ctx context.Context) error {
	if d.surveys != nil || !d.m.brings(toSurvey) {
		return nil
	}
	d.surveys = map[string]string{}
	return eachSurvey(ctx, d.q, func(of, id string) { d.surveys[of] = id })
}

// oneSurvey holds back a second survey of a case.
func (d *decider) oneSurvey(f *draft) {
	if f.stream.to.name != toSurvey || f.state != taken {
		return
	}
	of, id := f.get("case"), d.idOf(f.stream, f.key)
	if there, ok := d.surveys[of]; ok && there != id {
		f.hold(problemAt(adapters.DuplicateKey, "case", "", ""))
		return
	}
	d.surveys[of] = id
}
