package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
)

// tenYears is an office with ten years of work: 120 months, each closed, with a
// number of cases a month of as many clients, referrals and amounts; and one more
// month that is not closed, with cases of before that were changed.
func tenYears(t testing.TB, aMonth int) (*office, civil.Month) {
	t.Helper()
	o := &office{t: t, db: sqlitetest.Open(t, migrations.FS), ledger: New(codelist.National(), National(), "ZAR", 10_000)}
	first := civil.Month(201601)
	for i := range 120 {
		o.work(i, aMonth, first.Add(i))
	}
	o.refresh()
	for i := range 120 {
		o.tx(func(tx *sqlite.Tx) error {
			_, err := o.ledger.Close(context.Background(), tx, uint32(i+1), first.Add(i), Regular)
			return err
		})
	}
	o.work(120, aMonth, first.Add(120))
	o.exec(`UPDATE cases SET case_type = 1102 WHERE case_type = 1103 AND opened_on >= '2025-06-01'`)
	o.exec(`ANALYZE`)
	return o, first.Add(120)
}

// work writes a month of records, with identifiers in no order of time.
func (o *office) work(i, n int, month civil.Month) {
	o.t.Helper()
	first, last, day := i*n, i*n+n-1, string(month.First())
	o.exec(`
WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
INSERT INTO clients (id, reference, id_number, surname, given_names, birth_date, birth_precision, phones, created_at, updated_at)
SELECT printf('%08x-k%d', i * 2654435761 % 4294967296, i), 'K-' || i, CASE WHEN i % 3 > 0 THEN 8000000 + i ELSE '' END, 'Surname' || (i % 5000), 'Given' || (i % 300),
    date('1950-01-01', '+' || (i * 7 % 20000) || ' days'), 'day', '082' || (1000000 + i), 0, 0
FROM n`, first, last)
	o.exec(`
WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, other_party, summary, created_at, updated_at)
SELECT printf('%08x-c%d', i * 2246822519 % 4294967296, i), 'C-' || i, printf('%08x-k%d', i * 2654435761 % 4294967296, i),
    1101 + i % 7 * 100 + i / 7 % 4, 'open', date(?3, '+' || (i % 28) || ' days'), 'Employer ' || i, printf('%.200c', 'x'), 0, 0
FROM n`, first, last, day)
	o.exec(`
INSERT INTO referrals (id, case_id, destination, referred_on, created_at, updated_at)
SELECT id || '-r', id, 3101 + rowid / 3 % 3, opened_on, 0, 0
FROM cases
WHERE opened_on >= ?1 AND rowid % 3 = 0`, day)
	o.exec(`
INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, created_at, updated_at)
SELECT id || '-m', id, 4101, opened_on, 100000 + rowid * 7919 % 500000, 'ZAR', 0, 0
FROM cases
WHERE opened_on >= ?1 AND rowid % 5 = 0`, day)
}

// TestFigureClose measures how long it takes to read what changed and to close a
// month in an office of 100,000 cases and ten years of history, beside one scan of
// its cases that only counts them, by type and month.
func TestFigureClose(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") != "1" {
		t.Skip("figures are measured by make bench")
	}
	o, month := tenYears(t, 834)
	undone := errors.New("undone on purpose")
	var closes, scans []float64
	for range 9 {
		var n int64
		begin := time.Now()
		err := o.db.Tx(t.Context(), func(tx *sqlite.Tx) error {
			return tx.QueryRow(t.Context(), `
SELECT sum(n)
FROM (SELECT count(*) AS n FROM cases NOT INDEXED GROUP BY case_type, substr(opened_on, 1, 7))`, nil).Scan(&n)
		})
		if err != nil || n < 100_000 {
			t.Fatalf("%d cases, %v", n, err)
		}
		scans = append(scans, ms(begin))
		begin = time.Now()
		err = o.db.Tx(t.Context(), func(tx *sqlite.Tx) error {
			if err := o.ledger.Refresh(context.Background(), tx); err != nil {
				return err
			}
			groups, err := o.ledger.Close(context.Background(), tx, 121, month, Regular)
			if err == nil && len(groups) < 20 {
				err = fmt.Errorf("only %d groups left", len(groups))
			}
			return errors.Join(err, undone)
		})
		if err.Error() != undone.Error() {
			t.Fatal(err)
		}
		closes = append(closes, ms(begin))
	}
	t.Logf("closing: %.0f ms, one scan: %.0f ms", median(closes), median(scans))
	ratio, verdict := median(closes)/median(scans), "ok"
	if ratio > 3 {
		verdict = "short"
	}
	fmt.Printf("figure close_month_vs_scan %.2f times goal <=3 %s\n", ratio, verdict)
}

func ms(since time.Time) float64 { return float64(time.Since(since).Microseconds()) / 1000 }

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
