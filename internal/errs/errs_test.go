package errs_test

import (
	"errors"
	"fmt"
	"testing"

	"casehub/internal/errs"
)

func TestKindSurvivesWrapping(t *testing.T) {
	base := errs.New(errs.Conflict, "cases.not-open")
	err := fmt.Errorf("closing case C-1: %w", base.On("outcome").With("day", "2026-01-02"))
	if errs.KindOf(err) != errs.Conflict {
		t.Errorf("kind = %v, want Conflict", errs.KindOf(err))
	}
	if !errors.Is(err, base) {
		t.Error("a copy with field and value is not the base error any more")
	}
	if got := errs.As(err).Field(); got != "outcome" {
		t.Errorf("field = %q, want outcome", got)
	}
	if base.Field() != "" || base.Args() != nil {
		t.Error("On or With changed the base error")
	}
}

func TestForeignErrorsAreInternal(t *testing.T) {
	if k := errs.KindOf(errors.New("boom")); k != errs.Internal {
		t.Errorf("kind = %v, want Internal", k)
	}
	if errors.Is(errs.New(errs.Invalid, "a"), errs.New(errs.Invalid, "b")) {
		t.Error("errors of different keys are equal")
	}
}
