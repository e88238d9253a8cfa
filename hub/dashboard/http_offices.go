package dashboard

import (
	"encoding/hex"
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"casehub/hub/statistics"
	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/web"
	releasev1 "casehub/proto/casehub/release/v1"
)

// errNoOffice reports a number that is no office's.
var errNoOffice = errs.New(errs.NotFound, "office.none")

// officesPage is the data of GET /offices.
type officesPage struct {
	Reporting statistics.Reporting
	Months    []civil.Month // the newest first
	Rates     template.HTML
}

// Nothing reports whether no release counts yet.
func (o officesPage) Nothing() bool { return o.Reporting.Period == 0 }

// offices answers GET /offices: who reported for a month, and when.
func (p *Pages) offices(w http.ResponseWriter, r *http.Request) error {
	known, err := p.stats.Months(r.Context())
	if err != nil {
		return err
	}
	month := known.To
	if asked, err := civil.ParseMonth(r.URL.Query().Get("month")); err == nil && known.To != 0 {
		month = max(known.From, min(asked, known.To))
	}
	v := officesPage{}
	if v.Reporting, err = p.stats.Reporting(r.Context(), month); err != nil {
		return err
	}
	rates, err := p.stats.Rates(r.Context(), statistics.Span{From: max(known.From, known.To.Add(1-usual)), To: known.To})
	if known.To != 0 && err != nil {
		return err
	}
	for m := known.To; known.To != 0 && m >= known.From; m = m.Add(-1) {
		v.Months = append(v.Months, m)
	}
	v.Rates = p.drawer(web.Language(r)).rates("reporting", rates)
	return p.Page(w, r, http.StatusOK, "offices", v)
}

// officePage is the data of GET /offices/{unit}.
type officePage struct {
	statistics.Office
	Period     civil.Month // that the state is about
	Totals     uint64      // releases that count
	Breakdowns []figures
	Releases   []release
	Alarms     []alarm // that nobody has decided yet
}

// alarm is a second release under a used number.
type alarm struct{ statistics.Alarm }

// Mark is the beginning of the second release's digest.
func (a alarm) Mark() string { return hex.EncodeToString(a.Digest[:4]) }

// release is one row of the office's releases, the newest first.
type release struct{ statistics.Release }

// Mark is the beginning of the digest, enough to compare by eye.
func (r release) Mark() string { return hex.EncodeToString(r.Digest[:4]) }

// KindKey and StatusKey name the words for the table.
func (r release) KindKey() string {
	switch r.Kind {
	case releasev1.ReleaseKind_RELEASE_KIND_VOID:
		return "office.kind-void"
	case releasev1.ReleaseKind_RELEASE_KIND_CLOSING:
		return "office.kind-closing"
	}
	return "office.kind-regular"
}

// office answers GET /offices/{unit}.
func (p *Pages) office(w http.ResponseWriter, r *http.Request) error {
	unit, err := strconv.ParseUint(r.PathValue("unit"), 10, 32)
	if err != nil {
		return errNoOffice
	}
	rep, err := p.stats.Reporting(r.Context(), 0)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(rep.Offices, func(o statistics.Office) bool { return uint64(o.OrgUnit) == unit })
	if i < 0 {
		return errNoOffice
	}
	v := officePage{Office: rep.Offices[i], Period: rep.Period}
	if err := p.published(r, &v); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "office", v)
}

// published reads what one office published, and what is open about it.
func (p *Pages) published(r *http.Request, v *officePage) error {
	totals, err := p.stats.OfficeTotals(r.Context(), v.OrgUnit, statistics.Span{})
	if err != nil {
		return err
	}
	all, err := p.stats.Releases(r.Context(), v.OrgUnit)
	if err != nil {
		return err
	}
	open, err := p.stats.Alarms(r.Context(), statistics.Alarms{OrgUnit: v.OrgUnit})
	if err != nil {
		return err
	}
	for _, one := range open {
		v.Alarms = append(v.Alarms, alarm{one})
	}
	v.Totals = totals.Releases
	for _, one := range slices.Backward(all) {
		v.Releases = append(v.Releases, release{one})
	}
	for _, set := range p.reg.Plan.DataSets {
		f := figures{
			Breakdown: breakdown(p.reg, set, totals.Rows, web.Language(r), p.currency), Money: set.Money, Releases: totals.Releases,
			Unexpected: v.State == statistics.NotExpected,
		}
		if _, first := own[set.Number]; first || f.Breakdown.All.Published() {
			v.Breakdowns = append(v.Breakdowns, f)
		}
	}
	return nil
}
