package records

import (
	"strings"

	"casehub/adapters"
)

// dittoMarks stand for the value above.
var dittoMarks = map[string]bool{
	"idem": true, "id.": true, "do.": true, "do": true, "ditto": true, "-\"-": true, "- \" -": true, "〃": true, "''": true, ",,": true, "„": true, "“": true, "”": true,
}

// isDitto reports a mark for the value above: one of the words, or nothing but
// quotes and blanks.
func isDitto(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	return dittoMarks[s] || s != "" && strings.Trim(s, "\" ") == ""
}

// dittos remembers the values above in the columns that declare it.
type dittos struct {
	at    []int
	above []adapters.Value
	have  []bool
}

func newDittos(h *adapters.Header, columns []string) (*dittos, error) {
	d := &dittos{}
	for _, c := range columns {
		at := h.Index(c)
		if at < 0 {
			return nil, adapters.ErrDittoColumn.With("column", c)
		}
		d.at = append(d.at, at)
	}
	d.above = make([]adapters.Value, len(d.at))
	d.have = make([]bool, len(d.at))
	return d, nil
}

// resolve puts the values above in the place of marks. A mark with nothing
// above it is a problem of its column.
func (d *dittos) resolve(r *adapters.Record) {
	for i, at := range d.at {
		if at >= len(r.Values) {
			d.have[i] = false
			continue
		}
		v := &r.Values[at]
		switch {
		case !isDitto(v.Raw):
			d.above[i], d.have[i] = *v, !v.Null
		case d.have[i]:
			*v = d.above[i]
		default:
			*v = adapters.Value{Raw: v.Raw, Null: true}
			r.Problems = append(r.Problems, adapters.Problem{Code: adapters.ReferenceMissing, Column: r.Header.Names()[at]})
		}
	}
}
