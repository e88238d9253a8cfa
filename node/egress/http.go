package egress

import (
	"context"
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
	next     func(context.Context) (civil.Month, error)
}

// Routes adds the pages about releases to the site. The next month is the one that
// the next release is for. It returns what the first page shows of them.
func Routes(site *web.Site, g *Gate, who *access.Gate, currency string, next func(context.Context) (civil.Month, error)) Panels {
	p := &pages{Pages: site.Pages(templates), gate: g, access: who, currency: currency, next: next}
	site.Handle("GET /releases", "releases.read", p.list)
	site.Handle("POST /releases/resume", toApprove, p.resume)
	site.Handle("GET /releases/{sequence}", "releases.read", p.show)
	site.Handle("GET /releases/{sequence}/file", "releases.read", p.file)
	p.routesOfPacks(site)
	p.routesOfDrafts(site)
	p.routesOfAccount(site)
	return Panels{p}
}

// listing is the data of the page of all releases.
type listing struct {
	OrgUnit  uint32
	Releases []Release
	// Paused is what waits for somebody to say what left last, nil when nothing does,
	// and Lost what left from a database that is gone.
	Paused *pausedView
	Lost   []Lost
	// Stopped is the refusal that keeps releases here, nil when none does.
	Stopped *Stopped
	// Clock is what is wrong with the computer's clock, nil when nothing is.
	Clock *errs.Error
	// NewKey is the number of a key that the hub does not know yet, 0 for none.
	NewKey uint32
	// Own is what the office reads out with it.
	Own  Own
	Held heldBack
	// Draft is what is being decided on, nil when nothing is.
	Draft *Draft
	// Next is the month that comes next, 0 when none can; Asks says that the reader
	// may have it drafted before its day, Manages that they may end the releases.
	Next          civil.Month
	Asks, Manages bool
	// Opens says that the reader may see where every record is.
	Opens   bool
	Reason  web.Field
	Problem error
}

// waitingTable is what is held back of one measure. It is shown here and
// nowhere else.
type waitingTable struct {
	DataSet uint32
	Label   string
	Total   int64
	Lines   []waitingLine
}

type waitingLine struct {
	// Path opens the records, "" for who may not.
	Path  string
	Code  codelist.Code
	Fell  bool
	Label string
	Value int64
	From  civil.Month
	Hold  ledger.Hold
}

// KeyOf returns the catalogue's key of why the line waits.
func (l waitingLine) KeyOf() string { return "egress.why-" + string(l.Hold.Why) }

// list answers GET /releases.
func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	return p.showList(w, r, http.StatusOK, "", nil)
}

func (p *pages) showList(w http.ResponseWriter, r *http.Request, status int, reason string, problem error) error {
	return p.showListWith(w, r, status, reason, toldForm{}, problem)
}

func (p *pages) showListWith(w http.ResponseWriter, r *http.Request, status int, reason string, f toldForm, problem error) error {
	ctx, g := r.Context(), p.gate
	l := listing{OrgUnit: g.office.OrgUnit, Problem: problem, Reason: reasonField("closing", reason, problem)}
	var err error
	if l.Releases, err = g.Releases(ctx); err != nil {
		return err
	}
	if l.Paused, err = p.paused(r, f, problem); err != nil {
		return err
	}
	if l.Lost, err = selectLost(ctx, g.db); err != nil {
		return err
	}
	if l.Clock, err = g.clock(ctx); err != nil {
		return err
	}
	if l.NewKey, err = g.NewKey(ctx); err != nil {
		return err
	}
	if l.NewKey > 0 {
		if l.Own, err = g.Own(ctx); err != nil {
			return err
		}
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
	if l.Held, err = p.held(r, last); err != nil {
		return err
	}
	if err := p.decisions(r, &l); err != nil {
		return err
	}
	if l.Opens, err = p.opens(r, 0); err != nil {
		return err
	}
	return p.Page(w, r, status, "release-list", l)
}

// decisions adds the draft that is open, or what the reader may have drafted.
func (p *pages) decisions(r *http.Request, l *listing) error {
	ctx, g, who := r.Context(), p.gate, web.Actor(r)
	d, open, err := g.OpenDraft(ctx)
	if err != nil {
		return err
	}
	if open {
		l.Draft = &d
		return nil
	}
	next, err := p.next(ctx)
	if err != nil || next >= civil.MonthOf(g.now()) {
		return err
	}
	ended, err := g.ended(ctx)
	if err != nil || ended {
		return err
	}
	l.Next = next
	if l.Asks, err = g.does(ctx, who, toCheck); err != nil {
		return err
	}
	l.Manages, err = access.Allowed(g.person(ctx, who, toManage))
	return err
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
			tables = append(tables, waitingTable{DataSet: held.DataSet, Label: set.In(language)})
			last = held.DataSet
		}
		t := &tables[len(tables)-1]
		t.Total += held.Value
		t.Lines = append(t.Lines, waitingLine{Code: held.Code, Fell: held.Fell, Label: reg.Label(held.Code, language), Value: held.Value, From: held.From, Hold: held.Hold})
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
	// Steps are who stood for it; none for a release from before there were drafts.
	Steps []stepLine
	// Why is the reason of a release that takes another back or ends them all, and
	// TakenBack the number of the one that took this back, 0 for none.
	Why       string
	TakenBack uint32
	// Fell are the numbers that fell with what it takes back.
	Fell []sentTable
	// Account is the movement of the month's cases, nil for who may not count them
	// and for a release that takes another back.
	Account *monthAccount
	Key     releaseKey
	// Manages says that the reader may have it taken back.
	Manages bool
	Reason  web.Field
	Problem error
}

