package ledger

import (
	"context"
	"fmt"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/migrations"

	"pgregory.net/rapid"
)

const (
	dismissal = codelist.Code(1101) // ordinary
	wages     = codelist.Code(1102) // ordinary
	violence  = codelist.Code(1401) // sensitive
	paid      = codelist.Code(4101) // recovery kind
)

// office is a database with records written straight into its tables.
type office struct {
	t      testing.TB
	db     *sqlite.DB
	ledger *Ledger
	n      int
}

func newOffice(t testing.TB) *office {
	o := &office{t: t, db: sqlitetest.Open(t, migrations.FS), ledger: New(codelist.National(), National(), "ZAR", 10_000)}
	o.tx(func(tx *sqlite.Tx) error {
		for i := range 60 {
			if _, err := tx.ExecArgs(t.Context(), `INSERT INTO clients (id, reference, created_at, updated_at) VALUES (?1, ?1, 0, 0)`, client(i)); err != nil {
				return err
			}
		}
		return nil
	})
	return o
}

func client(i int) string { return fmt.Sprintf("K%02d", i) }

func (o *office) tx(fn func(*sqlite.Tx) error) {
	o.t.Helper()
	if err := o.db.Tx(context.Background(), fn); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) exec(query string, args ...any) {
	o.t.Helper()
	o.tx(func(tx *sqlite.Tx) error {
		_, err := tx.ExecArgs(context.Background(), query, args...)
		return err
	})
}

// open adds a case and returns its id.
func (o *office) open(client string, code codelist.Code, day string) string {
	o.t.Helper()
	o.n++
	id := fmt.Sprintf("C%05d", o.n)
	o.exec(`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, 'open', ?4, 0, 0)`, id, client, int64(code), day)
	return id
}

// recover adds an amount to a case.
func (o *office) recover(caseID string, minor int64, day, currency string) {
	o.t.Helper()
	o.n++
	o.exec(`INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)`, fmt.Sprintf("R%05d", o.n), caseID, int64(paid), day, minor, currency)
}

// close closes a month in a transaction of its own.
func (o *office) close(sequence uint32, period civil.Month) []Group {
	o.t.Helper()
	var groups []Group
	o.tx(func(tx *sqlite.Tx) (err error) {
		if err := o.ledger.Refresh(context.Background(), tx); err != nil {
			return err
		}
		groups, err = o.ledger.Close(context.Background(), tx, sequence, period, Regular)
		return err
	})
	return groups
}

// value returns the value of a code's group, or 0 when it was not published.
func value(groups []Group, code codelist.Code) int64 {
	for _, g := range groups {
		if g.Code == code {
			return g.Value
		}
	}
	return 0
}

func TestFourWaitAndTheFifthBringsThemAll(t *testing.T) {
	o := newOffice(t)
	for i := range 4 {
		o.open(client(i), dismissal, "2026-01-10")
	}
	if groups := o.close(1, 202601); len(groups) != 0 {
		t.Fatalf("four cases were published: %+v", groups)
	}
	o.open(client(4), dismissal, "2026-02-01")
	groups := o.close(2, 202602)
	if len(groups) != 1 || groups[0].Value != 5 || groups[0].From != 202601 {
		t.Fatalf("groups = %+v, want one of 5 from 202601", groups)
	}
	if again := o.close(3, 202603); len(again) != 0 {
		t.Fatalf("events were counted twice: %+v", again)
	}
}

func TestOneClientWithManyCasesIsOnePerson(t *testing.T) {
	o := newOffice(t)
	for range 30 {
		o.open(client(0), dismissal, "2026-01-10")
	}
	for i := 1; i < 4; i++ {
		o.open(client(i), dismissal, "2026-01-10")
	}
	if groups := o.close(1, 202601); len(groups) != 0 {
		t.Fatalf("a group of four clients was published: %+v", groups)
	}
	o.open(client(9), dismissal, "2026-01-31")
	if got := value(o.close(2, 202602), dismissal); got != 34 {
		t.Fatalf("value = %d, want 34", got)
	}
}

