package spreadsheet

import (
	"regexp"
	"slices"
	"strings"

	"casehub/adapters"
)

// Reasons for which a row is no data, as the report counts them.
const (
	dropBlank     = "blank"
	dropHeader    = "repeated_header"
	dropTotal     = "total"
	dropSignature = "signature"
	dropTags      = "tags" // a row of HXL tags
	dropUnits     = "units"
	skipParent    = "parent_record"
	skipOther     = "other_record_type"
)

// totals are what the first word of a row that sums up looks like.
var totals = regexp.MustCompile(`(?i)^(sub[- ]?total|grand total|total general|totaal|subtotaal|totales|totais|total|totaux|sous[- ]total|suma|som)( [a-zà-ú]+)?\s*:?$`)

// signatures are the beginnings of a line that people sign.
var signatures = regexp.MustCompile(`(?i)^(prepared|compiled|checked|approved|signed|signature|opgestel|onderteken|handtekening|elaborado|preparado|aprobado|aprovado|revisado|firma|assinatura|visto bueno|pr[ée]par[ée] par|établi par)\b`)

// units are what a row right below the header says of its columns.
var units = regexp.MustCompile(`(?i)^(\(.{1,24}\)|\[.{1,24}\]|[dj]{1,2}[/. -]?m{1,3}[/. -]?[yaj]{2,4}|[yaj]{4}[/. -]m{2}[/. -][dj]{2}|hh:mm|r|zar|us\$|usd|eur|€|\$|£|bs\.?|s/\.?|%|km|m2|kg|n°|no\.?|years?|a[nñ]os|anos|ans|jaar|months?|meses|days?|d[ií]as|hours?|horas?|text|texto|teks|number|n[uú]mero|y/n|yes/no|s[ií]/no|m/f|f/m|h/m)$`)

// dropper tells rows that are no data from rows that are.
type dropper struct {
	only    map[string]bool
	headers [][]string
	begun   bool // a row that is not blank was seen
}

func newDropper(t Table, headers []row) *dropper {
	d := &dropper{only: map[string]bool{}}
	reasons := t.Drop
	if reasons == nil {
		reasons = DropReasons()
	}
	for _, r := range reasons {
		d.only[r] = true
	}
	for _, h := range headers {
		d.headers = append(d.headers, textsOf(h))
	}
	return d
}

// reason returns why a row is no data, or "".
func (d *dropper) reason(r row) string {
	filled := 0
	first, second := "", ""
	for i := range r.cells {
		text := strings.TrimSpace(r.cells[i].Raw)
		if text == "" {
			continue
		}
		switch filled++; filled {
		case 1:
			first = text
		case 2:
			second = text
		}
	}
	below := !d.begun && len(d.headers) > 0
	d.begun = d.begun || filled > 0 && !(filled > 1 && first[0] == '#' && second[0] == '#')
	if below && filled > 1 && d.only[dropUnits] && areUnits(r) {
		return dropUnits
	}
	for _, reason := range []string{dropBlank, dropSignature, dropTotal, dropTags, dropHeader} {
		if d.only[reason] && d.is(reason, r, filled, first, second) {
			return reason
		}
	}
	return ""
}

// areUnits reports a row that says nothing but how its columns are measured.
func areUnits(r row) bool {
	for i := range r.cells {
		if text := strings.TrimSpace(r.cells[i].Raw); text != "" && !units.MatchString(text) {
			return false
		}
	}
	return true
}

func (d *dropper) is(reason string, r row, filled int, first, second string) bool {
	switch reason {
	case dropBlank:
		return filled == 0
	case dropSignature:
		return filled <= 2 && signatures.MatchString(first)
	case dropTotal:
		return totals.MatchString(first) && (filled == 1 || looksTyped(second))
	case dropTags:
		return filled > 1 && first[0] == '#' && second[0] == '#'
	default:
		return d.repeatsHeader(r)
	}
}

func (d *dropper) repeatsHeader(r row) bool {
	if len(d.headers) == 0 {
		return false
	}
	texts := textsOf(r)
	for _, h := range d.headers {
		if slices.Equal(texts, h) {
			return true
		}
	}
	return false
}

// textsOf returns the texts of a row without blanks at the end.
func textsOf(r row) []string {
	texts := make([]string, filledTo(r))
	for i := range texts {
		texts[i] = strings.TrimSpace(r.cells[i].Raw)
	}
	return texts
}

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
