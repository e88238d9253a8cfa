package chart

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawing checks that markup is well-formed XML and that every place in it lies
// inside the view box around it. It returns the words in it.
func drawing(t interface{ Fatalf(string, ...any) }, markup template.HTML) string {
	d := xml.NewDecoder(strings.NewReader("<root>" + string(markup) + "</root>"))
	var words strings.Builder
	var width, height float64
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return words.String()
		}
		if err != nil {
			t.Fatalf("not XML: %v\n%s", err, markup)
		}
		switch tok := tok.(type) {
		case xml.CharData:
			words.Write(tok)
		case xml.StartElement:
			if tok.Name.Local == "svg" {
				box := strings.Fields(attr(tok, "viewBox"))
				width, height = parse(t, box[2]), parse(t, box[3])
			}
			inside(t, tok, width, height)
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func parse(t interface{ Fatalf(string, ...any) }, s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatalf("%q is not a number", s)
	}
	return f
}

var numbers = regexp.MustCompile(`-?\d+(\.\d+)?`)

func inside(t interface{ Fatalf(string, ...any) }, e xml.StartElement, width, height float64) {
	check := func(what string, v, top float64) {
		if !(v >= -0.1 && v <= top+0.1) {
			t.Fatalf("%s of <%s> is %v, outside 0 to %v", what, e.Name.Local, v, top)
		}
	}
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "x", "x1", "x2", "cx":
			check(a.Name.Local, parse(t, a.Value), width)
		case "y", "y1", "y2", "cy":
			check(a.Name.Local, parse(t, a.Value), height)
		case "d":
			for i, n := range numbers.FindAllString(a.Value, -1) {
				check("d", parse(t, n), []float64{width, height}[i%2])
			}
		case "style", "onclick", "onload":
			t.Fatalf("attribute %s, which pages forbid", a.Name.Local)
		}
	}
	if e.Name.Local == "rect" && attr(e, "x") != "" {
		check("end", parse(t, attr(e, "x"))+parse(t, attr(e, "width")), width)
		check("foot", parse(t, attr(e, "y"))+parse(t, attr(e, "height")), height)
	}
}

func values(n int) *rapid.Generator[[]Value] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Value {
		if rapid.IntRange(0, 3).Draw(t, "known") == 0 {
			return Gap
		}
		if rapid.Bool().Draw(t, "small") {
			return Of(rapid.Uint64Range(0, 50).Draw(t, "n"))
		}
		return Of(rapid.Uint64().Draw(t, "n"))
	}), 0, n)
}

func months(t *rapid.T) Months {
	n := rapid.IntRange(0, 60).Draw(t, "months")
	c := Months{
		ID: rapid.String().Draw(t, "id"), Title: rapid.String().Draw(t, "title"), Text: rapid.String().Draw(t, "text"),
		Table: "Table", Month: "Month", None: "not reported", RTL: rapid.Bool().Draw(t, "rtl"),
		Labels: rapid.SliceOfN(rapid.StringN(0, 20, -1), n, n).Draw(t, "labels"),
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "series") {
		c.Series = append(c.Series, Series{Label: rapid.String().Draw(t, "label"), Tone: i, Values: values(n+2).Draw(t, "values")})
	}
	return c
}

func TestAnyMonthsDrawInsideTheBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := months(t)
		drawing(t, Lines(c))
		drawing(t, Columns(c))
	})
}

func TestAnyBarsDrawInsideTheBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := BarChart{ID: "x", Title: rapid.String().Draw(t, "title"), RTL: rapid.Bool().Draw(t, "rtl")}
		for range rapid.IntRange(0, 12).Draw(t, "bars") {
			c.Bars = append(c.Bars, Bar{
				Label: rapid.String().Draw(t, "label"), Tone: rapid.IntRange(-1, 9).Draw(t, "tone"),
				Value: rapid.Uint64().Draw(t, "value"), UpTo: rapid.Uint64().Draw(t, "upto"),
			})
		}
		drawing(t, Bars(c))
	})
}

func TestAnySparklineDrawsInsideTheBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawing(t, Spark(rapid.String().Draw(t, "label"), values(40).Draw(t, "values"), 1, rapid.Bool().Draw(t, "rtl")))
	})
}

