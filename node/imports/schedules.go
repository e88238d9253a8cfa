package imports

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
)

// Errors of schedules.
var (
	// ErrNoSchedule reports a schedule that is not there.
	ErrNoSchedule = errs.New(errs.NotFound, "schedules.none-such")
	// ErrScheduleChanged reports a schedule that was saved since it was read.
	ErrScheduleChanged = errs.New(errs.Conflict, "schedules.changed")
	// ErrScheduled reports an instance that has a schedule already.
	ErrScheduled = errs.New(errs.Conflict, "schedules.twice").On("mapping")
	// ErrNotLive reports a mapping of a source that is a file: types.
	ErrNotLive = errs.New(errs.Invalid, "schedules.not-live").On("mapping")
	// ErrMappingText reports a mapping that does not hold: line, column, text.
	ErrMappingText = errs.New(errs.Invalid, "schedules.mapping-wrong").On("mapping")
	// ErrSecretText reports a mapping in which a secret seems to stand: setting.
	ErrSecretText = errs.New(errs.Invalid, "schedules.secret-in-text").On("mapping")
	// ErrScheduleKept reports somebody from whom something in this node is kept, and who
	// starts what reads as the program.
	ErrScheduleKept = errs.New(errs.Forbidden, "schedules.kept")
	errWhen         = errs.New(errs.Invalid, "schedules.when-wrong").On("hours")
	errAt           = errs.New(errs.Invalid, "schedules.at-wrong").On("at")
)

// Schedules reads live sources again and again. It starts nothing by itself: whoever owns
// it calls Turn now and then.
type Schedules struct {
	svc  *Service
	jobs *Jobs
	log  *slog.Logger
}

// NewSchedules makes the schedules over the jobs of a service.
func NewSchedules(svc *Service, jobs *Jobs, log *slog.Logger) *Schedules {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Schedules{svc, jobs, log}
}

// List returns every schedule with what came of it, by their instances.
func (c *Schedules) List(ctx context.Context, who actor.Actor) ([]ScheduleState, error) {
	if err := c.svc.gate.May(ctx, who, "imports.run"); err != nil {
		return nil, err
	}
	whole, err := c.svc.gate.SeesWhole(ctx, c.svc.db, who)
	if err != nil {
		return nil, fmt.Errorf("asking who sees schedules: %w", err)
	}
	return c.states(ctx, whole)
}

// ByID returns a schedule with what came of it. It fails with ErrNoSchedule.
func (c *Schedules) ByID(ctx context.Context, who actor.Actor, id int64) (ScheduleState, error) {
	all, err := c.List(ctx, who)
	if err != nil {
		return ScheduleState{}, err
	}
	i := slices.IndexFunc(all, func(s ScheduleState) bool { return s.ID == id })
	if i < 0 {
		return ScheduleState{}, ErrNoSchedule
	}
	return all[i], nil
}

// states reads every schedule; told says whether rows in quarantine are told of, which is
// for whoever nothing is kept from.
func (c *Schedules) states(ctx context.Context, told bool) ([]ScheduleState, error) {
	list, err := selectSchedules(ctx, c.svc.db)
	if err != nil {
		return nil, fmt.Errorf("listing schedules: %w", err)
	}
	jobs, err := selectScheduled(ctx, c.svc.db)
	if err != nil {
		return nil, fmt.Errorf("listing the runs of schedules: %w", err)
	}
	held, err := selectScheduledHeld(ctx, c.svc.db)
	if err != nil {
		return nil, fmt.Errorf("listing what schedules hold back: %w", err)
	}
	now := c.svc.now()
	all := make([]ScheduleState, len(list))
	for i, s := range list {
		st := ScheduleState{Schedule: s}
		for _, j := range jobs[s.ID] {
			st.Jobs = append(st.Jobs, c.jobs.live(j))
			if j.Status == JobDone && st.Done.IsZero() {
				st.Done = j.EndedAt
			}
		}
		st.Next = s.next(st.Jobs, now)
		if st.Alerts, err = c.alerts(ctx, st, now); err != nil {
			return nil, err
		}
		if run := held[s.ID]; run != 0 && told {
			st.Alerts = append(st.Alerts, Alert{AlertHeld, s.ID, s.Instance, run})
		}
		all[i] = st
	}
	return all, nil
}

