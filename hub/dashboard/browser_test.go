package dashboard

import (
	"testing"

	"casehub/internal/web/webtest"
)

func TestPagesHoldInARealBrowser(t *testing.T) {
	b := webtest.Open(t)
	b.Check(t, site(t, newCanned()), "/", "/cases", "/recovered", "/figures", "/figures/11", "/offices", "/offices/4", "/reading", "/nowhere")
}

func TestPagesHoldBeforeTheFirstRelease(t *testing.T) {
	b := webtest.Open(t)
	c := newCanned()
	c.facts, c.months = nil, nil
	b.Check(t, site(t, c), "/", "/offices/7")
}