// named adds a client record of a person and returns its id.
func (o *office) named(id, number, surname, given string, born any) string {
	o.t.Helper()
	o.exec(`INSERT INTO clients (id, reference, id_number, surname, given_names, birth_date, birth_precision, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, ?4, ?5, CASE WHEN ?5 IS NULL THEN '' ELSE 'day' END, 0, 0)`, id, number, surname, given, born)
	return id
}

// TestAGroupCountsPeopleNotRecords: the same person on many records is one, and
// imported records that nobody can tell apart are one, too.
func TestAGroupCountsPeopleNotRecords(t *testing.T) {
	for name, record := range map[string]func(o *office, i int) string{
		"one document number": func(o *office, i int) string {
			return o.named(fmt.Sprintf("N%d", i), []string{"8001015009087", "800101 5009 087", "800101-5009-087"}[i%3], fmt.Sprint("Synthetic", i), "", nil)
		},
		"one name and birth date": func(o *office, i int) string {
			return o.named(fmt.Sprintf("B%d", i), "", []string{"Synthetic", "SYNTHETIC"}[i%2], "Thandi", "1980-01-01")
		},
		"imported without a name": func(o *office, i int) string {
			return o.named(fmt.Sprintf("00000000-0000-5000-8000-%012d", i), "", "", "", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			for i := range 9 {
				o.open(record(o, i), dismissal, "2026-01-10")
			}
			if groups := o.close(1, 202601); len(groups) != 0 {
				t.Fatalf("one person was published as a group: %+v", groups)
			}
			for i := range 4 {
				o.open(client(i), dismissal, "2026-02-10")
			}
			if got := value(o.close(2, 202602), dismissal); got != 13 {
				t.Fatalf("with four more people: %d, want 13", got)
			}
		})
	}
}

func TestNoSensitiveGroupIsDatedToAMonth(t *testing.T) {
	for _, day := range []string{"2026-01-14", "2026-02-14", "2026-03-14"} {
		o := newOffice(t)
		o.ledger = o.ledger.Mixing(codelist.CasesOpened)
		o.open(client(0), violence, day)
		for i := 1; i < 10; i++ {
			o.open(client(i), violence, "2026-06-10")
		}
		groups := o.close(1, 202606)
		if value(groups, violence) != 10 || groups[0].From != 202601 {
			t.Errorf("one case on %s: %+v, want ten from 202601", day, groups)
		}
	}
}

func TestSensitiveCodesWaitForTenAndForTheQuarter(t *testing.T) {
	o := newOffice(t)
	o.ledger = o.ledger.Mixing(codelist.CasesOpened)
	for i := range 9 {
		o.open(client(i), violence, "2026-01-10")
	}
	if got := value(o.close(1, 202603), violence); got != 0 {
		t.Fatalf("nine were published at the quarter's end: %d", got)
	}
	o.open(client(9), violence, "2026-04-02")
	if got := value(o.close(2, 202604), violence); got != 0 {
		t.Fatalf("ten were published within a quarter: %d", got)
	}
	if got := value(o.close(3, 202606), violence); got != 10 {
		t.Fatalf("value at the quarter's end = %d, want 10", got)
	}
}

func TestLaterEventsWaitForTheirMonth(t *testing.T) {
	o := newOffice(t)
	for i := range 5 {
		o.open(client(i), dismissal, "2026-02-01")
	}
	if groups := o.close(1, 202601); len(groups) != 0 {
		t.Fatalf("February was published in January: %+v", groups)
	}
}

