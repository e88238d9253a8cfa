package main

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestUtilityTellsWhatReadersGet(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), []string{"utility", "-offices", "6"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"6 invented offices", "as the ledger chooses", "June and December only", "shown by type, %", "(45.70)", "money sent, %", "by type or category, %"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if strings.Count(out.String(), " goal ") != 3 || strings.Contains(out.String(), "NaN") {
		t.Errorf("three goals are not told in numbers:\n%s", out.String())
	}
}

func TestUtilityRefusesHalfAYear(t *testing.T) {
	for _, args := range [][]string{{"utility", "-months", "18"}, {"utility", "-offices", "0"}, {"utility", "more"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); !errors.Is(err, errUsage) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
