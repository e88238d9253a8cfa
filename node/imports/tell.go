package imports

import (
	"casehub/adapters"
)

// tell puts the problems of a draft into the report and hands them on, those of an
// aggregate import without what the source has there.
func (d *decider) tell(loc adapters.Locator, f *draft) error {
	problems := f.problems
	if d.m.aggregate {
		problems = silent(problems)
	}
	for _, p := range problems {
		d.mark(d.report.problem(loc, f.stream.name, p))
		if err := d.held(heldOf(loc, f.stream.name, f.key, p)); err != nil {
			return err
		}
	}
	for _, i := range f.unmapped {
		if d.report.Unmapped == nil {
			d.report.Unmapped = map[string]int64{}
		}
		d.report.Unmapped[f.stream.name+"."+f.stream.to.fields[i].name]++
	}
	return nil
}

// mark tells a place once, though several streams stumble there.
func (d *decider) mark(p Place) {
	if len(d.here) > 0 && d.here[0].Loc != p.Loc {
		d.here = d.here[:0]
	}
	for _, q := range d.here {
		if q.Column == p.Column && q.Code == p.Code {
			return
		}
	}
	d.here = append(d.here, p)
	d.report.place(p)
}

// fields counts what became of each field.
func (d *decider) fields(f *draft) {
	if d.report.Fields == nil {
		d.report.Fields = map[string]FieldReport{}
	}
	for _, r := range f.stream.fields {
		c := d.report.Fields[r.label]
		switch {
		case f.values[r.field] != "":
			c.Filled++
		case f.wrong(r.field):
			c.Wrong++
		default:
			c.Empty++
		}
		d.report.Fields[r.label] = c
	}
}

// wrong reports whether a field was left out because of its value.
func (f *draft) wrong(i int) bool {
	for _, p := range f.problems {
		if p.field == f.stream.to.fields[i].name {
			return true
		}
	}
	return false
}

// keepRow puts the whole row to the first problem that holds a part of it back.
func (d *decider) keepRow(all []draft) error {
	for i := range all {
		for j := range all[i].problems {
			p := &all[i].problems[j]
			if !p.held {
				continue
			}
			top := all[i].row.top()
			var err error
			p.row, err = heldRowOf(top.rec, all[i].stream.table, all[i].content).text()
			return err
		}
	}
	return nil
}
