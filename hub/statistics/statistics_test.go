package statistics_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"casehub/hub/migrations"
	"casehub/hub/statistics"
	"casehub/internal/civil"
	"casehub/internal/postgres/postgrestest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgxpool"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// row is a release with its one fact.
type row struct {
	office, sequence uint32
	period           civil.Month
	status           string
	received         string // YYYY-MM-DD
	set, code        int
	value, hundreds  int
	kind             int
}

// fill makes offices 1 to 4 (3 closed at the end of January, 4 opens in March)
// and these releases.
func fill(t *testing.T, db *pgxpool.Pool, rows ...row) {
	t.Helper()
	do := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	for n, span := range map[int][2]any{1: {"2025-01-01", nil}, 2: {"2026-01-15", nil}, 3: {"2025-01-01", "2026-01-31"}, 4: {"2026-03-01", nil}} {
		do(`INSERT INTO offices (org_unit, name, province, opened_on, closed_on) VALUES ($1, $2, 'Gauteng', $3::text::date, $4::text::date)`, n, fmt.Sprint("Office ", n), span[0], span[1])
		do(`INSERT INTO chains (org_unit) VALUES ($1)`, n)
	}
	for i, r := range rows {
		kind := max(r.kind, 1)
		do(`INSERT INTO releases (org_unit, sequence, digest, previous_digest, period, kind, voids_sequence, registry_version, sealed, received_at, stream_sequence, arrival, status)
VALUES ($1, $2, sha256($3::text::bytea), '', $4, $5, 0, 1, '', $6::text::date, $7::integer, $7::integer, $8)`,
			r.office, r.sequence, fmt.Sprint(i), int(r.period), kind, r.received, i, r.status)
		if r.value > 0 {
			do(`INSERT INTO facts (org_unit, sequence, category_option, data_set, level, from_period, value, amount_hundreds) VALUES ($1, $2, $3, $4, 1, $5, $6, $7)`,
				r.office, r.sequence, r.code, r.set, int(r.period), r.value, r.hundreds)
		}
		if r.status != "waiting" {
			do(`UPDATE chains SET counted_sequence = greatest(counted_sequence, $2) WHERE org_unit = $1`, r.office, r.sequence)
		}
	}
}

// year is what the tests ask about.
var year = []row{
	{office: 1, sequence: 1, period: 202601, status: "counted", received: "2026-02-05", set: 1, code: 1101, value: 10},
	{office: 1, sequence: 2, period: 202602, status: "counted", received: "2026-03-16", set: 1, code: 1101, value: 7},
	{office: 1, sequence: 3, period: 202603, status: "voided", received: "2026-04-02", set: 1, code: 1102, value: 99},
	{office: 1, sequence: 4, period: 202603, status: "counted", received: "2026-04-03", kind: 2},
	{office: 2, sequence: 1, period: 202601, status: "counted", received: "2026-02-15", set: 1, code: 1101, value: 5},
	{office: 2, sequence: 2, period: 202602, status: "counted", received: "2026-03-01"},
	{office: 2, sequence: 4, period: 202603, status: "waiting", received: "2026-04-01", set: 1, code: 1101, value: 50},
	{office: 3, sequence: 1, period: 202601, status: "counted", received: "2026-02-01", set: 3, code: 3101, value: 6, hundreds: 250},
}

func open(t *testing.T, rows ...row) *statistics.Statistics {
	t.Helper()
	db := postgrestest.Open(t, migrations.FS)
	fill(t, db, rows...)
	return statistics.New(db, time.UTC)
}

