package reach

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"casehub/internal/archtest"
	"casehub/internal/proof"
)

const root = "../.."

// run runs the go command at the root of the project.
func run(t *testing.T, args ...string) (stdout, stderr []byte) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("go %s: %v\n%s", args[0], err, errs.Bytes()[:min(errs.Len(), 2000)])
	}
	return out.Bytes(), errs.Bytes()
}

// graphOf returns the graph of a program of ours.
func graphOf(t *testing.T, pkg string) Graph {
	t.Helper()
	t.Setenv("CGO_ENABLED", "0")
	g, err := Load(root, pkg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// ours reports whether a symbol is a function of this project.
func ours(symbol string) bool {
	return strings.HasPrefix(symbol, archtest.Module+"/")
}

func only(all []Found, keep func(symbol string) bool) []Found {
	return slices.DeleteFunc(slices.Clone(all), func(f Found) bool { return !keep(f.Symbol) })
}

// TestProveTheCallGraph: of all functions in the node's program, none outside the
// doors reaches what sends, every door is used, and the outside modules that could
// send are those that are known.
func TestProveTheCallGraph(t *testing.T) {
	g := graphOf(t, "./cmd/casehub-node")
	found := only(g.Reaching(Passes(Doors)), ours)
	for _, f := range found {
		t.Error(f)
	}
	proof.AtMost(t, "reach/call-graph", float64(len(found)), 0)

	open := g.Reaching(func(string) bool { return false })
	for _, d := range Doors {
		passes := Passes([]Door{d})
		if !slices.ContainsFunc(open, func(f Found) bool { return passes(f.Symbol) }) {
			t.Errorf("nothing goes through the door %s; take it out", d.Symbol)
		}
		if d.Reason == "" {
			t.Errorf("the door %s has no reason", d.Symbol)
		}
	}
	unknown := modules(t, open)
	for _, m := range unknown {
		t.Errorf("an outside module could send and is not in the list: %s", m)
	}
	proof.AtMost(t, "reach/modules-unknown", float64(len(unknown)), 0)
}

// modules returns the outside modules of the node that reach a sender and are not
// in the list, and fails for those of the list that do not.
func modules(t *testing.T, open []Found) []string {
	t.Helper()
	out, _ := run(t, "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./cmd/casehub-node")
	var unknown []string
	for _, m := range slices.Compact(slices.Sorted(strings.FieldsSeq(string(out)))) {
		if m == archtest.Module {
			continue
		}
		i := slices.IndexFunc(open, func(f Found) bool { return strings.HasPrefix(f.Symbol, m+"/") || strings.HasPrefix(f.Symbol, m+".") })
		known := slices.ContainsFunc(Modules, func(k Module) bool { return k.Path == m })
		switch {
		case i >= 0 && !known:
			unknown = append(unknown, open[i].String())
		case known && i < 0:
			t.Errorf("the module %s no longer reaches the network; take it out of the list", m)
		}
	}
	return unknown
}

// TestTheCallGraphSeesRed asks the same of a program that sends in every way.
func TestTheCallGraphSeesRed(t *testing.T) {
	g := graphOf(t, "./internal/reach/testdata/leaky")
	found := only(g.Reaching(Passes(Doors)), ours)
	const leaky = "casehub/internal/reach/testdata/leaky."
	reaches := func(name string) bool {
		return slices.ContainsFunc(found, func(f Found) bool {
			return f.Symbol == leaky+name || strings.HasPrefix(f.Symbol, leaky+name+".")
		})
	}
	for _, name := range []string{"leakDirectly", "leakByPage", "leakByName", "leakByDatagram", "leakInside", "leakAsValue", "leakByType", "leakByProgram", "leakThroughAnother", "main"} {
		if !reaches(name) {
			t.Errorf("%s is not found", name)
		}
	}
	for _, name := range []string{"innocent", "asked"} {
		if reaches(name) {
			t.Errorf("%s is found and reaches nothing", name)
		}
	}
}

func TestADoorShutsItsPathAlone(t *testing.T) {
	g := Graph{"net.Dial": {"a.F", "b.F"}, "a.F": {"casehub/x.F"}, "b.F": {"casehub/y.F"}, "casehub/x.F": nil, "casehub/y.F": {"casehub/z.F"}, "casehub/z.F": nil}
	found := only(g.Reaching(Passes([]Door{{"a.", "shut"}})), ours)
	if len(found) != 2 || found[0].String() != "casehub/y.F -> b.F -> net.Dial" || found[1].String() != "casehub/z.F -> casehub/y.F -> b.F -> net.Dial" {
		t.Errorf("%v", found)
	}
}
