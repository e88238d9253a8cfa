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

// BaselineVersion is the smallest version that the embedded layer may answer.
const BaselineVersion = 2

// The layers, in their order. What the embedded one and the program's own floor
// refuse, no pack lets out. LayerSettings is what the office set for itself.
const (
	LayerBaseline = "baseline"
	LayerSettings = "settings"
	LayerNational = "national"
	LayerOffice   = "office"
)

var (
	// ErrShape reports that a layer answered with anything but the agreed object.
	// Nothing leaves on such an answer.
	ErrShape = errors.New("the policy's answer has another shape than agreed")
	// ErrOld reports a layer that answers with a version below its pinned minimum.
	ErrOld = errors.New("the policy's rules are older than they must be")
)

// Pack is what one signed pack, or an office's own settings, add to the embedded
// rules. It can only tighten: the embedded rules are asked with the floor's limits
// whatever it says, and no layer sees what another one was given.
type Pack struct {
	// Layer is LayerNational, LayerOffice or LayerSettings.
	Layer string
	// Version is the pack's, and the smallest that its rules may answer.
	Version uint32
	// Limits are held by the embedded rules, over the floor.
	Limits Limits
	// Rules is one Rego module of package casehub.egress that answers verdict, or
	// "" for a pack of limits alone.
	Rules string
}

// Egress is the stack of layers that every release must pass.
type Egress struct {
	layers   []layer
	limits   Limits
	deadline time.Duration
}

// layer is one voice in the decision: it accepts what each of its parts accepts.
type layer struct {
	Answered
	lens
	parts []part
}

// part is one set of rules over one set of limits, compiled.
type part struct {
	minimum uint32
	query   rego.PreparedEvalQuery
}

// Answered is a layer that was asked, with the version of its rules.
type Answered struct {
	Layer   string
	Version uint32
}

// String returns the layer as the decision log has it.
func (a Answered) String() string { return a.Layer + " " + strconv.FormatUint(uint64(a.Version), 10) }

// verdictQuery is what every layer is asked.
const verdictQuery = "data.casehub.egress.verdict"

// NewEgress compiles the embedded layer for one office, and one for each pack.
// What the packs demand adds up to the stricter of each, because every layer must
// accept. It fails with ErrRules for rules that the sandbox does not run, and with
// what the first question to them failed with: each layer is asked one without
// groups before anything depends on it.
func NewEgress(ctx context.Context, reg *codelist.Registry, orgUnit uint32, packs ...Pack) (*Egress, error) {
	e := &Egress{limits: Floor(), deadline: Deadline}
	for _, p := range append([]Pack{{Layer: LayerBaseline, Version: BaselineVersion, Limits: Floor()}}, packs...) {
		l, err := newLayer(ctx, reg, orgUnit, p)
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", p.Layer, err)
		}
		e.layers = append(e.layers, l)
		e.limits = e.limits.Tighten(p.Limits)
	}
	return e, nil
}

func newLayer(ctx context.Context, reg *codelist.Registry, orgUnit uint32, p Pack) (layer, error) {
	l := layer{Answered: Answered{p.Layer, p.Version}, lens: lens{reg, Floor().Tighten(p.Limits)}}
	data := egressData(reg, orgUnit, l.limits)
	rules := []module{{"embedded.rego", egressRules}}
	minima := []uint32{BaselineVersion}
	if p.Rules != "" {
		rules, minima = append(rules, module{p.Layer + ".rego", p.Rules}), append(minima, p.Version)
	}
	for i, m := range rules {
		q, err := prepare(ctx, verdictQuery, data, m)
		if err != nil {
			return layer{}, err
		}
		l.parts = append(l.parts, part{minima[i], q})
	}
	ctx, cancel := context.WithTimeout(ctx, trialTime)
	defer cancel()
	_, err := l.accepts(ctx, Question{})
	return l, err
}

// trialTime is how long the first question may take. It is longer than Deadline,
// so that rules which hold are not refused by a busy machine.
const trialTime = 2 * time.Second

// Limits returns what the limits of all layers add up to.
func (e *Egress) Limits() Limits { return e.limits }

// egressData is the fixed data of the rules: the office, the plan and its code
// lists as far as the limits let them leave, and the limits.
func egressData(reg *codelist.Registry, orgUnit uint32, l Limits) map[string]any {
	sets := map[string]any{}
	for _, d := range reg.Plan.DataSets {
		if l.Allows(d.Number) {
			sets[strconv.FormatUint(uint64(d.Number), 10)] = listData(reg.List(d.List), d.Money)
		}
	}
	withheld := []any{}
	for _, c := range l.Withheld {
		withheld = append(withheld, int(c))
	}
	return map[string]any{
		"office":   map[string]any{"org_unit": int(orgUnit)},
		"registry": map[string]any{"version": int(reg.Version), "plan": int(reg.Plan.Version), "data_sets": sets},
		"limits": map[string]any{
			"k": int(l.K), "k_sensitive": int(l.KSensitive), "p": int(l.P), "largest": int(l.Largest), "hold": int(l.Hold), "withheld": withheld,
		},
	}
}

