package webtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Tab is a page that a test uses as a person would. Each method fails the test
// when the page does not do its part within half a minute.
type Tab struct {
	t   testing.TB
	ctx context.Context
}

// Use serves the pages on the loopback and opens a path, until the test ends.
func (b *Browser) Use(t testing.TB, pages http.Handler, path string) *Tab {
	t.Helper()
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	ctx, closeTab := chromedp.NewContext(b.ctx)
	t.Cleanup(closeTab)
	// A tab ends with the context that it began with, so it begins without a limit.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	p := &Tab{t: t, ctx: ctx}
	p.do("opening the page", chromedp.Navigate(server.URL+path), chromedp.WaitReady(chromedp.CSS("main")))
	return p
}

func (p *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// Type types into the input that a selector names.
func (p *Tab) Type(selector, text string) {
	p.t.Helper()
	p.do("typing into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Click clicks on what a selector names.
func (p *Tab) Click(selector string) {
	p.t.Helper()
	p.do("clicking on "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Wait waits until an expression of JavaScript holds.
func (p *Tab) Wait(expression string) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		// The page may be between two documents; then it is asked again.
		if ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); err == nil && ok {
			return
		}
	}
	p.t.Fatalf("this never came true: %s", expression)
}

// Eval returns what an expression of JavaScript gives.
func (p *Tab) Eval(expression string) string {
	p.t.Helper()
	s, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		p.t.Fatalf("evaluating %s: %v", expression, err)
	}
	return s
}
