package egress

import (
	"bytes"
	"context"
	"crypto/sha256"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/release"
	"casehub/node/ledger"
	"casehub/policy"
	releasev1 "casehub/proto/casehub/release/v1"
)

// candidate is a release on its way through the gate: the exact bytes that
// would be sent, and what the database says of them.
type candidate struct {
	bytes    []byte
	evidence []ledger.Evidence
	period   civil.Month
	last     lastRelease

	digest  [32]byte
	decoded *releasev1.Release
	layers  []uint32
}

// check is one reason not to send. Each has a code for the decision log and a
// test that needs it.
type check struct {
	code string
	run  func(ctx context.Context, c *candidate) bool
}

// refusal says which check let nothing out. It carries nothing of the release.
type refusal struct{ check string }

func (r *refusal) Error() string { return "refused by the check " + r.check }

// allChecks lists the checks in their order. The structure comes first: the
// others read what it decoded.
func (g *Gate) allChecks() []check {
	return []check{
		{"structure", g.structureHolds},
		{"codes", g.codesHold},
		{"header", g.headerHolds},
		{"chain", g.chainHolds},
		{"evidence", g.evidenceMatches},
		{"floor", g.floorHolds},
		{"policy", g.policyAccepts},
	}
}

// judge runs every check on the bytes. It fails with a refusal at the first
// that does not hold.
func (g *Gate) judge(ctx context.Context, c *candidate) error {
	c.digest = sha256.Sum256(c.bytes)
	for _, k := range g.checks {
		if !k.run(ctx, c) {
			return &refusal{k.code}
		}
	}
	return nil
}

// structureHolds decodes the bytes again, strictly: no unknown field at any
// depth, canonical, within the maxima.
func (g *Gate) structureHolds(_ context.Context, c *candidate) bool {
	var err error
	c.decoded, err = release.Decode(c.bytes)
	return err == nil
}

// codesHold checks every code against the registry.
func (g *Gate) codesHold(_ context.Context, c *candidate) bool {
	return release.CheckCodes(c.decoded, g.reg) == nil
}

// headerHolds checks that the release is this office's, for this month, and of
// a kind that the gate knows.
func (g *Gate) headerHolds(_ context.Context, c *candidate) bool {
	return c.decoded.GetOrgUnit() == g.office.OrgUnit && c.decoded.GetPeriod() == uint32(c.period) &&
		c.decoded.GetKind() == releasev1.ReleaseKind_RELEASE_KIND_REGULAR
}

// chainHolds checks that the release follows the last one.
func (g *Gate) chainHolds(_ context.Context, c *candidate) bool {
	return c.decoded.GetSequence() == c.last.sequence+1 && bytes.Equal(c.decoded.GetPreviousDigest(), c.last.digest)
}

// evidenceMatches compares the wire with the database, group by group and
// number by number.
func (g *Gate) evidenceMatches(_ context.Context, c *candidate) bool {
	i := 0
	for _, t := range c.decoded.GetTables() {
		for _, gr := range t.GetGroups() {
			if i >= len(c.evidence) || c.evidence[i].Group != onWire(t.GetDataSet(), gr, c.evidence[i].CarryMinor) {
				return false
			}
			i++
		}
	}
	return i == len(c.evidence)
}

func onWire(set uint32, g *releasev1.Group, carry int64) ledger.Group {
	return ledger.Group{
		DataSet: set, Code: codelist.Code(g.GetCategoryOption()), Level: uint32(g.GetLevel()), From: civil.Month(g.GetFromPeriod()),
		Value: int64(g.GetValue()), AmountHundreds: int64(g.GetAmountHundreds()), CarryMinor: carry,
	}
}

// floorHolds is the part of the rules that no pack of policies can relax,
// because it is in the program: distinct clients, sensitive codes, spread of
// money.
func (g *Gate) floorHolds(_ context.Context, c *candidate) bool {
	for _, e := range c.evidence {
		set, ok := g.reg.DataSet(e.DataSet)
		if !ok {
			return false
		}
		leaf, ok := g.reg.List(set.List).Leaf(e.Code)
		if !ok {
			return false
		}
		b := ledger.Backlog{DataSet: e.DataSet, Code: e.Code, Value: e.Value, Clients: e.Clients, From: e.From, Amounts: e.Amounts}
		if !b.Ready(set, leaf, c.period, ledger.National()) || set.Money && !e.Follows() {
			return false
		}
	}
	return true
}

// policyAccepts asks every layer. A failure of any kind refuses.
func (g *Gate) policyAccepts(ctx context.Context, c *candidate) bool {
	q := question(g.reg, c)
	d, err := g.policy.Decide(ctx, q)
	if err != nil {
		return false
	}
	c.layers = d.Versions
	return d.Allows(q.Groups)
}

// question puts the decoded bytes beside the evidence for the policy.
func question(reg *codelist.Registry, c *candidate) policy.Question {
	r := c.decoded
	q := policy.Question{Header: policy.Header{
		SchemaVersion: r.GetSchemaVersion(), OrgUnit: r.GetOrgUnit(), Sequence: r.GetSequence(), Period: r.GetPeriod(),
		PlanVersion: r.GetPlanVersion(), RegistryVersion: r.GetRegistryVersion(), Kind: uint32(r.GetKind()),
	}}
	i := 0
	for _, t := range r.GetTables() {
		set, _ := reg.DataSet(t.GetDataSet())
		for _, gr := range t.GetGroups() {
			p := policy.Group{
				DataSet: t.GetDataSet(), Code: gr.GetCategoryOption(), Level: uint32(gr.GetLevel()),
				FromPeriod: gr.GetFromPeriod(), Value: gr.GetValue(), Money: set.Money,
			}
			if i < len(c.evidence) {
				e := c.evidence[i]
				p.Clients, p.Negative, p.Share = uint32(e.Clients), e.Amounts.Negative, uint32(e.Amounts.Share())
			}
			q.Groups = append(q.Groups, p)
			i++
		}
	}
	return q
}
