package chart

import (
	"math"
	"strings"
)

// columns draws the layers of each month from the bottom, and a dashed box
// where nothing was reported.
func (c Months) columns(b *strings.Builder, f frame) {
	wide := math.Min(f.slot()*.72, 40)
	for i := range f.n {
		b.WriteString(`<g><title>`)
		text(b, c.tell(i))
		b.WriteString(`</title>`)
		if !c.reported(i) {
			c.box(b, f, "gap", i, wide, 0, f.end)
		}
		below := 0.0
		for _, s := range c.Series {
			v := s.at(i)
			if !v.Known || v.N == 0 {
				continue
			}
			c.box(b, f, "f"+tone(s.Tone), i, wide, below, below+drawn(v.N))
			below += drawn(v.N)
		}
		b.WriteString(`</g>`)
	}
}

func (c Months) box(b *strings.Builder, f frame, class string, i int, wide, from, to float64) {
	x := f.middle(i) - wide/2
	if f.rtl {
		x += wide
	}
	b.WriteString(`<rect class="` + class + `"`)
	at(b, "x", f.x(x), "y", f.y(to), "width", wide, "height", f.y(from)-f.y(to))
	b.WriteString(`/>`)
}

// tell says a month in words, the layers from the top.
func (c Months) tell(i int) string {
	if !c.reported(i) {
		return c.Labels[i] + ": " + c.None
	}
	var lines []string
	for j := len(c.Series) - 1; j >= 0; j-- {
		if v := c.Series[j].at(i); v.Known && v.N > 0 {
			lines = append(lines, c.Series[j].Label+": "+c.Format(v.N))
		}
	}
	if len(lines) == 0 {
		return c.Labels[i] + ": " + c.Nothing
	}
	return c.Labels[i] + "\n" + strings.Join(lines, "\n")
}
