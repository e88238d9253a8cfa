package chart

import (
	"html/template"
	"strings"
)

// Spark draws the run of a number in a strip without words; label is read
// aloud. Fewer than two numbers draw nothing.
func Spark(label string, values []Value, tone int, rtl bool) template.HTML {
	s, known, top := Series{Tone: tone, Values: values}, 0, 1.0
	for _, v := range values {
		if v.Known {
			known++
			top = max(top, drawn(v.N))
		}
	}
	if known < 2 {
		return ""
	}
	f := frame{width: 160, height: 36, left: -2, right: -2, top: 4, bottom: 4, end: top, n: len(values), rtl: rtl}
	var b strings.Builder
	b.WriteString(`<span class="spark"><svg viewBox="0 0 160 36" preserveAspectRatio="none" role="img" aria-label="`)
	text(&b, label)
	b.WriteString(`">`)
	for i := 0; i < f.n; {
		run := s.run(i, f.n)
		if run > 1 {
			b.WriteString(`<path class="line l` + s.tone() + `" vector-effect="non-scaling-stroke" d="`)
			for j := range run {
				place(&b, j == 0, clamp(f.x(f.middle(i+j)), f.width), f.y(drawn(s.at(i+j).N)))
			}
			b.WriteString(`"/>`)
		}
		i += run + 1
	}
	b.WriteString(`</svg></span>`)
	return template.HTML(b.String()) //nolint:gosec // every word went through text
}

func (s Series) tone() string { return tone(s.Tone) }

func clamp(x, top float64) float64 { return max(0, min(x, top)) }
