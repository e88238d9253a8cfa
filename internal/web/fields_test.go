package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
)

// shown returns the block of a field as a Spanish reader gets it.
func shown(t *testing.T, f Field) string {
	t.Helper()
	s := open(t)
	r := s.begin(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/?lang=es", nil))
	html, err := s.own.HTML(r, "field", f)
	if err != nil {
		t.Fatal(err)
	}
	return string(html)
}

func wants(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("lacks %s in\n%s", w, got)
		}
	}
}

func TestFieldShowsItsOwnFaultAlone(t *testing.T) {
	fault := errs.New(errs.Invalid, "error.too-large").On("note")
	other := errs.New(errs.Invalid, "error.method").On("day")
	got := shown(t, Field{Form: "x", Name: "note", Label: "kit.next", Value: `"><script>`, Limit: 20, Problem: errors.Join(other, fault)})
	wants(t, got, `id="x-note"`, `maxlength="20"`, `aria-invalid="true"`, `value="&#34;&gt;&lt;script&gt;"`, `class="field-error"`)
	if strings.Count(got, "field-error") != 1 || strings.Contains(got, "<script") {
		t.Errorf("got\n%s", got)
	}
	if right := shown(t, Field{Form: "x", Name: "note", Label: "kit.next"}); strings.Contains(right, "aria-invalid") || strings.Contains(right, "field-error") {
		t.Errorf("a field that is right is blamed:\n%s", right)
	}
}

func TestFieldOffersCodesUnderTheirCategories(t *testing.T) {
	options := Codes(codelist.National().List(codelist.CaseTypes), "es", 1401)
	got := shown(t, Field{Form: "x", Name: "type", Label: "kit.next", Options: options, Choose: "kit.previous", Required: true})
	wants(t, got, `<optgroup label="Violencia y abuso">`, `<option value="1401" selected>Violencia doméstica</option>`, `<option value="">`, ` required`)
	if n := strings.Count(got, " selected"); n != 1 {
		t.Errorf("%d options are chosen", n)
	}
}

func TestFieldShowsWhatIsSavedMeanwhile(t *testing.T) {
	options := []OptionGroup{{Options: []Option{{Value: "a", Label: "Ay"}, {Value: "b", Label: "Bee", Chosen: true}}}}
	wants(t, shown(t, Field{Form: "x", Name: "n", Label: "kit.next", Type: "radio", Options: options, Differs: true, Saved: "a"}),
		`type="radio" name="n" value="b" checked`, `field-saved`, `<b>Ay</b>`)
	wants(t, shown(t, Field{Form: "x", Name: "n", Label: "kit.next", Lines: 3, Value: "mine", Differs: true}), `<textarea`, `>mine<`, `(vacío)`)
}

func TestCodesComeBack(t *testing.T) {
	for _, c := range []codelist.Code{0, 1, 1401, 4294967295} {
		if got := ReadCode(CodeValue(c)); got != c {
			t.Errorf("%d came back as %d", c, got)
		}
	}
	for _, bad := range []string{"x", "-1", "4294967296", "1.5"} {
		if got := ReadCode(bad); got != 0 {
			t.Errorf("%q is %d", bad, got)
		}
	}
}

func TestMonthsAreRead(t *testing.T) {
	for value, want := range map[string]civil.Month{"202610": 202610, "200001": 200001, "202613": 0, "202600": 0, "-202610": 0, "x": 0, "": 0, "4294967296202610": 0} {
		if got := ReadMonth(value); got != want {
			t.Errorf("%q is %d, want %d", value, got, want)
		}
	}
}

func TestAPasswordDoesNotComeBack(t *testing.T) {
	got := shown(t, Field{Form: "x", Name: "p", Label: "kit.next", Type: "password", Value: "correct horse", Autocomplete: "current-password"})
	wants(t, got, `autocomplete="current-password"`, `value=""`)
	if strings.Contains(got, "horse") {
		t.Errorf("the password came back: %s", got)
	}
	wants(t, shown(t, Field{Form: "x", Name: "n", Label: "kit.next", Value: "kept"}), `autocomplete="off"`, `value="kept"`)
}

// TestANameOfAProgramIsNotBroken: it stays in one line, as it is copied, and nothing of the
// text around it becomes HTML.
func TestANameOfAProgramIsNotBroken(t *testing.T) {
	const want = `Run “<span class="nowrap">casehub-node</span> enrolment” &lt;here&gt; &amp; <span class="nowrap">casehub-hub</span>; in-house`
	if got := string(commands("Run “casehub-node enrolment” <here> & casehub-hub; in-house")); got != want {
		t.Errorf("got %s", got)
	}
}
