package people

import (
	"time"
)

type challenges struct{ now func() time.Time }

func newChallenges(now func() time.Time) *challenges { return &challenges{now: now} }
