package proof

import (
	"fmt"
	"testing"
)

// listener notes what a test would have said.
type listener struct {
	testing.TB
	said   string
	failed bool
}

func (*listener) Helper()           {}
func (l *listener) Log(args ...any) { l.said = fmt.Sprint(args...) }
func (l *listener) Error(args ...any) {
	l.Log(args...)
	l.failed = true
}

func TestALineSaysWhetherTheGoalWasReached(t *testing.T) {
	for _, c := range []struct {
		say    func(testing.TB, string, float64, float64)
		value  float64
		goal   float64
		want   string
		failed bool
	}{
		{AtMost, 0, 0, "proof p 0 goal <=0 ok", false},
		{AtMost, 1, 0, "proof p 1 goal <=0 short", true},
		{AtLeast, 1001, 1000, "proof p 1001 goal >=1000 ok", false},
		{AtLeast, 1.23456, 1.5, "proof p 1.235 goal >=1.5 short", true},
		{AtMost, 1_000_000_000, 2, "proof p 1000000000 goal <=2 short", true},
	} {
		l := &listener{TB: t}
		if c.say(l, "p", c.value, c.goal); l.said != c.want || l.failed != c.failed {
			t.Errorf("said %q and failed %v, want %q and %v", l.said, l.failed, c.want, c.failed)
		}
	}
}

// The rounded number and the true one must not tell two stories.
func TestTheTrueNumberDecides(t *testing.T) {
	l := &listener{TB: t}
	if AtMost(l, "p", 0.0001, 0); !l.failed {
		t.Errorf("said %q", l.said)
	}
}

func TestSizeFollowsTheRun(t *testing.T) {
	for value, want := range map[string]int{"": 20, "full": 300} {
		t.Setenv("CASEHUB_PROVE", value)
		if got := Size(20, 300); got != want {
			t.Errorf("with CASEHUB_PROVE=%q %d, want %d", value, got, want)
		}
	}
}
