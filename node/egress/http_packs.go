package egress

import (
	"net/http"
	"strconv"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pack"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/policy"
)

// routesOfPacks adds the pages about what the national body signed.
func (p *pages) routesOfPacks(site *web.Site) {
	site.Handle("GET /releases/rules", "releases.read", p.rules)
	site.Handle("POST /releases/rules/accept", "packs.accept", p.accept)
}

// rulebook is the data of the page about packs.
type rulebook struct {
	// Keyed says that the office was given keys to know packs by.
	Keyed bool
	Packs []takenPack
	// Fault says that something is wrong with a pack, so that nothing leaves.
	Fault bool
	// Limits are what all layers together demand; zero with a Fault.
	Limits policy.Limits
	// Registry and Plan are the versions in force.
	Registry, Plan uint32
	Proposal       *proposalView
	Loosenings     []looseningView
}

type takenPack struct {
	Taken
	Paused bool
}

// KeyOf returns the catalogue's key of what the pack is.
func (t takenPack) KeyOf() string {
	if t.Name == pack.National {
		return "egress.pack-national"
	}
	return "egress.pack-office"
}

// proposalView is a plan that waits, with what it would have said.
type proposalView struct {
	Version, Registry uint32
	From              civil.Month
	Accepted          bool
	AcceptedAt        time.Time
	Accepts           bool // whether the reader may
	Changes           []changeLine
	Eased             []easedLine
	Preview           previewView
}

// previewView is what waits would have said.
type previewView struct {
	From, To civil.Month
	Tables   []previewTable
	Kept     bool // whether it is kept from the reader
}

type changeLine struct {
	kind      pack.ChangeKind
	Is, Was   string
	Sensitive bool
}

// KeyOf returns the catalogue's key of what changes.
func (c changeLine) KeyOf() string { return "egress.change-" + string(c.kind) }

type previewTable struct {
	Label string
	Lines []previewLine
}

type previewLine struct {
	Label string
	Level uint32
	Value int64
}

// KeyOf returns the catalogue's key of what the line is.
func (l previewLine) KeyOf() string { return "egress.level-" + strconv.FormatUint(uint64(l.Level), 10) }

// rules answers GET /releases/rules.
func (p *pages) rules(w http.ResponseWriter, r *http.Request) error {
	ctx, g := r.Context(), p.gate
	reg := g.reg.Now()
	b := rulebook{Keyed: g.packs.Roots != nil, Registry: reg.Version, Plan: reg.Plan.Version}
	list, err := g.Packs(ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		b.Packs = append(b.Packs, takenPack{t, t.Paused(civil.On(g.now()))})
	}
	if limits, err := g.Demands(ctx); err != nil {
		b.Fault = true
	} else {
		b.Limits = limits
	}
	waiting, found, err := g.Proposal(ctx)
	if err != nil && !b.Fault {
		return err
	}
	if found {
		if b.Proposal, err = p.proposal(r, waiting); err != nil {
			return err
		}
	}
	if b.Loosenings, err = p.loosenings(r); err != nil && !b.Fault {
		return err
	}
	return p.Page(w, r, http.StatusOK, "rules-page", b)
}

// proposal lays a plan that waits out for the reader.
func (p *pages) proposal(r *http.Request, waiting Proposal) (*proposalView, error) {
	language := web.Language(r)
	v := &proposalView{
		Version: waiting.Version, Registry: waiting.Registry, From: waiting.From, Accepted: waiting.Accepted(), AcceptedAt: waiting.AcceptedAt,
	}
	for _, c := range waiting.Changes {
		v.Changes = append(v.Changes, changeLine{kind: c.Kind, Is: c.Is.In(language), Was: c.Was.In(language), Sensitive: c.Sensitive})
	}
	v.Eased = easedLines(p.gate.reg.Now(), waiting.Eased, language)
	var err error
	if v.Accepts, err = access.Allowed(p.access.May(r.Context(), web.Actor(r), "packs.accept")); err != nil || v.Accepted || !v.Accepts {
		return v, err
	}
	v.Preview, err = p.previewed(r, waiting.next, func() (Preview, error) { return p.gate.Preview(r.Context(), waiting) })
	return v, err
}

// previewed asks for a preview for whoever nothing at all is kept from: its numbers move
// with each record.
func (p *pages) previewed(r *http.Request, reg *codelist.Registry, ask func() (Preview, error)) (previewView, error) {
	sees, err := p.access.SeesWhole(r.Context(), p.gate.db, web.Actor(r))
	if err != nil || !sees {
		return previewView{Kept: true}, err
	}
	would, err := ask()
	if err != nil {
		return previewView{}, err
	}
	return previewView{From: would.From, To: would.To, Tables: byTable(reg, would, web.Language(r))}, nil
}

// byTable gathers the groups of a preview by table.
func byTable(reg *codelist.Registry, would Preview, language string) []previewTable {
	var tables []previewTable
	last := uint32(0)
	for _, g := range would.Groups {
		if g.DataSet != last {
			set, _ := reg.DataSet(g.DataSet)
			tables = append(tables, previewTable{Label: set.In(language)})
			last = g.DataSet
		}
		t := &tables[len(tables)-1]
		t.Lines = append(t.Lines, previewLine{Label: reg.Label(g.Code, language), Level: g.Level, Value: g.Value})
	}
	return tables
}

// accept answers POST /releases/rules/accept.
func (p *pages) accept(w http.ResponseWriter, r *http.Request) error {
	version, err := strconv.ParseUint(r.PostFormValue("version"), 10, 32)
	if err != nil {
		return ErrNoPack
	}
	if name := r.PostFormValue("eases"); name != "" {
		err = p.gate.AcceptLoosening(r.Context(), web.Actor(r), name, uint32(version))
	} else {
		err = p.gate.AcceptPlan(r.Context(), web.Actor(r), uint32(version))
	}
	if err != nil {
		return err
	}
	return web.GoTo(w, r, "/releases/rules")
}
