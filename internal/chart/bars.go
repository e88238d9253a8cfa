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

// Heights of a row in pixels: with the number beside the label, and below the
// bar where both have no room in one line.
const (
	barRow  = 40
	tallRow = 60
)

// Bars draws a bar chart. The label stands above its bar, so that it has the
// whole width.
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
		row := c.row(size.width)
		f := frame{width: float64(size.width), height: float64(max(len(c.Bars), 1) * row), rtl: c.RTL}
		open(&b, c.ID+"-"+size.class, size.class, c.Title, c.Text, f.width, f.height)
		for i, r := range c.Bars {
			r.draw(&b, f, float64(i*row), f.width/top, row == tallRow)
		}
		b.WriteString(`</svg>`)
	}
	b.WriteString(`</figure>`)
	return template.HTML(b.String()) //nolint:gosec // every word went through text
}

// letter is about how wide a letter of a label or a number is, in pixels.
const letter = 7.4

// row is the height that every row needs in a drawing of some width.
func (c BarChart) row(width int) int {
	for _, r := range c.Bars {
		if letter*float64(len([]rune(r.Label))+len([]rune(r.Text)))+12 > float64(width) {
			return tallRow
		}
	}
	return barRow
}

// draw writes one row; unit is the length of 1.
func (r Bar) draw(b *strings.Builder, f frame, y, unit float64, tall bool) {
	begin, finish := "start", "end"
	if f.rtl {
		begin, finish = finish, begin
	}
	b.WriteString(`<g><title>`)
	text(b, r.Label+": "+r.Text)
	b.WriteString(`</title><text class="label" text-anchor="` + begin + `"`)
	at(b, "x", f.x(0), "y", y+15)
	b.WriteString(`>`)
	text(b, shorten(r.Label, int(f.width/letter)))
	b.WriteString(`</text>`)
	place, height := f.x(f.width), y+15
	if tall {
		place, height, finish = f.x(0), y+46, begin
	}
	b.WriteString(`<text class="strong" text-anchor="` + finish + `"`)
	at(b, "x", place, "y", height)
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

// shorten cuts words that even a whole line cannot hold; the row's title has
// them all.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
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
