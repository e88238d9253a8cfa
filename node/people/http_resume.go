package people

import (
	"net/http"
	"slices"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/internal/web"
)

// resumed is a form that waited for its author, as it would be sent.
type resumed struct {
	Path, Back string
	Fields     []resumedField
}

// resumedField is one value of the form, with the words by which its author knows
// it again.
type resumedField struct {
	Name, Value string
	// Label is "" for what no person typed: a version, an identifier.
	Label, Shown string
}

// resume answers GET /resume: what was typed is shown before it is sent, because
// somebody else may have sat at the locked computer.
func (p *pages) resume(w http.ResponseWriter, r *http.Request) error {
	f, ok := p.people.kept.of(Current(r).Person)
	if !ok {
		return web.GoTo(w, r, backOf(r))
	}
	s := resumed{Path: f.Path, Back: backOf(r)}
	area := areaOf(f.Path)
	for name, values := range f.Values {
		for _, v := range values {
			s.Fields = append(s.Fields, p.inWords(area, name, v, web.Language(r)))
		}
	}
	slices.SortStableFunc(s.Fields, func(a, b resumedField) int {
		return strings.Compare(a.Label+"\x00"+a.Name, b.Label+"\x00"+b.Name)
	})
	return p.Page(w, r, http.StatusOK, "resume", s)
}

// areaOf returns how the keys of a form's labels begin: the last part of its
// address that names an area.
func areaOf(path string) string {
	area := ""
	for _, part := range strings.Split(path, "/") {
		switch part {
		case "cases", "clients", "consents", "documents", "referrals":
			area = part
		case "recoveries":
			area = "finance"
		}
	}
	return area
}

// inWords returns a value with its label and in words. The name of an input is
// the end of the key of its label (web.Typed.Field), and the key of a word begins
// with that label's.
func (p *pages) inWords(area, name, value, lang string) resumedField {
	f := resumedField{Name: name, Value: value}
	words := p.site.Catalog()
	key := area + "." + strings.ReplaceAll(name, "_", "-")
	if strings.TrimSpace(value) == "" || !words.HasKey(lang, key) {
		return f
	}
	f.Label, f.Shown = words.Text(lang, key), value
	day, err := civil.Parse(value)
	switch {
	case words.HasKey(lang, key+"-"+value):
		f.Shown = words.Text(lang, key+"-"+value)
	case err == nil:
		f.Shown = words.Date(lang, day)
	case name == "language":
		f.Shown = locale.Tongue(value)
	case coded[key]:
		if code := web.ReadCode(value); code != 0 {
			f.Shown = codelist.National().Label(code, lang)
		}
	}
	return f
}

// coded are the labels of what is chosen from the national code lists.
var coded = map[string]bool{
	"cases.case-type": true, "cases.outcome": true, "referrals.destination": true, "finance.kind": true,
	"referrals.result": true, "consultations.case-type": true, "consultations.service": true, "services.kind": true, "turnaways.why": true,
	"events.kind": true, "complaints.institution": true, "surveys.rating": true, "quality.result": true,
}

// discard answers POST /resume/discard.
func (p *pages) discard(w http.ResponseWriter, r *http.Request) error {
	p.people.kept.drop(Current(r).Person)
	return web.GoTo(w, r, backOf(r))
}
