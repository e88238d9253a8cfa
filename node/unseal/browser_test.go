package unseal

import (
	"testing"

	"casehub/internal/web/webtest"
)

// TestTheSealedPageHoldsInABrowser looks at the one page of a sealed node.
func TestTheSealedPageHoldsInABrowser(t *testing.T) {
	webtest.Open(t).Check(t, newSealed(t).site, Path)
}
