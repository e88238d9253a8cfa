package auditor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
	releasev1 "casehub/proto/casehub/release/v1"
)

// story is an office as it stands when a release is audited, written down by
// hand: what it recorded, and what its ledger says.
type story struct {
	people    []someone
	cases     []paper
	amounts   []paper
	events    []*event
	entries   []*entry
	groups    []*group
	releases  []past
	elsewhere map[uint32]civil.Month
	start     civil.Month
	unread    [][2]string // table and identifier

	sequence int64
	period   civil.Month
	kind     releasev1.ReleaseKind
	voids    int64
	office   Office
	reg      *codelist.Registry
	counted  map[int64]int64 // entries that a group says it has beside those in it
}

// paper is a case, or an amount in a case.
type paper struct {
	id, of   string
	code     codelist.Code
	day      string
	minor    int64
	currency string
}

func newStory(sequence int64, period civil.Month) *story {
	return &story{
		sequence: sequence, period: period, kind: releasev1.ReleaseKind_RELEASE_KIND_REGULAR, start: period/100*100 + 1,
		elsewhere: map[uint32]civil.Month{}, reg: codelist.National(),
		office: Office{K: 5, KSensitive: 10, P: 25, Largest: 5000, Currency: "ZAR", MinorPerHundred: 10_000},
	}
}

// open records n cases, each of another new client, and their events, in a group
// or in none (0). It returns the events.
func (s *story) open(n int, code codelist.Code, month civil.Month, in int64) []*event {
	var list []*event
	for range n {
		client := fmt.Sprintf("K%03d", len(s.people))
		s.people = append(s.people, someone{id: client, names: "Name" + client})
		list = append(list, s.again(client, code, month, in))
	}
	return list
}

// again records a case of a client who is known.
func (s *story) again(client string, code codelist.Code, month civil.Month, in int64) *event {
	p := paper{id: fmt.Sprintf("C%03d", len(s.cases)), of: client, code: code, day: month.Dash() + "-15"}
	s.cases = append(s.cases, p)
	return s.event(&event{set: codelist.CasesOpened, source: p.id, client: client, code: code, month: month, group: in})
}

// receive records amounts, one in each of the first cases.
func (s *story) receive(kind codelist.Code, month civil.Month, in int64, minor ...int64) []*event {
	var list []*event
	for i, m := range minor {
		p := paper{fmt.Sprintf("R%03d", len(s.amounts)), s.cases[i].id, kind, month.Dash() + "-20", m, "ZAR"}
		s.amounts = append(s.amounts, p)
		list = append(list, s.event(&event{set: codelist.AmountsRecovered, source: p.id, client: s.cases[i].of, code: kind, month: month, minor: m, group: in}))
	}
	return list
}

func (s *story) event(e *event) *event {
	e.id, e.weight = int64(len(s.events)+1), 1
	e.version = max(e.version, 1)
	e.state = "unpublished"
	if e.group != 0 {
		e.state = "published"
	}
	s.events = append(s.events, e)
	return e
}

// publish writes a group of a release down; its number is its place in the story.
func (s *story) publish(sequence int64, period civil.Month, at place, from civil.Month, value int64) *group {
	g := &group{id: int64(len(s.groups) + 1), sequence: sequence, place: at, from: from, period: period, value: value}
	s.groups = append(s.groups, g)
	return g
}

// takeBack makes an adjusting entry for a published event.
func (s *story) takeBack(e *event, at place, in int64) *entry {
	n := &entry{id: int64(len(s.entries) + 1), event: e.id, place: at, delta: -1, weight: e.weight, minor: -e.minor, client: e.client, state: "waiting", group: in}
	if in != 0 {
		n.state = "netted"
	}
	e.corrected = true
	s.entries = append(s.entries, n)
	return n
}

// netted is the number of entries in a group.
func (s *story) netted(group int64) int64 {
	var n int64
	for _, e := range s.entries {
		if e.group == group {
			n++
		}
	}
	return n + s.counted[group]
}

// wire is the release that the ledger's groups make.
func (s *story) wire() *releasev1.Release {
	r := &releasev1.Release{
		SchemaVersion: 1, OrgUnit: 7, Sequence: uint32(s.sequence), Period: uint32(s.period), Kind: s.kind, VoidsSequence: uint32(s.voids),
		PlanVersion: s.reg.Plan.Version, RegistryVersion: s.reg.Version, RulesVersion: 2,
	}
	leaving := slices.DeleteFunc(slices.Clone(s.groups), func(g *group) bool { return g.sequence != s.sequence })
	slices.SortFunc(leaving, func(x, y *group) int {
		if before(x.place, y.place) {
			return -1
		}
		return 1
	})
	for _, g := range leaving {
		if n := len(r.Tables); n == 0 || r.Tables[n-1].DataSet != g.set {
			r.Tables = append(r.Tables, &releasev1.Table{DataSet: g.set})
		}
		t := r.Tables[len(r.Tables)-1]
		t.Groups = append(t.Groups, &releasev1.Group{
			CategoryOption: uint32(g.code), Level: releasev1.GroupLevel(g.level), FromPeriod: uint32(g.from), Value: uint32(g.value),
			AmountHundreds: uint32(g.hundreds), ObsStatus: releasev1.ObsStatus_OBS_STATUS_NORMAL,
		})
	}
	return r
}

