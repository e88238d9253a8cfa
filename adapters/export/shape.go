package export

import (
	"context"
	"strconv"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/xlsform"
	"casehub/adapters/xlsform/formfile"
)

// Col is one column of a record as it is to be.
type Col struct {
	Name string
	From int // column of the row; -1 where Make takes several
	// Make makes the value, nil for as it is.
	Make func(r *adapters.Record, v adapters.Value) adapters.Value
}

// Reshape returns a function that gives records other columns. A problem of a column
// goes with it.
func Reshape(before []string, cols []Col) func(*adapters.Record) {
	names := make([]string, len(cols))
	taken := map[string]bool{}
	renamed := map[string]string{}
	for i, c := range cols {
		names[i] = c.Name
		for n := 2; taken[names[i]]; n++ {
			names[i] = c.Name + "#" + strconv.Itoa(n)
		}
		taken[names[i]] = true
		if c.From >= 0 && c.From < len(before) {
			if _, ok := renamed[before[c.From]]; !ok {
				renamed[before[c.From]] = names[i]
			}
		}
	}
	head := adapters.NewHeader(names)
	return func(r *adapters.Record) {
		values := make([]adapters.Value, len(cols))
		for i, c := range cols {
			v := r.At(c.From)
			if c.Make != nil {
				v = c.Make(r, v)
			}
			values[i] = v
		}
		for i, p := range r.Problems {
			if p.Column != "" {
				r.Problems[i].Column = renamed[p.Column]
			}
		}
		r.Header, r.Values = head, values
	}
}

// Form reads the form that a setting names, in the ZIP file of the export or beside the
// file; for "" the form that lies in the ZIP file, or none.
func Form(ctx context.Context, file place.Place, form string) ([]adapters.Instrument, error) {
	in, found, err := packed(ctx, file, form)
	if err != nil {
		return nil, err
	}
	if found {
		return []adapters.Instrument{in}, nil
	}
	if form == "" {
		return nil, nil
	}
	at, err := file.Beside(form)
	if err != nil {
		return nil, err
	}
	if in, err = formfile.Read(ctx, at); err != nil {
		return nil, err
	}
	return []adapters.Instrument{in}, nil
}

// Answer makes a value of an answer by its question.
func Answer(q *adapters.Question, lists xlsform.Lists) func(*adapters.Record, adapters.Value) adapters.Value {
	if q == nil {
		return nil
	}
	return func(_ *adapters.Record, v adapters.Value) adapters.Value {
		if v.Null || v.Kind != adapters.Text {
			return v
		}
		return xlsform.Value(v.Raw, q, lists)
	}
}
