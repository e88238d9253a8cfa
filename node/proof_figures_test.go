package node

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"casehub/node/access/accesstest"
	"casehub/node/access/accesstest/oracle"
)

var (
	tile  = regexp.MustCompile(`class="tile-figure">(?:<a [^>]*>)?([0-9,]+)<`)
	waits = regexp.MustCompile(`<span class="muted nowrap">([0-9,]+) waits?</span>`)
	total = regexp.MustCompile(`<p>([0-9,]+) clients?</p>`)
)

// figures compares every number on a page with the oracle's.
func (p *proof) figures() {
	p.pattern = "figures"
	if p.w.May(p.who, "figures.read") {
		p.tiles()
		p.account()
		if p.w.May(p.who, "releases.read") {
			p.waiting()
		}
	}
	if p.w.May(p.who, "clients.read") {
		n := 0
		for _, k := range p.w.Clients {
			if p.w.Client(p.who, "clients.read", k) {
				n++
			}
		}
		got := total.FindStringSubmatch(p.v.get("/clients").body)
		if n == 0 && got != nil || n > 0 && (got == nil || got[1] != strconv.Itoa(n)) {
			p.fault("/clients counts %v, want %d", got, n)
		}
	}
}

// seen are the cases whose figures the person sees.
func (p *proof) seen() []oracle.Case {
	var all []oracle.Case
	for _, c := range p.w.Cases {
		if p.w.Case(p.who, "figures.read", c) {
			all = append(all, c)
		}
	}
	return all
}

// tiles compares the figures of the first page: open cases, those opened and
// closed this month, referrals, the amount in whole rands, and what waits. A person without
// any client who may record one is shown how to begin instead.
func (p *proof) tiles() {
	cases := p.seen()
	minor, everReads := int64(0), false
	for _, c := range cases {
		if p.w.Class(p.who, "figures.read", c, "finance") {
			minor, everReads = minor+accesstest.Amount(c.ID), true
		}
	}
	want := fmt.Sprintf("%d %d 0 %d", len(cases), len(cases), len(cases))
	if everReads {
		want += fmt.Sprint(" ", (minor+50)/100)
	}
	for _, n := range p.waitingWork() {
		if n > 0 {
			want += fmt.Sprint(" ", n)
		}
	}
	var got []string
	for _, m := range tile.FindAllStringSubmatch(p.v.get("/").body, -1) {
		got = append(got, strings.ReplaceAll(m[1], ",", ""))
	}
	begins := len(got) == 0 && p.w.May(p.who, "clients.register")
	if text := strings.Join(got, " "); text != want && text != want+" 0" && !begins {
		p.fault("the first page counts %q, want %q", text, want)
	}
}

// waitingWork are the complaints without an answer and the drawn files that nobody
// checked: each case has one of both.
func (p *proof) waitingWork() [2]int {
	var n [2]int
	for _, c := range p.w.Cases {
		if p.w.Class(p.who, "cases.read", c, "narrative") {
			n[0]++
			if p.w.Case(p.who, "quality.check", c) {
				n[1]++
			}
		}
	}
	return n
}

// waiting compares what waits for release: of each case a case, a referral, an amount, a
// complaint and an answer, as far as the person may read its type, its story and its
// amounts; what is of clients, as far as they see all their cases; and what is of nobody.
func (p *proof) waiting() {
	var want, got []string
	add := func(n int) {
		if n > 0 {
			want = append(want, strconv.Itoa(n))
		}
	}
	of := func(class string) (n int) {
		for _, c := range p.seen() {
			if p.w.Class(p.who, "figures.read", c, class) {
				n++
			}
		}
		return n
	}
	ordinary, secret := p.clientsOfFigures()
	advised, served := 0, 0
	for _, c := range p.consultations() {
		if secret[c.client.ID] {
			advised, served = advised+1, served+1
			if c.of != nil {
				served++ // the service in the case
			}
		}
	}
	held := 0 // cases that did not leave
	for _, c := range p.seen() {
		if p.w.Class(p.who, "figures.read", c, "sensitive") && !p.gone(c) {
			held++
		}
	}
	for _, n := range []int{
		held, of("narrative"), of("finance"), advised, served, len(p.w.Clients) + len(ordinary), of("narrative"), len(p.w.Clients), 12 * len(p.w.Clients), of("narrative"),
	} {
		add(n)
	}
	for _, m := range waits.FindAllStringSubmatch(p.v.get("/releases").body, -1) {
		got = append(got, strings.ReplaceAll(m[1], ",", ""))
	}
	if !slices.Equal(got, want) {
		p.fault("%v wait, want %v", got, want)
	}
}

