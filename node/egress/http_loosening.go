package egress

import (
	"net/http"

	"casehub/internal/codelist"
	"casehub/internal/pack"
	"casehub/internal/web"
	"casehub/node/access"
)

// looseningView is what the newest pack of a name would let leave, and for who may accept
// it what that would have said.
type looseningView struct {
	Name    string
	Version uint32
	Own     bool // whether it is the office's own pack
	Tables  []string
	Eased   []easedLine
	Accepts bool // whether the reader may
	Preview previewView
}

// easedLine is one demand that is no longer made, in words.
type easedLine struct {
	Eased
	Labels []string
}

// loosenings lays what waits out for the reader.
func (p *pages) loosenings(r *http.Request) ([]looseningView, error) {
	waiting, err := p.gate.Loosenings(r.Context())
	if err != nil {
		return nil, err
	}
	var all []looseningView
	for _, l := range waiting {
		v, err := p.loosening(r, l)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

func (p *pages) loosening(r *http.Request, l Loosening) (looseningView, error) {
	language, reg := web.Language(r), p.gate.reg.Now()
	v := looseningView{Name: l.Name, Version: l.Version, Own: l.Name != pack.National, Eased: easedLines(reg, l.Eased, language)}
	for _, set := range l.DataSets {
		d, _ := reg.DataSet(set)
		v.Tables = append(v.Tables, d.In(language))
	}
	var err error
	if v.Accepts, err = access.Allowed(p.access.May(r.Context(), web.Actor(r), "packs.accept")); err != nil || !v.Accepts {
		return v, err
	}
	v.Preview, err = p.previewed(r, reg, func() (Preview, error) { return p.gate.PreviewLoosening(r.Context(), l) })
	return v, err
}

// easedLines names the tables and codes of what is eased.
func easedLines(reg *codelist.Registry, all []Eased, language string) []easedLine {
	var lines []easedLine
	for _, e := range all {
		line := easedLine{Eased: e}
		for _, set := range e.DataSets {
			d, _ := reg.DataSet(set)
			line.Labels = append(line.Labels, d.In(language))
		}
		for _, code := range e.Codes {
			line.Labels = append(line.Labels, reg.Label(codelist.Code(code), language))
		}
		lines = append(lines, line)
	}
	return lines
}