// alerts returns why an active schedule needs a person.
func (c *Schedules) alerts(ctx context.Context, s ScheduleState, now time.Time) (all []Alert, err error) {
	if !s.Active {
		return nil, nil
	}
	add := func(k AlertKind) { all = append(all, Alert{k, s.ID, s.Instance, 0}) }
	if len(s.Jobs) > 0 {
		switch {
		case s.Jobs[0].failed():
			add(AlertFailed)
		case s.Jobs[0].Status == JobRefused:
			add(AlertRefused)
		}
	}
	var since time.Time // of a clock that was put right since, nothing is known
	for _, t := range []time.Time{s.from, s.Done} {
		if t.After(since) && !t.After(now) {
			since = t
		}
	}
	if now.Sub(since) > 2*s.Interval() {
		add(AlertLate)
	}
	may, err := access.Allowed(c.mayStill(ctx, s.Schedule))
	if err == nil && !may {
		add(AlertRight)
	}
	return all, err
}

// mayStill fails with access.ErrForbidden or ErrScheduleKept when whoever set a schedule
// up may start it no more.
func (c *Schedules) mayStill(ctx context.Context, s Schedule) error {
	return c.svc.maySchedule(ctx, actor.Actor{Kind: actor.Import, ID: s.person})
}

// maySchedule fails with access.ErrForbidden for whoever may not import, and with
// ErrScheduleKept for whoever does not see everything in this node: what reads as the
// program writes behind every wall, and matches whoever stands there.
func (s *Service) maySchedule(ctx context.Context, who actor.Actor) error {
	if err := s.gate.May(ctx, who, "imports.run"); err != nil {
		return err
	}
	if err := s.whole(ctx, s.db, who); errors.Is(err, ErrKept) {
		return ErrScheduleKept
	} else if err != nil {
		return fmt.Errorf("asking who may start a schedule: %w", err)
	}
	return nil
}

// May reports whether somebody may start, save and switch on schedules.
func (c *Schedules) May(ctx context.Context, who actor.Actor) (bool, error) {
	return access.Allowed(c.svc.maySchedule(ctx, who))
}

// Alerts lists why schedules need a person.
func (c *Schedules) Alerts(ctx context.Context, who actor.Actor) ([]Alert, error) {
	all, err := c.List(ctx, who)
	if err != nil {
		return nil, err
	}
	var alerts []Alert
	for _, s := range all {
		alerts = append(alerts, s.Alerts...)
	}
	return alerts, nil
}

// Counts returns how many alerts of each kind there are: numbers for whoever runs the
// machine, and nothing of a record.
func (c *Schedules) Counts(ctx context.Context) (map[AlertKind]int, error) {
	all, err := c.states(ctx, true)
	if err != nil {
		return nil, err
	}
	n := map[AlertKind]int{}
	for _, k := range AlertKinds() {
		n[k] = 0
	}
	for _, s := range all {
		for _, a := range s.Alerts {
			n[a.Kind]++
		}
	}
	return n, nil
}

// Turn starts what is due by the clock of the service. One that cannot begin is logged
// and tried at the next turn.
func (c *Schedules) Turn(ctx context.Context) {
	all, err := c.states(ctx, false)
	if err != nil {
		if ctx.Err() == nil {
			c.log.ErrorContext(ctx, "schedules could not be looked at", "error", err)
		}
		return
	}
	now := c.svc.now()
	for _, s := range all {
		if s.Next.IsZero() || s.Next.After(now) {
			continue
		}
		if err := c.mayStill(ctx, s.Schedule); err != nil {
			continue // the alert says so
		}
		_, err := c.start(ctx, s.Schedule)
		if err != nil && !errors.Is(err, ErrRunning) && !errors.Is(err, ErrClosing) && ctx.Err() == nil {
			c.log.ErrorContext(ctx, "a scheduled import could not begin", "schedule", s.ID, "error", err)
		}
	}
}

// start begins a job of a schedule. It is the program's own, before which no wall stands.
func (c *Schedules) start(ctx context.Context, s Schedule) (JobID, error) {
	return c.jobs.Start(ctx, actor.Node(), Job{Mapping: s.Mapping, Name: s.sourceType(), Schedule: s.ID})
}

