package egress

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/auditor"
	"casehub/node/ledger"
	"casehub/node/migrations"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/protobuf/encoding/protowire"
)

const orgUnit = 7

// now is the day on which every test runs.
var now = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func newGate(t testing.TB, db *sqlite.DB, link *Link) *Gate {
	t.Helper()
	reg := codelist.National()
	g, err := New(db, crew{}, ledger.New(reg, ledger.National(), "ZAR", 10_000), reg, PackSettings{}, Office{OrgUnit: orgUnit}, link, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func newOffice(t testing.TB) (*Gate, *sqlite.DB) {
	db := sqlitetest.Open(t, migrations.FS)
	return newGate(t, db, nil), db
}

// openCases records one case each for clients from to below to, of one type.
func openCases(t testing.TB, db *sqlite.DB, from, to int, code codelist.Code, day string) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		for i := from; i < to; i++ {
			client, id := fmt.Sprintf("K%04d", i), fmt.Sprintf("C%04d-%d", i, code)
			if _, err := tx.ExecArgs(t.Context(), `INSERT OR IGNORE INTO clients (id, reference, surname, given_names, created_at, updated_at) VALUES (?1, ?1, 'Canary-Nkosi', ?1, 0, 0)`, client); err != nil {
				return err
			}
			if _, err := tx.ExecArgs(t.Context(), `INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, 'open', ?4, 0, 0)`, id, client, int64(code), day); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// recoverFor records an amount for each of the first n clients in their case of
// one type.
func recoverFor(t testing.TB, db *sqlite.DB, n int, kind, caseType codelist.Code, day string) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		for i := range n {
			if _, err := tx.ExecArgs(t.Context(), `INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, 'ZAR', 0, 0)`, fmt.Sprintf("R%04d", i), fmt.Sprintf("C%04d-%d", i, caseType), int64(kind), day, 100_000+i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// goodCandidate builds the release of an office without keeping it.
func goodCandidate(t testing.TB, g *Gate, db *sqlite.DB) candidate {
	t.Helper()
	var c candidate
	rollback := errors.New("rolled back on purpose")
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) (err error) {
		if c, err = g.built(t.Context(), tx, 202609); err != nil {
			return err
		}
		return rollback
	})
	if !errors.Is(err, rollback) {
		t.Fatal(err)
	}
	return c
}

// alter decodes the candidate's bytes, changes the message, and encodes it.
func alter(change func(*releasev1.Release)) func(*candidate) {
	return func(c *candidate) {
		r, err := release.Decode(c.bytes)
		if err != nil {
			panic(err)
		}
		change(r)
		if c.bytes, err = release.Encode(r); err != nil {
			panic(err)
		}
	}
}

// hostile lists releases that one check, and only that one where alone is set,
// keeps from leaving.
var hostile = []struct {
	name  string
	check string
	alone bool
	spoil func(*candidate)
}{
	{"a name in an unknown field", "structure", false, func(c *candidate) {
		c.bytes = protowire.AppendTag(c.bytes, 99, protowire.BytesType)
		c.bytes = protowire.AppendString(c.bytes, "Nomsa Dlamini")
	}},
	{"an overlong varint", "structure", false, func(c *candidate) {
		c.bytes = append([]byte{0x08, 0x81, 0x00}, c.bytes[2:]...)
	}},
	{"a group below five", "structure", false, alter(func(r *releasev1.Release) { r.Tables[0].Groups[0].Value = 4 })},
	{"nothing at all", "structure", false, func(c *candidate) { c.bytes = nil }},
	{"a code the registry does not know", "codes", false, alter(func(r *releasev1.Release) { r.Tables[0].Groups[0].CategoryOption = 1 })},
	{"another version of the registry", "codes", false, alter(func(r *releasev1.Release) { r.RegistryVersion++ })},
	{"money where there is none", "codes", false, alter(func(r *releasev1.Release) { r.Tables[0].Groups[0].AmountHundreds = 3 })},
	{"another office", "header", false, alter(func(r *releasev1.Release) { r.OrgUnit = 8 })},
	{"other rules of counting", "header", true, alter(func(r *releasev1.Release) { r.RulesVersion++ })},
	{"another month", "header", true, alter(func(r *releasev1.Release) { r.Period = 202612 })},
	{"the last release of an office, unasked", "header", false, alter(func(r *releasev1.Release) { r.Kind = releasev1.ReleaseKind_RELEASE_KIND_CLOSING })},
	{"a month that left before", "season", true, func(c *candidate) { c.last.period = 202609 }},
	{"a month after the last release", "season", true, func(c *candidate) {
		c.past.releases = []issued{{1, 0, releasev1.ReleaseKind_RELEASE_KIND_CLOSING}}
	}},
	{"without the pack that must be there", "packs", false, func(c *candidate) { c.rules, c.fault = nil, errPackMissing }},
	{"beside a pack that is wrong", "packs", true, func(c *candidate) { c.fault = errPackPaused }},
	{"nothing, from another chain", "template", false, func(c *candidate) {
		bare(c)
		c.last.digest = make([]byte, 32)
	}},
	{"a sequence left out", "chain", true, alter(func(r *releasev1.Release) { r.Sequence, r.PreviousDigest = 2, make([]byte, 32) })},
	{"what the auditor does not find", "audit", true, func(c *candidate) { c.audit = &auditor.Difference{Fault: auditor.Value} }},
	{"one case more than there are", "evidence", true, alter(func(r *releasev1.Release) { r.Tables[0].Groups[0].Value++ })},
	{"a group that is not in the database", "evidence", false, alter(func(r *releasev1.Release) {
		invented := &releasev1.Table{DataSet: 2, Groups: []*releasev1.Group{{CategoryOption: 3101, Level: 1, FromPeriod: 202609, Value: 9, ObsStatus: 1}}}
		r.Tables = slices.Insert(r.Tables, 1, invented)
	})},
	{"a group that is not on the wire", "evidence", true, alter(func(r *releasev1.Release) { r.Tables = r.Tables[:1] })},
	{"four clients with nine cases", "floor", false, func(c *candidate) { c.evidence[0].Clients = 4 }},
	{"four clients with nine cases", "policy", false, func(c *candidate) { c.evidence[0].Clients = 4 }},
	{"an amount that does not follow from the records", "amounts", true, func(c *candidate) {
		c.evidence[2].TotalMinor += 50_000 // the wire and the ledger agree, the records do not
	}},
	{"nine clients of violence", "policy", false, func(c *candidate) { c.evidence[1].Clients = 9 }},
}

// bare takes every group out of the candidate.
func bare(c *candidate) {
	alter(func(r *releasev1.Release) { r.Tables = nil })(c)
	c.evidence = nil
}

// TestEachCheckRefuses takes every hostile release through the gate, then
// through a gate that has only the structure and the named check, and, where
// that check stands alone, through a gate without it, which must let it pass:
// so none of the checks is there in name only.
func TestEachCheckRefuses(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	openCases(t, db, 10, 30, 1401, "2026-09-02")
	recoverFor(t, db, 9, 4101, 1101, "2026-09-20")
	good := goodCandidate(t, g, db)
	if err := g.judge(t.Context(), &good); err != nil {
		t.Fatalf("the good release: %v, so the refusals below would show nothing", err)
	}
	covered := map[string]bool{}
	for _, h := range hostile {
		t.Run(h.check+"/"+h.name, func(t *testing.T) {
			covered[h.check] = true
			c := goodCandidate(t, g, db)
			h.spoil(&c)
			if err := g.judge(t.Context(), &c); err == nil {
				t.Fatal("the gate let it out")
			}
			only := *g
			only.checks = slices.DeleteFunc(slices.Clone(g.checks), func(k check) bool { return k.code != h.check && k.code != "structure" })
			if err := only.judge(t.Context(), &c); err == nil {
				t.Errorf("the check %s let it out", h.check)
			}
			without := *g
			without.checks = slices.DeleteFunc(slices.Clone(g.checks), func(k check) bool { return k.code == h.check })
			if err := without.judge(t.Context(), &c); h.alone && err != nil {
				t.Errorf("without the check %s: %v, want it let out", h.check, err)
			}
		})
	}
	for _, k := range g.checks {
		if !covered[k.code] {
			t.Errorf("no hostile release needs the check %s", k.code)
		}
	}
}

func TestRefusalLeavesOnlyADecision(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	g.checks = append(g.checks, check{"never", func(context.Context, *candidate) bool { return false }})
	if _, err := g.Close(t.Context(), actor.Node(), 202609); !errors.Is(err, ErrRefused) {
		t.Fatalf("error = %v, want ErrRefused", err)
	}
	for _, table := range []string{"releases", "outbox", "release_drafts", "ledger_groups", "ledger_events WHERE state <> 'unpublished'", "audit"} {
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM `+table, nil).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s has %d rows (%v) after a refusal", table, n, err)
		}
	}
	list, err := selectDecisions(t.Context(), db)
	if err != nil || len(list) != 1 || list[0].Verdict != "never" {
		t.Errorf("decisions = %+v, %v, want one by the check never", list, err)
	}
}

func TestCloseSealsWhatTheDatabaseHolds(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-08-02")
	openCases(t, db, 10, 14, 1102, "2026-08-02")
	for _, month := range []civil.Month{202608, 202609} {
		if _, err := g.Close(t.Context(), actor.Node(), month); err != nil {
			t.Fatal(err)
		}
	}
	first, second := opened(t, db, 1), opened(t, db, 2)
	if len(first.Release.Tables) != 1 || len(first.Release.Tables[0].Groups) != 1 || first.Release.Tables[0].Groups[0].Value != 9 {
		t.Errorf("first release = %v, want nine dismissals and nothing of the four", first.Release)
	}
	if len(second.Release.Tables) != 0 {
		t.Errorf("second release = %v, want no groups (rule D10)", second.Release)
	}
	if want := sha256.Sum256(first.Bytes); string(second.Release.PreviousDigest) != string(want[:]) {
		t.Error("the second release does not chain to the first")
	}
	if err := g.VerifyDecisions(t.Context()); err != nil {
		t.Error(err)
	}
}

func opened(t *testing.T, db *sqlite.DB, sequence uint32) *release.Opened {
	t.Helper()
	b, err := selectSealed(t.Context(), db, sequence)
	if err != nil {
		t.Fatal(err)
	}
	o, err := release.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestCloseRefusesTheWrongMonth(t *testing.T) {
	g, _ := newOffice(t)
	if _, err := g.Close(t.Context(), actor.Node(), 202610); !errors.Is(err, ErrPeriodOpen) {
		t.Errorf("the running month: %v, want ErrPeriodOpen", err)
	}
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Close(t.Context(), actor.Node(), 202609); !errors.Is(err, ErrPeriodClosed) {
		t.Errorf("a month twice: %v, want ErrPeriodClosed", err)
	}
	if _, err := g.Close(t.Context(), actor.Node(), 202608); !errors.Is(err, ErrPeriodClosed) {
		t.Errorf("an earlier month: %v, want ErrPeriodClosed", err)
	}
}

func TestSameRecordsGiveTheSameBytes(t *testing.T) {
	var digests [2]string
	for i := range digests {
		g, db := newOffice(t)
		openCases(t, db, 0, 9, 1101, "2026-09-02")
		r, err := g.Close(t.Context(), actor.Node(), 202609)
		if err != nil {
			t.Fatal(err)
		}
		digests[i] = string(r.Digest)
	}
	if digests[0] != digests[1] {
		t.Error("two offices with the same records sealed different bytes")
	}
}

func TestTamperedDecisionIsFound(t *testing.T) {
	g, db := newOffice(t)
	for _, m := range []civil.Month{202607, 202608, 202609} {
		if _, err := g.Close(t.Context(), actor.Node(), m); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range []string{
		`DROP TRIGGER egress_decisions_stay`, `UPDATE egress_decisions SET verdict = 'floor' WHERE seq = 2`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.VerifyDecisions(t.Context()); !errors.Is(err, ErrDecisionsBroken) {
		t.Errorf("error = %v, want ErrDecisionsBroken", err)
	}
}

func TestChangedBytesAreNotSent(t *testing.T) {
	g, db := newOffice(t)
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Fatal(err)
	}
	rows, err := selectOutbox(t.Context(), db)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	if _, err := g.permitFor(rows[0]); err != nil {
		t.Fatalf("the sealed release itself: %v", err)
	}
	for i := range rows[0].sealed {
		spoilt := rows[0]
		spoilt.sealed = slices.Clone(spoilt.sealed)
		spoilt.sealed[i] ^= 1
		if _, err := g.permitFor(spoilt); !errors.Is(err, ErrBytesChanged) {
			t.Fatalf("byte %d changed: %v, want ErrBytesChanged", i, err)
		}
	}
}

func TestOutboxKeepsWhatHasNoReceipt(t *testing.T) {
	g, db := newOffice(t)
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `DELETE FROM outbox`, nil); err == nil {
		t.Error("the outbox was emptied without a receipt")
	}
	if _, err := g.Sync(t.Context(), 0); !errors.Is(err, ErrNoHub) {
		t.Errorf("error = %v, want ErrNoHub", err)
	}
}

func TestDueListsTheMonthsWhoseSlotHasCome(t *testing.T) {
	g, _ := newOffice(t)
	due, err := g.Due(t.Context(), 202607)
	if err != nil || !slices.Equal(due, []civil.Month{202607, 202608, 202609}) {
		t.Fatalf("due = %v, %v", due, err)
	}
	if _, err := g.Close(t.Context(), actor.Node(), 202607); err != nil {
		t.Fatal(err)
	}
	if due, err = g.Due(t.Context(), 202001); err != nil || !slices.Equal(due, []civil.Month{202608, 202609}) {
		t.Fatalf("due after a release = %v, %v", due, err)
	}
	g.now = func() time.Time { return time.Date(2026, 10, 2, 5, 59, 0, 0, time.UTC) }
	if due, err = g.Due(t.Context(), 202001); err != nil || !slices.Equal(due, []civil.Month{202608}) {
		t.Fatalf("due before September's slot = %v, %v", due, err)
	}
}

func TestAClockFarAheadReleasesNothing(t *testing.T) {
	g, _ := newOffice(t)
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Fatal(err)
	}
	g.now = func() time.Time { return now.AddDate(10, 0, 0) }
	if due, err := g.Due(t.Context(), 202001); !errors.Is(err, ErrClock) {
		t.Fatalf("due = %v, %v, want ErrClock", due, err)
	}
	g.now = func() time.Time { return now.AddDate(0, 12, 0) }
	if due, err := g.Due(t.Context(), 202001); err != nil || len(due) != 12 {
		t.Fatalf("after a year off: due = %v, %v, want 12 months", due, err)
	}
}

func TestSlotsLieInTheFirstDaysOfTheNextMonth(t *testing.T) {
	days := map[int]bool{}
	for n := range uint32(2000) {
		s := slot(n, 202612, time.UTC)
		if civil.MonthOf(s) != 202701 || s.Day() < 2 || s.Day() > 8 || s.Hour() < 6 || s.Hour() > 17 {
			t.Fatalf("office %d: %s", n, s)
		}
		days[s.Day()] = true
	}
	if len(days) != 7 {
		t.Errorf("slots fall on %d days, want 7", len(days))
	}
}

func TestKeysStayTheSame(t *testing.T) {
	g, db := newOffice(t)
	a, err := g.Enrolment()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newGate(t, db, nil).Enrolment()
	if err != nil || !a.ReleaseKey.Equal(b.ReleaseKey) || a.TransportKey != b.TransportKey {
		t.Errorf("keys changed over a restart: %v", err)
	}
	if s := fmt.Sprintf("%v %+v", g.keys, g.keys); s != "keys(hidden) keys(hidden)" {
		t.Errorf("keys show as %s", s)
	}
}

func TestVerifyFindsAReleaseThatIsGone(t *testing.T) {
	g, db := newOffice(t)
	for _, m := range []civil.Month{202607, 202608, 202609} {
		if _, err := g.Close(t.Context(), actor.Node(), m); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := g.VerifyReleases(t.Context()); err != nil || n != 3 {
		t.Fatalf("%d releases hold (%v), want 3", n, err)
	}
	for _, statement := range []string{
		`DROP TRIGGER releases_stay`, `DROP TRIGGER outbox_waits_for_its_receipt`,
		`DELETE FROM outbox WHERE sequence = 2`, `DELETE FROM releases WHERE sequence = 2`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.VerifyReleases(t.Context()); !errors.Is(err, ErrChainBroken) {
		t.Errorf("error = %v, want ErrChainBroken", err)
	}
}
