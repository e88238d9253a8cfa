package errs_test

import (
	"errors"
	"fmt"
	"testing"

	"casehub/internal/errs"
)

func TestOfFieldFindsEveryFault(t *testing.T) {
	name, day, other := errs.New(errs.Invalid, "a").On("name"), errs.New(errs.Invalid, "b").On("day"), errs.New(errs.Conflict, "c")
	err := fmt.Errorf("saving: %w", errors.Join(name, fmt.Errorf("deeper: %w", errors.Join(day, other)), errors.New("foreign")))
	if n := len(errs.All(err)); n != 3 {
		t.Errorf("%d errors, want 3", n)
	}
	for field, want := range map[string]error{"name": name, "day": day, "": other} {
		if got := errs.OfField(err, field); got != want {
			t.Errorf("%q: %v, want %v", field, got, want)
		}
	}
	if got := errs.OfField(err, "sex"); got != nil {
		t.Errorf("blames a field that is right: %v", got)
	}
	if errs.All(nil) != nil || errs.OfField(nil, "") != nil {
		t.Error("no error has errors inside")
	}
}
