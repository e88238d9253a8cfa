package egress

import (
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/ledger"
	releasev1 "casehub/proto/casehub/release/v1"
)

//go:embed templates/*.html
var templates embed.FS

// pages answer the plain question: what left this office, when, to whom, and
// why was this held back.
type pages struct {
	*web.Pages
	gate     *Gate
	access   *access.Gate
	currency string
}

// Routes adds the pages about releases to the site.
func Routes(site *web.Site, g *Gate, who *access.Gate, currency string) {
	p := &pages{Pages: site.Pages(templates), gate: g, access: who, currency: currency}
	site.Handle("GET /releases", "releases.read", p.list)
	site.Handle("GET /releases/{sequence}", "releases.read", p.show)
	site.Handle("GET /releases/{sequence}/file", "releases.read", p.file)
	p.routesOfPacks(site)
}

// listing is the data of the page of all releases.
type listing struct {
	OrgUnit  uint32
	Releases []Release
	// Stopped is the refusal that keeps releases here, nil when none does.
	Stopped *Stopped
	// Clock is what is wrong with the computer's clock, nil when nothing is.
	Clock       *errs.Error
	Waiting     []waitingTable
	Corrections int64
}

// waitingTable is what is held back of one measure. It is shown here and
// nowhere else.
type waitingTable struct {
	Label string
	Total int64
	Lines []waitingLine
}

type waitingLine struct {
	Label string
	Value int64
	From  civil.Month
	Hold  ledger.Hold
}

// KeyOf returns the catalogue's key of why the line waits.
func (l waitingLine) KeyOf() string { return "egress.why-" + string(l.Hold.Why) }

// list answers GET /releases.
func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	ctx, g := r.Context(), p.gate
	l := listing{OrgUnit: g.office.OrgUnit}
	var err error
	if l.Releases, err = g.Releases(ctx); err != nil {
		return err
	}
	if l.Clock, err = g.clock(ctx); err != nil {
		return err
	}
	if stopped, yes, err := g.Stopped(ctx); err != nil {
		return err
	} else if yes {
		l.Stopped = &stopped
	}
	var last civil.Month
	if len(l.Releases) > 0 {
		last = l.Releases[0].Period
	}
	// What waits is small: a number in it may be one case.
	seen, err := p.access.Cases(ctx, web.Actor(r), "figures.read")
	if err != nil {
		return err
	}
	waiting, err := g.ledger.Waiting(ctx, g.db, last, seen)
	if err != nil {
		return err
	}
	if l.Corrections, err = g.ledger.Corrections(ctx, g.db, seen); err != nil {
		return err
	}
	l.Waiting = p.waiting(waiting, web.Language(r))
	return p.Page(w, r, http.StatusOK, "release-list", l)
}

// waiting groups what waits by measure and gives each line its reason.
func (p *pages) waiting(list []ledger.Waiting, language string) []waitingTable {
	reg := p.gate.reg
	var tables []waitingTable
	last := uint32(0)
	for _, held := range list {
		set, ok := reg.DataSet(held.DataSet)
		if !ok {
			continue
		}
		if held.DataSet != last {
			tables = append(tables, waitingTable{Label: set.In(language)})
			last = held.DataSet
		}
		t := &tables[len(tables)-1]
		t.Total += held.Value
		t.Lines = append(t.Lines, waitingLine{Label: reg.Label(held.Code, language), Value: held.Value, From: held.From, Hold: held.Hold})
	}
	return tables
}

// sheet is the data of one release's page: the very numbers that left.
type sheet struct {
	Release
	OrgUnit  uint32
	Digest   string
	Currency string
	Tables   []sentTable
}

type sentTable struct {
	Label string
	Money bool
	Lines []sentLine
	Value int64
	// Hundreds is the sum of the amounts, in whole hundreds.
	Hundreds int64
}

type sentLine struct {
	Label           string
	From            civil.Month
	Value, Hundreds int64
}

// show answers GET /releases/{sequence}.
func (p *pages) show(w http.ResponseWriter, r *http.Request) error {
	sequence, err := number(r)
	if err != nil {
		return err
	}
	rel, message, _, err := p.gate.Sent(r.Context(), sequence)
	if err != nil {
		return err
	}
	s := sheet{Release: rel, OrgUnit: p.gate.office.OrgUnit, Digest: hex.EncodeToString(rel.Digest), Currency: p.currency}
	for _, t := range message.GetTables() {
		s.Tables = append(s.Tables, p.sent(t, web.Language(r)))
	}
	return p.Page(w, r, http.StatusOK, "release-page", s)
}

func (p *pages) sent(t *releasev1.Table, language string) sentTable {
	set, _ := p.gate.reg.DataSet(t.GetDataSet())
	out := sentTable{Label: set.In(language), Money: set.Money}
	for _, g := range t.GetGroups() {
		line := sentLine{
			Label: p.gate.reg.Label(codelist.Code(g.GetCategoryOption()), language), From: civil.Month(g.GetFromPeriod()),
			Value: int64(g.GetValue()), Hundreds: int64(g.GetAmountHundreds()),
		}
		out.Lines = append(out.Lines, line)
		out.Value += line.Value
		out.Hundreds += line.Hundreds
	}
	return out
}

// file answers GET /releases/{sequence}/file with the sealed bytes as they left.
func (p *pages) file(w http.ResponseWriter, r *http.Request) error {
	sequence, err := number(r)
	if err != nil {
		return err
	}
	rel, _, sealed, err := p.gate.Sent(r.Context(), sequence)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("casehub-release-%d-%04d-%d.bin", p.gate.office.OrgUnit, rel.Sequence, rel.Period)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err = w.Write(sealed)
	return err
}

// number reads the sequence in the address. What is no number is no release.
func number(r *http.Request) (uint32, error) {
	n, err := strconv.ParseUint(r.PathValue("sequence"), 10, 32)
	if err != nil {
		return 0, ErrNotFound
	}
	return uint32(n), nil
}

// KeyOf returns the catalogue's key of a release's state.
func (r Release) KeyOf() string { return "egress.state-" + r.State() }

// Badge returns the design's class of a release's state.
func (r Release) Badge() string {
	return map[string]string{"receipted": "badge-good", "sent": "badge-accent", "sealed": "badge-warn", "refused": "badge-bad"}[r.State()]
}

// ReasonKey returns the catalogue's key of why the hub did not count a release,
// "" when it gave no reason.
func (r Release) ReasonKey() string {
	if r.Reason == releasev1.ReasonCode_REASON_CODE_UNSPECIFIED {
		return ""
	}
	return "egress.reason-" + strconv.Itoa(int(r.Reason))
}