func TestTotalsHoldWhatCountsAndNothingElse(t *testing.T) {
	s := open(t, year...)
	got, err := s.Totals(t.Context(), statistics.Span{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := statistics.Totals{Releases: 6, Rows: []statistics.Total{
		{DataSet: 1, Code: 1101, Level: 1, Value: 22, Offices: 2},
		{DataSet: 3, Code: 3101, Level: 1, Value: 6, AmountHundreds: 250, Offices: 1},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("totals (-want +got):\n%s", d)
	}
}

func TestTotalsOfASpanAndOfAnOffice(t *testing.T) {
	s := open(t, year...)
	for name, c := range map[string]struct {
		ask  func() (statistics.Totals, error)
		want uint64
	}{
		"from":    {func() (statistics.Totals, error) { return s.Totals(t.Context(), statistics.Span{From: 202602}, 1) }, 7},
		"to":      {func() (statistics.Totals, error) { return s.Totals(t.Context(), statistics.Span{To: 202601}, 1) }, 15},
		"office":  {func() (statistics.Totals, error) { return s.OfficeTotals(t.Context(), 2, statistics.Span{}) }, 5},
		"nothing": {func() (statistics.Totals, error) { return s.Totals(t.Context(), statistics.Span{From: 202701}, 0) }, 0},
	} {
		got, err := c.ask()
		if err != nil {
			t.Fatal(err)
		}
		var sum uint64
		for _, r := range got.Rows {
			sum += r.Value
		}
		if sum != c.want {
			t.Errorf("%s: %d, want %d", name, sum, c.want)
		}
	}
	for _, span := range []statistics.Span{{From: 202613}, {From: 202602, To: 202601}, {To: 1}} {
		if _, err := s.Totals(t.Context(), span, 0); !errors.Is(err, statistics.ErrSpan) {
			t.Errorf("%v: %v, want ErrSpan", span, err)
		}
	}
}

func TestASeriesHasNoPointWhereNothingWasPublished(t *testing.T) {
	got, err := open(t, year...).Series(t.Context(), 1, statistics.Span{})
	if err != nil {
		t.Fatal(err)
	}
	want := []statistics.Point{{DataSet: 1, Period: 202601, Code: 1101, Value: 15}, {DataSet: 1, Period: 202602, Code: 1101, Value: 7}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("series (-want +got):\n%s", d)
	}
}

// The four kinds of no number stay apart: office 2's empty release of February
// is a report, 3 and 4 are not expected, and 1 has not reported March.
func TestReportingTellsWhyThereIsNoNumber(t *testing.T) {
	s := open(t, year...)
	for period, c := range map[civil.Month]struct {
		states                   []statistics.State
		expected, actual, onTime int
	}{
		202601: {[]statistics.State{"reported", "reported", "reported", "not-expected"}, 3, 3, 3},
		202602: {[]statistics.State{"late", "reported", "not-expected", "not-expected"}, 2, 2, 1},
		202603: {[]statistics.State{"missing", "waiting", "not-expected", "missing"}, 3, 0, 0},
	} {
		got, err := s.Reporting(t.Context(), period)
		if err != nil {
			t.Fatal(err)
		}
		var states []statistics.State
		for _, o := range got.Offices {
			states = append(states, o.State)
		}
		if d := cmp.Diff(c.states, states); d != "" {
			t.Errorf("%d (-want +got):\n%s", period, d)
		}
		if got.Expected != c.expected || got.Actual != c.actual || got.OnTime != c.onTime {
			t.Errorf("%d: %d expected, %d actual, %d on time, want %+v", period, got.Expected, got.Actual, got.OnTime, c)
		}
	}
}

func TestRatesAgreeWithReporting(t *testing.T) {
	s := open(t, year...)
	rates, err := s.Rates(t.Context(), statistics.Span{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rates) != 3 {
		t.Fatalf("%d months, want 3", len(rates))
	}
	for _, r := range rates {
		one, err := s.Reporting(t.Context(), r.Period)
		if err != nil {
			t.Fatal(err)
		}
		if want := (statistics.Rate{Period: r.Period, Expected: one.Expected, Actual: one.Actual, OnTime: one.OnTime}); r != want {
			t.Errorf("%+v, want %+v as reporting says", r, want)
		}
	}
}

func TestReportingBeforeAnyRelease(t *testing.T) {
	s := open(t)
	got, err := s.Reporting(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if got.Period != 0 || got.Expected != 0 || len(got.Offices) != 4 {
		t.Errorf("period %d, %d expected, %d offices, want 0, 0 and 4", got.Period, got.Expected, len(got.Offices))
	}
	rates, err := s.Rates(t.Context(), statistics.Span{})
	if err != nil || len(rates) != 0 {
		t.Errorf("rates %v, %v, want none", rates, err)
	}
	if _, err := s.Reporting(t.Context(), 202613); !errors.Is(err, statistics.ErrSpan) {
		t.Errorf("month 13: %v, want ErrSpan", err)
	}
}

func TestTheReleasesOfAnOffice(t *testing.T) {
	got, err := open(t, year...).Releases(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	day := func(s string) time.Time { return civil.Date(s).Time() }
	want := []statistics.Release{
		{Sequence: 1, Period: 202601, Kind: 1, Status: "counted", ReceivedAt: day("2026-02-15"), Groups: 1, Value: 5},
		{Sequence: 2, Period: 202602, Kind: 1, Status: "counted", ReceivedAt: day("2026-03-01")},
		{Sequence: 4, Period: 202603, Kind: 1, Status: "waiting", ReceivedAt: day("2026-04-01"), Groups: 1, Value: 50},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(statistics.Release{}, "Digest")); d != "" {
		t.Errorf("releases (-want +got):\n%s", d)
	}
}

func TestTheDeadlineIsADayOfTheZone(t *testing.T) {
	zone, err := time.LoadLocation("Africa/Johannesburg")
	if err != nil {
		t.Fatal(err)
	}
	got := statistics.Deadline(202612, zone)
	if want := time.Date(2027, 1, 15, 22, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("the deadline of December is %v, want %v", got.UTC(), want)
	}
}
