package chart

import (
	"math"
	"strconv"
	"strings"
)

// largest is the largest number that is drawn to scale; above it a float has no
// place for every whole number.
const largest = 1 << 53

// frame is the geometry of one drawing in pixels. Places are counted from the
// side where reading begins.
type frame struct {
	width, height            float64
	left, right, top, bottom float64 // margins
	end                      float64 // the number at the top of the scale
	step                     float64 // between lines of the scale
	n                        int     // months
	rtl                      bool
}

func (c Months) frame(width int, top float64) frame {
	f := frame{width: float64(width), height: float64(c.Height), right: 12, top: 14, bottom: 30, n: len(c.Labels), rtl: c.RTL}
	if width <= narrow {
		f.height = min(f.height, 220)
	}
	f.end, f.step = scale(top, 5)
	longest := 0
	for y := 0.0; y <= f.end; y += f.step {
		longest = max(longest, len([]rune(c.Format(uint64(y)))))
	}
	f.left = math.Min(14+6.8*float64(longest), f.width/3)
	return f
}

// highest is the largest number of any series, at least 1.
func (c Months) highest() float64 {
	top := 1.0
	for i := range c.Labels {
		for _, s := range c.Series {
			if v := s.at(i); v.Known {
				top = math.Max(top, drawn(v.N))
			}
		}
	}
	return top
}

// tallest is the largest sum of a month, at least 1.
func (c Months) tallest() float64 {
	top := 1.0
	for i := range c.Labels {
		sum := 0.0
		for _, s := range c.Series {
			if v := s.at(i); v.Known {
				sum += drawn(v.N)
			}
		}
		top = math.Max(top, sum)
	}
	return top
}

func drawn(n uint64) float64 { return float64(min(n, largest)) }

// scale returns the end and the step of a scale from zero with at most n round
// steps that holds top. Steps are whole: nobody opens half a case.
func scale(top float64, n int) (end, step float64) {
	power := math.Pow(10, math.Floor(math.Log10(top/float64(n))))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		step = math.Max(m*power, 1)
		if step == math.Trunc(step) && top/step <= float64(n)+1e-9 {
			break
		}
	}
	return math.Ceil(top/step-1e-9) * step, step
}

// x mirrors a place where the language asks for it.
func (f frame) x(x float64) float64 {
	if f.rtl {
		return f.width - x
	}
	return x
}

func (f frame) plotWidth() float64 { return f.width - f.left - f.right }

// slot is the width of one month.
func (f frame) slot() float64 { return f.plotWidth() / float64(max(f.n, 1)) }

// middle is the middle of a month.
func (f frame) middle(i int) float64 { return f.left + f.slot()*(float64(i)+.5) }

// y is the height of a number.
func (f frame) y(v float64) float64 {
	inner := f.height - f.top - f.bottom
	return f.top + inner*(1-math.Min(v/f.end, 1))
}

// axes draws the scale and the months. Not every month fits; the newest does.
func (c Months) axes(b *strings.Builder, f frame) {
	beside := "end"
	if f.rtl {
		beside = "start"
	}
	for v := 0.0; v <= f.end*(1+1e-9); v += f.step {
		class := "gridline"
		if v == 0 {
			class = "axis"
		}
		b.WriteString(`<line class="` + class + `"`)
		at(b, "x1", f.x(f.left), "y1", f.y(v), "x2", f.x(f.width-f.right), "y2", f.y(v))
		b.WriteString(`/><text text-anchor="` + beside + `"`)
		at(b, "x", f.x(f.left-8), "y", f.y(v)+4)
		b.WriteString(`>`)
		text(b, c.Format(uint64(v)))
		b.WriteString(`</text>`)
	}
	for i, every := f.n-1, f.every(c.Labels); i >= 0; i -= every {
		x := f.middle(i)
		half := 3.3 * float64(len([]rune(c.Labels[i])))
		x = clamp(math.Max(half, math.Min(x, f.width-half)), f.width)
		b.WriteString(`<text text-anchor="middle"`)
		at(b, "x", f.x(x), "y", f.height-8)
		b.WriteString(`>`)
		text(b, c.Labels[i])
		b.WriteString(`</text>`)
	}
}

// every is how many months lie between two that are named.
func (f frame) every(labels []string) int {
	longest := 1
	for _, l := range labels {
		longest = max(longest, len([]rune(l)))
	}
	need := 7*float64(longest) + 14
	k := int(math.Ceil(need / f.slot()))
	for _, round := range []int{1, 2, 3, 4, 6, 12} {
		if k <= round {
			return round
		}
	}
	return (k + 11) / 12 * 12
}

func digits(n uint64) string { return strconv.FormatUint(n, 10) }
