package egress

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"casehub/internal/release"
	"casehub/node/auditor"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// attempt is one way to get something out that must stay.
type attempt struct {
	name  string
	spoil func(*candidate)
}

// attempts are the hand-written ones, and those made from them: every byte
// changed, left out and doubled, every number of the wire moved, a name hidden at
// every depth, evidence that is short, and releases that two spoiled parts make.
func attempts(t testing.TB, good candidate) []attempt {
	t.Helper()
	var all []attempt
	for _, h := range hostile {
		all = append(all, attempt{h.check + ": " + h.name, h.spoil})
	}
	for i := range good.bytes {
		all = append(
			all,
			attempt{fmt.Sprintf("byte %d flipped", i), func(c *candidate) { c.bytes = slices.Clone(c.bytes); c.bytes[i] ^= 1 }},
			attempt{fmt.Sprintf("byte %d with a high bit", i), func(c *candidate) { c.bytes = slices.Clone(c.bytes); c.bytes[i] ^= 0x80 }},
			attempt{fmt.Sprintf("byte %d left out", i), func(c *candidate) { c.bytes = slices.Delete(slices.Clone(c.bytes), i, i+1) }},
			attempt{fmt.Sprintf("byte %d twice", i), func(c *candidate) { c.bytes = slices.Insert(slices.Clone(c.bytes), i, c.bytes[i]) }},
			attempt{fmt.Sprintf("cut before byte %d", i), func(c *candidate) { c.bytes = slices.Clone(c.bytes[:i]) }},
		)
	}
	return append(append(append(all, moved(t, good)...), hidden(t, good)...), short(good)...)
}

// moved changes every number of every group, and of the header, in several ways.
func moved(t testing.TB, good candidate) []attempt {
	t.Helper()
	decoded, err := release.Decode(good.bytes)
	if err != nil {
		t.Fatal(err)
	}
	var all []attempt
	for i, table := range decoded.Tables {
		for j := range table.Groups {
			for name, change := range map[string]func(*releasev1.Group){
				"one more":      func(g *releasev1.Group) { g.Value++ },
				"one fewer":     func(g *releasev1.Group) { g.Value-- },
				"four":          func(g *releasev1.Group) { g.Value = 4 },
				"one":           func(g *releasev1.Group) { g.Value = 1 },
				"none":          func(g *releasev1.Group) { g.Value = 0 },
				"too many":      func(g *releasev1.Group) { g.Value = 5001 },
				"a telephone":   func(g *releasev1.Group) { g.Value = 821234567 },
				"another code":  func(g *releasev1.Group) { g.CategoryOption++ },
				"no code":       func(g *releasev1.Group) { g.CategoryOption = 0 },
				"a person":      func(g *releasev1.Group) { g.CategoryOption = 800101 },
				"as a rest":     func(g *releasev1.Group) { g.Level = 2 },
				"as other":      func(g *releasev1.Group) { g.Level = 3 },
				"no level":      func(g *releasev1.Group) { g.Level = 0 },
				"a later month": func(g *releasev1.Group) { g.FromPeriod = 202610 },
				"no month":      func(g *releasev1.Group) { g.FromPeriod = 0 },
				"month 13":      func(g *releasev1.Group) { g.FromPeriod = 202613 },
				"an earlier":    func(g *releasev1.Group) { g.FromPeriod = 201901 },
				"money":         func(g *releasev1.Group) { g.AmountHundreds += 7 },
				"all money":     func(g *releasev1.Group) { g.AmountHundreds = 4_000_000_000 },
				"no status":     func(g *releasev1.Group) { g.ObsStatus = 0 },
			} {
				all = append(all, attempt{fmt.Sprintf("group %d of table %d: %s", j, i, name), raw(func(r *releasev1.Release) { change(r.Tables[i].Groups[j]) })})
			}
		}
	}
	for name, change := range map[string]func(*releasev1.Release){
		"another office":      func(r *releasev1.Release) { r.OrgUnit = 8 },
		"no office":           func(r *releasev1.Release) { r.OrgUnit = 0 },
		"a person as office":  func(r *releasev1.Release) { r.OrgUnit = 4_000_000_000 },
		"another schema":      func(r *releasev1.Release) { r.SchemaVersion = 2 },
		"a later plan":        func(r *releasev1.Release) { r.PlanVersion++ },
		"a later registry":    func(r *releasev1.Release) { r.RegistryVersion++ },
		"later rules":         func(r *releasev1.Release) { r.RulesVersion++ },
		"no rules":            func(r *releasev1.Release) { r.RulesVersion = 0 },
		"a closing one":       func(r *releasev1.Release) { r.Kind = 3 },
		"a void":              func(r *releasev1.Release) { r.Kind, r.VoidsSequence, r.Tables = 2, 1, nil },
		"a void with tables":  func(r *releasev1.Release) { r.Kind, r.VoidsSequence = 2, 1 },
		"no kind":             func(r *releasev1.Release) { r.Kind = 0 },
		"another sequence":    func(r *releasev1.Release) { r.Sequence = 9 },
		"a digest of nothing": func(r *releasev1.Release) { r.PreviousDigest = make([]byte, 32) },
		"an earlier month":    func(r *releasev1.Release) { r.Period = 202608 },
		"a later month":       func(r *releasev1.Release) { r.Period = 202610 },
		"no month":            func(r *releasev1.Release) { r.Period = 0 },
		"no tables":           func(r *releasev1.Release) { r.Tables = nil },
		"a table left out":    func(r *releasev1.Release) { r.Tables = r.Tables[1:] },
		"an empty table":      func(r *releasev1.Release) { r.Tables[0].Groups = nil },
		"a table twice":       func(r *releasev1.Release) { r.Tables = append(r.Tables, r.Tables[0]) },
		"tables turned":       func(r *releasev1.Release) { slices.Reverse(r.Tables) },
		"another table":       func(r *releasev1.Release) { r.Tables[0].DataSet = 9 },
		"a group twice":       func(r *releasev1.Release) { r.Tables[0].Groups = append(r.Tables[0].Groups, r.Tables[0].Groups[0]) },
	} {
		all = append(all, attempt{"header: " + name, raw(change)})
	}
	return all
}

