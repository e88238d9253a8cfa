package imports

import (
	"casehub/adapters"
	"casehub/internal/reference"
)

// forms are the instruments of the tables that answers come from, by table.
type forms map[string][]adapters.Instrument

// instrumentID names a version of a form: the same in every import of it.
func instrumentID(f adapters.Instrument) string {
	return reference.Derived("instrument", f.ID, f.Version)
}

// of returns the form that a record answers: that of its version, or the only one.
func (f forms) of(table, version string) (adapters.Instrument, bool) {
	all := f[table]
	for _, one := range all {
		if version != "" && one.Version == version {
			return one, true
		}
	}
	if len(all) == 1 {
		return all[0], true
	}
	return adapters.Instrument{}, false
}

// answer puts a whole record into the fields of an answer, as it stands.
func (d *drafter) answer(f *draft) {
	rec := f.row.rec
	var every []int
	if rec.Header != nil {
		for i := range rec.Header.Names() {
			every = append(every, i)
		}
	}
	all := legacyJSON(rec, every, nil, nil)
	if all == "" {
		all = "{}"
	}
	f.set("answers", all)
	form := f.stream.table
	if one, ok := d.mapping.forms.of(f.stream.table, rec.Version); ok {
		f.set("instrument", instrumentID(one))
		form = one.ID
	}
	if f.get("form") == "" {
		f.set("form", form)
	}
}
