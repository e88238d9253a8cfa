package privacytest

import (
	"strings"
	"testing"
)

// A guard that never goes red guards nothing.
func TestShowsFindsAnOpenField(t *testing.T) {
	type open struct{ Name string }
	for how, shown := range shows(open{"Nolwazi"}) {
		if !strings.Contains(shown, "Nolwazi") && how != "%d" && how != "%x" {
			t.Errorf("%s would have hidden a name: %s", how, shown)
		}
	}
}
