package ledger

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"

	"pgregory.net/rapid"
)

// codes are leaves of four categories, violence and abuse among them.
var codes = []codelist.Code{1101, 1102, 1103, 1104, 1201, 1202, 1203, 1301, 1302, 1401, 1402}

// history is an office whose ledger is driven at random, with everything that has
// to hold after each step.
type history struct {
	*office
	rt       *rapid.T
	month    civil.Month
	sequence uint32
	// cases and sums are records, by identifier, that are there; erased are gone
	// and were counted or never will be.
	cases, sums, erased map[string]bool
	// members are the sources of each group when it left.
	members map[int64]string
	groups  int
	voids   int
	again   int
	blocks  int
}

// few sets how many histories rapid invents, unless it was told.
func few(t *testing.T, n string) {
	t.Helper()
	set(t, "rapid.checks", n)
}

// always has rapid invent the same histories, unless it was told how many, and reports
// whether it does: then it can be asked what was in them.
func always(t *testing.T, seed string) bool {
	t.Helper()
	if f := flag.Lookup("rapid.checks"); f.Value.String() != f.DefValue {
		return false
	}
	return set(t, "rapid.seed", seed)
}

// set gives a flag a value for a test, unless it was given one.
func set(t *testing.T, name, value string) bool {
	t.Helper()
	f := flag.Lookup(name)
	if f.Value.String() != f.DefValue {
		return false
	}
	if err := f.Value.Set(value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(f.DefValue); err != nil {
			t.Error(err)
		}
	})
	return true
}

func newHistory(t testing.TB, rt *rapid.T) *history {
	return &history{
		office: newOffice(t), rt: rt, month: 202601,
		cases: map[string]bool{}, sums: map[string]bool{}, erased: map[string]bool{}, members: map[int64]string{},
	}
}

// TestInvariantsI01I02I03I04I12I14HoldInEveryHistory drives offices through months
// of records, corrections, erasures, duplicate imports and releases taken back:
//
// I1 every event is in one state, and stands for its record once; I2 net of entries
// it counts at most once; I3 each group has the people that it needs, and money is
// spread; I4 what was published is what is marked; I12 what is taken back is gone
// for all codes; I14 what fell comes back as it was, or in one block, or not.
func TestInvariantsI01I02I03I04I12I14HoldInEveryHistory(t *testing.T) {
	same := always(t, "6")
	few(t, "12")
	var groups, voids, again, blocks int
	rapid.Check(t, func(rt *rapid.T) {
		h := newHistory(t, rt)
		for range rapid.IntRange(20, 50).Draw(rt, "steps") {
			h.step()
			if err := h.check(); err != nil {
				rt.Fatal(err)
			}
		}
		groups, voids, again, blocks = groups+h.groups, voids+h.voids, again+h.again, blocks+h.blocks
	})
	t.Logf("%d groups, %d releases taken back, %d groups again, %d blocks", groups, voids, again, blocks)
	if same && (groups < 100 || voids < 10 || again < 10 || blocks == 0) {
		t.Error("in these histories too little happened")
	}
}

// step does one thing.
func (h *history) step() {
	rapid.SampledFrom([]func(){
		h.comes, h.pays, h.edits, h.amends, h.deletes, h.erases, h.importsTwice, h.turnsOutToBeOne,
		h.busyMonth, h.busyMonth, h.busyMonth, h.busyMonth, h.closes, h.closes, h.takesBack, h.takesBack, h.takesBack,
	}).Draw(h.rt, "step")()
}

// busyMonth is a month with work, and its end.
func (h *history) busyMonth() {
	h.comes()
	h.comes()
	h.pays()
	h.closes()
}

// comes opens cases in the month, some of them as of months before.
func (h *history) comes() {
	n := rapid.IntRange(5, 30).Draw(h.rt, "cases")
	h.tx(func(tx *sqlite.Tx) error {
		for range n {
			day := h.month.Add(-rapid.SampledFrom([]int{0, 0, 0, 1, 5}).Draw(h.rt, "ago")).First()
			id := h.id("C")
			_, err := tx.ExecArgs(context.Background(), `INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, 'open', ?4, 0, 0)`, id, h.client(), int64(rapid.SampledFrom(codes).Draw(h.rt, "code")), string(day))
			if err != nil {
				return err
			}
			h.cases[id] = true
		}
		return nil
	})
}

