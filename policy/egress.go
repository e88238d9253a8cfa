package policy

import (
	"context"
	_ "embed" // the rules are part of the program
	"errors"
	"fmt"
	"strconv"
	"time"

	"casehub/internal/codelist"

	"github.com/open-policy-agent/opa/v1/rego"
)

//go:embed egress/egress.rego
var egressRules string

// ErrShape reports that a layer answered with anything but the agreed object.
// Nothing leaves on such an answer.
var ErrShape = errors.New("the policy's answer has another shape than agreed")

// Limits are the numbers of rules D2 and D7.
type Limits struct {
	// K is the smallest group, KSensitive that of a sensitive code, in distinct
	// clients and in events.
	K, KSensitive uint32
	// P is the p of the p % rule, in percent.
	P uint32
	// Largest is the largest value of a group.
	Largest uint32
}

// Floor is what the program itself demands. No layer goes below it.
func Floor() Limits { return Limits{K: 5, KSensitive: 10, P: 25, Largest: 5000} }

// Tighten merges limits so that the stricter of each holds.
func (l Limits) Tighten(o Limits) Limits {
	return Limits{K: max(l.K, o.K), KSensitive: max(l.KSensitive, o.KSensitive), P: max(l.P, o.P), Largest: min(l.Largest, o.Largest)}
}

// Egress is the stack of layers that every release must pass.
type Egress struct {
	layers   []rego.PreparedEvalQuery
	deadline time.Duration
}

// verdictQuery is what every layer is asked.
const verdictQuery = "data.casehub.egress.verdict"

// NewEgress compiles the embedded layer for one office, with the floor or
// whatever limits are stricter.
func NewEgress(ctx context.Context, reg *codelist.Registry, orgUnit uint32, limits Limits) (*Egress, error) {
	q, err := prepare(ctx, verdictQuery, egressData(reg, orgUnit, Floor().Tighten(limits)), module{"egress.rego", egressRules})
	if err != nil {
		return nil, err
	}
	return &Egress{layers: []rego.PreparedEvalQuery{q}, deadline: Deadline}, nil
}

// egressData is the fixed data of the rules.
func egressData(reg *codelist.Registry, orgUnit uint32, l Limits) map[string]any {
	sets := map[string]any{}
	for _, d := range reg.Plan.DataSets {
		codes, sensitive := []any{}, []any{}
		for _, f := range reg.List(d.List).Leaves() {
			codes = append(codes, int(f.Code))
			if f.Sensitive {
				sensitive = append(sensitive, int(f.Code))
			}
		}
		sets[strconv.FormatUint(uint64(d.Number), 10)] = map[string]any{"codes": codes, "sensitive": sensitive, "money": d.Money}
	}
	return map[string]any{
		"office":   map[string]any{"org_unit": int(orgUnit)},
		"registry": map[string]any{"version": int(reg.Version), "plan": int(reg.Plan.Version), "data_sets": sets},
		"limits":   map[string]any{"k": int(l.K), "k_sensitive": int(l.KSensitive), "p": int(l.P), "largest": int(l.Largest)},
	}
}

// Decision is what the layers together accept.
type Decision struct {
	// Versions of the layers that were asked, in their order.
	Versions []uint32
	headerOK bool
	accepted map[[2]uint32]int
	layers   int
}

// Allows reports whether the header and every one of the groups are accepted
// by every layer, and there was at least one.
func (d Decision) Allows(groups []Group) bool {
	if !d.headerOK || d.layers == 0 {
		return false
	}
	seen := map[[2]uint32]bool{}
	for _, g := range groups {
		key := [2]uint32{g.DataSet, g.Code}
		if seen[key] || d.accepted[key] != d.layers {
			return false
		}
		seen[key] = true
	}
	return true
}

// Decide asks every layer. An error, a time-out or an answer of another shape
// from any of them is an error of the whole, and nothing may leave.
func (e *Egress) Decide(ctx context.Context, q Question) (Decision, error) {
	ctx, cancel := context.WithTimeout(ctx, e.deadline)
	defer cancel()
	d := Decision{headerOK: true, accepted: map[[2]uint32]int{}}
	in := q.input()
	for _, layer := range e.layers {
		rs, err := layer.Eval(ctx, rego.EvalParsedInput(in))
		if err != nil {
			return Decision{}, fmt.Errorf("asking the policy: %w", err)
		}
		if err := d.add(rs); err != nil {
			return Decision{}, err
		}
	}
	// The evaluator notices an end late or, on a quick question, never.
	if err := ctx.Err(); err != nil {
		return Decision{}, fmt.Errorf("asking the policy: %w", err)
	}
	return d, nil
}

// add merges one layer's answer: the header by AND, the groups by intersection.
func (d *Decision) add(rs rego.ResultSet) error {
	if len(rs) != 1 || len(rs[0].Expressions) != 1 {
		return ErrShape
	}
	answer, ok := rs[0].Expressions[0].Value.(map[string]any)
	if !ok || len(answer) != 3 {
		return ErrShape
	}
	headerOK, ok1 := answer["header_ok"].(bool)
	accepted, ok2 := answer["accepted"].(map[string]any)
	version, err := whole(answer["version"])
	if !ok1 || !ok2 || err != nil {
		return ErrShape
	}
	own := map[[2]uint32]bool{}
	for table, codes := range accepted {
		if err := accept(own, table, codes); err != nil {
			return err
		}
	}
	for group := range own {
		d.accepted[group]++
	}
	d.headerOK = d.headerOK && headerOK
	d.Versions = append(d.Versions, version)
	d.layers++
	return nil
}

// accept gathers the codes of one table that one layer accepts. A layer has one
// vote on each group, however often it names it.
func accept(own map[[2]uint32]bool, table string, codes any) error {
	set, err := strconv.ParseUint(table, 10, 32)
	list, ok := codes.([]any)
	if err != nil || !ok || strconv.FormatUint(set, 10) != table {
		return ErrShape
	}
	for _, c := range list {
		code, err := whole(c)
		if err != nil {
			return err
		}
		own[[2]uint32{uint32(set), code}] = true
	}
	return nil
}

// whole reads a number of an answer.
func whole(v any) (uint32, error) {
	n, ok := v.(interface{ Int64() (int64, error) })
	if !ok {
		return 0, ErrShape
	}
	i, err := n.Int64()
	if err != nil || i < 0 || i > 1<<31 {
		return 0, ErrShape
	}
	return uint32(i), nil
}
