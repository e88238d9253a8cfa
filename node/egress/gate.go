package egress

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/release"
	"casehub/node/auditor"
	"casehub/policy"
	releasev1 "casehub/proto/casehub/release/v1"
)

// candidate is a release on its way through the gate: the exact bytes that
// would be sent, and what the database says of them.
type candidate struct {
	bytes []byte
	// evidence is the auditor's, audit what it refused with.
	evidence []auditor.Evidence
	audit    error
	kind     releasev1.ReleaseKind
	period   civil.Month
	// voids is the sequence of the release that is taken back, 0 for none.
	voids uint32
	last  lastRelease
	past  past
	// blocks are the groups that hold events of a release that was taken back.
	blocks map[groupKey]block
	// reg is the plan that it is made by.
	reg *codelist.Registry
	// rules are the layers that judge; fault is what is wrong with a pack, and then
	// there are none.
	rules *policy.Egress
	fault error

	digest  [32]byte
	decoded *releasev1.Release
	layers  []policy.Answered
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
		{"season", g.seasonHolds},
		{"chain", g.chainHolds},
		{"audit", g.auditAgrees},
		{"evidence", g.evidenceMatches},
		{"amounts", g.amountsFollow},
		{"floor", g.floorHolds},
		{"template", g.templateHolds},
		{"packs", g.packsHold},
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
	return release.CheckCodes(c.decoded, c.reg) == nil
}

// headerHolds checks that the release is this office's, for this month, by these
// rules of counting, and of the kind that was asked for.
func (g *Gate) headerHolds(_ context.Context, c *candidate) bool {
	return c.decoded.GetOrgUnit() == g.office.OrgUnit && c.decoded.GetPeriod() == uint32(c.period) &&
		c.decoded.GetRulesVersion() == g.ledger.RulesVersion() && c.decoded.GetKind() == c.kind && c.decoded.GetVoidsSequence() == c.voids
}

// seasonHolds checks that a month leaves once, that nothing follows the last
// release of an office, and that what is taken back left before and counts.
func (g *Gate) seasonHolds(_ context.Context, c *candidate) bool {
	switch c.decoded.GetKind() {
	case releasev1.ReleaseKind_RELEASE_KIND_VOID:
		return c.decoded.GetPeriod() == uint32(c.last.period) && c.past.counts(c.decoded.GetVoidsSequence())
	case releasev1.ReleaseKind_RELEASE_KIND_REGULAR, releasev1.ReleaseKind_RELEASE_KIND_CLOSING:
		return c.decoded.GetPeriod() > uint32(c.last.period) && !c.past.closed()
	}
	return false
}

// chainHolds checks that the release follows the last one.
func (g *Gate) chainHolds(_ context.Context, c *candidate) bool {
	return c.decoded.GetSequence() == c.last.sequence+1 && bytes.Equal(c.decoded.GetPreviousDigest(), c.last.digest)
}

// auditAgrees checks that the auditor, who shares no line with what made the
// release, comes to the same groups and numbers.
func (g *Gate) auditAgrees(_ context.Context, c *candidate) bool { return c.audit == nil }

// evidenceMatches compares the wire with the auditor's evidence, group by group
// and number by number.
func (g *Gate) evidenceMatches(_ context.Context, c *candidate) bool {
	i := 0
	for _, t := range c.decoded.GetTables() {
		for _, gr := range t.GetGroups() {
			if i >= len(c.evidence) || groupOnWire(t.GetDataSet(), gr) != inEvidence(c.evidence[i]) {
				return false
			}
			i++
		}
	}
	return i == len(c.evidence)
}

func inEvidence(e auditor.Evidence) wireGroup {
	return wireGroup{e.DataSet, uint32(e.Code), e.Level, uint32(e.From), uint32(e.Value), uint32(e.AmountHundreds)}
}

// amountsFollow checks that the money on the wire is what follows from the records
// and from what the group before left over.
func (g *Gate) amountsFollow(_ context.Context, c *candidate) bool {
	_, perHundred := g.ledger.Money()
	for _, e := range c.evidence {
		set, ok := c.reg.DataSet(e.DataSet)
		if !ok || set.Money && e.TotalMinor+e.CarriedMinor != e.AmountHundreds*perHundred+e.CarryMinor {
			return false
		}
		if set.Money && 2*max(e.CarryMinor, -e.CarryMinor) > perHundred && !e.Again {
			return false
		}
	}
	return true
}

