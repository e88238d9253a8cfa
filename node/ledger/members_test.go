package ledger

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"

	"pgregory.net/rapid"
)

// parts are all numbers about a measure that open a list.
var parts = []Part{Today, Pending, Waits, Elsewhere, Unread, Erased, Withdrawn}

// unwalled is for whom no wall keeps from any case.
var unwalled = access.Filter{SQL: "false"}

// opened says what is wrong with the lists behind the numbers of an office.
func (h *history) opened() error {
	ctx := context.Background()
	for _, row := range h.text(`SELECT concat_ws(' ', sequence, data_set, level, category_option) FROM ledger_groups ORDER BY id`) {
		var sequence, set, level uint32
		var code codelist.Code
		if _, err := fmt.Sscan(row, &sequence, &set, &level, &code); err != nil {
			return err
		}
		g, err := h.ledger.Opened(ctx, h.db, sequence, set, level, code)
		if err != nil {
			return fmt.Errorf("group %s: %w", row, err)
		}
		if !g.Holds() {
			return fmt.Errorf("group %s does not hold: %+v", row, g)
		}
		read := func(after string) (Members, error) {
			return h.ledger.MembersOf(ctx, h.db, g, access.Everything(), after, 4)
		}
		lines, value, minor, err := all(read)
		if err != nil {
			return err
		}
		if lines != g.Records+g.Corrections || value != g.Value || minor != g.CountedMinor+g.NettedMinor {
			return fmt.Errorf("group %s: %d lines of %d and %d, it says %+v", row, lines, value, minor, g)
		}
	}
	stands, err := h.ledger.Stands(ctx, h.db, unwalled)
	if err != nil {
		return err
	}
	for _, s := range stands {
		if err := h.stands(ctx, s); err != nil {
			return err
		}
		listed, err := h.ledger.Leaving(ctx, h.db, s.DataSet)
		if err != nil {
			return err
		}
		var sum int64
		for _, g := range listed {
			sum += g.Value
		}
		if sum != s.Published {
			return fmt.Errorf("measure %d: groups of %d for %d published", s.DataSet, sum, s.Published)
		}
	}
	return nil
}

// stands says what is wrong with where the records of a measure are.
func (h *history) stands(ctx context.Context, s Stand) error {
	if !s.Holds() {
		return fmt.Errorf("measure %d does not close: %+v", s.DataSet, s)
	}
	for _, part := range parts {
		read := func(after string) (Members, error) {
			return h.ledger.MembersIn(ctx, h.db, s.DataSet, part, 0, access.Everything(), unwalled, after, 50)
		}
		_, value, _, err := all(read)
		if err != nil {
			return err
		}
		if value != s.Of(part) {
			return fmt.Errorf("measure %d: a list of %d for %d %s", s.DataSet, value, s.Of(part), part)
		}
	}
	return nil
}

// all reads a list page by page and adds it up.
func all(read func(after string) (Members, error)) (lines, value, minor int64, err error) {
	seen := map[string]bool{}
	after := ""
	for {
		page, err := read(after)
		if err != nil {
			return 0, 0, 0, err
		}
		for _, m := range page.Lines {
			if seen[m.key] {
				return 0, 0, 0, fmt.Errorf("%s stands twice", m.key)
			}
			seen[m.key] = true
			lines, value, minor = lines+1, value+m.Value, minor+m.Minor
		}
		if page.Next == "" {
			return lines, value, minor, nil
		}
		after = page.Next
	}
}

// TestEveryNumberOpensToItsRecords drives offices through records, corrections,
// erasures and releases taken back. After each step every published group, also of
// a release that fell, is what its records and corrections add up to, with money to
// the last hundred; every record is published, waits, or is somewhere else, once;
// and every list adds up to its number.
func TestEveryNumberOpensToItsRecords(t *testing.T) {
	few(t, "6")
	var groups, voids int
	rapid.Check(t, func(rt *rapid.T) {
		h := newHistory(t, rt)
		for range rapid.IntRange(10, 24).Draw(rt, "steps") {
			h.step()
			if err := h.opened(); err != nil {
				rt.Fatal(err)
			}
		}
		groups, voids = groups+h.groups, voids+h.voids
	})
	t.Logf("%d groups, %d releases taken back", groups, voids)
}

// TestWrongListsAreSeen breaks what lists read, each in a way in which such
// statements are, and the test above has to see it.
func TestWrongListsAreSeen(t *testing.T) {
	was := linesOf
	defer func() { linesOf = was }()
	broken := func(part Part, old, new string) {
		t.Helper()
		linesOf = map[Part]func(source) string{}
		for p, lines := range was {
			linesOf[p] = lines
		}
		found := false
		linesOf[part] = func(s source) string {
			text := was[part](s)
			found = found || strings.Contains(text, old)
			return strings.ReplaceAll(text, old, new)
		}
		if !sees(t) {
			t.Errorf("%s with %q in place of %q goes unseen", part, new, old)
		}
		if !found {
			t.Errorf("%s has no %q", part, old)
		}
	}
	broken(Waits, "e.state = 'unpublished'", "e.state <> 'published'")
	broken(Pending, "n.state = 'waiting'", "n.state <> 'cancelled'")
	broken(Elsewhere, "e.reason = 'elsewhere'", "e.reason = 'gone'")
	broken(Erased, "e.erased = 1", "e.erased = 0")
	broken(Today, "r.case_type IS NOT NULL", "r.case_type > 1101")
	broken(Unread, "<> 'withdrawn'", "= 'published'")
}

