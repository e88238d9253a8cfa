package imports_test

import (
	"errors"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
)

// wall sets a wall between a person and the only case.
func (s *scheduled) wall(person string) {
	s.t.Helper()
	one := access.Wall{CaseID: ids(s.t, s.db, `SELECT id FROM cases LIMIT 1`)[0], PersonID: person, Reason: access.Related}
	if _, err := access.NewService(s.db, accesstest.Gate(s.t, s.db, s.clock), s.clock).Raise(s.t.Context(), accesstest.Director, one); err != nil {
		s.t.Fatal(err)
	}
}

// second hires another director.
func (s *scheduled) second(person string) actor.Actor {
	s.t.Helper()
	who := accesstest.Hire(s.t, s.db, person, "kimberley")
	accesstest.Appoint(s.t, s.db, person, "director", "")
	return who
}

// A schedule reads as the program, before which no wall stands. Whoever is walled could
// write into the case through a source that they control, and learn by a match whether
// somebody is a client.
func TestAScheduleIsNoWayThroughAWall(t *testing.T) {
	s := newScheduled(t)
	s.source.records = []adapters.Record{rec("s1", "who/name", "Example", "day", "2024-03-02")}
	one := imports.Schedule{Mapping: intake, Hours: 6, Active: true}
	id := s.save(one)
	s.after(0)
	walled := s.second("thandi")
	if err := s.Switch(t.Context(), walled, id, true); err != nil {
		t.Fatalf("before the wall: %v", err)
	}
	s.wall("thandi")

	// What she set up starts no more, and says why.
	s.now.Add((6 * time.Hour).Milliseconds())
	s.after(0)
	s.expects("set up by somebody who was walled since", 1, imports.AlertRight)
	if _, err := s.RunNow(t.Context(), walled, id); !errors.Is(err, imports.ErrScheduleKept) {
		t.Errorf("reading it now: %v", err)
	}
	if err := s.Switch(t.Context(), walled, id, true); !errors.Is(err, imports.ErrScheduleKept) {
		t.Errorf("switching it on: %v", err)
	}
	changed := s.state(id).Schedule
	if _, err := s.Save(t.Context(), walled, changed); !errors.Is(err, imports.ErrScheduleKept) {
		t.Errorf("saving it: %v", err)
	}
	if _, err := s.Save(t.Context(), walled, one); !errors.Is(err, imports.ErrScheduleKept) {
		t.Errorf("saving another: %v", err)
	}
	s.expects("after all that", 1, imports.AlertRight)

	// Somebody from whom nothing is kept confirms it.
	if err := s.Switch(t.Context(), accesstest.Director, id, true); err != nil {
		t.Fatal(err)
	}
	s.after(0)
	s.expects("confirmed", 2)

	// To end it tells nothing, and everybody who imports may.
	if err := s.Switch(t.Context(), walled, id, false); err != nil {
		t.Errorf("switching it off: %v", err)
	}
	if err := s.Remove(t.Context(), walled, id); err != nil {
		t.Errorf("removing it: %v", err)
	}
}

// TestAJobOfAScheduleIsContinuedByWhoMayStartIt: to continue is to start.
func TestAJobOfAScheduleIsContinuedByWhoMayStartIt(t *testing.T) {
	s := newScheduled(t)
	s.source.records = []adapters.Record{rec("s1", "who/name", "Example", "day", "2024-03-02")}
	id := s.save(imports.Schedule{Mapping: intake, Hours: 6, Active: true})
	s.after(0)
	walled := s.second("thandi")
	s.wall("thandi")
	s.fails = adapters.ErrUnreachable.With("host", "forms.example")
	s.after(6 * time.Hour)
	job := s.state(id).Jobs[0]
	if err := s.jobs.Continue(t.Context(), walled, job.ID); !errors.Is(err, imports.ErrScheduleKept) {
		t.Errorf("%v", err)
	}
	if err := s.jobs.Continue(t.Context(), accesstest.Director, job.ID); err != nil {
		t.Error(err)
	}
	if err := s.jobs.Wait(t.Context(), job.ID); err != nil {
		t.Fatal(err)
	}
}

// An import that kills the program must not start it again for ever.
func TestAnImportThatKillsTheProgramIsTriedWithAGrowingPause(t *testing.T) {
	s := newScheduled(t)
	id := s.save(imports.Schedule{Mapping: intake, Hours: 24, Active: true})
	s.after(0)
	killed := func() {
		t.Helper()
		if _, err := s.db.Exec(t.Context(), `UPDATE import_jobs SET status = 'running', ended_at = NULL WHERE id = (SELECT max(id) FROM import_jobs)`, nil); err != nil {
			t.Fatal(err)
		}
	}
	killed()
	s.expects("killed", 1, imports.AlertFailed)
	for i, pause := range []time.Duration{10, 20, 40, 80} {
		s.after(pause*time.Minute - time.Second)
		if got := s.state(id).Jobs[0].Status; s.opened != 1+i || got != imports.JobInterrupted {
			t.Errorf("before pause %d is over: opened %d times, %s", i, s.opened, got)
		}
		s.after(time.Second)
		if s.opened != 2+i {
			t.Errorf("after pause %d: opened %d times", i, s.opened)
		}
		killed()
		s.expects("killed again", 2+i, imports.AlertFailed)
	}
	s.after(160 * time.Minute)
	s.expects("it ends well", 6)
}

// The clock of a laptop without a battery jumps: what began in the future says nothing.
func TestAClockThatJumpedEndsNoSchedule(t *testing.T) {
	for _, daily := range []bool{false, true} {
		s := newScheduled(t)
		one := imports.Schedule{Mapping: intake, Hours: 6, Active: true}
		if daily {
			one.Hours, one.AtMinute = 0, 3*60
		}
		s.now.Add((1000 * 24 * time.Hour).Milliseconds())
		s.save(one)
		s.after(24 * time.Hour)
		s.expects("in the future", 1)
		s.now.Store(noon.UnixMilli())
		s.expects("back in the present", 1, imports.AlertLate)
		s.after(0)
		s.expects("read at once", 2)
		s.after(time.Minute)
		s.expects("and then as before", 2)
		s.after(24 * time.Hour)
		s.expects("a day later", 3)
	}
}

// A schedule that was saved in the future and never read is read now.
func TestAScheduleOfTheFutureBeginsNow(t *testing.T) {
	s := newScheduled(t)
	s.now.Add((1000 * 24 * time.Hour).Milliseconds())
	s.save(imports.Schedule{Mapping: intake, AtMinute: 3 * 60, Active: true})
	s.now.Store(noon.UnixMilli())
	s.expects("back in the present", 0, imports.AlertLate)
	s.after(0)
	s.expects("read at once", 1)
	s.after(time.Minute)
	s.expects("once", 1)
}
