package imports_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// scheduled is a node that reads a live source by schedule, with a clock that a test moves.
type scheduled struct {
	t      *testing.T
	db     *sqlite.DB
	now    atomic.Int64
	source given
	fails  error
	opened int
	svc    *imports.Service
	jobs   *imports.Jobs
	*imports.Schedules
}

func newScheduled(t *testing.T) *scheduled {
	t.Helper()
	s := &scheduled{t: t, db: sqlitetest.Open(t, migrations.FS), source: given{stream: "form"}}
	s.now.Store(noon.UnixMilli())
	accesstest.Office(t, s.db, "kimberley", "")
	accesstest.Hire(t, s.db, accesstest.Director.ID, "kimberley")
	accesstest.Appoint(t, s.db, accesstest.Director.ID, "director", "")
	s.svc = imports.NewService(s.db, codelist.National(), accesstest.Gate(t, s.db, s.clock), s.clock)
	s.jobs = jobsOver(t, s.svc, imports.JobsOptions{Source: func(context.Context, actor.Actor, *imports.Mapping, string) (adapters.Source, error) {
		s.opened++
		return s.source, s.fails
	}})
	s.Schedules = imports.NewSchedules(s.svc, s.jobs, nil)
	return s
}

func (s *scheduled) clock() time.Time {
	return time.UnixMilli(s.now.Load()).In(time.FixedZone("office", 2*3600))
}

