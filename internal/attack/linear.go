package attack

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Linear attacks by linear programming: it asks for each cell whether the
// statements let it be 0, and where they do not, how large it can be. Parts of a
// system that share no cell are programs of their own; many are put side by side
// into one run of the solver, and a part that was seen before is not solved
// again.
type Linear struct {
	solver, dir string
	known       map[string][]Bounds
	solved      int // linear programs so far
}

// NewLinear looks for glpsol. Files are written into a folder.
func NewLinear(dir string) (*Linear, error) {
	solver, err := exec.LookPath("glpsol")
	if err != nil {
		return nil, fmt.Errorf("looking for the solver: %w", err)
	}
	return &Linear{solver: solver, dir: dir, known: map[string][]Bounds{}}, nil
}

// Programs is the number of linear programs that were solved, each for one
// objective over one part.
func (l *Linear) Programs() int { return l.solved }

// Attack narrows the bounds of systems as far as matters for single cases: a
// lower bound is 0 where the cell can be empty and true otherwise, an upper bound
// is true where the lower is 1.
func (l *Linear) Attack(ctx context.Context, systems ...*System) error {
	var parts, open []*part
	for _, s := range systems {
		s.Propagate()
		for _, p := range s.parts() {
			if l.known[p.key] == nil {
				l.known[p.key] = p.bounds
				open = append(open, p)
			}
			parts = append(parts, p)
		}
	}
	if err := l.solveAll(ctx, open); err != nil {
		return err
	}
	for _, p := range parts {
		for i, b := range l.known[p.key] {
			p.of.Bounds[p.cells[i]] = b
		}
	}
	return nil
}

// part is a piece of a system that shares no cell with the rest. Its cells are
// numbered anew.
type part struct {
	of     *System
	cells  []int
	bounds []Bounds
	rows   []Statement
	key    string

	free []bool // can be 0, and so holds nothing of interest
	more []bool // can be 2 or more
	one  int    // the cell that is asked for alone, or -1
}

// parts takes a system apart, without the cells that are known and the
// statements that tell nothing beyond the bounds.
func (s *System) parts() []*part {
	group := make([]int, len(s.Bounds))
	for i := range group {
		group[i] = i
	}
	root := func(i int) int {
		for group[i] != i {
			group[i] = group[group[i]]
			i = group[i]
		}
		return i
	}
	var rows []Statement
	for _, t := range s.told[:s.own] {
		r := s.rest(t)
		if len(r.Cells) == 0 {
			continue
		}
		rows = append(rows, r)
		for _, c := range r.Cells[1:] {
			group[root(c)] = root(r.Cells[0])
		}
	}
	byRoot := map[int][]Statement{}
	for _, r := range rows {
		byRoot[root(r.Cells[0])] = append(byRoot[root(r.Cells[0])], r)
	}
	var parts []*part
	for _, at := range slices.Sorted(maps.Keys(byRoot)) {
		parts = append(parts, s.part(byRoot[at]))
	}
	return parts
}

// rest is a statement about the cells that are not known yet, or nothing when
// their bounds say as much.
func (s *System) rest(t Statement) Statement {
	r := Statement{Lo: t.Lo, Hi: t.Hi}
	for _, c := range t.Cells {
		if b := s.Bounds[c]; b.Exact() {
			r.Lo, r.Hi = r.Lo-b.Lo, r.Hi-b.Lo
		} else {
			r.Cells = append(r.Cells, c)
		}
	}
	lo, hi := s.reach(r.Cells)
	if lo >= r.Lo && hi <= r.Hi {
		return Statement{}
	}
	return r
}

func (s *System) part(rows []Statement) *part {
	p := &part{of: s, one: -1}
	for _, r := range rows {
		p.cells = append(p.cells, r.Cells...)
	}
	slices.Sort(p.cells)
	p.cells = slices.Compact(p.cells)
	for _, r := range rows {
		of := make([]int, len(r.Cells))
		for i, c := range r.Cells {
			of[i], _ = slices.BinarySearch(p.cells, c)
		}
		p.rows = append(p.rows, Statement{of, r.Lo, r.Hi})
	}
	slices.SortFunc(p.rows, func(a, b Statement) int { return slices.Compare(a.Cells, b.Cells) })
	for _, c := range p.cells {
		p.bounds = append(p.bounds, s.Bounds[c])
	}
	p.free, p.more = make([]bool, len(p.cells)), make([]bool, len(p.cells))
	p.key = fmt.Sprint(p.bounds, p.rows)
	return p
}

// batch is about how many cells go into one run of the solver, exactBatch into
// one that computes with fractions.
const batch, exactBatch = 200, 100

// solveAll finishes parts, side by side, in rounds: every round asks one
// question of each part that is not finished. Questions about a cell alone are
// the ones that convict, and are answered in exact fractions.
func (l *Linear) solveAll(ctx context.Context, open []*part) error {
	for len(open) > 0 {
		open = slices.DeleteFunc(open, func(p *part) bool { return !p.asks() })
		var sums, alone []*part
		for _, p := range open {
			if p.one >= 0 {
				alone = append(alone, p)
			} else {
				sums = append(sums, p)
			}
		}
		runs := slices.Concat(runs(sums, batch), runs(alone, exactBatch))
		if err := l.solveSome(ctx, runs); err != nil {
			return err
		}
	}
	return nil
}

