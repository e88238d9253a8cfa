package policy

import (
	"strconv"

	"casehub/internal/codelist"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Header is what a release says of itself.
type Header struct {
	SchemaVersion, OrgUnit, Sequence, Period, PlanVersion, RegistryVersion, RulesVersion, Kind, VoidsSequence uint32
}

// Group is one group on the wire with the evidence for it, which stays in the
// office.
type Group struct {
	DataSet, Code, Level, FromPeriod, Value uint32
	// Clients is the number of distinct clients inside, without those of Block.
	Clients uint32
	// Weighted says that a record counts for as many as it says, so that Clients and
	// not events are what hidden codes hold at most so many of.
	Weighted bool
	// Money says that the group carries an amount. Then Share is
	// 100 (X - x1 - x2) / x1 in whole percent over the clients' absolute sums,
	// at most 100, and Negative says that an amount below zero is inside.
	Money    bool
	Share    uint32
	Negative bool
	// Again says that this very group left before, in a release that was taken
	// back since, and was judged then (rule D9 (a)).
	Again bool
	// Block counts the events inside that stood in a release that was taken back
	// (rule D9 (b)). What is new beside them has to be enough by itself.
	Block uint32
}

// events counts what the thresholds are held against.
func (g Group) events() uint32 { return g.Value - min(g.Block, g.Value) }

// hiding counts what hidden codes are reckoned in.
func (g Group) hiding() uint32 {
	if g.Weighted {
		return g.Clients
	}
	return g.events()
}

// Question is what a layer is asked about one release.
type Question struct {
	Header Header
	Groups []Group
}

// lens is how coarsely a layer sees the numbers of a release: to each of its own
// thresholds and no finer. Whoever signs a pack would else have an oracle: rules that
// refuse exactly seven people would tell, by what is missing at the hub, that there
// were seven.
type lens struct {
	reg    *codelist.Registry
	limits Limits
}

// size is the largest of the layer's thresholds that n reaches, times factor, else 0.
func (l lens) size(n, factor uint32) uint32 {
	var reached uint32
	for _, k := range []uint32{l.limits.K, max(l.limits.K, l.limits.KSensitive)} {
		if n >= k*factor {
			reached = max(reached, k*factor)
		}
	}
	return reached
}

// within is most for what is no more, else one more.
func within(n, most uint32) uint32 {
	if n <= most {
		return most
	}
	return most + 1
}

// share is p for what is no less, else 0.
func (l lens) share(n uint32) uint32 {
	if n < l.limits.P {
		return 0
	}
	return l.limits.P
}

// room is the most that a rest may hold if every leaf that it hides could be zero, by
// the layer's own thresholds (rule D4).
func (l lens) room(w *Wire, g Group) uint32 {
	list, _, known := w.list(g)
	if !known || category(list, g.Code) == nil {
		return 0
	}
	var sum, most uint32
	for _, f := range w.hide(g.DataSet, *category(list, g.Code)).leaves {
		k := l.limits.K
		if f.Sensitive {
			k = max(k, l.limits.KSensitive)
		}
		sum, most = sum+k-1, max(most, k-1)
	}
	return sum - most
}

// input builds the columnar view that the rules judge: the distinct values of
// each table and level, with the codes gathered by what decides on them. A
// release of a thousand groups becomes a few dozen distinct values, and those are the
// layer's own limits, reached or not.
func (q Question) input(l lens) ast.Value {
	w := NewWire(l.reg, q)
	type place struct{ dataSet, level uint32 }
	tables, order := map[place]*columns{}, []place{}
	for _, g := range q.Groups {
		at := place{g.DataSet, g.Level}
		c, ok := tables[at]
		if !ok {
			c = newColumns()
			tables[at] = c
			order = append(order, at)
		}
		c.add(l, w, g)
	}
	object := ast.NewObject()
	for _, at := range order {
		name := text(at.dataSet)
		if object.Get(name) == nil {
			object.Insert(name, ast.NewTerm(ast.NewObject()))
		}
		object.Get(name).Value.(ast.Object).Insert(text(at.level), ast.NewTerm(tables[at].object()))
	}
	return ast.NewObject(
		ast.Item(ast.InternedTerm("header"), ast.NewTerm(q.Header.object())),
		ast.Item(ast.InternedTerm("tables"), ast.NewTerm(object)),
	)
}

func (h Header) object() ast.Object {
	o := ast.NewObject()
	for name, n := range map[string]uint32{
		"schema_version": h.SchemaVersion, "org_unit": h.OrgUnit, "sequence": h.Sequence, "period": h.Period,
		"plan_version": h.PlanVersion, "registry_version": h.RegistryVersion, "rules_version": h.RulesVersion,
		"kind": h.Kind, "voids_sequence": h.VoidsSequence,
	} {
		o.Insert(ast.InternedTerm(name), number(n))
	}
	return o
}

// byNumber gathers codes by a number that decides on them.
type byNumber map[uint32]ast.Set

func (b byNumber) add(n uint32, code *ast.Term) {
	s, ok := b[n]
	if !ok {
		s = ast.NewSet()
		b[n] = s
	}
	s.Add(code)
}

func (b byNumber) object() ast.Object {
	o := ast.NewObject()
	for n, codes := range b {
		o.Insert(number(n), ast.NewTerm(codes))
	}
	return o
}

// columns gathers the distinct values of one level of one table.
type columns struct {
	codes, again                         ast.Set
	from, least, share, negative, values byNumber
	largest                              uint32
}

func newColumns() *columns {
	return &columns{
		codes: ast.NewSet(), again: ast.NewSet(),
		from: byNumber{}, least: byNumber{}, share: byNumber{}, negative: byNumber{}, values: byNumber{},
	}
}

// leafLevel is the level of the finest codes (release.v1 GroupLevel).
const leafLevel = 1

func (c *columns) add(l lens, w *Wire, g Group) {
	code := number(g.Code)
	c.codes.Add(code)
	if g.Again {
		c.again.Add(code)
	}
	c.from.add(g.FromPeriod, code)
	c.largest = max(c.largest, within(g.Value, l.limits.Largest))
	if g.Level == restLevel {
		c.values.add(within(g.hiding(), l.room(w, g)), code)
	}
	if g.Money {
		c.share.add(l.share(g.Share), code)
	}
	sizes, factor := c.least, uint32(1)
	if g.Negative {
		sizes, factor = c.negative, 2
	}
	sizes.add(l.size(min(g.events(), g.Clients), factor), code)
}

func (c *columns) object() ast.Object {
	return ast.NewObject(
		ast.Item(ast.InternedTerm("codes"), ast.NewTerm(c.codes)),
		ast.Item(ast.InternedTerm("again"), ast.NewTerm(c.again)),
		ast.Item(ast.InternedTerm("largest"), number(c.largest)),
		ast.Item(ast.InternedTerm("from"), ast.NewTerm(c.from.object())),
		ast.Item(ast.InternedTerm("least"), ast.NewTerm(c.least.object())),
		ast.Item(ast.InternedTerm("share"), ast.NewTerm(c.share.object())),
		ast.Item(ast.InternedTerm("negative"), ast.NewTerm(c.negative.object())),
		ast.Item(ast.InternedTerm("values"), ast.NewTerm(c.values.object())),
	)
}

func number(n uint32) *ast.Term { return ast.InternedTerm(int(n)) }

func text(n uint32) *ast.Term { return ast.StringTerm(strconv.FormatUint(uint64(n), 10)) }