// raw decodes the bytes, changes the message and encodes it whatever it is.
func raw(change func(*releasev1.Release)) func(*candidate) {
	return func(c *candidate) {
		var r releasev1.Release
		if err := proto.Unmarshal(c.bytes, &r); err != nil {
			panic(err)
		}
		change(&r)
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(&r)
		if err != nil {
			panic(err)
		}
		c.bytes = b
	}
}

// hidden puts a name beside the fields of the schema, at every depth and in
// several forms.
func hidden(t testing.TB, good candidate) []attempt {
	t.Helper()
	var all []attempt
	names := map[string][]byte{
		"as text":     protowire.AppendString(protowire.AppendTag(nil, 99, protowire.BytesType), "Nomsa Dlamini"),
		"as a number": protowire.AppendVarint(protowire.AppendTag(nil, 98, protowire.VarintType), 8001015009087),
		"as fixed":    protowire.AppendFixed64(protowire.AppendTag(nil, 97, protowire.Fixed64Type), 8001015009087),
		"as reserved": protowire.AppendVarint(protowire.AppendTag(nil, 7, protowire.VarintType), 3),
		"as a zero":   protowire.AppendVarint(protowire.AppendTag(nil, 9, protowire.VarintType), 0),
	}
	for name, b := range names {
		all = append(
			all,
			attempt{"a name behind the release " + name, func(c *candidate) { c.bytes = append(slices.Clone(c.bytes), b...) }},
			attempt{"a name before the release " + name, func(c *candidate) { c.bytes = append(slices.Clone(b), c.bytes...) }},
			attempt{"a name in a table " + name, raw(func(r *releasev1.Release) { r.Tables[0].ProtoReflect().SetUnknown(b) })},
			attempt{"a name in a group " + name, raw(func(r *releasev1.Release) { r.Tables[0].Groups[0].ProtoReflect().SetUnknown(b) })},
		)
	}
	return append(
		all,
		attempt{"text for a release", func(c *candidate) { c.bytes = []byte("Nomsa Dlamini, 8001015009087") }},
		attempt{"JSON for a release", func(c *candidate) { c.bytes = []byte(`{"client":"Nomsa Dlamini"}`) }},
		attempt{"zeros", func(c *candidate) { c.bytes = make([]byte, 64) }},
		attempt{"too many bytes", func(c *candidate) { c.bytes = bytes.Repeat(c.bytes, 1+release.MaxBytes/len(c.bytes)) }},
	)
}

