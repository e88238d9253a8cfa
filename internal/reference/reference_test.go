package reference_test

import (
	"regexp"
	"testing"

	"casehub/internal/reference"
)

func TestShortIsStableAndGrows(t *testing.T) {
	id := reference.NewID()
	short, long := reference.Short("C", id, 8), reference.Short("C", id, 16)
	if !regexp.MustCompile(`^C-[0-9A-HJKMNP-TV-Z]{8}$`).MatchString(short) {
		t.Errorf("short reference %q", short)
	}
	if long[:len(short)] != short {
		t.Errorf("%q does not go on from %q", long, short)
	}
	if again := reference.Short("C", id, 8); again != short {
		t.Errorf("second time %q, first %q", again, short)
	}
}

func TestNewIDsDifferAndAscend(t *testing.T) {
	last := ""
	for range 1000 {
		id := reference.NewID()
		if id <= last {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
}

func TestNormalMendsMisreading(t *testing.T) {
	if got := reference.Normal("c-7kqo1lI"); got != "C-7KQ0111" {
		t.Errorf("got %q", got)
	}
}

func TestDerivedFollowsFromItsParts(t *testing.T) {
	a := reference.Derived("office", "clients", "7")
	if again := reference.Derived("office", "clients", "7"); again != a {
		t.Errorf("the same parts gave %s and %s", a, again)
	}
	if b := reference.Derived("office", "client", "s7"); b == a {
		t.Error("other parts gave the same identifier")
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-`).MatchString(a) {
		t.Errorf("%s is not a UUID of version 5", a)
	}
}

// TestDerivedIdentifiersAreKnownAsSuch holds what makes an import's identifiers
// and what tells them apart from the office's own together: the ledger counts
// people by it.
func TestDerivedIdentifiersAreKnownAsSuch(t *testing.T) {
	if id := reference.Derived("register", "clients", "1"); !reference.IsDerived(id) {
		t.Errorf("%s is not known as derived", id)
	}
	for _, id := range []string{reference.NewID(), "", "K01", "00000000-0000-4000-8000-000000000005"} {
		if reference.IsDerived(id) {
			t.Errorf("%q passes as derived", id)
		}
	}
}
