package chart

import "strings"

// lines draws a line for each run of months with numbers, a dot where one stands
// alone and at the newest, and a dashed box where nothing was reported.
func (c Months) lines(b *strings.Builder, f frame) {
	for i := range f.n {
		if !c.reported(i) {
			c.box(b, f, "gap", i, f.slot()*.72, 0, f.end)
		}
	}
	for _, s := range c.Series {
		b.WriteString(`<g><title>`)
		text(b, s.Label)
		b.WriteString(`</title>`)
		newest := -1
		for i := 0; i < f.n; {
			run := s.run(i, f.n)
			if run > 1 {
				b.WriteString(`<path class="line l` + tone(s.Tone) + `" d="`)
				for j := range run {
					place(b, j == 0, f.x(f.middle(i+j)), f.y(drawn(s.at(i+j).N)))
				}
				b.WriteString(`"/>`)
			}
			if run == 1 {
				c.dot(b, f, s, i)
			}
			if run > 0 {
				newest = i + run - 1
			}
			i += run + 1
		}
		if newest >= 0 {
			c.dot(b, f, s, newest)
		}
		b.WriteString(`</g>`)
	}
}

// run is how many months from i on have numbers.
func (s Series) run(i, n int) int {
	k := 0
	for i+k < n && s.at(i+k).Known {
		k++
	}
	return k
}

func (c Months) dot(b *strings.Builder, f frame, s Series, i int) {
	b.WriteString(`<circle class="f` + tone(s.Tone) + `" r="3.5"`)
	at(b, "cx", f.x(f.middle(i)), "cy", f.y(drawn(s.at(i).N)))
	b.WriteString(`><title>`)
	text(b, s.Label+", "+c.Labels[i]+": "+c.Format(s.at(i).N))
	b.WriteString(`</title></circle>`)
}

func place(b *strings.Builder, first bool, x, y float64) {
	command := "L"
	if first {
		command = "M"
	}
	b.WriteString(command + num(x) + " " + num(y))
}