func (h *history) id(kind string) string {
	h.n++
	return fmt.Sprintf("%s%05d", kind, h.n)
}

func (h *history) client() string { return client(rapid.IntRange(0, 59).Draw(h.rt, "client")) }

// some draws one of the records that are there.
func (h *history) some(of map[string]bool) (string, bool) {
	if len(of) == 0 {
		return "", false
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(of))).Draw(h.rt, "record"), true
}

// pays adds amounts to cases.
func (h *history) pays() {
	for range rapid.IntRange(1, 12).Draw(h.rt, "amounts") {
		if id, ok := h.some(h.cases); ok {
			h.recover(id, rapid.Int64Range(-20_000, 400_000).Filter(func(n int64) bool { return n != 0 }).Draw(h.rt, "minor"), string(h.month.First()),
				rapid.SampledFrom([]string{"ZAR", "ZAR", "ZAR", "USD"}).Draw(h.rt, "currency"))
			h.sums[fmt.Sprintf("R%05d", h.n)] = true
		}
	}
}

func (h *history) edits() {
	for range rapid.IntRange(1, 6).Draw(h.rt, "edits") {
		if id, ok := h.some(h.cases); ok {
			h.exec(`UPDATE cases SET case_type = ?1 WHERE id = ?2`, int64(rapid.SampledFrom(codes).Draw(h.rt, "to")), id)
		}
	}
}

// amends changes an amount, its currency, or removes it.
func (h *history) amends() {
	id, ok := h.some(h.sums)
	if !ok {
		return
	}
	switch rapid.IntRange(0, 3).Draw(h.rt, "how") {
	case 0:
		h.exec(`UPDATE recoveries SET amount_minor = ?1 WHERE id = ?2`, rapid.Int64Range(1, 400_000).Draw(h.rt, "minor"), id)
	case 1:
		h.exec(`UPDATE recoveries SET currency = 'USD' WHERE id = ?1`, id)
	case 2:
		h.exec(`UPDATE recoveries SET currency = 'ZAR' WHERE id = ?1`, id)
	default:
		h.exec(`DELETE FROM recoveries WHERE id = ?1`, id)
		delete(h.sums, id)
	}
}

func (h *history) deletes() {
	for range rapid.IntRange(1, 4).Draw(h.rt, "deleted") {
		if id, ok := h.some(h.cases); ok {
			h.drop(id)
		}
	}
}

// drop removes a case with its amounts.
func (h *history) drop(id string) (sums []string) {
	sums = h.text(`SELECT id FROM recoveries WHERE case_id = ?1`, id)
	h.exec(`DELETE FROM recoveries WHERE case_id = ?1`, id)
	h.exec(`DELETE FROM cases WHERE id = ?1`, id)
	delete(h.cases, id)
	for _, s := range sums {
		delete(h.sums, s)
	}
	return sums
}

// erases removes a case as an erasure does.
func (h *history) erases() {
	id, ok := h.some(h.cases)
	if !ok {
		return
	}
	for _, source := range append(h.text(`SELECT id FROM recoveries WHERE case_id = ?1`, id), id) {
		h.exec(`UPDATE ledger_events SET erased = 1, client_id = '' WHERE source_id = ?1 AND state = 'published'`, source)
		h.exec(`UPDATE ledger_events SET erased = 1, client_id = '', code = 0, period = 0, amount_minor = 0, state = 'withdrawn' WHERE source_id = ?1 AND state <> 'published'`, source)
		h.erased[source] = true
	}
	h.drop(id)
}

// importsTwice copies cases, and removes the copies later or never.
func (h *history) importsTwice() {
	for range rapid.IntRange(1, 12).Draw(h.rt, "copies") {
		id, ok := h.some(h.cases)
		if !ok {
			return
		}
		second := h.id("C")
		h.exec(`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
SELECT ?1, ?1, client_id, case_type, status, opened_on, 0, 0 FROM cases WHERE id = ?2`, second, id)
		h.cases[second] = true
	}
}

// turnsOutToBeOne joins two clients, or parts them.
func (h *history) turnsOutToBeOne() {
	number := rapid.SampledFrom([]string{"", "AA1", "AA2"}).Draw(h.rt, "number")
	h.exec(`UPDATE clients SET id_number = ?1 WHERE id IN (?2, ?3)`, number, h.client(), h.client())
}

