package node

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"regexp"
	"strings"

	"casehub/node/cases"
	"casehub/node/ledger"
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

var (
	accountRows   = regexp.MustCompile(`(?s)<tr(?: class="([a-z]+)")?><th scope="row">([^<]*)</th>(.*?)</tr>`)
	accountNumber = regexp.MustCompile(`(?:<td [^>]*>|<a [^>]*>)([0-9,]+)<`)
)

// account compares every number of the account of the month in which the world stands:
// all its cases came new, and are open. A type that is withheld counts in a line of its
// own, and what a wall hides in none.
func (p *proof) account() {
	want, got := map[string]string{}, map[string]string{}
	counts := map[string]int{}
	for _, c := range p.seen() {
		label := p.n.Registry.Label(1102, "en")
		switch {
		case !p.w.Class(p.who, "figures.read", c, "sensitive"):
			label = "Types that are not for your position"
		case c.Sensitive:
			label = p.n.Registry.Label(1401, "en")
		}
		counts[label]++
		counts["All types"]++
	}
	for label, n := range counts {
		want[label] = fmt.Sprintf("0 %d 0 0 %d", n, n)
	}
	for _, row := range accountRows.FindAllStringSubmatch(p.v.get("/case-account?from=202610&to=202610").body, -1) {
		if row[1] == "category" {
			continue
		}
		var numbers []string
		for _, m := range accountNumber.FindAllStringSubmatch(row[3], -1) {
			numbers = append(numbers, m[1])
		}
		got[html.UnescapeString(row[2])] = strings.Join(numbers, " ")
	}
	if !maps.Equal(got, want) {
		p.fault("the account of the month says %v, want %v", got, want)
	}
}

// whole reports whether the person reads every case with all its classes: a wall before
// one that never left keeps it out of every list and number and shuts none.
func (p *proof) whole() bool {
	for _, classes := range []string{"contact sensitive", "narrative sensitive", "finance", "sensitive"} {
		if !p.w.Everywhere(p.who, "cases.read", classes) {
			return false
		}
	}
	return p.w.Everywhere(p.who, "figures.read", "")
}

// opened is the status of what only they are shown.
func opened(yes bool) int {
	if yes {
		return http.StatusOK
	}
	return http.StatusForbidden
}

func balances(p *proof) []call { return []call{{path: "/balance", want: opened(p.opens())}} }

// balanceLists asks for the records behind every number of each measure.
func balanceLists(p *proof) []call {
	var all []call
	for _, set := range p.n.Registry.Plan.DataSets {
		opens := p.opens()
		switch {
		case set.Name == "turn_aways":
			opens = opens && p.w.Everywhere(p.who, "turnaways.read", "")
		case strings.HasPrefix(set.Name, "activit"):
			opens = opens && p.w.Everywhere(p.who, "activities.read", "")
		}
		for _, part := range []ledger.Part{ledger.Today, ledger.Waits, ledger.Published} {
			all = append(all, call{path: fmt.Sprintf("/balance/%d/%s", set.Number, part), want: opened(opens)})
		}
	}
	return all
}