// after moves the clock and takes a turn, to the end of what began.
func (s *scheduled) after(d time.Duration) {
	s.t.Helper()
	s.now.Add(d.Milliseconds())
	s.Turn(s.t.Context())
	jobs, err := s.jobs.Unfinished(s.t.Context(), accesstest.Director)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, j := range jobs {
		if err := s.jobs.Wait(s.t.Context(), j.ID); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *scheduled) save(one imports.Schedule) int64 {
	s.t.Helper()
	id, err := s.Save(s.t.Context(), accesstest.Director, one)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *scheduled) state(id int64) imports.ScheduleState {
	s.t.Helper()
	st, err := s.ByID(s.t.Context(), accesstest.Director, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

// needs returns the kinds of the alerts of the one schedule.
func (s *scheduled) needs() (kinds []imports.AlertKind) {
	s.t.Helper()
	all, err := s.Alerts(s.t.Context(), accesstest.Director)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, a := range all {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

func (s *scheduled) expects(what string, opened int, kinds ...imports.AlertKind) {
	s.t.Helper()
	if s.opened != opened {
		s.t.Errorf("%s: the source was opened %d times, want %d", what, s.opened, opened)
	}
	if got := s.needs(); !slices.Equal(got, kinds) {
		s.t.Errorf("%s: %v need somebody, want %v", what, got, kinds)
	}
}

func TestAScheduleReadsByTheClockThatItIsGiven(t *testing.T) {
	s := newScheduled(t)
	s.source.records = []adapters.Record{rec("s1", "who/name", "Example", "day", "2024-03-02")}
	id := s.save(imports.Schedule{Mapping: intake, Hours: 6, Active: true})
	s.after(0)
	s.expects("at once", 1)
	st := s.state(id)
	if st.Jobs[0].Status != imports.JobDone || st.Jobs[0].Actor != "system:node" || st.Type() != "kobo" || !st.Next.Equal(noon.Add(6*time.Hour)) {
		t.Errorf("%+v, next %v", st.Jobs[0], st.Next)
	}
	if n := count(t, s.db, `SELECT count(*) FROM cases WHERE office_id = 'kimberley'`); n != 1 {
		t.Errorf("%d cases of the office of whoever set it up", n)
	}
	s.after(6*time.Hour - time.Minute)
	s.expects("before its time", 1)
	s.after(time.Minute)
	s.expects("at its time", 2)
	if err := s.Switch(t.Context(), accesstest.Director, id, false); err != nil {
		t.Fatal(err)
	}
	s.after(100 * time.Hour)
	s.expects("switched off", 2)
	if _, err := s.RunNow(t.Context(), accesstest.Director, id); err != nil {
		t.Fatal(err)
	}
	s.after(0)
	s.expects("by hand", 3)
	if err := s.Remove(t.Context(), accesstest.Director, id); err != nil {
		t.Fatal(err)
	}
	s.after(100 * time.Hour)
	s.expects("removed", 3)
}

func TestADailyScheduleFollowsTheOfficesClock(t *testing.T) {
	s := newScheduled(t) // it is two in the afternoon at the office
	id := s.save(imports.Schedule{Mapping: intake, AtMinute: 3 * 60, Active: true})
	if next := s.state(id).Next; !next.Equal(noon.Add(13 * time.Hour)) {
		t.Errorf("next at %v", next)
	}
	s.after(12*time.Hour + 59*time.Minute)
	s.expects("a minute before", 0)
	s.after(time.Minute)
	s.expects("at three", 1)
	s.after(10 * time.Hour)
	s.expects("in the afternoon", 1)
	s.after(14 * time.Hour)
	s.expects("on the next day", 2)
}

func TestAFailureIsTriedAgainWithAGrowingPause(t *testing.T) {
	s := newScheduled(t)
	s.fails = adapters.ErrUnreachable.With("host", "forms.example")
	id := s.save(imports.Schedule{Mapping: intake, Hours: 24, Active: true})
	s.after(0)
	s.expects("the first", 1, imports.AlertFailed)
	if e := errs.As(s.state(id).Jobs[0].Failure); e == nil || !errors.Is(e, adapters.ErrUnreachable) || e.Args()["host"] != "forms.example" {
		t.Errorf("the page tells %v", e)
	}
	for i, pause := range []time.Duration{10, 20, 40, 80, 160} {
		s.after(pause*time.Minute - time.Second)
		s.expects("before the pause is over", 1+i, imports.AlertFailed)
		s.after(time.Second)
		s.expects("after the pause", 2+i, imports.AlertFailed)
	}
	s.fails = nil
	s.after(320 * time.Minute)
	s.expects("it answers again", 7)
	s.after(23 * time.Hour)
	s.expects("and goes on as before", 7)
	s.after(time.Hour)
	s.expects("a day later", 8)
}

func TestAnAlertSaysWhenNothingIsRead(t *testing.T) {
	s := newScheduled(t)
	s.fails = adapters.ErrSignIn.With("host", "forms.example")
	s.save(imports.Schedule{Mapping: intake, Hours: 1, Active: true})
	s.after(0)
	s.expects("the first", 1, imports.AlertFailed)
	s.now.Add((2 * time.Hour).Milliseconds())
	s.expects("at twice its time", 1, imports.AlertFailed)
	s.now.Add(time.Second.Milliseconds())
	s.expects("after twice its time", 1, imports.AlertFailed, imports.AlertLate)
	n, err := s.Counts(t.Context())
	if err != nil || n[imports.AlertFailed] != 1 || n[imports.AlertLate] != 1 || n[imports.AlertHeld] != 0 || len(n) != len(imports.AlertKinds()) {
		t.Errorf("%v, %v", n, err)
	}
}

func TestRowsThatAScheduleHoldsBackAreToldToWhoSeesAll(t *testing.T) {
	s := newScheduled(t)
	s.source.records = []adapters.Record{
		with(rec("s1", "who/name", "Example", "day", "2024-03-02"), "sent", rec("", "where", "nowhere", "why", "x")),
		rec("s2", "who/name", "Sample", "day", "2024-03-03"),
	}
	id := s.save(imports.Schedule{Mapping: intake, Hours: 24, Active: true})
	s.after(0)
	s.expects("held", 1, imports.AlertHeld)
	if a := s.state(id).Alerts[0]; a.Run != 1 || a.Path() != "/imports/runs/1/held" {
		t.Errorf("%+v", a)
	}
	walled := accesstest.Hire(t, s.db, "thandi", "kimberley")
	accesstest.Appoint(t, s.db, "thandi", "director", "")
	kinds := func() (n int) {
		t.Helper()
		all, err := s.Alerts(t.Context(), walled)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if kinds() != 1 {
		t.Error("who sees everything is not told")
	}
	wall := access.Wall{CaseID: ids(t, s.db, `SELECT id FROM cases`)[0], PersonID: "thandi", Reason: access.Related}
	if _, err := access.NewService(s.db, accesstest.Gate(t, s.db, s.clock), s.clock).Raise(t.Context(), accesstest.Director, wall); err != nil {
		t.Fatal(err)
	}
	if kinds() != 0 {
		t.Error("who does not see everything is told of rows that may be hidden from them")
	}
	s.source.records[0].Children["sent"][0].Values[0].Raw = "court"
	s.after(24 * time.Hour)
	s.expects("mended at the source", 2)
}

func TestWhatTheBreakerRefusesIsToldAndNotHurried(t *testing.T) {
	s := newScheduled(t)
	s.source.records = []adapters.Record{rec("s1", "who/name", "Example", "day", "never"), rec("s2", "who/name", "Sample", "day", "never")}
	s.save(imports.Schedule{Mapping: strings.Replace(intake, "failed_share: 1", "failed_share: 0.2", 1), Hours: 24, Active: true})
	s.after(0)
	s.expects("refused", 1, imports.AlertRefused)
	s.after(12 * time.Hour)
	s.expects("not tried again before its time", 1, imports.AlertRefused)
}

func TestAScheduleNeedsTheRightOfWhoSetItUp(t *testing.T) {
	s := newScheduled(t)
	id := s.save(imports.Schedule{Mapping: intake, Hours: 1, Active: true})
	s.after(0)
	if _, err := s.db.Exec(t.Context(), `DELETE FROM positions`, nil); err != nil {
		t.Fatal(err)
	}
	s.now.Add((90 * time.Minute).Milliseconds())
	s.Turn(t.Context())
	if s.opened != 1 {
		t.Errorf("it was read %d times", s.opened)
	}
	other := accesstest.Hire(t, s.db, "sipho", "kimberley")
	accesstest.Appoint(t, s.db, "sipho", "director", "")
	st, err := s.ByID(t.Context(), other, id)
	if err != nil || len(st.Alerts) != 1 || st.Alerts[0].Kind != imports.AlertRight {
		t.Fatalf("%+v, %v", st.Alerts, err)
	}
	if err := s.Switch(t.Context(), other, id, true); err != nil {
		t.Fatal(err)
	}
	s.Turn(t.Context())
	if st, err = s.ByID(t.Context(), other, id); err != nil || len(st.Alerts) != 0 || len(st.Jobs) != 2 {
		t.Errorf("%+v, %v", st, err)
	}
	for _, j := range st.Jobs {
		if err := s.jobs.Wait(t.Context(), j.ID); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsNoScheduleIsRefused(t *testing.T) {
	s := newScheduled(t)
	ok := imports.Schedule{Mapping: intake, Hours: 6, Active: true}
	s.save(ok)
	for name, c := range map[string]struct {
		change func(*imports.Schedule)
		want   error
	}{
		"twice":      {func(*imports.Schedule) {}, imports.ErrScheduled},
		"no mapping": {func(s *imports.Schedule) { s.Mapping = "mapping: x" }, imports.ErrMappingText},
		"a file":     {func(s *imports.Schedule) { s.Mapping = strings.Replace(intake, "kobo", "uwazi-export", 1) }, imports.ErrNotLive},
		"a token":    {func(s *imports.Schedule) { s.Mapping = strings.Replace(intake, "kobo}", "kobo, token: abc}", 1) }, imports.ErrSecretText},
		"an address": {func(s *imports.Schedule) {
			s.Mapping = strings.Replace(intake, "kobo}", "kobo, server: 'https://me:abc@h.example'}", 1)
		}, imports.ErrSecretText},
		"no hours":       {func(s *imports.Schedule) { s.Hours = -1 }, nil},
		"too many hours": {func(s *imports.Schedule) { s.Hours = 721 }, nil},
		"no time":        {func(s *imports.Schedule) { s.Hours, s.AtMinute = 0, -1 }, nil},
		"an old version": {func(s *imports.Schedule) { s.ID, s.Version = 1, 9 }, imports.ErrScheduleChanged},
		"nobody's number": {func(s *imports.Schedule) {
			s.ID, s.Version, s.Mapping = 9, 1, strings.Replace(intake, "field", "other", 1)
		}, imports.ErrScheduleChanged},
	} {
		one := ok
		c.change(&one)
		_, err := s.Save(t.Context(), accesstest.Director, one)
		if err == nil || c.want != nil && !errors.Is(err, c.want) || strings.Contains(err.Error(), "abc") {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	none := accesstest.Hire(t, s.db, "nobody", "kimberley")
	if _, err := s.Save(t.Context(), none, ok); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("without the right: %v", err)
	}
	if _, err := s.List(t.Context(), none); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("listing without the right: %v", err)
	}
	s2 := imports.Schedule{Mapping: "mapping: x/1\nsource: {type: kobo, token_env: CASEHUB_SOURCE_KOBO, attachments: {password_file: /etc/secret}}\n"}
	if vars, files := s2.Secrets(); !slices.Equal(vars, []string{"CASEHUB_SOURCE_KOBO"}) || !slices.Equal(files, []string{"/etc/secret"}) {
		t.Errorf("%v, %v", vars, files)
	}
}
