// Package chart draws numbers as SVG on the server: lines and stacked columns
// over months, horizontal bars, and sparklines.
//
// A month without a number is a gap and never a zero. Every drawing names
// itself and says in words what it shows, for readers by ear, and every chart
// over months has a table of the same numbers beside it. Colours come from the
// style sheet by class (f1 to f8 fill, l1 to l8 stroke), so the page's theme
// decides; nothing is styled in place, because pages forbid it. In a language
// that is written from right to left a drawing is mirrored, its words are not.
//
// A chart is drawn twice, for wide and for narrow screens, and the style sheet
// shows one: scaled down, its words could not be read.
//
// Months are in lines.go and columns.go on the frame of frame.go, bars in
// bars.go, sparklines in spark.go, and the writing of elements in svg.go.
package chart

import (
	"html/template"
	"strings"
)

// Value is one number, or none.
type Value struct {
	N     uint64
	Known bool
}

// Of returns a number that was reported, zero among them.
func Of(n uint64) Value { return Value{N: n, Known: true} }

// Gap is where nothing was reported.
var Gap = Value{}

// Series is one line, or one layer of the columns.
type Series struct {
	Label string
	// Tone is the colour, 1 to 8; 8 is grey, for what stands apart.
	Tone   int
	Values []Value // one for each label of the chart; a missing one is a gap
}

// Months is a chart over months.
type Months struct {
	// ID begins the identifiers inside the drawing; once on a page.
	ID string
	// Title and Text are read aloud in place of the drawing.
	Title, Text string
	Labels      []string // one a month, in order of time
	Series      []Series
	// Format writes a number, on the axis and in the table; nil writes digits.
	Format func(uint64) string
	// Reported says of each month whether anybody reported; nil means that a
	// month was reported if any series has a number.
	Reported []bool
	// Words of the table: what opens it, the heading of the months, what stands
	// for a month that nobody reported, and what for a series without a number
	// in a month that was.
	Table, Month, None, Nothing string
	RTL                         bool
	// Width and Height of the wide drawing in pixels; 0 means 560 and 270.
	Width, Height int
}

const narrow = 320

// Lines draws each series as a line.
func Lines(c Months) template.HTML { return c.figure(Months.lines, c.highest()) }

// Columns draws each month as a column of the series on top of each other.
func Columns(c Months) template.HTML { return c.figure(Months.columns, c.tallest()) }

// figure draws both sizes; top is the number that the scale must hold.
func (c Months) figure(draw func(c Months, b *strings.Builder, f frame), top float64) template.HTML {
	if c.Width == 0 {
		c.Width = 560
	}
	if c.Height == 0 {
		c.Height = 270
	}
	if c.Format == nil {
		c.Format = digits
	}
	var b strings.Builder
	b.WriteString(`<figure class="chart">`)
	if len(c.Series) > 1 || c.gaps() {
		c.legend(&b)
	}
	for _, size := range []struct {
		class string
		width int
	}{{"wide", c.Width}, {"narrow", narrow}} {
		f := c.frame(size.width, top)
		open(&b, c.ID+"-"+size.class, size.class, c.Title, c.Text, f.width, f.height)
		c.axes(&b, f)
		draw(c, &b, f)
		b.WriteString(`</svg>`)
	}
	c.table(&b)
	b.WriteString(`</figure>`)
	return template.HTML(b.String()) //nolint:gosec // every word went through text
}

func (c Months) legend(b *strings.Builder) {
	b.WriteString(`<ul class="legend">`)
	for _, s := range c.Series {
		b.WriteString(`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="f` + tone(s.Tone) + `" width="10" height="10" rx="2"/></svg>`)
		text(b, s.Label)
		b.WriteString(`</li>`)
	}
	if c.gaps() {
		b.WriteString(`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="gap" x=".5" y=".5" width="9" height="9"/></svg>`)
		text(b, c.None)
		b.WriteString(`</li>`)
	}
	b.WriteString(`</ul>`)
}

// gaps reports whether there is a month that nobody reported.
func (c Months) gaps() bool {
	for i := range c.Labels {
		if !c.reported(i) {
			return true
		}
	}
	return false
}

// table writes the numbers of the chart, the newest month first.
func (c Months) table(b *strings.Builder) {
	if c.Table == "" {
		return
	}
	b.WriteString(`<details class="chart-data"><summary>`)
	text(b, c.Table)
	b.WriteString(`</summary><div class="table-wrap table-tall" tabindex="0"><table><thead><tr><th scope="col">`)
	text(b, c.Month)
	b.WriteString(`</th>`)
	for _, s := range c.Series {
		b.WriteString(`<th scope="col" class="number">`)
		text(b, s.Label)
		b.WriteString(`</th>`)
	}
	b.WriteString(`</tr></thead><tbody>`)
	for i := len(c.Labels) - 1; i >= 0; i-- {
		b.WriteString(`<tr><th scope="row" class="nowrap">`)
		text(b, c.Labels[i])
		b.WriteString(`</th>`)
		for _, s := range c.Series {
			b.WriteString(`<td class="number">`)
			text(b, c.word(s, i))
			b.WriteString(`</td>`)
		}
		b.WriteString(`</tr>`)
	}
	b.WriteString(`</tbody></table></div></details>`)
}

func (c Months) word(s Series, i int) string {
	v := s.at(i)
	switch {
	case v.Known:
		return c.Format(v.N)
	case c.reported(i):
		return c.Nothing
	}
	return c.None
}

// reported tells a month without numbers from one that nobody reported.
func (c Months) reported(i int) bool {
	if c.Reported != nil {
		return i < len(c.Reported) && c.Reported[i]
	}
	for _, s := range c.Series {
		if s.at(i).Known {
			return true
		}
	}
	return false
}

func (s Series) at(i int) Value {
	if i < len(s.Values) {
		return s.Values[i]
	}
	return Gap
}