// closes closes a month.
func (h *history) closes() {
	h.refresh()
	waited := h.text(`SELECT id FROM ledger_events WHERE state = 'unpublished' AND block IS NOT NULL ORDER BY id`)
	h.sequence++
	var groups []Group
	h.tx(func(tx *sqlite.Tx) (err error) {
		groups, err = h.ledger.Close(context.Background(), tx, h.sequence, h.month, Regular)
		return err
	})
	h.groups += len(groups)
	h.evidence(groups)
	if err := h.comeBack(len(waited) > 0); err != nil {
		h.rt.Fatal(err)
	}
	for _, id := range h.text(`SELECT id FROM ledger_groups WHERE sequence = ?1`, int(h.sequence)) {
		var n int64
		if _, err := fmt.Sscan(id, &n); err != nil {
			h.rt.Fatal(err)
		}
		h.members[n] = h.sourcesOf(n)
	}
	h.month = h.month.Add(1)
}

func (h *history) sourcesOf(group int64) string {
	return strings.Join(h.text(`SELECT source_id || ' ' || version FROM ledger_events WHERE group_id = ?1 ORDER BY source_id`, int(group)), ", ")
}

// evidence is I3: every group as the records have it.
func (h *history) evidence(groups []Group) {
	evidence, err := h.ledger.Evidence(context.Background(), h.db, h.sequence)
	if err != nil {
		h.rt.Fatal(err)
	}
	if len(evidence) != len(groups) {
		h.rt.Fatalf("%d groups have evidence, want %d", len(evidence), len(groups))
	}
	for i, e := range evidence {
		if e.Group != groups[i] {
			h.rt.Fatalf("counted again: %+v, published: %+v", e.Group, groups[i])
		}
		if err := h.large(e); err != nil {
			h.rt.Fatal(err)
		}
	}
}

// large is what a group needs, said once more.
func (h *history) large(e Evidence) error {
	k := int64(5)
	for _, code := range h.text(`SELECT DISTINCT e.code FROM ledger_events e JOIN ledger_groups g ON g.id = e.group_id
WHERE g.sequence = ?1 AND g.data_set = ?2 AND g.category_option = ?3 AND g.level = ?4`, int(h.sequence), int(e.DataSet), int(e.Code), int(e.Level)) {
		if strings.HasPrefix(code, "14") {
			k = 10
		}
	}
	switch month := h.month; {
	case min(e.Value, e.Clients) < k:
		return fmt.Errorf("I3: %+v has too few, %d are needed", e, k)
	case (k == 10 || e.Level > Leaf) && month%100%3 != 0:
		return fmt.Errorf("I3: %+v left in %d", e, month)
	case e.From > month || k == 10 && (e.From%100-1)%3 != 0:
		return fmt.Errorf("I3: %+v is dated wrongly", e)
	case e.DataSet != codelist.AmountsRecovered:
		return nil
	case 4*(e.Amounts.Absolute-e.Amounts.Largest-e.Amounts.Second) < e.Amounts.Largest:
		return fmt.Errorf("I3: of %+v somebody's amount can be worked out", e)
	case e.Amounts.Negative && min(e.Value, e.Clients) < 2*k || !e.Follows():
		return fmt.Errorf("I3: %+v has an amount that does not follow", e)
	}
	return nil
}