func TestChangesFollowUntilPublishedAndArePendingAfter(t *testing.T) {
	o := newOffice(t)
	var ids []string
	for i := range 6 {
		ids = append(ids, o.open(client(i), dismissal, "2026-01-10"))
	}
	o.exec(`UPDATE cases SET case_type = ?1 WHERE id = ?2`, int64(wages), ids[0])
	groups := o.close(1, 202601)
	if value(groups, dismissal) != 5 || value(groups, wages) != 0 {
		t.Fatalf("groups = %+v, want 5 dismissals", groups)
	}
	o.exec(`UPDATE cases SET case_type = ?1 WHERE id = ?2`, int64(wages), ids[1])
	o.exec(`DELETE FROM cases WHERE id = ?1`, ids[2])
	pending := func() int64 {
		t.Helper()
		n, err := o.ledger.Corrections(t.Context(), o.db, access.Everything())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := pending(); n != 2 {
		t.Fatalf("%d corrections wait before the records are read again, want 2", n)
	}
	for i := 10; i < 15; i++ {
		o.open(client(i), wages, "2026-02-01")
	}
	if got := value(o.close(2, 202602), wages); got != 7 {
		t.Fatalf("wages = %d, want the 6 that were never published and the one that came from dismissals", got)
	}
	if n := pending(); n != 2 {
		t.Fatalf("%d corrections wait, want 2", n)
	}
	for i := 20; i < 28; i++ {
		o.open(client(i), dismissal, "2026-03-01")
	}
	if got := value(o.close(3, 202603), dismissal); got != 6 {
		t.Fatalf("dismissals = %d, want 8 without the 2 taken back", got)
	}
	if n := pending(); n != 0 {
		t.Fatalf("%d corrections wait, want none", n)
	}
}

func TestVanishedRecordsAreWithdrawn(t *testing.T) {
	o := newOffice(t)
	var id string
	for i := range 5 {
		id = o.open(client(i), dismissal, "2026-01-10")
	}
	o.close(1, 202512)
	o.exec(`DELETE FROM cases WHERE id = ?1`, id)
	if groups := o.close(2, 202601); len(groups) != 0 {
		t.Fatalf("a deleted case was counted: %+v", groups)
	}
}

func TestDominatedMoneyWaits(t *testing.T) {
	for name, c := range map[string]struct {
		amounts []int64
		want    int64
	}{
		"one large award": {[]int64{80_000, 3_000, 2_500, 1_000, 500}, 0},
		"spread":          {[]int64{9_000, 7_500, 4_000, 2_500, 1_200, 800}, 250},
		"taken back":      {[]int64{9_000, 7_500, 4_000, 2_500, 1_200, -800}, 0},
		"a cent back":     {[]int64{5_000_000, 100, 100, 100, 100, 100, 100, 100, 100, 100, -1}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			for i, rand := range c.amounts {
				o.recover(o.open(client(i), dismissal, "2025-01-10"), rand*100, "2026-01-10", "ZAR")
			}
			o.recover(o.open(client(50), dismissal, "2025-01-10"), 77, "2026-01-10", "USD")
			var got int64
			for _, g := range o.close(1, 202601) {
				if g.DataSet == codelist.AmountsRecovered {
					got = g.AmountHundreds
				}
			}
			if got != c.want {
				t.Errorf("sent %d hundreds, want %d", got, c.want)
			}
		})
	}
}

func TestTriggersKeepWhatIsPublished(t *testing.T) {
	o := newOffice(t)
	for i := range 5 {
		o.open(client(i), dismissal, "2026-01-10")
	}
	o.close(1, 202601)
	for _, statement := range []string{
		`UPDATE ledger_events SET code = 1`, `UPDATE ledger_events SET state = 'unpublished', group_id = NULL`,
		`DELETE FROM ledger_events`, `UPDATE ledger_groups SET value = 6`, `DELETE FROM ledger_groups`,
	} {
		if _, err := o.db.Exec(t.Context(), statement, nil); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
}

func TestNoLargeBacklogExceedsTheWire(t *testing.T) {
	o := newOffice(t)
	o.ledger.limits.Largest = 20
	for i := range 47 {
		o.open(client(i), dismissal, fmt.Sprintf("2026-01-%02d", 1+i%28))
	}
	var got []int64
	for i := range uint32(4) {
		got = append(got, value(o.close(i+1, civil.Month(202601).Add(int(i))), dismissal))
	}
	if fmt.Sprint(got) != "[20 20 7 0]" {
		t.Errorf("values = %v, want 20, 20, 7, 0", got)
	}
}

func TestCarryKeepsTheSumWithinHalfAHundred(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var carry, sent, truth int64
		for range rapid.IntRange(1, 50).Draw(t, "groups") {
			a := Amounts{Total: rapid.Int64Range(1, 5_000_000).Draw(t, "total"), Carry: carry, MinorPerHundred: 10_000}
			hundreds, left := a.Hundreds()
			truth += a.Total
			sent += hundreds * 10_000
			carry = left
			if truth-sent != carry || carry > 5_000 || carry < -5_000 {
				t.Fatalf("sent %d of %d, carried %d", sent, truth, carry)
			}
		}
	})
}