// errUndo takes back what a test wrote.
var errUndo = errors.New("undone on purpose")

// audited writes a story into a database, audits it, and takes it back. The wire
// may be spoiled before.
func audited(t testing.TB, db *sqlite.DB, s *story, spoil func(*releasev1.Release)) ([]Evidence, error) {
	t.Helper()
	var list []Evidence
	var verdict error
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		if err := s.write(t.Context(), tx); err != nil {
			return fmt.Errorf("writing the story: %w", err)
		}
		r := s.wire()
		if spoil != nil {
			spoil(r)
		}
		list, verdict = Audit(t.Context(), tx, s.reg, s.office, r)
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	return list, verdict
}

func (s *story) write(ctx context.Context, tx *sqlite.Tx) error {
	do := func(query string, args ...any) error {
		_, err := tx.ExecArgs(ctx, query, args...)
		return err
	}
	for _, p := range s.people {
		born := any(p.born)
		if p.born == "" {
			born = nil
		}
		if err := do(`INSERT INTO clients (id, reference, id_number, surname, birth_date, birth_precision, phones, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, 0, 0)`, p.id, p.number, p.names, born, p.precision, p.phones); err != nil {
			return err
		}
	}
	for _, c := range s.cases {
		if err := do(`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, 'open', ?4, 0, 0)`, c.id, c.of, int64(c.code), c.day); err != nil {
			return err
		}
	}
	for _, m := range s.amounts {
		if err := do(`INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)`, m.id, m.of, int64(m.code), m.day, m.minor, m.currency); err != nil {
			return err
		}
	}
	return s.writeBooks(do)
}

func (s *story) writeBooks(do func(string, ...any) error) error {
	none := func(n int64) any {
		if n == 0 {
			return nil
		}
		return n
	}
	for _, g := range s.groups {
		if err := do(`INSERT INTO ledger_groups (id, sequence, data_set, level, category_option, from_period, period, value, amount_hundreds, carry_minor,
    amount_minor, voided_by, again, entries)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)`, g.id, g.sequence, int64(g.set), int64(g.level), int64(g.code), int64(g.from), int64(g.period),
			g.value, g.hundreds, g.carry, g.minor, none(g.voidedBy), none(g.again), s.netted(g.id)); err != nil {
			return err
		}
	}
	for _, e := range s.events {
		if err := do(`INSERT INTO ledger_events (id, data_set, source_id, version, client_id, code, period, amount_minor, weight, state, reason, group_id, block,
    corrected, erased)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)`, e.id, int64(e.set), e.source, e.version, e.client, int64(e.code), int64(e.month),
			e.minor, e.weight, e.state, e.reason, none(e.group), none(e.block), e.corrected, e.erased); err != nil {
			return err
		}
	}
	for _, n := range s.entries {
		if err := do(`INSERT INTO ledger_entries (id, event_id, data_set, level, category_option, delta, weight, amount_minor, client_id, state, group_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`, n.id, n.event, int64(n.place.set), int64(n.place.level), int64(n.place.code), n.delta, n.weight,
			n.minor, n.client, n.state, none(n.group)); err != nil {
			return err
		}
	}
	return s.writeRest(do)
}

func (s *story) writeRest(do func(string, ...any) error) error {
	for _, p := range s.releases {
		var voids any
		if p.kind == 2 {
			voids = p.sequence - 1
		}
		if err := do(`INSERT INTO releases (sequence, kind, period, voids_sequence, digest, sealed, sealed_at) VALUES (?1, ?2, ?3, ?4, zeroblob(32), x'00', 0)`,
			p.sequence, p.kind, int64(p.period), voids); err != nil {
			return err
		}
	}
	if err := do(`INSERT INTO ledger_start (one, month) VALUES (1, ?1)`, int64(s.start)); err != nil {
		return err
	}
	for set, through := range s.elsewhere {
		if err := do(`INSERT INTO ledger_elsewhere (data_set, through, by, at) VALUES (?1, ?2, 'somebody', 0)`, int64(set), int64(through)); err != nil {
			return err
		}
	}
	if err := do(`DELETE FROM ledger_touched`); err != nil {
		return err
	}
	for _, u := range s.unread {
		if err := do(`INSERT INTO ledger_touched (source, id) VALUES (?1, ?2)`, u[0], u[1]); err != nil {
			return err
		}
	}
	return nil
}

// openStories opens an office whose releases nobody has to approve.
func openStories(t testing.TB) *sqlite.DB {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	if _, err := db.Exec(t.Context(), `DROP TRIGGER IF EXISTS releases_are_approved`, nil); err != nil {
		t.Fatal(err)
	}
	return db
}
