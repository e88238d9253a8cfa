package policy

import (
	"strconv"

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

// input builds the columnar view that the rules judge: the distinct values of
// each table and level, with the codes gathered by what decides on them. A
// release of a thousand groups becomes a few dozen distinct values.
func (q Question) input() ast.Value {
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
		c.add(g)
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

func (c *columns) add(g Group) {
	code := number(g.Code)
	c.codes.Add(code)
	if g.Again {
		c.again.Add(code)
	}
	c.from.add(g.FromPeriod, code)
	c.largest = max(c.largest, g.Value)
	if g.Level != leafLevel {
		c.values.add(g.hiding(), code)
	}
	if g.Money {
		c.share.add(g.Share, code)
	}
	sizes := c.least
	if g.Negative {
		sizes = c.negative
	}
	sizes.add(min(g.events(), g.Clients), code)
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
