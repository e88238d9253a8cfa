package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// Layer is one row of the dependency table: the packages of a folder and what
// of ours they may import, beside packages of the same row. A folder with
// "/..." behind it takes in what is below.
type Layer struct {
	Dir    string
	May    []string
	Tests  []string // tests may import these too
	Reason string
}

// holds reports whether a package is in the row.
func (l Layer) holds(pkg string) bool { return among(pkg, []string{l.Dir}) }

// among reports whether a package is one of the folders, "/..." included.
func among(pkg string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool {
		top, below := strings.CutSuffix(d, "/...")
		return pkg == top || below && strings.HasPrefix(pkg, top+"/")
	})
}

// layerOf returns the row of a package: the longest folder that holds it.
func layerOf(pkg string, rows []Layer) (Layer, bool) {
	best := Layer{}
	for _, l := range rows {
		if l.holds(pkg) && len(l.Dir) > len(best.Dir) {
			best = l
		}
	}
	return best, best.Dir != ""
}

func layers(t *Tree, rows []Layer) []Finding {
	found := unusedLayers(t, rows)
	for _, pkg := range t.Packages {
		if _, ok := layerOf(pkg, rows); !ok {
			found = append(found, Finding{"layers", pkg, "is in no row of the dependency table; add one with a reason"})
		}
	}
	for _, f := range t.Go {
		l, ok := layerOf(f.Dir(), rows)
		if !ok {
			continue
		}
		for _, i := range f.Imports {
			target, ok := ours(i)
			if !ok || l.allows(f, target) {
				continue
			}
			found = append(found, Finding{"layers", f.Path, fmt.Sprintf("may not import %s (%s)", i, l.Reason)})
		}
	}
	return found
}

func (l Layer) allows(f *File, target string) bool {
	return l.holds(target) || among(target, l.May) || f.Test && among(target, l.Tests)
}

// unusedLayers finds rows without a reason, and rows whose folder exists and
// holds no package of theirs.
func unusedLayers(t *Tree, rows []Layer) []Finding {
	var found []Finding
	for _, l := range rows {
		dir := strings.TrimSuffix(l.Dir, "/...")
		if l.Reason == "" {
			found = append(found, Finding{"layers", l.Dir, "the row gives no reason"})
		}
		matches := func(pkg string) bool { m, _ := layerOf(pkg, rows); return m.Dir == l.Dir }
		if t.Folders[dir] && !slices.ContainsFunc(t.Packages, matches) {
			found = append(found, Finding{"layers", l.Dir, "the folder exists and the row matches no package in it"})
		}
	}
	return found
}