// listData is one code list: its leaves, those of them that are sensitive, those that
// came later and the month of each, and the leaves of each category.
func listData(list *codelist.List, money bool) map[string]any {
	codes, sensitive, since, categories := []any{}, []any{}, map[string]any{}, map[string]any{}
	for _, c := range list.Categories {
		leaves := []any{}
		for _, f := range c.Leaves {
			leaves = append(leaves, int(f.Code))
			if f.Sensitive {
				sensitive = append(sensitive, int(f.Code))
			}
			if f.Came() != 0 {
				since[strconv.FormatUint(uint64(f.Code), 10)] = int(f.Came())
			}
		}
		codes = append(codes, leaves...)
		categories[strconv.FormatUint(uint64(c.Code), 10)] = leaves
	}
	return map[string]any{"code": int(list.Code), "codes": codes, "sensitive": sensitive, "since": since, "categories": categories, "money": money}
}

// key names a group on the wire.
type key struct{ dataSet, level, code uint32 }

func (g Group) key() key { return key{g.DataSet, g.Level, g.Code} }

// verdict is what one layer answers.
type verdict struct {
	headerOK bool
	accepted map[key]bool
	version  uint32
}

// accepts reports whether the header and exactly these groups are accepted: as
// many as there are on the wire, each of them, none twice.
func (v verdict) accepts(groups []Group) bool {
	if !v.headerOK || len(v.accepted) != len(groups) {
		return false
	}
	seen := make(map[key]bool, len(groups))
	for _, g := range groups {
		k := g.key()
		if seen[k] || !v.accepted[k] {
			return false
		}
		seen[k] = true
	}
	return true
}

// Decision is what the layers together say of one release.
type Decision struct {
	// Allowed says that every layer accepted the header and every group, and that
	// there was a layer.
	Allowed bool
	// Layers are those that were asked, in their order.
	Layers []Answered
}

// Decide asks every layer. An error, a time-out, rules below their minimum or an
// answer of another shape from any of them is an error of the whole, and nothing
// may leave.
func (e *Egress) Decide(ctx context.Context, q Question) (Decision, error) {
	ctx, cancel := context.WithTimeout(ctx, e.deadline)
	defer cancel()
	d := Decision{Allowed: len(e.layers) > 0}
	for _, l := range e.layers {
		d.Layers = append(d.Layers, l.Answered)
		ok, err := l.accepts(ctx, q)
		if err != nil {
			return Decision{Layers: d.Layers}, fmt.Errorf("layer %s: %w", l.Layer, err)
		}
		d.Allowed = d.Allowed && ok
	}
	return d, nil
}

// accepts reports whether every part of the layer accepts the header and every
// group.
func (l layer) accepts(ctx context.Context, q Question) (bool, error) {
	all, input := true, q.input(l.lens)
	for _, p := range l.parts {
		rs, err := evaluate(ctx, p.query, input)
		if err != nil {
			return false, err
		}
		v, err := verdictOf(rs)
		if err != nil {
			return false, err
		}
		if v.version < p.minimum {
			return false, ErrOld
		}
		all = all && v.accepts(q.Groups)
	}
	return all && len(l.parts) > 0, nil
}

// verdictOf reads a layer's answer: exactly {header_ok, accepted, version}.
func verdictOf(rs rego.ResultSet) (verdict, error) {
	if len(rs) != 1 || len(rs[0].Expressions) != 1 {
		return verdict{}, ErrShape
	}
	answer, ok := rs[0].Expressions[0].Value.(map[string]any)
	if !ok || len(answer) != 3 {
		return verdict{}, ErrShape
	}
	headerOK, ok1 := answer["header_ok"].(bool)
	accepted, ok2 := answer["accepted"].(map[string]any)
	version, err := whole(answer["version"])
	if !ok1 || !ok2 || err != nil {
		return verdict{}, ErrShape
	}
	v := verdict{headerOK: headerOK, accepted: map[key]bool{}, version: version}
	for table, levels := range accepted {
		if err := v.addTable(table, levels); err != nil {
			return verdict{}, err
		}
	}
	return v, nil
}

func (v verdict) addTable(table string, levels any) error {
	set, err := wholeText(table)
	byLevel, ok := levels.(map[string]any)
	if err != nil || !ok {
		return ErrShape
	}
	for depth, codes := range byLevel {
		level, err := wholeText(depth)
		list, ok := codes.([]any)
		if err != nil || !ok {
			return ErrShape
		}
		for _, c := range list {
			code, err := whole(c)
			if err != nil {
				return err
			}
			v.accepted[key{set, level, code}] = true
		}
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

// wholeText reads a number that stands as the key of an object, in its one form.
func wholeText(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, ErrShape
	}
	return uint32(n), nil
}
