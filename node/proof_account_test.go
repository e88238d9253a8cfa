package node

import (
	"net/http"

	"casehub/node/cases"
)

// accountLists asks for the cases behind every number of the month in which the
// world stands. Only who may open each case that they may count gets a list.
func accountLists(p *proof) []call {
	want := http.StatusOK
	for _, c := range p.w.Cases {
		if !p.w.Case(p.who, "figures.read", c) {
			continue
		}
		typed := p.w.Class(p.who, "figures.read", c, "sensitive") && !p.w.Class(p.who, "cases.read", c, "sensitive")
		if typed || !p.w.Case(p.who, "cases.read", c) {
			want = http.StatusForbidden
		}
	}
	var all []call
	for _, part := range cases.Parts() {
		all = append(all, call{path: cases.AccountPath(cases.Span{From: 202610, To: 202610}, part, 0), want: want})
	}
	return all
}