func TestTheScaleIsRoundWholeAndHoldsTheTop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		top := rapid.Float64Range(1, largest*8).Draw(t, "top")
		end, step := scale(top, 5)
		if end < top*(1-1e-8) || step < 1 || end/step > 5+1e-6 {
			t.Fatalf("scale(%v) = %v by %v", top, end, step)
		}
	})
	for top, want := range map[float64][2]float64{1: {1, 1}, 3: {3, 1}, 9: {10, 2}, 12: {15, 5}, 403: {500, 100}, 1000: {1000, 200}, 110: {125, 25}} {
		if end, step := scale(top, 5); end != want[0] || step != want[1] {
			t.Errorf("scale(%v) = %v by %v, want %v", top, end, step, want)
		}
	}
}

func TestAMonthWithoutANumberIsAGapAndNoZero(t *testing.T) {
	c := Months{
		ID: "a", Title: "Cases", Table: "Numbers", Month: "Month", None: "not reported",
		Labels: []string{"Jan", "Feb", "Mar", "Apr", "May"},
		Series: []Series{{Label: "Work", Tone: 1, Values: []Value{Of(5), Of(0), Gap, Of(7), Of(8)}}},
	}
	lines := string(Lines(c))
	if got := strings.Count(lines, `class="line l1"`); got != 4 { // two runs, drawn twice
		t.Errorf("%d runs, want 2 in each of 2 drawings", got)
	}
	if words := drawing(t, Lines(c)); strings.Count(words, "not reported") != 2 {
		t.Errorf("the table or the legend does not say that a month was not reported: %q", words)
	}
	columns := string(Columns(c))
	if got := strings.Count(columns, `class="gap"`); got != 3 {
		t.Errorf("%d gaps, want 1 in each of 2 drawings and 1 in the legend", got)
	}
	if !strings.Contains(columns, "<title>Mar: not reported</title>") {
		t.Error("the gap does not say what it is")
	}
}

func TestAReportedMonthWithNothingPublishedIsNoGapAndNoZero(t *testing.T) {
	c := Months{
		ID: "a", Table: "Numbers", None: "not reported", Nothing: "nothing published", Labels: []string{"Jan", "Feb"},
		Series: []Series{{Label: "Work", Values: []Value{Of(5), Gap}}}, Reported: []bool{true, true},
	}
	columns := Columns(c)
	if strings.Contains(string(columns), `class="gap"`) {
		t.Error("a month that was reported is drawn as not reported")
	}
	if words := drawing(t, columns); !strings.Contains(words, "Feb: nothing published") || strings.Contains(words, "not reported") {
		t.Errorf("words: %q", words)
	}
}

func TestRightToLeftMirrorsPlacesAndNotWords(t *testing.T) {
	c := BarChart{ID: "a", Bars: []Bar{{Label: "عمل", Value: 10, Tone: 1, Text: "10"}}, Width: 400}
	ltr := string(Bars(c))
	c.RTL = true
	rtl := string(Bars(c))
	if !strings.Contains(ltr, `text-anchor="start" x="0"`) || !strings.Contains(rtl, `text-anchor="end" x="400"`) {
		t.Errorf("labels begin on the wrong side:\n%s\n%s", ltr, rtl)
	}
}

func TestANumberWithoutRoomStandsBelowItsBar(t *testing.T) {
	got := string(Bars(BarChart{Bars: []Bar{{Label: strings.Repeat("long ", 12), Text: "R 5,764,500 – R 6,200,500", Value: 1}}, Width: 800}))
	for _, want := range []string{`viewBox="0 0 800 40"`, `viewBox="0 0 320 60"`, "…</text>", "long long : R 5,764,500"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestWordsAreEscaped(t *testing.T) {
	got := string(Bars(BarChart{ID: `"><script>`, Title: "<b>", Bars: []Bar{{Label: `"&<`, Text: "\x00"}}}))
	if strings.Contains(got, "<b>") || strings.Contains(got, "<script>") || strings.Contains(got, "\x00") {
		t.Fatal(got)
	}
}

func ExampleSpark() {
	fmt.Println(Spark("3 months", []Value{Of(1), Of(3), Of(2)}, 1, false))
	// Output: <span class="spark"><svg viewBox="0 0 160 36" preserveAspectRatio="none" role="img" aria-label="3 months"><path class="line l1" vector-effect="non-scaling-stroke" d="M25.3 22.7L80 4L134.7 13.3"/></svg></span>
}
