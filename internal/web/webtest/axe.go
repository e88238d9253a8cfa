package webtest

import (
	"context"
	_ "embed" // axe-core and the script that runs it
	"fmt"

	"github.com/chromedp/chromedp"
)

// axeCore is axe-core as its makers published it (MPL 2.0, text beside it). It
// is in tests alone.
//
//go:embed testdata/axe.min.js
var axeCore string

//go:embed axe.js
var runAxe string

// Axe runs axe-core on the page as it is now, with the rules of WCAG 2.2 A and
// AA and its own best practice, and fails the test with rule, place and help of
// each violation. Check and Look do so for every page; this is for a state that a
// person reaches by hand.
func (p *Tab) Axe() {
	p.t.Helper()
	faults, err := axe(p.ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, f := range faults {
		p.t.Error(f)
	}
}

func axe(ctx context.Context) ([]string, error) {
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](axeCore)); err != nil {
		return nil, fmt.Errorf("bringing axe-core into the page: %w", err)
	}
	faults, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](runAxe, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("running axe-core: %w", err)
	}
	return faults, nil
}
