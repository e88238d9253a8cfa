package release

import (
	"crypto/sha256"
	"errors"
	"testing"
)

func TestAMarkIsReadAsItIsTyped(t *testing.T) {
	digest := sha256.Sum256([]byte("release"))
	want := Mark(digest[:])
	if len(want) != 19 {
		t.Fatalf("the mark is %q", want)
	}
	bare := want[:4] + want[5:9] + want[10:14] + want[15:]
	for _, typed := range []string{want, bare, want[:4] + " " + want[5:], " " + want + " ", want[:4] + "\u2011" + want[5:]} {
		if got, err := ReadMark(typed); err != nil || got != want {
			t.Errorf("%q reads as %q, %v", typed, got, err)
		}
	}
	if got, err := ReadMark("ABCD-EF01-2345-6789"); err != nil || got != "abcd-ef01-2345-6789" {
		t.Errorf("capitals read as %q, %v", got, err)
	}
	for _, typed := range []string{"", want[:18], want + "0", "abcd-ef01-2345-678g"} {
		if got, err := ReadMark(typed); !errors.Is(err, ErrMark) {
			t.Errorf("%q reads as %q, %v", typed, got, err)
		}
	}
	if got := Mark(digest[:7]); got != "" {
		t.Errorf("seven bytes have the mark %q", got)
	}
}