// sees reports whether a fixed history finds fault with its lists.
func sees(t *testing.T) bool {
	t.Helper()
	h := &history{office: newOffice(t), cases: map[string]bool{}, sums: map[string]bool{}, erased: map[string]bool{}, members: map[int64]string{}}
	lived(h.office)
	return h.opened() != nil
}

// lived makes an office of which everything that can happen to a record happened.
func lived(o *office) {
	for i := range 8 {
		o.open(client(i), 1101, "2026-01-05")
	}
	gone := o.open(client(9), 1102, "2026-01-06")
	o.recover(gone, 5_000, "2026-01-07", "ZAR")
	o.refresh()
	o.tx(func(tx *sqlite.Tx) error {
		return o.ledger.Elsewhere(context.Background(), tx, codelist.AmountsRecovered, 202601, "somebody", time.Unix(0, 0))
	})
	o.close(1, 202601)
	o.exec(`UPDATE cases SET case_type = 1103 WHERE id IN (SELECT source_id FROM ledger_events WHERE state = 'published' ORDER BY id LIMIT 1)`)
	o.exec(`UPDATE cases SET case_type = 1104 WHERE id = ?1`, gone)
	o.exec(`UPDATE ledger_events SET erased = 1, client_id = '' WHERE id = (SELECT max(id) FROM ledger_events WHERE state = 'published')`)
	o.exec(`DELETE FROM cases WHERE id = (SELECT source_id FROM ledger_events WHERE erased = 1)`)
	o.refresh()
	for i := range 7 {
		o.open(client(20+i), 1101, "2026-02-05")
	}
	o.refresh()
	o.close(2, 202602)
	o.exec(`UPDATE cases SET case_type = 1104 WHERE id IN (SELECT source_id FROM ledger_events WHERE group_id = 2 ORDER BY id LIMIT 1)`)
	o.refresh()
	o.open(client(30), 1105, "2026-03-01")
	o.exec(`UPDATE cases SET case_type = 1106 WHERE id = (SELECT source_id FROM ledger_events WHERE state = 'unpublished' AND erased = 0 ORDER BY id DESC LIMIT 1)`)
}

// TestWhatTheRecordSaysToday: the list tells records that stand from those that
// changed, are gone, or were erased, and says what is not to be shown.
func TestWhatTheRecordSaysToday(t *testing.T) {
	o := newOffice(t)
	lived(o)
	o.exec(`UPDATE clients SET restricted = 1 WHERE id = ?1`, client(3))
	g, err := o.ledger.Opened(t.Context(), o.db, 1, 1, Leaf, 1101)
	if err != nil {
		t.Fatal(err)
	}
	page, err := o.ledger.MembersOf(t.Context(), o.db, g, access.Everything(), "", 50)
	if err != nil {
		t.Fatal(err)
	}
	got := map[Standing]int{}
	for _, m := range page.Lines {
		got[m.Standing]++
		if (m.Standing == Withheld || m.Standing == Forgot) && (m.Source != "" || m.CaseReference != "" || m.ClientID != "" || m.Day != "" || m.Code != 0) {
			t.Errorf("%s shows %+v", m.Standing, m)
		}
		if m.Standing == Same && (m.CaseReference == "" || m.ClientID == "" || m.Day != "2026-01-05") {
			t.Errorf("what stands shows %+v", m)
		}
	}
	if got[Same] != 5 || got[Changed] != 1 || got[Forgot] != 1 || got[Withheld] != 1 {
		t.Errorf("%v", got)
	}
	second, err := o.ledger.Opened(t.Context(), o.db, 2, 1, Leaf, 1101)
	if err != nil || second.Corrections != 1 || second.Netted != -1 || second.Value != 6 {
		t.Fatalf("%+v, %v", second, err)
	}
	if page, err = o.ledger.MembersOf(t.Context(), o.db, second, access.Everything(), "", 50); err != nil {
		t.Fatal(err)
	}
	last := page.Lines[len(page.Lines)-1]
	if !last.Correction || last.Value != -1 || last.Counted != 1 || last.Code != 1101 || last.Now != 1103 || last.Standing != Changed {
		t.Errorf("the correction is %+v", last)
	}
	hidden := access.Everything()
	hidden.SQL = "false"
	if page, err = o.ledger.MembersOf(t.Context(), o.db, second, hidden, "", 50); err != nil || page.Lines[0].ClientID != "" {
		t.Errorf("a client that is not seen: %+v, %v", page.Lines[0], err)
	}
	if _, err := o.ledger.Opened(t.Context(), o.db, 9, 1, Leaf, 1101); err != ErrNoGroup { //nolint:errorlint // the value itself
		t.Errorf("no such group: %v", err)
	}
}
