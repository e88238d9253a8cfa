package chart

import (
	"html/template"
	"strings"
)

// Bar is one row of a bar chart.
type Bar struct {
	Label string
	Tone  int
	Value uint64
	// UpTo is where the number may lie at most, drawn in a lighter colour; 0 or
	// less than Value when the number is exact.
	UpTo uint64
	// Text stands at the end of the row, the number in words.
	Text string
}

// BarChart is a chart of horizontal bars on one scale from zero.
type BarChart struct {
	ID          string // begins the identifiers inside; once on a page
	Title, Text string // read aloud in place of the drawing
	Bars        []Bar
	RTL         bool
	Width       int // of the wide drawing in pixels; 0 means 560
}

const barRow = 40

// Bars draws a bar chart. The label stands above its bar, so that no label is
// ever cut and wide and narrow screens get the same drawing.
func Bars(c BarChart) template.HTML {
	if c.Width == 0 {
		c.Width = 560
	}
	top := 1.0
	for _, r := range c.Bars {
		top = max(top, drawn(r.Value), drawn(r.UpTo))
	}
	var b strings.Builder
	b.WriteString(`<figure class="chart">`)
	for _, size := range []struct {
		class string
		width int
	}{{"wide", c.Width}, {"narrow", narrow}} {
		f := frame{width: float64(size.width), height: float64(max(len(c.Bars), 1) * barRow), rtl: c.RTL}
		open(&b, c.ID+"-"+size.class, size.class, c.Title, c.Text, f.width, f.height)
		for i, r := range c.Bars {
			r.draw(&b, f, float64(i*barRow), f.width/top)
		}
		b.WriteString(`</svg>`)
	}
	b.WriteString(`</figure>`)
	return template.HTML(b.String()) //nolint:gosec // every word went through text
}

// draw writes one row; unit is the length of 1.
func (r Bar) draw(b *strings.Builder, f frame, y, unit float64) {
	begin, finish := "start", "end"
	if f.rtl {
		begin, finish = finish, begin
	}
	b.WriteString(`<g><text class="label" text-anchor="` + begin + `"`)
	at(b, "x", f.x(0), "y", y+15)
	b.WriteString(`>`)
	text(b, r.Label)
	b.WriteString(`</text><text class="strong" text-anchor="` + finish + `"`)
	at(b, "x", f.x(f.width), "y", y+15)
	b.WriteString(`>`)
	text(b, r.Text)
	b.WriteString(`</text>`)
	f.strip(b, "track", y, 0, f.width)
	f.strip(b, "f"+tone(r.Tone), y, 0, drawn(r.Value)*unit)
	if r.UpTo > r.Value {
		f.strip(b, "maybe f"+tone(r.Tone), y, drawn(r.Value)*unit, drawn(r.UpTo)*unit)
	}
	b.WriteString(`</g>`)
}

func (f frame) strip(b *strings.Builder, class string, y, from, to float64) {
	x := from
	if f.rtl {
		x = f.width - to
	}
	b.WriteString(`<rect class="` + class + `" height="9" rx="2"`)
	at(b, "x", x, "y", y+22, "width", to-from)
	b.WriteString(`/>`)
}
