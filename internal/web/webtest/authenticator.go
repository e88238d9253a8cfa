package webtest

import (
	"context"

	"github.com/chromedp/chromedp"
)

// Authenticator gives the tab a device with passkeys that checks its owner and
// answers at once. It stays in the tab, whatever page comes.
func (p *Tab) Authenticator() {
	p.t.Helper()
	p.do("adding an authenticator", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if err := t.Call(ctx, "WebAuthn.enable", map[string]any{}, nil); err != nil {
			return err
		}
		return t.Call(ctx, "WebAuthn.addVirtualAuthenticator", map[string]any{"options": map[string]any{
			"protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
			"isUserVerified": true, "automaticPresenceSimulation": true,
		}}, nil)
	}))
}
