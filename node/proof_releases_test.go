package node

import (
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"casehub/internal/sqlite"
	"casehub/node/access/accesstest"
	"casehub/node/access/accesstest/oracle"
	"casehub/node/cases"
	"casehub/node/egress"
)

// releasedCases is how many cases of each world have left in the release that a proof
// begins with.
const releasedCases = 7

// groupOfCases is where the records behind that release's one number are.
const groupOfCases = "/releases/1/groups/1-1-1102"

// release seals a real release of seven cases before any world moves in. Its bytes and
// its group stay; whose cases they are is said anew for each world (publish).
func (p *proof) release() {
	p.t.Helper()
	for i := range releasedCases {
		id := strconv.Itoa(i)
		p.exec(`
INSERT INTO clients (id, reference, surname, created_at, updated_at)
VALUES (@id, @id, @id, 0, 0)`, sqlite.Args{"id": "sealed-client-" + id})
		p.exec(`
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
VALUES (@id, @id, @client, 1102, 'open', '2026-09-03', 0, 0)`, sqlite.Args{"id": "sealed-case-" + id, "client": "sealed-client-" + id})
	}
	seal(p.t, p.n, egress.Wanted{Period: 202609})
	rows, err := p.n.DB.Query(p.t.Context(), `SELECT id FROM ledger_events WHERE group_id IS NOT NULL ORDER BY id`, nil)
	if p.events, err = sqlite.Collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) }); err != nil {
		p.t.Fatal(err)
	}
	if len(p.events) != releasedCases {
		p.t.Fatalf("%d cases left, want %d", len(p.events), releasedCases)
	}
	p.exec(`DROP TRIGGER ledger_events_stay_published`, nil)
	p.exec(`DROP TRIGGER ledger_events_stay`, nil)
}

// park takes what left away from the cases of the world before, so that the ledger
// does not notice that they are gone.
func (p *proof) park() {
	p.t.Helper()
	for _, id := range p.events {
		p.exec(`
UPDATE ledger_events
SET source_id = 'parked-' || id, state = 'published', reason = '', group_id = (SELECT max(id) FROM ledger_groups)
WHERE id = @id`, sqlite.Args{"id": id})
	}
}

// publish says that the first cases of the world are those that left.
func (p *proof) publish() {
	p.t.Helper()
	p.left = p.w.Cases[:releasedCases]
	for i, id := range p.events {
		about := sqlite.Args{"id": id, "case": p.left[i].ID}
		p.exec(`
UPDATE ledger_events
SET client_id = (SELECT e.client_id FROM ledger_events e WHERE e.data_set = 1 AND e.source_id = @case)
WHERE id = @id`, about)
		p.exec(`DELETE FROM ledger_events WHERE data_set = 1 AND source_id = @case`, sqlite.Args{"case": p.left[i].ID})
		p.exec(`UPDATE ledger_events SET source_id = @case WHERE id = @id`, about)
	}
}

func (p *proof) exec(statement string, args sqlite.Args) {
	p.t.Helper()
	if _, err := p.n.DB.Exec(p.t.Context(), statement, args); err != nil {
		p.t.Fatal(err)
	}
}

// gone reports whether a case left in the release.
func (p *proof) gone(c oracle.Case) bool {
	return slices.ContainsFunc(p.left, func(l oracle.Case) bool { return l.ID == c.ID })
}

// opens reports whether the numbers of cases open to the person: they read every case
// with all its classes, and no wall keeps one from them that left.
func (p *proof) opens() bool {
	return p.whole() && !slices.ContainsFunc(p.left, func(c oracle.Case) bool { return p.w.Walled(p.who, c.ID) })
}

// groups asks for the records behind the number that left, and behind one that never
// did.
func groups(p *proof) []call {
	want, none := opened(p.opens()), http.StatusForbidden
	if p.opens() {
		none = http.StatusNotFound
	}
	return []call{
		{path: groupOfCases, want: want},
		{path: groupOfCases + "?after=" + fmt.Sprintf("%016d", p.events[2]), want: want},
		{path: "/releases/1/groups/1-1-1401", want: none},
		{path: "/releases/2/groups/1-1-1102", want: http.StatusNotFound},
	}
}

var (
	headed = regexp.MustCompile(`(?:<h1>[^<]*: ([0-9,]+)\s*</h1>|<p class="lead">[^<]* · ([0-9,]+) cases?</p>)`)
	listed = regexp.MustCompile(`>(C-[0-9A-F]{8})<`)
)

// numbers compares the lists that numbers open with the oracle's: what left is there for
// whom it opens, with as many cases as the number says, and nothing is listed of a case
// that waits for its erasure, nor that a wall hides.
func (p *proof) numbers() {
	p.pattern = "numbers"
	if p.opens() && p.w.May(p.who, "releases.read") {
		p.opened++
		p.lists(groupOfCases, len(p.left), p.left)
		var today, waits []oracle.Case
		for _, c := range p.w.Cases {
			if p.w.Walled(p.who, c.ID) {
				continue
			}
			today = append(today, c)
			if !p.gone(c) {
				waits = append(waits, c)
			}
		}
		p.lists("/balance/1/today", len(today), today)
		p.lists("/balance/1/waiting", len(waits), waits)
	}
	if calls := accountLists(p); calls[0].want == http.StatusOK && p.w.May(p.who, "figures.read") && len(p.seen()) > 0 {
		p.lists(cases.AccountPath(cases.Span{From: 202610, To: 202610}, cases.New, 0), len(p.seen()), p.seen())
	}
}

// lists asks for one list, and compares what heads it and the cases in it.
func (p *proof) lists(path string, count int, of []oracle.Case) {
	a := p.try(call{path: path, want: http.StatusOK})
	want, got := map[string]bool{}, map[string]bool{}
	for _, c := range of {
		if !slices.Contains(p.w.Restricted, c.Client) || p.w.Case(p.who, "cases.read", c) && path[:5] == "/case" {
			want[accesstest.Reference("C", c.ID)] = true
		}
	}
	for _, m := range listed.FindAllStringSubmatch(a.body, -1) {
		got[m[1]] = true
	}
	if m := headed.FindStringSubmatch(a.body); m == nil || m[1]+m[2] != strconv.Itoa(count) {
		p.fault("%s is headed %q, want %d", path, m, count)
	}
	if !maps.Equal(got, want) {
		p.fault("%s lists %v, want %v", path, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}
