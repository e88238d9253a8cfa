package statistics

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"

	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrSpan reports a span of months that is no span.
var ErrSpan = errs.New(errs.Invalid, "statistics.span").On("from_period")

// Statistics answers from one hub's database. It may be used from many
// goroutines.
type Statistics struct {
	db *pgxpool.Pool
	// zone is where the day of the deadline begins and ends.
	zone *time.Location
}

// New returns the statistics of db. Deadlines are days of the zone.
func New(db *pgxpool.Pool, zone *time.Location) *Statistics {
	return &Statistics{db: db, zone: zone}
}

// Totals answers what the releases of a span add up to; data set 0 answers all.
// Empty totals mean that nothing counts in the span. It fails with ErrSpan.
func (s *Statistics) Totals(ctx context.Context, span Span, dataSet uint32) (Totals, error) {
	return s.totals(ctx, question{span: span, dataSet: dataSet})
}

// OfficeTotals is Totals for the releases of one office.
func (s *Statistics) OfficeTotals(ctx context.Context, orgUnit uint32, span Span) (Totals, error) {
	return s.totals(ctx, question{span: span, orgUnit: orgUnit})
}

func (s *Statistics) totals(ctx context.Context, q question) (Totals, error) {
	q, err := q.bounded()
	if err != nil {
		return Totals{}, err
	}
	var t Totals
	if t.Rows, err = totals(ctx, s.db, q); err == nil {
		t.Releases, err = releasesInside(ctx, s.db, q)
	}
	if err != nil {
		return Totals{}, fmt.Errorf("adding up releases: %w", err)
	}
	return t, nil
}

// Series answers one measure, or with 0 every one, month by month, ascending by
// month, data set and code. A month or a code that nothing was published under has
// no point. It fails with ErrSpan.
func (s *Statistics) Series(ctx context.Context, dataSet uint32, span Span) ([]Point, error) {
	q, err := question{span: span, dataSet: dataSet}.bounded()
	if err != nil {
		return nil, err
	}
	points, err := series(ctx, s.db, q)
	if err != nil {
		return nil, fmt.Errorf("adding up months: %w", err)
	}
	return points, nil
}

// Months returns the first and the newest month that any counted release is
// for; both are 0 when none counts.
func (s *Statistics) Months(ctx context.Context) (Span, error) {
	span, err := months(ctx, s.db)
	if err != nil {
		return Span{}, fmt.Errorf("looking for the months that were reported: %w", err)
	}
	return span, nil
}

// Reporting answers what each office did about a month; 0 asks about the newest
// month that any office reported. With no release at all the period stays 0 and
// no office is expected.
func (s *Statistics) Reporting(ctx context.Context, period civil.Month) (Reporting, error) {
	if period == 0 {
		span, err := s.Months(ctx)
		if err != nil {
			return Reporting{}, err
		}
		period = span.To
	} else if !period.Valid() {
		return Reporting{}, ErrSpan
	}
	r := Reporting{Period: period}
	var err error
	if r.Offices, err = offices(ctx, s.db, period, s.deadline(period)); err != nil {
		return Reporting{}, fmt.Errorf("reading what offices reported: %w", err)
	}
	r.count()
	return r, nil
}

func (s *Statistics) deadline(m civil.Month) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return Deadline(m, s.zone)
}

// count fills in the three numbers from the states.
func (r *Reporting) count() {
	for _, o := range r.Offices {
		switch o.State {
		case Reported:
			r.Expected, r.Actual, r.OnTime = r.Expected+1, r.Actual+1, r.OnTime+1
		case Late:
			r.Expected, r.Actual = r.Expected+1, r.Actual+1
		case Waiting, Missing:
			r.Expected++
		case NotExpected:
		}
	}
}

// Rates answers the trend of reporting, a row for each month of the span,
// ascending. Open ends reach to the first and the newest month reported.
func (s *Statistics) Rates(ctx context.Context, span Span) ([]Rate, error) {
	known, err := s.Months(ctx)
	if err != nil {
		return nil, err
	}
	if span.From == 0 {
		span.From = known.From
	}
	if span.To == 0 {
		span.To = known.To
	}
	if span.From == 0 || span.To == 0 {
		return nil, nil
	}
	if err := span.check(); err != nil {
		return nil, err
	}
	var deadlines []deadline
	for m := span.From; m <= span.To; m = m.Add(1) {
		deadlines = append(deadlines, deadline{m, s.deadline(m)})
	}
	rates, err := rates(ctx, s.db, deadlines)
	if err != nil {
		return nil, fmt.Errorf("counting reports: %w", err)
	}
	return rates, nil
}

// Releases answers the releases of one office, ascending by sequence.
func (s *Statistics) Releases(ctx context.Context, orgUnit uint32) ([]Release, error) {
	all, err := releases(ctx, s.db, orgUnit)
	if err != nil {
		return nil, fmt.Errorf("reading the releases of office %d: %w", orgUnit, err)
	}
	return all, nil
}

// Alarms answers what a person must look at, the newest first.
func (s *Statistics) Alarms(ctx context.Context, q Alarms) ([]Alarm, error) {
	all, err := alarms(ctx, s.db, q)
	if err != nil {
		return nil, fmt.Errorf("reading alarms: %w", err)
	}
	return all, nil
}

// question is what totals and series are asked; 0 asks for everything.
type question struct {
	span    Span
	dataSet uint32
	orgUnit uint32
}

// bounded replaces open ends by bounds that every month is inside.
func (q question) bounded() (question, error) {
	if q.span.From == 0 {
		q.span.From = 190001
	}
	if q.span.To == 0 {
		q.span.To = 209912
	}
	return q, q.span.check()
}

func (s Span) check() error {
	if !s.From.Valid() || !s.To.Valid() || s.To < s.From {
		return ErrSpan
	}
	return nil
}
