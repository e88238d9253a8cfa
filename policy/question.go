package policy

import (
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Header is what a release says of itself.
type Header struct {
	SchemaVersion, OrgUnit, Sequence, Period, PlanVersion, RegistryVersion, Kind uint32
}

// Group is one group on the wire with the evidence for it, which stays in the
// office.
type Group struct {
	DataSet, Code, Level, FromPeriod, Value uint32
	// Clients is the number of distinct clients inside.
	Clients uint32
	// Money says that the group carries an amount. Then Share is
	// 100 (X - x1 - x2) / x1 in whole percent over the clients' absolute sums,
	// at most 100, and Negative says that an amount below zero is inside.
	Money    bool
	Share    uint32
	Negative bool
}

// Question is what a layer is asked about one release.
type Question struct {
	Header Header
	Groups []Group
}

// input builds the columnar view that the rules judge: each table's distinct
// values, with the codes gathered by the evidence that decides on them. A
// release of a thousand groups becomes a few dozen distinct values.
func (q Question) input() ast.Value {
	tables := map[uint32]*columns{}
	for _, g := range q.Groups {
		c, ok := tables[g.DataSet]
		if !ok {
			c = newColumns()
			tables[g.DataSet] = c
		}
		c.add(g)
	}
	object := ast.NewObject()
	for d, c := range tables {
		object.Insert(text(d), ast.NewTerm(c.object()))
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
		"plan_version": h.PlanVersion, "registry_version": h.RegistryVersion, "kind": h.Kind,
	} {
		o.Insert(ast.InternedTerm(name), number(n))
	}
	return o
}

// columns gathers the distinct values of one table.
type columns struct {
	codes, levels, fromPeriods ast.Set
	least, share, negative     map[uint32]ast.Set
	largest                    uint32
}

func newColumns() *columns {
	return &columns{
		codes: ast.NewSet(), levels: ast.NewSet(), fromPeriods: ast.NewSet(),
		least: map[uint32]ast.Set{}, share: map[uint32]ast.Set{}, negative: map[uint32]ast.Set{},
	}
}

func (c *columns) add(g Group) {
	code := number(g.Code)
	c.codes.Add(code)
	c.levels.Add(number(g.Level))
	c.fromPeriods.Add(number(g.FromPeriod))
	c.largest = max(c.largest, g.Value)
	sizes := c.least
	if g.Money {
		gather(c.share, g.Share, code)
		if g.Negative {
			sizes = c.negative
		}
	}
	gather(sizes, min(g.Value, g.Clients), code)
}

func (c *columns) object() ast.Object {
	return ast.NewObject(
		ast.Item(ast.InternedTerm("codes"), ast.NewTerm(c.codes)),
		ast.Item(ast.InternedTerm("levels"), ast.NewTerm(c.levels)),
		ast.Item(ast.InternedTerm("from_periods"), ast.NewTerm(c.fromPeriods)),
		ast.Item(ast.InternedTerm("largest"), number(c.largest)),
		ast.Item(ast.InternedTerm("least"), ast.NewTerm(byNumber(c.least))),
		ast.Item(ast.InternedTerm("share"), ast.NewTerm(byNumber(c.share))),
		ast.Item(ast.InternedTerm("negative"), ast.NewTerm(byNumber(c.negative))),
	)
}

func gather(by map[uint32]ast.Set, n uint32, code *ast.Term) {
	s, ok := by[n]
	if !ok {
		s = ast.NewSet()
		by[n] = s
	}
	s.Add(code)
}

func byNumber(by map[uint32]ast.Set) ast.Object {
	o := ast.NewObject()
	for n, codes := range by {
		o.Insert(number(n), ast.NewTerm(codes))
	}
	return o
}

func number(n uint32) *ast.Term { return ast.InternedTerm(int(n)) }

func text(n uint32) *ast.Term { return ast.StringTerm(strconv.FormatUint(uint64(n), 10)) }