// clientsOfFigures are the clients all of whose cases the person sees in figures, and
// those of whom nothing sensitive is withheld. A client without a case is seen by whoever
// sees the whole organisation.
func (p *proof) clientsOfFigures() (ordinary, secret map[string]bool) {
	ordinary, secret = map[string]bool{}, map[string]bool{}
	whole, reads := p.w.Everywhere(p.who, "figures.read", ""), p.w.Everywhere(p.who, "figures.read", "sensitive")
	for _, k := range p.w.Clients {
		has, all := false, true
		for _, c := range p.w.Cases {
			if c.Client == k.ID {
				has, all = true, all && p.w.Case(p.who, "figures.read", c)
			}
		}
		if all && (has || whole) && !slices.Contains(p.w.Restricted, k.ID) {
			ordinary[k.ID] = true
			if reads {
				secret[k.ID] = true
			}
		}
	}
	return ordinary, secret
}

// searches looks for every word that can be searched for, and for cases by type:
// exactly those come that the person may find by it.
func (p *proof) searches() {
	p.pattern = "searches"
	w, who := &p.w, p.who
	clientOf := map[string]oracle.Client{}
	for _, k := range w.Clients {
		clientOf[k.ID] = k
	}
	if w.May(who, "cases.read") {
		sensitive := p.v.get("/cases?type=1401").body
		for _, c := range w.Cases {
			ref := accesstest.Reference("C", c.ID)
			reads := w.Case(who, "cases.read", c)
			p.finds("/cases/search", accesstest.Word("party", c.ID), ref, w.Class(who, "cases.read", c, "narrative"))
			p.finds("/cases/search", ref, `href="/cases/`+c.ID, reads)
			k := clientOf[c.Client]
			p.finds("/cases/search", accesstest.Word("surname", k.ID), ref, reads && w.Client(who, "clients.read", k))
			p.finds("/cases/search", accesstest.Word("phone", k.ID), ref, reads && w.ClientClass(who, "clients.read", k, "contact"))
			if got, want := strings.Contains(sensitive, ref), c.Sensitive && w.Class(who, "cases.read", c, "sensitive"); got != want {
				p.fault("a list of sensitive cases has %s: %v, want %v", ref, got, want)
			}
		}
	}
	if w.May(who, "clients.read") {
		for _, k := range w.Clients {
			ref := accesstest.Reference("K", k.ID)
			p.finds("/clients/search", accesstest.Word("surname", k.ID), ref, w.Client(who, "clients.read", k))
			p.finds("/clients/search", ref, `href="/clients/`+k.ID, w.Client(who, "clients.read", k))
			p.finds("/clients/search", accesstest.Word("phone", k.ID), ref, w.ClientClass(who, "clients.read", k, "contact"))
		}
	}
}

// finds searches for a word and looks for what it should find.
func (p *proof) finds(path, word, what string, want bool) {
	a := p.try(call{path: path, form: []string{"search", word}, want: http.StatusOK})
	if got := strings.Contains(a.body, what); got != want {
		p.fault("%s for %s finds %s: %v, want %v", path, word, what, got, want)
	}
}
