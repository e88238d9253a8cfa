package layout

import (
	"regexp"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/sheet"
)

// Reasons for which a row is no data, as the report counts them.
const (
	SkipBlank     = "blank"
	SkipHeader    = "repeated_header"
	SkipTotal     = "total"
	SkipSignature = "signature"
	SkipTags      = "tags" // a row of HXL tags
	SkipUnits     = "units"
	SkipSection   = "section" // one text over the columns, as a title between the rows
)

// Reasons lists them.
func Reasons() []string {
	return []string{SkipBlank, SkipHeader, SkipTotal, SkipSignature, SkipTags, SkipUnits, SkipSection}
}

// sums are the words for a sum in the languages that registers are kept in.
const sums = `sub[- ]?total|grand total|total general|totaal|subtotaal|totales|totais|total|totaux|sous[- ]total|suma|som|gesamt|summe|razem|suma|итого|всего|разом|` +
	`المجموع|الإجمالي|jumla|toplam|tổng|tổng cộng|σύνολο|合计|总计|ukupno|inani|totale|totalt|summa|celkem`

// totals are what the first word of a row that sums up looks like, and totalsWithin
// what a row looks like that says all in one cell, as "Total de casos: 10".
var (
	totals       = regexp.MustCompile(`(?i)^(` + sums + `)( [a-zà-ú]+)?\s*:?$`)
	totalsWithin = regexp.MustCompile(`(?i)^(` + sums + `)[\s:=(][^0-9]{0,40}[0-9][0-9 .,\x{00a0}]*\)?$`)
)

// amounts are what stands beside the word for a sum: numbers, which a day is not, with
// the sign of a currency or none.
var amounts = regexp.MustCompile(`(?i)^[(+-]?\s*` + currency + `?\s*[+-]?(\p{Nd}+([ .,'’٬\x{a0}\x{202f}]\p{Nd}{3})*|\p{Nd}{1,2}(,\p{Nd}{2})+,\p{Nd}{3})([.,٫]\p{Nd}+)?\s*` + currency + `?\s*[)%]?$`)

// currency lists codes, as any three letters may be a month.
const currency = `([a-z]{0,3}\p{Sc}|rs?\.?|bs\.?|s/\.?|(zar|usd|eur|gbp|bob|pen|brl|cop|mxn|ars|clp|pyg|uyu|gtq|hnl|nio|crc|dop|kes|ugx|tzs|ngn|ghs|zmw|mwk|bwp|nad|szl|lsl|mzn|aoa|cdf|rwf|etb|xaf|xof|mad|egp|rub|uah|pln|czk|huf|ron|try|chf|sek|nok|dkk|cny|inr|jpy|cad|aud)\b)`

// signatures are the beginnings of a line that people sign.
var signatures = regexp.MustCompile(`(?i)^(prepared|compiled|checked|approved|signed|signature|opgestel|onderteken|handtekening|elaborado|preparado|aprobado|aprovado|revisado|firma|assinatura|visto bueno|pr[ée]par[ée] par|établi par)\b`)

// units are what a row right below the header says of its columns.
var units = regexp.MustCompile(`(?i)^(\(.{1,24}\)|\[.{1,24}\]|[dj]{1,2}[/. -]?m{1,3}[/. -]?[yaj]{2,4}|[yaj]{4}[/. -]m{2}[/. -][dj]{2}|hh:mm|r|zar|us\$|usd|eur|€|\$|£|bs\.?|s/\.?|%|km|m2|kg|n°|no\.?|years?|a[nñ]os|anos|ans|jaar|months?|meses|days?|d[ií]as|hours?|horas?|text|texto|teks|number|n[uú]mero|y/n|yes/no|s[ií]/no|m/f|f/m|h/m)$`)

// Dropper tells rows that are no data from rows that are.
type Dropper struct {
	only    map[string]bool
	headers [][]string
	begun   bool // a row that is not blank was seen
}

// NewDropper makes a dropper for the rows below a header. It looks for the reasons
// given, or for all where reasons is nil.
func NewDropper(reasons []string, headers []sheet.Line) *Dropper {
	d := &Dropper{only: map[string]bool{}}
	if reasons == nil {
		reasons = Reasons()
	}
	for _, r := range reasons {
		d.only[r] = true
	}
	for _, h := range headers {
		d.headers = append(d.headers, textsOf(h))
	}
	return d
}

// Reason returns why a row is no data, or "". Rows are asked about in their order.
func (d *Dropper) Reason(r sheet.Line) string {
	filled := 0
	first, second := "", ""
	for i := range r.Cells {
		text := strings.TrimSpace(r.Cells[i].Raw)
		if text == "" || slices.Contains(r.Across, i) {
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
	if below && filled > 1 && d.only[SkipUnits] && areUnits(r) {
		return SkipUnits
	}
	for _, reason := range []string{SkipBlank, SkipSignature, SkipTotal, SkipTags, SkipSection, SkipHeader} {
		if d.only[reason] && d.is(reason, r, filled, first, second) {
			return reason
		}
	}
	return ""
}

// areUnits reports a row that says nothing but how its columns are measured.
func areUnits(r sheet.Line) bool {
	for i := range r.Cells {
		if text := strings.TrimSpace(r.Cells[i].Raw); text != "" && !units.MatchString(text) {
			return false
		}
	}
	return true
}

func (d *Dropper) is(reason string, r sheet.Line, filled int, first, second string) bool {
	switch reason {
	case SkipBlank:
		return filled == 0
	case SkipSignature:
		return filled <= 2 && signatures.MatchString(first) && (d.width(r) > 2 || filled == 1 && strings.Contains(first, ":"))
	case SkipTotal:
		return totals.MatchString(first) && areAmounts(r) || filled == 1 && totalsWithin.MatchString(first)
	case SkipSection:
		return filled == 1 && len(r.Across) > 0 && len(d.headers) > 0 && 2*(len(r.Across)+1) > len(d.headers[len(d.headers)-1])
	case SkipTags:
		return filled > 1 && first[0] == '#' && second[0] == '#'
	default:
		return d.repeatsHeader(r)
	}
}

// width is the number of columns of the table that a row stands in.
func (d *Dropper) width(r sheet.Line) int {
	if len(d.headers) == 0 {
		return len(r.Cells)
	}
	width := 0
	for _, h := range d.headers {
		width = max(width, len(h))
	}
	return width
}

// areAmounts reports a row that holds nothing but numbers behind its first word.
func areAmounts(r sheet.Line) bool {
	first := true
	for i, c := range r.Cells {
		text := strings.TrimSpace(c.Raw)
		switch {
		case text == "" || slices.Contains(r.Across, i):
		case first:
			first = false
		case c.Kind != adapters.Number && (c.Kind != adapters.Text || !amounts.MatchString(text)):
			return false
		}
	}
	return true
}

func (d *Dropper) repeatsHeader(r sheet.Line) bool {
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
func textsOf(r sheet.Line) []string {
	texts := make([]string, Filled(r))
	for i := range texts {
		texts[i] = strings.TrimSpace(r.Cells[i].Raw)
	}
	return texts
}
