package ods

import (
	"encoding/xml"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/markup"
	"casehub/adapters/spreadsheet/sheet"
)

// valueOf returns what a cell holds that shows a text.
func valueOf(e xml.StartElement, text string, s styles) sheet.Cell {
	formula := markup.Attr(e, "formula") != ""
	kind := kindOf(e)
	switch kind {
	case "float", "currency", "percentage":
		raw := markup.Attr(e, "value")
		x, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			return sheet.Cell{Value: adapters.Value{Raw: text, Kind: adapters.Bad}, Code: adapters.NoFormulaValue}
		}
		return s.Number(raw, x, kind == "float" && s.day(e))
	case "date":
		return sheet.Day(markup.Attr(e, "date-value"))
	case "time":
		return sheet.Text(timeOf(markup.Attr(e, "time-value"), text))
	case "boolean":
		return sheet.Cell{Value: adapters.Value{Raw: markup.Attr(e, "boolean-value"), Kind: adapters.Bool}}
	}
	switch {
	case kind == "string" && formula && isError(text):
		return sheet.Failed(text)
	case kind == "string" && text == "":
		return sheet.Text(markup.Attr(e, "string-value"))
	case kind == "" && formula && text == "":
		return sheet.Failed("")
	}
	return sheet.Text(text)
}

// kindOf returns the value-type of a cell: LibreOffice writes a second one of its own
// beside the first.
func kindOf(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Local == "value-type" && a.Name.Space == "office" {
			return a.Value
		}
	}
	return markup.Attr(e, "value-type")
}

// isError reports what a formula shows that has no result.
func isError(s string) bool {
	return strings.HasPrefix(s, "#") && (strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") || s == "#N/A") || strings.HasPrefix(s, "Err:")
}

// timeOf turns PT10H30M00S into 10:30:00; what is no such time is given as it
// is shown.
func timeOf(s, shown string) string {
	s, _, _ = strings.Cut(strings.TrimSuffix(s, "S"), ".")
	rest, ok := strings.CutPrefix(s, "PT")
	h, rest, ok1 := strings.Cut(rest, "H")
	m, sec, ok2 := strings.Cut(rest, "M")
	if !ok || !ok1 || !ok2 || len(h) < 2 || len(m) != 2 || len(sec) != 2 {
		return shown
	}
	return h + ":" + m + ":" + sec
}