// floorHolds is the part of the rules that no pack of policies can relax, because
// it is in the program.
func (g *Gate) floorHolds(_ context.Context, c *candidate) bool {
	return policy.FloorHolds(c.reg, question(c.reg, c))
}

// templateHolds compares a release without groups with the only bytes that it may
// have. Rules that accept group by group say nothing of it.
func (g *Gate) templateHolds(_ context.Context, c *candidate) bool {
	return len(c.decoded.GetTables()) > 0 || bytes.Equal(g.bare(c), c.bytes)
}

// bare writes the bytes of a release without groups, field by field after the
// schema, with no help from what encodes releases.
func (g *Gate) bare(c *candidate) []byte {
	b := field(nil, 1, 1)
	b = field(b, 2, g.office.OrgUnit)
	b = field(b, 3, c.last.sequence+1)
	if len(c.last.digest) > 0 {
		b = append(append(b, 4<<3|2, byte(len(c.last.digest))), c.last.digest...)
	}
	b = field(b, 5, uint32(c.period))
	b = field(b, 6, c.reg.Plan.Version)
	b = field(b, 7, c.reg.Version)
	b = field(b, 8, uint32(c.kind))
	b = field(b, 9, c.voids)
	return field(b, 11, g.ledger.RulesVersion())
}

// field writes a field of the wire, nothing when it is zero.
func field(b []byte, number byte, n uint32) []byte {
	if n == 0 {
		return b
	}
	return binary.AppendUvarint(append(b, number<<3), uint64(n))
}

// packsHold checks that every pack that must be there is, is what was signed, and
// did not expire long ago.
func (g *Gate) packsHold(_ context.Context, c *candidate) bool {
	return c.fault == nil && c.rules != nil
}

// policyAccepts asks every layer. A failure of any kind refuses.
func (g *Gate) policyAccepts(ctx context.Context, c *candidate) bool {
	if c.rules == nil {
		return false
	}
	var d policy.Decision
	var err error
	for range asks {
		d, err = c.rules.Decide(ctx, question(c.reg, c))
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			break
		}
	}
	c.layers = d.Layers
	return err == nil && d.Allowed
}

// asks is how often rules are asked that did not answer in time: a computer that was
// busy for a moment keeps no release back. Every other failure refuses at once, and
// so does the last.
const asks = 3

// question puts the decoded bytes beside the evidence for the policy.
func question(reg *codelist.Registry, c *candidate) policy.Question {
	r := c.decoded
	q := policy.Question{Header: policy.Header{
		SchemaVersion: r.GetSchemaVersion(), OrgUnit: r.GetOrgUnit(), Sequence: r.GetSequence(), Period: r.GetPeriod(),
		PlanVersion: r.GetPlanVersion(), RegistryVersion: r.GetRegistryVersion(), RulesVersion: r.GetRulesVersion(),
		Kind: uint32(r.GetKind()), VoidsSequence: r.GetVoidsSequence(),
	}}
	i := 0
	for _, t := range r.GetTables() {
		set, _ := reg.DataSet(t.GetDataSet())
		for _, gr := range t.GetGroups() {
			p := policy.Group{
				DataSet: t.GetDataSet(), Code: gr.GetCategoryOption(), Level: uint32(gr.GetLevel()),
				FromPeriod: gr.GetFromPeriod(), Value: gr.GetValue(), Money: set.Money, Weighted: set.Weighted(),
			}
			p.Again = c.past.fell(t.GetDataSet(), gr)
			if i < len(c.evidence) {
				e := c.evidence[i]
				p.Clients, p.Negative, p.Share = uint32(e.Clients), e.Negative, uint32(e.Share)
				p.Again = p.Again && e.Again
				if b, ok := c.blocks[groupKey{p.DataSet, p.Level, p.Code}]; ok && !p.Again {
					p.Block, p.Clients = b.events, p.Clients-min(b.people, p.Clients)
				}
			}
			q.Groups = append(q.Groups, p)
			i++
		}
	}
	return q
}