// runs deals parts out to runs of the solver.
func runs(parts []*part, size int) [][]*part {
	var all [][]*part
	cells := size
	for _, p := range parts {
		if cells += len(p.cells); cells > size {
			all, cells = append(all, nil), len(p.cells)
		}
		all[len(all)-1] = append(all[len(all)-1], p)
	}
	return all
}

// solveSome does runs of the solver, as many at a time as there are processors.
func (l *Linear) solveSome(ctx context.Context, runs [][]*part) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	next := make(chan int)
	for worker := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				if err := l.solve(ctx, worker, runs[i]); err != nil {
					stop(err)
				}
			}
		})
	}
	for i := range runs {
		l.solved += len(runs[i])
		next <- i
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// objective returns the cells whose sum the next question is about, and whether
// it is how small or how large that can be.
func (p *part) objective() (cells []int, largest bool) {
	for i, b := range p.bounds {
		if b.Lo == 0 && !p.free[i] {
			cells = append(cells, i)
		}
	}
	if len(cells) == 0 {
		largest = true
		for i, b := range p.bounds {
			if b.Lo == 1 && b.Hi > 1 && !p.more[i] {
				cells = append(cells, i)
			}
		}
	}
	if p.one >= 0 {
		return []int{p.one}, largest
	}
	return cells, largest
}

// asks reports whether anything is left to ask.
func (p *part) asks() bool {
	cells, _ := p.objective()
	return len(cells) > 0
}

// near is how far a solution of the solver may be from a whole number.
const near = 1e-6

// learn takes in the solution of the last question. When a sum over several
// cells has settled none of them, the next question is about one alone, whose
// answer settles it.
func (p *part) learn(x []float64) {
	cells, largest := p.objective()
	settled := p.one >= 0
	for i, v := range x {
		if v < near {
			settled = settled || !largest && slices.Contains(cells, i)
			p.free[i] = true
		}
		if v > 2-near {
			settled = settled || largest && slices.Contains(cells, i)
			p.more[i] = true
		}
	}
	if p.one >= 0 {
		b := &p.bounds[p.one]
		if v := x[p.one]; largest {
			b.Hi = min(b.Hi, int(math.Floor(v+near)))
		} else {
			b.Lo = max(b.Lo, int(math.Ceil(v-near)))
		}
	}
	p.one = -1
	if !settled {
		p.one = cells[0]
	}
}

// solve asks the questions of some parts in one run of the solver.
func (l *Linear) solve(ctx context.Context, worker int, parts []*part) error {
	in, out := filepath.Join(l.dir, fmt.Sprintf("program%d.glp", worker)), filepath.Join(l.dir, fmt.Sprintf("solution%d.txt", worker))
	if err := os.WriteFile(in, program(parts), 0o600); err != nil {
		return fmt.Errorf("writing a linear program: %w", err)
	}
	args := []string{"--glp", in, "--write", out}
	if parts[0].one >= 0 {
		args = append(args, "--exact")
	}
	if said, err := exec.CommandContext(ctx, l.solver, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("solving a linear program: %w: %s", err, bytes.TrimSpace(said))
	}
	b, err := os.ReadFile(out)
	if err != nil {
		return fmt.Errorf("reading a solution: %w", err)
	}
	x, err := solution(string(b))
	if err != nil {
		return err
	}
	for _, p := range parts {
		if len(x) < len(p.cells) {
			return fmt.Errorf("a solution has %d cells too few", len(p.cells)-len(x))
		}
		p.learn(x[:len(p.cells)])
		x = x[len(p.cells):]
	}
	return nil
}

// program writes parts side by side in GLPK's own format.
func program(parts []*part) []byte {
	var rows, columns, terms, shift int
	var body strings.Builder
	for _, p := range parts {
		cells, largest := p.objective()
		factor := 1
		if largest {
			factor = -1
		}
		for _, c := range cells {
			fmt.Fprintf(&body, "a 0 %d %d\n", shift+c+1, factor)
		}
		for i, b := range p.bounds {
			fmt.Fprintf(&body, "j %d %s\n", shift+i+1, between(b.Lo, b.Hi))
		}
		for _, r := range p.rows {
			rows++
			fmt.Fprintf(&body, "i %d %s\n", rows, between(r.Lo, r.Hi))
			for _, c := range r.Cells {
				fmt.Fprintf(&body, "a %d %d 1\n", rows, shift+c+1)
				terms++
			}
		}
		shift += len(p.cells)
		columns += len(p.cells)
	}
	return fmt.Appendf(nil, "p lp min %d %d %d\n%se o f\n", rows, columns, terms, body.String())
}

func between(lo, hi int) string {
	switch {
	case hi >= Unbounded/2:
		return fmt.Sprintf("l %d", lo)
	case lo == hi:
		return fmt.Sprintf("s %d", lo)
	default:
		return fmt.Sprintf("d %d %d", lo, hi)
	}
}

// solution reads the values of the columns. It fails when the solver found no
// optimum, which no system of a real world is without.
func solution(text string) ([]float64, error) {
	var x []float64
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) > 4 && f[0] == "s" && (f[4] != "f" || f[5] != "f") {
			return nil, fmt.Errorf("the linear program has no optimum: %s", strings.TrimSpace(line))
		}
		if len(f) < 4 || f[0] != "j" {
			continue
		}
		var v float64
		if _, err := fmt.Sscan(f[3], &v); err != nil {
			return nil, fmt.Errorf("reading a solution: %w", err)
		}
		x = append(x, v)
	}
	return x, nil
}
