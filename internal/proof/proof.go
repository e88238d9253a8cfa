// Package proof says in one line what a test has shown:
//
//	proof NAME VALUE goal GOAL ok
//
// with "short" in place of "ok" where the goal was missed; the test fails then.
// A goal is "<=N" or ">=N".
//
// Tests that prove something begin with TestProve. They look at a part in
// `make test` and at everything in `make prove`, which lists the lines at its
// end (internal/prove).
package proof

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
)

// Full reports whether everything is to be looked at, however long it takes.
func Full() bool { return os.Getenv("CASEHUB_PROVE") == "full" }

// Size returns how much to look at: the first number, or the second in a full
// run.
func Size(short, full int) int {
	if Full() {
		return full
	}
	return short
}

// AtMost shows that a value is not above a goal.
func AtMost(t testing.TB, name string, value, goal float64) {
	t.Helper()
	say(t, name, value, "<="+number(goal), value <= goal)
}

// AtLeast shows that a value is not below a goal.
func AtLeast(t testing.TB, name string, value, goal float64) {
	t.Helper()
	say(t, name, value, ">="+number(goal), value >= goal)
}

func say(t testing.TB, name string, value float64, goal string, reached bool) {
	t.Helper()
	line := fmt.Sprintf("proof %s %s goal %s", name, number(value), goal)
	if reached {
		t.Log(line + " ok")
		return
	}
	t.Error(line + " short")
}

// number writes a number with up to three decimals.
func number(v float64) string { return strconv.FormatFloat(math.Round(1000*v)/1000, 'f', -1, 64) }
