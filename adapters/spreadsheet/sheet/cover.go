package sheet

// covers puts what merged cells hold into every place that they cover.
type covers struct {
	open  []cover // those that reach into the rows to come
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
	for ; s.known < len(merged) && merged[s.known].Top <= r.No; s.known++ {
		if m := merged[s.known]; m.Top == r.No {
			s.begin(r, m)
		}
	}
	kept := s.open[:0]
	for _, c := range s.open {
		if c.Bottom < r.No {
			continue
		}
		r.Cells = c.into(r.Cells)
		if kept = append(kept, c); len(kept) > MaxColumns {
			break
		}
	}
	s.open = kept
}

// begin keeps what the first cell of a merged one holds.
func (s *covers) begin(r *Row, m Area) {
	for _, x := range r.Cells {
		if x.Col == m.Left {
			s.open = append(s.open, cover{m, x})
			return
		}
	}
}

// into returns the cells with those that the merged cell covers.
func (c cover) into(cells []Cell) []Cell {
	out := make([]Cell, 0, len(cells)+c.Right-c.Left+1)
	i := 0
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
	return append(out, cells[i:]...)
}
