package reach

import (
	"errors"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

// Graph tells of each function, type or variable of a program who names it.
type Graph map[string][]string

// Load reads a program from source, with every package that it is made of, and
// returns its graph. The folder is where the pattern of the go command is looked up.
func Load(folder, pattern string) (Graph, error) {
	mode := packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedFiles | packages.NeedCompiledGoFiles |
		packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedTypesSizes | packages.NeedModule
	roots, err := packages.Load(&packages.Config{Mode: mode, Dir: folder}, pattern)
	if err == nil {
		packages.Visit(roots, nil, func(p *packages.Package) {
			for _, e := range p.Errors {
				err = errors.Join(err, e)
			}
		})
	}
	if err != nil {
		return nil, fmt.Errorf("reading the program: %w", err)
	}
	program, _ := ssautil.AllPackages(roots, ssa.InstantiateGenerics)
	program.Build()
	b := builder{graph: Graph{}, program: program, types: map[types.Type]string{}}
	for f := range ssautil.AllFunctions(program) {
		b.function(f)
	}
	if len(b.graph) < 1000 {
		return nil, fmt.Errorf("reading the program: it has only %d functions", len(b.graph))
	}
	for s := range b.graph {
		slices.Sort(b.graph[s])
		b.graph[s] = slices.Compact(b.graph[s])
	}
	return b.graph, nil
}

// builder makes a graph of a program.
type builder struct {
	graph   Graph
	program *ssa.Program
	types   map[types.Type]string // types whose methods are in the graph
}

func (b *builder) edge(from, to string) { b.graph[to] = append(b.graph[to], from) }

// function notes what a function names: what it calls, takes as a value, reads of
// the package's variables, and puts into an interface, whose every method somebody
// may call then. A variable names what is put into it.
func (b *builder) function(f *ssa.Function) {
	from := nameOf(f)
	if _, ok := b.graph[from]; !ok {
		b.graph[from] = nil
	}
	for _, inner := range f.AnonFuncs {
		b.edge(from, nameOf(inner))
	}
	var operands []*ssa.Value
	for _, block := range f.Blocks {
		for _, instruction := range block.Instrs {
			if m, ok := instruction.(*ssa.MakeInterface); ok {
				b.edge(from, b.methods(m.X.Type()))
			}
			stored, into := store(instruction)
			for _, o := range instruction.Operands(operands[:0]) {
				b.operand(from, *o)
			}
			if into != nil {
				b.operand(variable(into), stored)
				if m, ok := stored.(*ssa.MakeInterface); ok {
					b.edge(variable(into), b.methods(m.X.Type()))
				}
			}
		}
	}
}

// store returns what an instruction puts into a variable of a package.
func store(i ssa.Instruction) (ssa.Value, *ssa.Global) {
	if s, ok := i.(*ssa.Store); ok {
		if g, ok := s.Addr.(*ssa.Global); ok {
			return s.Val, g
		}
	}
	return nil, nil
}

func (b *builder) operand(from string, v ssa.Value) {
	switch v := v.(type) {
	case *ssa.Function:
		if v.Synthetic == "package initializer" {
			return // that a package begins is no use of it
		}
		b.edge(from, nameOf(v))
	case *ssa.Global:
		b.edge(from, variable(v))
	case *ssa.MakeClosure:
		b.operand(from, v.Fn)
	}
}

// methods returns the name of a type that stands in an interface, once its methods
// are in the graph.
func (b *builder) methods(t types.Type) string {
	if name, ok := b.types[t]; ok {
		return name
	}
	name := "type:" + types.TypeString(t, nil)
	b.types[t] = name
	if _, generic := t.(*types.TypeParam); generic || types.IsInterface(t) {
		return name
	}
	all := b.program.MethodSets.MethodSet(t)
	for i := range all.Len() {
		if f := b.program.MethodValue(all.At(i)); f != nil {
			b.edge(name, nameOf(f))
		}
	}
	return name
}

func variable(g *ssa.Global) string { return "var:" + g.String() }

// nameOf returns the name of a function as the linker writes it: the package's path,
// the receiver, the name. What was made of a generic function or of a method has the
// name of its origin.
func nameOf(f *ssa.Function) string {
	if p := f.Parent(); p != nil {
		return nameOf(p) + "." + f.Name()[strings.LastIndexByte(f.Name(), '$')+1:]
	}
	if o := f.Origin(); o != nil {
		return nameOf(o)
	}
	name := f.Name()
	if o := f.Object(); o != nil && o.Pkg() != nil {
		return o.Pkg().Path() + "." + receiver(o) + name
	}
	if f.Pkg != nil {
		return f.Pkg.Pkg.Path() + "." + name
	}
	return f.String()
}

// receiver returns "(*T)." or "T." for a method.
func receiver(o types.Object) string {
	s, ok := o.Type().(*types.Signature)
	if !ok || s.Recv() == nil {
		return ""
	}
	t, open, shut := types.Unalias(s.Recv().Type()), "", ""
	if p, ok := t.(*types.Pointer); ok {
		t, open, shut = types.Unalias(p.Elem()), "(*", ")"
	}
	if n, ok := t.(*types.Named); ok {
		return open + n.Obj().Name() + shut + "."
	}
	return ""
}
