package web_test

import (
	"errors"
	"testing"

	"casehub/internal/privacytest"
	"casehub/internal/web"

	"github.com/google/go-cmp/cmp"
)

func TestAFormSaysWhatSomebodyElseSaved(t *testing.T) {
	problem := errors.New("not a day")
	f := web.Typed{Problem: problem}
	if f.Conflict() {
		t.Error("a conflict where nobody else saved")
	}
	f.Beside(map[string]string{"kind": "7", "received_on": "2026-03-02"}, map[string]string{"kind": "8", "received_on": "2026-03-02", "note": "not theirs to read"})
	if want := map[string]string{"kind": "8"}; !cmp.Equal(f.Saved, want) || !f.Conflict() {
		t.Errorf("saved meanwhile %d fields, conflict %v", len(f.Saved), f.Conflict())
	}
	in := f.Field("recovery", "finance.kind", "7")
	if in.ID() != "recovery-kind" || !in.Differs || in.Saved != "8" || !errors.Is(in.Problem, problem) {
		t.Errorf("the field is %+v", in)
	}
	if in := f.Field("recovery", "finance.received-on", "2026-03-02"); in.Name != "received_on" || in.Differs {
		t.Errorf("the field is %+v", in)
	}
}

func TestOptionsAreWordsOfTheirValues(t *testing.T) {
	want := []web.OptionGroup{{Options: []web.Option{{Key: "clients.sex-none"}, {Value: "f", Key: "clients.sex-f", Chosen: true}}}}
	if got := web.Words("clients.sex-", "f", "", "f"); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}

func TestWhatWasTypedNeverShowsItself(t *testing.T) {
	f := web.Typed{Saved: map[string]string{"note": "canary-4711"}}
	privacytest.Hides(t, f, "form", "canary-4711")
}