// comeBack is I14 for the groups of the newest release.
func (h *history) comeBack(some bool) error {
	for _, row := range h.text(`SELECT g.id || ' ' || g.level || ' ' || coalesce(g.again, 0) || ' ' || (SELECT count(*) FROM ledger_events e WHERE e.group_id = g.id AND e.block IS NOT NULL)
FROM ledger_groups g WHERE g.sequence = ?1`, int(h.sequence)) {
		var id, level, again, fell int64
		if _, err := fmt.Sscan(row, &id, &level, &again, &fell); err != nil {
			return err
		}
		var err error
		switch {
		case again != 0:
			h.again++
			err = h.sameAgain(id, again)
		case fell > 0 && (level != int64(Other) || !some):
			err = fmt.Errorf("I14: %d events of releases that were taken back are in a group of level %d", fell, level)
		case fell > 0:
			h.blocks++
			err = h.wholeBlock(id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sameAgain checks that a group is the one that fell, to the event.
func (h *history) sameAgain(id, again int64) error {
	const fields = `SELECT concat_ws(' ', data_set, category_option, level, from_period, value, amount_hundreds, amount_minor) FROM ledger_groups WHERE id = ?1`
	if a, b := h.text(fields, int(id)), h.text(fields, int(again)); a[0] != b[0] {
		return fmt.Errorf("I14: %s was %s", a[0], b[0])
	}
	if a, b := h.sourcesOf(id), h.members[again]; a != b {
		return fmt.Errorf("I14: in it are %s, and were %s", a, b)
	}
	return nil
}

// wholeBlock checks that nothing of the block stayed behind, and that people enough
// left with it.
func (h *history) wholeBlock(id int64) error {
	left := h.text(`SELECT b.id FROM ledger_events b JOIN ledger_groups g ON g.id = ?1 AND g.data_set = b.data_set
WHERE b.state = 'unpublished' AND b.block IS NOT NULL
    AND EXISTS (SELECT 1 FROM ledger_events o WHERE o.block = b.block AND (o.state <> 'unpublished' OR o.reason <> ''))`, int(id))
	if len(left) > 0 {
		return fmt.Errorf("I14: %d events of the block stayed behind", len(left))
	}
	people := h.text(`SELECT DISTINCT client_id FROM ledger_events WHERE group_id = ?1 AND block IS NULL AND client_id NOT IN (SELECT client_id FROM ledger_events WHERE group_id = ?1 AND block IS NOT NULL)`, int(id))
	if len(people) < 5 {
		return fmt.Errorf("I14: only %d others left with the block", len(people))
	}
	return nil
}

// takesBack takes a release back.
func (h *history) takesBack() {
	list := h.text(`SELECT DISTINCT sequence FROM ledger_groups WHERE voided_by IS NULL ORDER BY sequence`)
	if len(list) == 0 {
		return
	}
	if err := h.takesBackThat(rapid.SampledFrom(list).Draw(h.rt, "release"), h.ledger.Void); err != nil {
		h.rt.Fatal(err)
	}
}

// takesBackThat takes back one release, and is I12: afterwards all others count, and
// nothing of it.
func (h *history) takesBackThat(voids string, void func(context.Context, *sqlite.Tx, uint32, uint32) error) error {
	h.refresh()
	h.sequence++
	h.voids++
	const sums = `SELECT concat_ws(' ', data_set, level, category_option, sum(value), sum(amount_hundreds)) FROM ledger_groups WHERE voided_by IS NULL AND sequence <> ?1 GROUP BY data_set, level, category_option`
	want := h.text(sums, voids)
	h.tx(func(tx *sqlite.Tx) error {
		var n uint32
		if _, err := fmt.Sscan(voids, &n); err != nil {
			return err
		}
		return void(context.Background(), tx, h.sequence, n)
	})
	if got := h.text(sums, -1); !slices.Equal(got, want) {
		return fmt.Errorf("I12: with the release taken back the groups are %v, want %v", got, want)
	}
	return nil
}

// check is what holds at every moment.
func (h *history) check() error {
	h.refresh()
	return errors.Join(h.standsOnce(codelist.CasesOpened, h.cases), h.standsOnce(codelist.AmountsRecovered, h.inCurrency()), h.marked(), h.countedOnce())
}

func (h *history) inCurrency() map[string]bool {
	there := map[string]bool{}
	for _, id := range h.text(`SELECT id FROM recoveries WHERE currency = 'ZAR'`) {
		there[id] = true
	}
	return there
}

// standsOnce is I1: each record that counts stands for one, wherever it is, and
// what is gone for none.
func (h *history) standsOnce(set uint32, there map[string]bool) error {
	stands := map[string]int{}
	for _, row := range h.text(`
SELECT source_id || ' ' || sum(n)
FROM (
    SELECT source_id, weight AS n FROM ledger_events WHERE data_set = ?1 AND state IN ('published', 'unpublished')
    UNION ALL
    SELECT e.source_id, n.delta * n.weight FROM ledger_entries n JOIN ledger_events e ON e.id = n.event_id WHERE n.data_set = ?1 AND n.state <> 'cancelled'
)
GROUP BY source_id`, int(set)) {
		var id string
		var n int
		if _, err := fmt.Sscan(row, &id, &n); err != nil {
			return err
		}
		stands[id] = n
	}
	for id, n := range stands {
		if want := map[bool]int{true: 1}[there[id]]; n != want && (!h.erased[id] || n != 1) {
			return fmt.Errorf("I1: %s of measure %d stands for %d, want %d", id, set, n, want)
		}
	}
	for id := range there {
		if stands[id] != 1 {
			return fmt.Errorf("I1: %s of measure %d stands for %d, want 1", id, set, stands[id])
		}
	}
	return nil
}

// marked is I4: what the groups count is what is marked, to the event.
func (h *history) marked() error {
	balances, err := h.ledger.Balance(context.Background(), h.db)
	if err != nil {
		return err
	}
	sums, err := h.ledger.Published(context.Background(), h.db)
	if err != nil {
		return err
	}
	published := map[uint32]int64{}
	for _, s := range sums {
		published[s.DataSet] += s.Value
	}
	for _, b := range balances {
		if b.Published+b.Netted != published[b.DataSet] {
			return fmt.Errorf("I4: of measure %d %d are marked, %d netted, and the groups count %d", b.DataSet, b.Published, b.Netted, published[b.DataSet])
		}
	}
	return nil
}

// countedOnce is I2: net of entries, those that wait among them, no record is in two
// groups, and no entry in a
// group that is too small.
func (h *history) countedOnce() error {
	twice := h.text(`
SELECT data_set || ' ' || source_id
FROM (
    SELECT data_set, source_id, weight AS n FROM ledger_events WHERE state = 'published'
    UNION ALL
    SELECT n.data_set, e.source_id, n.delta * n.weight FROM ledger_entries n JOIN ledger_events e ON e.id = n.event_id WHERE n.state <> 'cancelled'
)
GROUP BY data_set, source_id
HAVING sum(n) > 1`)
	if len(twice) > 0 {
		return fmt.Errorf("I2: %v counts twice", twice)
	}
	small := h.text(`SELECT n.id FROM ledger_entries n JOIN ledger_groups g ON g.id = n.group_id WHERE g.value < 5 OR g.voided_by IS NOT NULL`)
	if len(small) > 0 {
		return fmt.Errorf("I2: entries %v are in groups that do not count", small)
	}
	return nil
}

// TestTheInvariantsAreSeenToBreak: each check finds what it is for, in a database
// whose guards were taken away.
func TestTheInvariantsAreSeenToBreak(t *testing.T) {
	for name, c := range map[string]struct {
		trigger, statement, want string
	}{
		"nothing": {"ledger_events_stay", `SELECT 1`, ""},
		"an event is gone": {
			"ledger_events_stay", `DELETE FROM ledger_events WHERE id IN (SELECT min(id) FROM ledger_events WHERE state = 'unpublished')`, "I1",
		},
		"an event waits that was published": {
			"ledger_events_stay_published", `UPDATE ledger_events SET state = 'unpublished', group_id = NULL WHERE id IN (SELECT min(id) FROM ledger_events WHERE state = 'published')`, "I4",
		},
		"an event is published twice": {
			"ledger_events_stay", `INSERT INTO ledger_events (data_set, source_id, version, client_id, code, period, state, group_id)
SELECT data_set, source_id, 9, client_id, code, period, state, group_id FROM ledger_events WHERE id IN (SELECT max(id) FROM ledger_events WHERE state = 'published')`, "I2",
		},
		"a group counts one more": {"ledger_groups_stay", `UPDATE ledger_groups SET value = value + 1`, "I4"},
		"an entry is in a group that fell": {
			"ledger_groups_stay", `UPDATE ledger_groups SET voided_by = 9 WHERE id IN (SELECT group_id FROM ledger_entries)`, "I2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t, nil)
			h.office.cases(9, dismissal, "2026-01-10")
			h.close(1, 202601)
			h.exec(`UPDATE cases SET case_type = 1102 WHERE rowid = 1`)
			for i := 20; i < 28; i++ {
				h.open(client(i), dismissal, "2026-02-10")
			}
			h.close(2, 202602)
			for _, id := range h.text(`SELECT id FROM cases`) {
				h.cases[id] = true
			}
			h.exec(`DROP TRIGGER ` + c.trigger)
			h.exec(c.statement)
			if err := h.check(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("the checks say %v, want %q", err, c.want)
			}
		})
	}
}