// RunNow starts a job of a schedule at once, also of one that is off, for somebody from
// whom nothing is kept. It fails with access.ErrForbidden, ErrScheduleKept, ErrNoSchedule,
// ErrRunning, ErrClosing and, for a mapping that holds no more, a *MappingError.
func (c *Schedules) RunNow(ctx context.Context, who actor.Actor, id int64) (JobID, error) {
	if err := c.svc.maySchedule(ctx, who); err != nil {
		return 0, err
	}
	s, err := c.ByID(ctx, who, id)
	if err != nil {
		return 0, err
	}
	return c.start(ctx, s.Schedule)
}

// Save keeps a schedule, a new one with ID and Version 0, for the person who saves it: it
// needs at each start that they may import and that nothing is kept from them. It fails
// with access.ErrForbidden, ErrScheduleKept, ErrMappingText, ErrSecretText, ErrNotLive,
// ErrScheduled, ErrScheduleChanged and errors of the fields.
func (c *Schedules) Save(ctx context.Context, who actor.Actor, s Schedule) (int64, error) {
	if err := c.svc.maySchedule(ctx, who); err != nil {
		return 0, err
	}
	m, err := c.check(s)
	if err != nil {
		return 0, err
	}
	s.Instance, s.hash, s.person, s.from = m.Instance, m.Hash, who.ID, sqlite.Stamp(c.svc.now())
	return c.keep(ctx, who, s)
}

// keep writes a schedule down.
func (c *Schedules) keep(ctx context.Context, who actor.Actor, s Schedule) (int64, error) {
	err := c.svc.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := insertMapping(ctx, tx, s.hash, s.Mapping); err != nil {
			return err
		}
		if taken, err := scheduleOf(ctx, tx, s.Instance); err != nil || taken != 0 && taken != s.ID {
			return errors.Join(ErrScheduled.With("instance", s.Instance), err)
		}
		var err error
		if s.ID, err = saveSchedule(ctx, tx, s); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sqlite.Stamp(c.svc.now()), who, "import.scheduled", fmt.Sprintf("schedule-%d", s.ID))
	})
	return s.ID, err
}

// check looks at what somebody typed.
func (c *Schedules) check(s Schedule) (*Mapping, error) {
	m, err := ParseMapping([]byte(s.Mapping), c.svc.reg)
	var wrong *MappingError
	switch {
	case errors.As(err, &wrong):
		return nil, ErrMappingText.With("line", wrong.Line).With("column", wrong.Column).With("text", wrong.Text)
	case err != nil:
		return nil, err
	case !slices.Contains(LiveTypes(), m.SourceType):
		return nil, ErrNotLive.With("types", strings.Join(LiveTypes(), ", "))
	case s.Hours < 0 || s.Hours > 720:
		return nil, errWhen
	case s.Hours == 0 && (s.AtMinute < 0 || s.AtMinute > 1439):
		return nil, errAt
	}
	settings, err := m.SourceJSON()
	if err != nil {
		return nil, err
	}
	if key := secretIn(settings); key != "" {
		return nil, ErrSecretText.With("setting", key)
	}
	return m, nil
}

// Switch turns a schedule on or off. Whoever turns it on, or confirms one that is on, is
// the one whose right it needs from now on, and fails as in Save; off it is turned by
// whoever may import. It fails with access.ErrForbidden, ErrNoSchedule and
// ErrScheduleChanged.
func (c *Schedules) Switch(ctx context.Context, who actor.Actor, id int64, on bool) error {
	s, err := c.ByID(ctx, who, id)
	if err != nil {
		return err
	}
	s.Active = on
	if on {
		_, err = c.Save(ctx, who, s.Schedule)
	} else {
		_, err = c.keep(ctx, who, s.Schedule)
	}
	return err
}

// Remove ends a schedule. What it brought stays. Whoever may import may remove it. It
// fails with access.ErrForbidden and ErrNoSchedule.
func (c *Schedules) Remove(ctx context.Context, who actor.Actor, id int64) error {
	if _, err := c.ByID(ctx, who, id); err != nil {
		return err
	}
	return c.svc.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := deleteSchedule(ctx, tx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sqlite.Stamp(c.svc.now()), who, "import.unscheduled", fmt.Sprintf("schedule-%d", id))
	})
}
