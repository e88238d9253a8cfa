package main

import (
	"errors"
	"fmt"
	"testing"

	"casehub/adapters"
)

func TestAReadingProgramGetsWhatItsSettingsNameAndNothingElse(t *testing.T) {
	t.Setenv("KOBO_TOKEN", "one")
	t.Setenv("DSN", "two")
	t.Setenv("SECRET_OF_THE_NODE", "three")
	got := environment([]byte(`{"type":"kobo","token_env":"KOBO_TOKEN","url":"SECRET_OF_THE_NODE","more":[{"env":"DSN","x_env":"NOT_THERE"}]}`))
	if fmt.Sprint(got) != "[DSN=two KOBO_TOKEN=one]" {
		t.Errorf("%q", got)
	}
	for _, settings := range []string{`{`, ``, `{}`, `[]`} {
		if got := environment([]byte(settings)); got == nil || len(got) != 0 { // a program with nil inherits everything
			t.Errorf("%s: %#v", settings, got)
		}
	}
}

func TestTheReadingProgramMustBeThere(t *testing.T) {
	if _, err := openLive(t.Context(), []byte(`{"type":"kobo"}`)); !errors.Is(err, adapters.ErrNoProgram) {
		t.Errorf("%v", err)
	}
}
