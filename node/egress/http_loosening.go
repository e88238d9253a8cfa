package egress

import (
	"net/http"

	"casehub/internal/web"
	"casehub/node/access"
)

// looseningView is what the office's own pack would let leave, and for who may accept it
// what that would have said.
type looseningView struct {
	Version uint32
	Tables  []string
	Accepts bool // whether the reader may
	Preview previewView
}

// loosening lays what waits out for the reader, nil where nothing does.
func (p *pages) loosening(r *http.Request) (*looseningView, error) {
	waiting, found, err := p.gate.Loosening(r.Context())
	if err != nil || !found {
		return nil, err
	}
	language, reg := web.Language(r), p.gate.reg.Now()
	v := &looseningView{Version: waiting.Version}
	for _, set := range waiting.DataSets {
		d, _ := reg.DataSet(set)
		v.Tables = append(v.Tables, d.In(language))
	}
	if v.Accepts, err = access.Allowed(p.access.May(r.Context(), web.Actor(r), "packs.accept")); err != nil || !v.Accepts {
		return v, err
	}
	v.Preview, err = p.previewed(r, reg, func() (Preview, error) { return p.gate.PreviewLoosening(r.Context(), waiting) })
	return v, err
}
