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

// numbers are the cases by their numbers, for streams that find them so.
type numbers struct {
	asked bool                // some stream finds cases by their number
	now   map[string][]string // cases of this run
	stood map[string][]string // from before the run; nil until it is asked for
	found map[string][]string // by the numbers that the chunk asks for
}

// sought stands in a field until the case is found.
const sought = "?"

// find looks for the cases that the chunk's rows name by a number.
func (d *decider) find(ctx context.Context) error {
	clear(d.numbers.found)
	for i := range d.chunk {
		for j := range d.chunk[i].drafts {
			for _, k := range d.chunk[i].drafts[j].finds {
				if err := d.knowNumbers(ctx); err != nil {
					return err
				}
				for _, by := range findable {
					name := by + " " + k.number
					d.numbers.found[name] = slices.Concat(d.numbers.now[name], d.numbers.stood[name])
				}
			}
		}
	}
	return nil
}

// knowNumbers reads the numbers of the cases that were here before the run: once, for
// it sees one state of the node.
func (d *decider) knowNumbers(ctx context.Context) error {
	if d.numbers.stood != nil {
		return nil
	}
	d.numbers.stood = map[string][]string{}
	keep := func(by, number, id string) {
		if number = text.Marks(number); number != "" {
			d.numbers.stood[by+" "+number] = append(d.numbers.stood[by+" "+number], id)
		}
	}
	return eachNumbered(ctx, d.q, d.sight.cases, func(id, ref, legacy string) {
		keep("reference", ref, id)
		keep("legacy_number", legacy, id)
	})
}

// number remembers the number of a case that this run makes or changes.
func (d *decider) number(f *draft) {
	if !d.numbers.asked || f.stream.to.name != toCase {
		return
	}
	if n := text.Marks(f.get("legacy_number")); n != "" {
		d.numbers.now["legacy_number "+n] = append(d.numbers.now["legacy_number "+n], d.idOf(f.stream, f.key))
	}
}

// settleFinds puts in what was found, or holds the draft back where nothing was, or
// more than one.
func (d *decider) settleFinds(f *draft) {
	for _, k := range f.finds {
		var ids []string
		for _, by := range k.by {
			for _, id := range d.numbers.found[by+" "+k.number] {
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