// short leaves the bytes alone and takes something from the evidence.
func short(good candidate) []attempt {
	var all []attempt
	for i := range good.evidence {
		for name, take := range map[string]func(*auditor.Evidence){
			"four people":    func(e *auditor.Evidence) { e.Clients = 4 },
			"one person":     func(e *auditor.Evidence) { e.Clients = 1 },
			"nobody":         func(e *auditor.Evidence) { e.Clients = 0 },
			"another value":  func(e *auditor.Evidence) { e.Value++ },
			"another code":   func(e *auditor.Evidence) { e.Code++ },
			"another level":  func(e *auditor.Evidence) { e.Level++ },
			"another month":  func(e *auditor.Evidence) { e.From = e.From.Add(-1) },
			"another table":  func(e *auditor.Evidence) { e.DataSet++ },
			"another amount": func(e *auditor.Evidence) { e.AmountHundreds++ },
			"a negative":     func(e *auditor.Evidence) { e.Negative, e.Clients = true, min(e.Clients, 9) },
		} {
			all = append(all, attempt{fmt.Sprintf("evidence %d: %s", i, name), func(c *candidate) { take(&c.evidence[i]) }})
		}
	}
	return append(
		all,
		attempt{"no evidence", func(c *candidate) { c.evidence = nil }},
		attempt{"less evidence", func(c *candidate) { c.evidence = c.evidence[1:] }},
		attempt{"more evidence", func(c *candidate) { c.evidence = append(c.evidence, c.evidence[0]) }},
		attempt{"evidence turned", func(c *candidate) { slices.Reverse(c.evidence) }},
		attempt{"a dominated amount", func(c *candidate) { c.evidence[len(c.evidence)-1].Share = 24 }},
		attempt{"a block of everything", func(c *candidate) {
			c.blocks = map[groupKey]block{{1, 1, uint32(c.evidence[0].Code)}: {events: 5, people: 5}}
		}},
	)
}

// officeOfAll is an office with a release of cases, violence, referrals and money.
func officeOfAll(t testing.TB) (*Gate, candidate) {
	t.Helper()
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	openCases(t, db, 10, 30, 1401, "2026-09-02")
	recoverFor(t, db, 9, 4101, 1101, "2026-09-20")
	good := goodCandidate(t, g, db)
	if err := g.judge(t.Context(), &good); err != nil {
		t.Fatalf("the good release: %v, so the refusals would show nothing", err)
	}
	return g, good
}

// fresh copies a candidate, so that an attempt spoils nobody else's.
func fresh(good candidate) candidate {
	c := good
	c.bytes, c.evidence = slices.Clone(good.bytes), slices.Clone(good.evidence)
	c.decoded, c.layers = nil, nil
	return c
}

// TestNoAttemptGetsOut counts the attempts, and of each check how many it refuses
// and how many nothing else does: the table of what is lost when it is deleted.
// That each refuses by itself what it is there for is TestEachCheckRefuses.
func TestNoAttemptGetsOut(t *testing.T) {
	g, good := officeOfAll(t)
	all := attempts(t, good)
	allowed, alone, each := 0, map[string]int{}, map[string]int{}
	for _, a := range all {
		c := fresh(good)
		a.spoil(&c)
		if g.judge(t.Context(), &c) == nil {
			allowed++
			t.Errorf("%s: allowed", a.name)
			continue
		}
		by := refusers(t, g, c)
		for _, code := range by {
			each[code]++
		}
		if len(by) == 1 {
			alone[by[0]]++
		}
	}
	if len(all) < 500 {
		t.Errorf("%d attempts, want at least 500", len(all))
	}
	t.Logf("%d attempts, %d allowed", len(all), allowed)
	for _, k := range g.checks {
		t.Logf("the check %-9s refuses %3d of them, %3d of these alone", k.code, each[k.code], alone[k.code])
		if each[k.code] == 0 {
			t.Errorf("the check %s refuses none of them", k.code)
		}
	}
}

// refusers are the checks that refuse a candidate, each asked by itself. Without
// the structure no other can read it.
func refusers(t *testing.T, g *Gate, c candidate) []string {
	t.Helper()
	if !g.structureHolds(t.Context(), &c) {
		return []string{"structure"}
	}
	var all []string
	for _, k := range g.checks {
		if !k.run(t.Context(), &c) {
			all = append(all, k.code)
		}
	}
	return all
}

// FuzzGate: whatever bytes come, the gate lets out those alone that the ledger
// made and the auditor found, in their one encoding.
func FuzzGate(f *testing.F) {
	g, good := officeOfAll(f)
	f.Add(good.bytes)
	for _, a := range attempts(f, good)[:60] {
		c := fresh(good)
		a.spoil(&c)
		f.Add(c.bytes)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := fresh(good)
		c.bytes = b
		if err := g.judge(t.Context(), &c); err != nil {
			if strings.Contains(err.Error(), "Canary") {
				t.Fatal("a refusal tells what it refused")
			}
			return
		}
		decoded, err := release.Decode(b)
		if err != nil {
			t.Fatalf("accepted what has no structure: %v", err)
		}
		again, err := release.Encode(decoded)
		if err != nil || !bytes.Equal(again, b) || !bytes.Equal(b, good.bytes) {
			t.Fatal("accepted other bytes than those of the records")
		}
	})
}