// LevelKey returns the catalogue's key of what the line is.
func (l sentLine) LevelKey() string { return previewLine{Level: l.Level}.KeyOf() }

// KindKey returns the catalogue's key of what the release is.
func (r Release) KindKey() string { return "egress.kind-" + strconv.Itoa(int(r.Kind)) }

type sentTable struct {
	DataSet uint32
	Label   string
	Money   bool
	Lines   []sentLine
	Value   int64
	// Hundreds is the sum of the amounts, in whole hundreds.
	Hundreds int64
}

type sentLine struct {
	// Path opens the records that make the number, "" for who may not.
	Path  string
	Code  codelist.Code
	Label string
	// Level is the depth of the code: 1 one kind, 2 the rest of a heading, 3 other.
	Level           uint32
	From            civil.Month
	Value, Hundreds int64
}

// reasonField asks why.
func reasonField(form, reason string, problem error) web.Field {
	return web.Field{Form: form, Name: "reason", Label: "egress.reason", Hint: "egress.reason-hint", Value: reason, Lines: 2, Limit: reasonLimit, Required: true, Full: true, Problem: problem}
}

// show answers GET /releases/{sequence}.
func (p *pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.showRelease(w, r, http.StatusOK, "", nil)
}

func (p *pages) showRelease(w http.ResponseWriter, r *http.Request, status int, reason string, problem error) error {
	sequence, err := number(r)
	if err != nil {
		return err
	}
	rel, message, sealed, err := p.gate.Sent(r.Context(), sequence)
	if err != nil {
		return err
	}
	s := sheet{
		Release: rel, OrgUnit: p.gate.office.OrgUnit, Digest: hex.EncodeToString(rel.Digest), Currency: p.currency,
		Reason: reasonField("void", reason, problem), Problem: problem,
	}
	for _, t := range message.GetTables() {
		s.Tables = append(s.Tables, p.sent(t, web.Language(r)))
	}
	if err := p.standing(r, &s); err != nil {
		return err
	}
	if err := p.accounted(r, &s, sealed); err != nil {
		return err
	}
	return p.Page(w, r, status, "release-page", s)
}

// standing adds who stood for a release and whether it can be taken back.
func (p *pages) standing(r *http.Request, s *sheet) error {
	ctx := r.Context()
	d, found, err := p.gate.DraftOf(ctx, s.Sequence)
	if err != nil {
		return err
	}
	if found {
		s.Why = d.Wanted.Reason
		if s.Steps, err = p.steps(ctx, d); err != nil {
			return err
		}
	}
	issued, err := selectIssued(ctx, p.gate.db)
	if err != nil {
		return err
	}
	for _, i := range issued {
		if i.voids == s.Sequence {
			s.TakenBack = i.sequence
		}
	}
	if !(past{releases: issued}).counts(s.Sequence) {
		return nil
	}
	s.Manages, err = access.Allowed(p.gate.person(ctx, web.Actor(r), toManage))
	return err
}

func (p *pages) sent(t *releasev1.Table, language string) sentTable {
	set, _ := p.gate.reg.DataSet(t.GetDataSet())
	out := sentTable{DataSet: t.GetDataSet(), Label: set.In(language), Money: set.Money}
	for _, g := range t.GetGroups() {
		line := sentLine{
			Code: codelist.Code(g.GetCategoryOption()), Label: p.gate.reg.Label(codelist.Code(g.GetCategoryOption()), language), Level: uint32(g.GetLevel()), From: civil.Month(g.GetFromPeriod()),
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
