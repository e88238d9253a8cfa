package pagemark_test

import (
	"testing"

	"casehub/internal/pagemark"
)

func TestAMarkComesBack(t *testing.T) {
	m := pagemark.Mark{Day: "2026-03-02", ID: "0190-a.b"}
	if got := pagemark.Parse(m.String()); got != m {
		t.Errorf("%v came back as %v", m, got)
	}
	for _, s := range []string{"", "2026-03-02", "2026-03-02.", "yesterday.0190", ".0190", "2026-02-30.0190"} {
		if got := pagemark.Parse(s); got != (pagemark.Mark{}) || got.String() != "" {
			t.Errorf("%q is the mark %v", s, got)
		}
	}
}
