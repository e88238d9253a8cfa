package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
)

const firstMonth civil.Month = 202411

// generate writes months of an office's casework, a transaction a month.
func generate(t *testing.T, p Profile, seed uint64, months int) (*sqlite.DB, Counts) {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	g, err := NewGenerator(codelist.National(), p, seed, firstMonth)
	if err != nil {
		t.Fatal(err)
	}
	var total Counts
	for i := range months {
		total.Add(month(t, db, g, firstMonth.Add(i)))
	}
	return db, total
}

func month(t *testing.T, db *sqlite.DB, g *Generator, m civil.Month) (n Counts) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) (err error) {
		n, err = g.Month(t.Context(), tx, m)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// digest is a sum over every record of the areas.
func digest(t *testing.T, q sqlite.Querier) string {
	t.Helper()
	sum := sha256.New()
	for _, table := range []string{
		"clients", "cases", "referrals", "recoveries", "consultations", "services", "turn_aways", "complaints", "activities", "surveys", "quality_samples", "quality_checks",
	} {
		rows, err := q.Query(t.Context(), `SELECT * FROM `+table+` ORDER BY id`, nil)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(sum, values...)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

func number(t *testing.T, q sqlite.Querier, query string) int64 {
	t.Helper()
	var n int64
	if err := q.QueryRow(t.Context(), query, nil).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheSameSeedMakesTheSameRecords(t *testing.T) {
	p := Profiles()[1]
	a, na := generate(t, p, 7, 4)
	b, nb := generate(t, p, 7, 4)
	c, _ := generate(t, p, 8, 4)
	if na != nb || digest(t, a) != digest(t, b) {
		t.Errorf("the same seed made %+v and %+v", na, nb)
	}
	if digest(t, a) == digest(t, c) {
		t.Error("another seed made the same records")
	}
}

// TestTwoYearsOfFiveOfficesArePlausible also shows that they are quickly made.
func TestTwoYearsOfFiveOfficesArePlausible(t *testing.T) {
	start := time.Now()
	var all Counts
	size := int64(0)
	for _, p := range Profiles() {
		db, n := generate(t, p, 1, 24)
		all.Add(n)
		if opened := number(t, db, `SELECT count(*) FROM cases`); opened != int64(n.Cases) || opened <= size {
			t.Errorf("%s has %d cases, counted %d, and must have more than the office before (%d)", p.Name, opened, n.Cases, size)
		} else {
			size = opened
		}
		between(t, p.Name+": cases a month beside its profile", float64(n.Cases)/24/p.Monthly, 0.8, 1.2)
		checkRecords(t, p, db)
	}
	for set := codelist.CasesClosed; set <= codelist.Quality; set++ {
		if all.Beside[set] < 20 {
			t.Errorf("measure %d has only %d in two years", set, all.Beside[set])
		}
	}
	t.Logf("%+v in %v", all, time.Since(start).Round(time.Millisecond))
	cases := float64(all.Cases)
	between(t, "referrals a case", float64(all.Referrals)/cases, 0.26, 0.34)
	between(t, "recoveries a case", float64(all.Recoveries)/cases, 0.10, 0.20)
	between(t, "late cases", float64(all.Late)/cases, 0.02, 0.10)
	between(t, "clients a case", float64(all.Clients)/cases, 0.72, 0.86)
	between(t, "closed a case", float64(all.Closed)/cases, 0.70, 0.94)
	between(t, "rand a recovery", float64(all.Recovered)/100/float64(all.Recoveries), 5_000, 30_000)
}

func between(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("%s: %.3f, want %.3f to %.3f", what, got, low, high)
	}
}

// checkRecords looks for records that no office could have.
func checkRecords(t *testing.T, p Profile, db *sqlite.DB) {
	t.Helper()
	last := firstMonth.Add(23).Last()
	for what, query := range map[string]string{
		"unmarked clients": `SELECT count(*) FROM clients WHERE notes NOT LIKE 'Synthetic%' OR id_number NOT LIKE 'SYNTHETIC%'`,
		"unmarked cases":   `SELECT count(*) FROM cases WHERE summary NOT LIKE 'Synthetic. %'`,
		"days to come": `
SELECT count(*) FROM (
    SELECT opened_on AS d FROM cases UNION ALL SELECT closed_on FROM cases
    UNION ALL SELECT referred_on FROM referrals UNION ALL SELECT received_on FROM recoveries
    UNION ALL SELECT held_on FROM consultations UNION ALL SELECT given_on FROM services UNION ALL SELECT result_on FROM referrals
    UNION ALL SELECT came_on FROM turn_aways UNION ALL SELECT filed_on FROM complaints UNION ALL SELECT held_on FROM activities
    UNION ALL SELECT answered_on FROM surveys UNION ALL SELECT checked_on FROM quality_checks)
WHERE d > '` + string(last) + `'`,
		"referrals before the case":  `SELECT count(*) FROM referrals r JOIN cases c ON c.id = r.case_id WHERE r.referred_on < c.opened_on`,
		"recoveries before the case": `SELECT count(*) FROM recoveries r JOIN cases c ON c.id = r.case_id WHERE r.received_on < c.opened_on`,
		"services before their case or consultation": `
SELECT count(*)
FROM services s
LEFT JOIN cases c ON c.id = s.case_id
LEFT JOIN consultations n ON n.id = s.consultation_id
WHERE s.given_on < coalesce(c.opened_on, n.held_on) OR s.client_id <> coalesce(c.client_id, n.client_id)`,
		"results before the referral": `SELECT count(*) FROM referrals WHERE result_on < referred_on`,
		"complaints before the case":  `SELECT count(*) FROM complaints p JOIN cases c ON c.id = p.case_id WHERE p.filed_on < c.opened_on`,
		"answers about what goes on":  `SELECT count(*) FROM surveys v JOIN cases c ON c.id = v.case_id WHERE c.closed_on IS NULL OR v.answered_on < c.closed_on`,
		"consultations of another":    `SELECT count(*) FROM consultations n JOIN cases c ON c.id = n.case_id WHERE n.client_id <> c.client_id`,
		"checks of another month":     `SELECT count(*) FROM quality_checks q JOIN quality_samples s ON s.id = q.sample_id JOIN cases c ON c.id = q.case_id WHERE CAST(strftime('%Y%m', c.created_at / 1000, 'unixepoch') AS INTEGER) <> s.month`,
		"errors without a field":      `SELECT count(*) FROM quality_checks WHERE (result = 12102) <> (wrong <> '')`,
		"captured before it was":      `SELECT count(*) FROM cases WHERE date(created_at / 1000, 'unixepoch') < opened_on`,
		"changed before captured":     `SELECT count(*) FROM cases WHERE updated_at < created_at`,
		"clients without a case":      `SELECT count(*) FROM clients k WHERE NOT EXISTS (SELECT 1 FROM cases c WHERE c.client_id = k.id)`,
	} {
		if n := number(t, db, query); n != 0 {
			t.Errorf("%s: %d %s", p.Name, n, what)
		}
	}
	checkCodes(t, p, db)
	if n := number(t, db, `SELECT count(*) FROM (SELECT 1 FROM cases GROUP BY client_id HAVING count(*) > 1)`); n == 0 {
		t.Errorf("%s: nobody came twice", p.Name)
	}
}

// checkCodes sees that every code is a leaf of its list.
func checkCodes(t *testing.T, p Profile, db *sqlite.DB) {
	t.Helper()
	reg := codelist.National()
	for list, query := range map[string]string{
		codelist.CaseTypes:            `SELECT DISTINCT case_type FROM cases`,
		codelist.Outcomes:             `SELECT DISTINCT outcome FROM cases WHERE outcome IS NOT NULL`,
		codelist.ReferralDestinations: `SELECT DISTINCT destination FROM referrals`,
		codelist.RecoveryKinds:        `SELECT DISTINCT kind FROM recoveries`,
	} {
		rows, err := db.Query(t.Context(), query, nil)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var c codelist.Code
			if err := rows.Scan(&c); err != nil {
				t.Fatal(err)
			}
			if _, ok := reg.List(list).Leaf(c); !ok {
				t.Errorf("%s: %d is no leaf of %s", p.Name, c, list)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOfficesDifferInWhatTheyDo(t *testing.T) {
	part := func(p Profile, low, high int) float64 {
		db, n := generate(t, p, 3, 6)
		query := fmt.Sprintf(`SELECT count(*) FROM cases WHERE case_type BETWEEN %d AND %d`, low, high)
		return float64(number(t, db, query)) / float64(n.Cases)
	}
	p := Profiles()
	between(t, "violence at the women's desk", part(p[1], 1401, 1404), 0.3, 0.7)
	between(t, "land at the land office", part(p[2], 1701, 1704), 0.25, 0.55)
	between(t, "work at the workers' office", part(p[3], 1101, 1105), 0.55, 0.9)
}

func TestAMonthThatWasNotCommittedComesAgain(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	g, err := NewGenerator(codelist.National(), Profiles()[0], 1, firstMonth)
	if err != nil {
		t.Fatal(err)
	}
	var lost Counts
	stop := errors.New("stop")
	err = db.Tx(t.Context(), func(tx *sqlite.Tx) (err error) {
		if lost, err = g.Month(t.Context(), tx, firstMonth); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if again := month(t, db, g, firstMonth); again != lost || again.Cases == 0 {
		t.Errorf("first %+v, then %+v", lost, again)
	}
}

func TestMonthsComeInOrder(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	g, err := NewGenerator(codelist.National(), Profiles()[0], 1, firstMonth)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []civil.Month{firstMonth.Add(1), firstMonth.Add(-1)} {
		err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
			_, err := g.Month(t.Context(), tx, m)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), firstMonth.Dash()) {
			t.Errorf("%s first: %v", m.Dash(), err)
		}
	}
}

func TestAProfileWithAnUnknownCodeIsRefused(t *testing.T) {
	p := Profile{Name: "x", Types: []share{{9999, 1}}}
	if _, err := NewGenerator(codelist.National(), p, 1, firstMonth); err == nil {
		t.Fatal("code 9999 was taken")
	}
}

func TestEveryCategoryHasItsMatter(t *testing.T) {
	for _, c := range codelist.National().List(codelist.CaseTypes).Categories {
		m, ok := matters[c.Code]
		if !ok || m.days <= 0 || len(m.destinations) == 0 || len(m.other) == 0 || len(m.summaries) == 0 {
			t.Errorf("category %d lacks something", c.Code)
		}
	}
	for _, p := range Profiles() {
		for _, language := range p.Languages {
			if n := names[language]; len(n.women) == 0 || len(n.men) == 0 || len(n.surnames) == 0 {
				t.Errorf("%s has no names in %s", p.Name, language)
			}
		}
	}
}
