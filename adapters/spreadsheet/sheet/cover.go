package sheet

import (
	"cmp"
	"slices"
)

// covers puts what merged cells hold into every place that they cover. No two that are
// open cover one column: programs do not write merged cells that overlap, and what a row
// costs would have no limit.
type covers struct {
	open  []cover // those that reach into the rows to come, from left to right
	known int     // merged cells taken in
}

// cover is a merged cell with what its first cell holds.
type cover struct {
	Area
	first Cell
}

// fill completes a row. It takes in the merged cells that begin by then; those that
// begin in no row that there is hold nothing.
func (s *covers) fill(r *Row, merged []Area) {
	s.open = slices.DeleteFunc(s.open, func(c cover) bool { return c.Bottom < r.No })
	for ; s.known < len(merged) && merged[s.known].Top <= r.No; s.known++ {
		if m := merged[s.known]; m.Top == r.No {
			s.begin(r, m)
		}
	}
	if len(s.open) > 0 {
		r.Cells = s.over(r.Cells)
	}
}

// begin keeps what the first cell of a merged one holds, unless another covers a part
// of its place.
func (s *covers) begin(r *Row, m Area) {
	at, _ := slices.BinarySearchFunc(s.open, m.Right+1, func(c cover, col int) int { return cmp.Compare(c.Left, col) })
	if m.Left > MaxColumns || at > 0 && s.open[at-1].Right >= m.Left {
		return
	}
	for _, x := range r.Cells {
		if x.Col == m.Left {
			s.open = slices.Insert(s.open, at, cover{m, x})
			return
		}
	}
}

// over returns the cells with those that open merged cells cover.
func (s *covers) over(cells []Cell) []Cell {
	wide := 0
	for _, c := range s.open {
		wide += min(c.Right, MaxColumns) - c.Left + 1
	}
	out := make([]Cell, 0, len(cells)+wide)
	i := 0
	for _, c := range s.open {
		for ; i < len(cells) && cells[i].Col < c.Left; i++ {
			out = append(out, cells[i])
		}
		for col := c.Left; col <= min(c.Right, MaxColumns); col++ {
			x := c.first
			x.Col, x.across = col, col > c.Left
			out = append(out, x)
		}
		for ; i < len(cells) && cells[i].Col <= c.Right; i++ {
		}
	}
	return append(out, cells[i:]...)
}
