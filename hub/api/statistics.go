package api

import (
	"context"

	"casehub/hub/statistics"
	"casehub/internal/civil"
	hubv1 "casehub/proto/casehub/hub/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type figures struct {
	hubv1.UnimplementedStatisticsServer
	stats *statistics.Statistics
}

func spanOf(from, to uint32) statistics.Span {
	return statistics.Span{From: civil.Month(from), To: civil.Month(to)}
}

// Totals answers what the releases of a span add up to.
func (s *figures) Totals(ctx context.Context, q *hubv1.TotalsRequest) (*hubv1.TotalsResponse, error) {
	t, err := s.stats.Totals(ctx, spanOf(q.GetFromPeriod(), q.GetToPeriod()), q.GetDataSet())
	if err != nil {
		return nil, err
	}
	resp := &hubv1.TotalsResponse{Releases: t.Releases}
	for _, r := range t.Rows {
		resp.Totals = append(resp.Totals, &hubv1.Total{
			DataSet: r.DataSet, CategoryOption: uint32(r.Code), Level: r.Level,
			Value: r.Value, AmountHundreds: r.AmountHundreds, OrgUnits: uint32(r.Offices),
		})
	}
	return resp, nil
}

// Series answers one measure month by month.
func (s *figures) Series(ctx context.Context, q *hubv1.SeriesRequest) (*hubv1.SeriesResponse, error) {
	if q.GetDataSet() == 0 {
		return nil, status.Error(codes.InvalidArgument, "")
	}
	points, err := s.stats.Series(ctx, q.GetDataSet(), spanOf(q.GetFromPeriod(), q.GetToPeriod()))
	if err != nil {
		return nil, err
	}
	resp := &hubv1.SeriesResponse{}
	for _, p := range points {
		resp.Points = append(resp.Points, &hubv1.Point{
			Period: uint32(p.Period), CategoryOption: uint32(p.Code), Value: p.Value, AmountHundreds: p.AmountHundreds,
		})
	}
	return resp, nil
}

// Reporting answers what arrived from each office and when.
func (s *figures) Reporting(ctx context.Context, q *hubv1.ReportingRequest) (*hubv1.ReportingResponse, error) {
	r, err := s.stats.Reporting(ctx, civil.Month(q.GetPeriod()))
	if err != nil {
		return nil, err
	}
	resp := &hubv1.ReportingResponse{
		Period: uint32(r.Period), ExpectedReports: uint32(r.Expected), ActualReports: uint32(r.Actual),
	}
	for _, o := range r.Offices {
		one := &hubv1.Office{OrgUnit: o.OrgUnit, LastSequence: o.LastSequence, LastPeriod: uint32(o.LastPeriod), Held: o.Held}
		if !o.ReceivedAt.IsZero() {
			one.ReceivedAt = o.ReceivedAt.Unix()
		}
		resp.Offices = append(resp.Offices, one)
	}
	return resp, nil
}
