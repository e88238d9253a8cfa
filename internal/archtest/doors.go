package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// Door is one row of the table of outside modules: who may import it.
type Door struct {
	Module string   // module path; packages below it count too
	In     []string // the packages that may import it; "/..." takes in what is below
	Tests  []string // the packages whose tests may import it too; "..." is everywhere
	Reason string
}

func (d Door) covers(imported string) bool {
	return imported == d.Module || strings.HasPrefix(imported, d.Module+"/")
}

func (d Door) open(f *File) bool {
	return among(f.Dir(), d.In) || f.Test && (slices.Contains(d.Tests, "...") || among(f.Dir(), d.Tests))
}

// doorOf returns the row of an import path: the longest module that covers it.
func doorOf(imported string, rows []Door) (Door, bool) {
	best := Door{}
	for _, d := range rows {
		if d.covers(imported) && len(d.Module) > len(best.Module) {
			best = d
		}
	}
	return best, best.Module != ""
}

func doors(t *Tree, rows []Door) []Finding {
	var found []Finding
	used := map[string]bool{} // module, and module + " " + folder
	for _, f := range t.Go {
		for _, i := range f.Imports {
			if _, mine := ours(i); mine || standard(i) {
				continue
			}
			d, ok := doorOf(i, rows)
			switch {
			case !ok:
				found = append(found, Finding{"doors", f.Path, fmt.Sprintf("imports %s, which has no door; add a row with a reason", i)})
			case !d.open(f):
				found = append(found, Finding{"doors", f.Path, fmt.Sprintf("imports %s, whose door is %v (%s)", i, d.In, d.Reason)})
			}
			used[d.Module] = true
			for _, dir := range d.In {
				if among(f.Dir(), []string{dir}) {
					used[d.Module+" "+dir] = true
				}
			}
		}
	}
	return append(found, unusedDoors(t, rows, used)...)
}

// unusedDoors finds rows for modules that go.mod names and nothing imports, and
// folders that are let in and do not come.
func unusedDoors(t *Tree, rows []Door, used map[string]bool) []Finding {
	var found []Finding
	for _, d := range rows {
		if d.Reason == "" {
			found = append(found, Finding{"doors", d.Module, "the row gives no reason"})
		}
		if slices.Contains(t.Requires, d.Module) && !used[d.Module] {
			found = append(found, Finding{"doors", d.Module, "go.mod names it and nothing imports it"})
		}
		for _, dir := range d.In {
			if t.Folders[strings.TrimSuffix(dir, "/...")] && !used[d.Module+" "+dir] {
				found = append(found, Finding{"doors", d.Module, dir + " may import it and does not; take it out of the row"})
			}
		}
	}
	return found
}

// Guard is one row of the table of Go's own packages through which data could
// leave a node: which files of a node may import the package.
type Guard struct {
	Package string // import path
	// Names, when given, are what the row is about; the rest is free for all.
	Names []string
	// In lists folders and files, and "*/NAME.go" for such files in any folder.
	In     []string
	Reason string
}

// guarded holds all that a node is built from against the rows.
func guarded(t *Tree, rows []Guard, apart []string) []Finding {
	files := nodeFiles(t, apart)
	if len(files) == 0 {
		return []Finding{{"guards", "node", "no file of a node was looked at"}}
	}
	var found []Finding
	for _, g := range rows {
		used := map[string]bool{}
		for _, f := range files {
			if !slices.Contains(f.Imports, g.Package) {
				continue
			}
			names := g.uses(f)
			if len(g.Names) > 0 && len(names) == 0 {
				continue
			}
			if entry, ok := g.entry(f); ok {
				used[entry] = true
				continue
			}
			found = append(found, Finding{"guards", f.Path, fmt.Sprintf("imports %q, names %v (%s)", g.Package, names, g.Reason)})
		}
		found = append(found, g.unused(t, used)...)
	}
	return found
}

// roots are the folders that a node is built from, with all that they import.
var roots = []string{"cmd/casehub-node", "cmd/internal", "node", "adapters", "policy"}

// nodeFiles returns the files that are in a node's program, tests aside. What is
// apart counts only where something of a node imports it.
func nodeFiles(t *Tree, apart []string) []*File {
	byDir := map[string][]*File{}
	var todo []string
	for _, f := range t.Go {
		if f.Test {
			continue
		}
		byDir[f.Dir()] = append(byDir[f.Dir()], f)
		if within(f.Dir(), roots) && !within(f.Dir(), apart) {
			todo = append(todo, f.Dir())
		}
	}
	var files []*File
	seen := map[string]bool{}
	for len(todo) > 0 {
		dir := todo[0]
		todo = todo[1:]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		files = append(files, byDir[dir]...)
		for _, f := range byDir[dir] {
			for _, i := range f.Imports {
				if target, mine := ours(i); mine {
					todo = append(todo, target)
				}
			}
		}
	}
	return files
}

// entry returns the part of In that lets a file in.
func (g Guard) entry(f *File) (string, bool) {
	for _, in := range g.In {
		base, anywhere := strings.CutPrefix(in, "*/")
		if in == f.Path || anywhere && base == f.Base() || within(f.Dir(), []string{in}) {
			return in, true
		}
	}
	return "", false
}

// unused finds a row without a reason, and those let in who do not come.
func (g Guard) unused(t *Tree, used map[string]bool) []Finding {
	var found []Finding
	if g.Reason == "" {
		found = append(found, Finding{"guards", g.Package, "the row gives no reason"})
	}
	exists := func(in string) bool {
		return t.Folders[in] || slices.ContainsFunc(t.Go, func(f *File) bool { return f.Path == in })
	}
	for _, in := range g.In {
		if exists(in) && !used[in] {
			found = append(found, Finding{"guards", g.Package, in + " is let in and does not use it; take it out of the row"})
		}
	}
	return found
}

// uses returns the guarded names of the package that a file mentions.
func (g Guard) uses(f *File) []string {
	local := localName(f, g.Package)
	var names []string
	ast.Inspect(f.AST, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		if ok && x.Name == local && slices.Contains(g.Names, s.Sel.Name) && !slices.Contains(names, s.Sel.Name) {
			names = append(names, s.Sel.Name)
		}
		return true
	})
	return names
}

// localName returns the name by which a file knows an imported package.
func localName(f *File, imported string) string {
	for _, i := range f.AST.Imports {
		if i.Path.Value == `"`+imported+`"` && i.Name != nil {
			return i.Name.Name
		}
	}
	return imported[strings.LastIndex(imported, "/")+1:]
}
