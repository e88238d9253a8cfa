package imports

import (
	"slices"
	"time"
)

// Schedule is a live source that the node reads again and again by itself.
type Schedule struct {
	ID       int64
	Instance string
	Mapping  string // the text of the mapping
	// Hours between two readings, 1 to 720; 0 where it is read once a day, AtMinute
	// minutes after midnight by the office's clock.
	Hours, AtMinute int
	Active          bool
	Version         int // 0 is new

	person string    // whose right each start needs
	from   time.Time // since when it counts
	hash   string
}

// Interval is the time between two readings.
func (s Schedule) Interval() time.Duration {
	if s.Hours > 0 {
		return time.Duration(s.Hours) * time.Hour
	}
	return 24 * time.Hour
}

// after returns the next moment of a schedule after another, by the clock of that one.
func (s Schedule) after(t time.Time) time.Time {
	if s.Hours > 0 {
		return t.Add(s.Interval())
	}
	next := time.Date(t.Year(), t.Month(), t.Day(), 0, s.AtMinute, 0, 0, t.Location())
	if !next.After(t) {
		next = time.Date(t.Year(), t.Month(), t.Day()+1, 0, s.AtMinute, 0, 0, t.Location())
	}
	return next
}

const (
	// firstPause is how long a schedule waits after a failure; it waits twice as long
	// after each one more, and never longer than to its next regular reading.
	firstPause = 10 * time.Minute
	// pauses is after how many failures the pause grows no more.
	pauses = 8
)

// next returns when a schedule begins again, after its newest jobs, the newest first, by
// the clock of now. What began in the future did so before the clock was put right: it
// says nothing, and the schedule begins now.
func (s Schedule) next(jobs []JobState, now time.Time) time.Time {
	if !s.Active || len(jobs) > 0 && jobs[0].Status == JobRunning {
		return time.Time{}
	}
	from, zone := s.from.In(now.Location()), now.Location()
	switch {
	case len(jobs) > 0 && jobs[0].StartedAt.After(now), len(jobs) == 0 && from.After(now):
		return now
	case from.After(now): // and read since
	case len(jobs) == 0 || jobs[0].StartedAt.Before(from):
		if s.Hours > 0 {
			return from
		}
		return s.after(from)
	}
	last := jobs[0]
	regular := s.after(last.StartedAt.In(zone))
	if !last.failed() {
		return regular
	}
	ended := last.EndedAt
	if ended.IsZero() || ended.After(now) {
		ended = last.StartedAt
	}
	if again := ended.In(zone).Add(firstPause << min(failures(jobs)-1, pauses)); again.Before(regular) {
		return again
	}
	return regular
}

// failed reports a job that nobody ended and that did not come to its end: what kills the
// program would else do so again at each start.
func (s JobState) failed() bool {
	return s.Status == JobFailed || s.Status == JobInterrupted || s.Status == JobReplaced
}

// failures counts the jobs that failed since one that did not.
func failures(jobs []JobState) int {
	n := slices.IndexFunc(jobs, func(j JobState) bool { return !j.failed() })
	if n < 0 {
		return len(jobs)
	}
	return n
}

// AlertKind says why a schedule needs a person.
type AlertKind string

// Why a schedule needs a person.
const (
	AlertFailed  AlertKind = "failed"  // the last reading failed, or its program ended
	AlertRefused AlertKind = "refused" // nothing was written because too much was wrong or gone
	AlertHeld    AlertKind = "held"    // rows are in quarantine
	AlertLate    AlertKind = "late"    // nothing was read for twice the interval
	AlertRight   AlertKind = "right"   // whoever set it up may not import any more, or something is kept from them
)

// AlertKinds lists why a schedule can need a person.
func AlertKinds() []AlertKind {
	return []AlertKind{AlertFailed, AlertRefused, AlertHeld, AlertLate, AlertRight}
}

// Alert is a reason why a schedule needs a person.
type Alert struct {
	Kind     AlertKind
	Schedule int64
	Instance string
	// Run is the run whose rows are held, 0 for other kinds.
	Run int64
}

// ScheduleState is a schedule with what came of it.
type ScheduleState struct {
	Schedule
	// Jobs are its newest, the newest first; none before the first.
	Jobs []JobState
	// Next is when it begins again, zero while it runs and while it is off.
	Next time.Time
	// Done is when it was read to the end last, zero before the first time.
	Done time.Time
	// Alerts are why it needs a person.
	Alerts []Alert
}

// Type is the type of the source, "" where the mapping is not read any more.
func (s ScheduleState) Type() string { return s.sourceType() }

// sourceType returns the type of the source of the mapping, "" where it is not read.
func (s Schedule) sourceType() string {
	doc, err := document([]byte(s.Mapping))
	if err != nil {
		return ""
	}
	all, err := entries(doc, "a mapping", nil)
	if err != nil {
		return ""
	}
	for _, e := range all {
		if e.key != "source" {
			continue
		}
		settings, err := entries(e.value, "source", nil)
		if err != nil {
			return ""
		}
		for _, k := range settings {
			if k.key == "type" {
				kind, _ := scalar(k.value, "type")
				return kind
			}
		}
	}
	return ""
}
