package imports

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"casehub/internal/errs"
	"casehub/internal/web"
)

// scheduleRoutes adds the pages of schedules.
func (p *RunPages) scheduleRoutes(site *web.Site) {
	site.Handle("GET /imports/schedules", Needed, p.schedules)
	site.Handle("GET /imports/schedules/new", Needed, p.newSchedule)
	site.Handle("POST /imports/schedules", Needed, p.addSchedule)
	site.Handle("GET /imports/schedules/{id}", Needed, p.schedule)
	site.Handle("POST /imports/schedules/{id}", Needed, p.saveSchedule)
	site.Handle("POST /imports/schedules/{id}/run", Needed, p.runSchedule)
	site.Handle("POST /imports/schedules/{id}/switch", Needed, p.switchSchedule)
	site.Handle("POST /imports/schedules/{id}/remove", Needed, p.removeSchedule)
}

// scheduleForm is a schedule as somebody typed it.
type scheduleForm struct {
	ID      int64
	Mapping string
	When    string // "hours" or "day"
	Hours   string
	At      string // HH:MM
	Active  bool
	Version int
	Problem error
}

// Path is where the form is sent.
func (f scheduleForm) Path() string {
	if f.ID == 0 {
		return "/imports/schedules"
	}
	return "/imports/schedules/" + strconv.FormatInt(f.ID, 10)
}

// Fields returns the inputs of the form.
func (f scheduleForm) Fields() []web.Field {
	when := []web.OptionGroup{{Options: []web.Option{
		{Value: "hours", Key: "schedules.when-hours", Chosen: f.When != "day"}, {Value: "day", Key: "schedules.when-day", Chosen: f.When == "day"},
	}}}
	on := []web.OptionGroup{{Options: []web.Option{
		{Value: "on", Key: "schedules.on", Chosen: f.Active}, {Value: "off", Key: "schedules.off", Chosen: !f.Active},
	}}}
	return []web.Field{
		{Form: "schedule", Name: "mapping", Label: "schedules.mapping", Hint: "schedules.mapping-hint", Value: f.Mapping, Lines: 16, Required: true, Full: true, Problem: f.Problem},
		{Form: "schedule", Name: "when", Label: "schedules.when", Type: "radio", Options: when, Full: true, Problem: f.Problem},
		{Form: "schedule", Name: "hours", Label: "schedules.hours", Type: "number", Min: "1", Max: "720", Value: f.Hours, Problem: f.Problem},
		{Form: "schedule", Name: "at", Label: "schedules.at", Hint: "schedules.at-hint", Limit: 5, Value: f.At, Problem: f.Problem},
		{Form: "schedule", Name: "active", Label: "schedules.active", Type: "radio", Options: on, Full: true, Problem: f.Problem},
	}
}

// read reads the form; what is no number is refused by the schedule's own rules.
func (f *scheduleForm) read(r *http.Request) Schedule {
	f.Mapping, f.When, f.Hours, f.At = r.PostFormValue("mapping"), r.PostFormValue("when"), r.PostFormValue("hours"), r.PostFormValue("at")
	f.Active = r.PostFormValue("active") == "on"
	f.Version, _ = strconv.Atoi(r.PostFormValue("version"))
	s := Schedule{ID: f.ID, Mapping: strings.ReplaceAll(f.Mapping, "\r\n", "\n"), Active: f.Active, Version: f.Version}
	if f.When == "day" {
		s.AtMinute = -1
		if t, err := time.Parse("15:04", f.At); err == nil {
			s.AtMinute = t.Hour()*60 + t.Minute()
		}
		return s
	}
	if s.Hours, _ = strconv.Atoi(f.Hours); s.Hours < 1 {
		s.Hours = -1
	}
	return s
}

// formOf is the form of a schedule that is there.
func formOf(s Schedule) scheduleForm {
	f := scheduleForm{ID: s.ID, Mapping: s.Mapping, When: "hours", Hours: strconv.Itoa(s.Hours), At: "03:00", Active: s.Active, Version: s.Version}
	if s.Hours == 0 {
		f.When, f.Hours, f.At = "day", "24", s.Clock()
	}
	return f
}

// Clock is the time of the day at which it is read, HH:MM.
func (s Schedule) Clock() string { return fmt.Sprintf("%02d:%02d", s.AtMinute/60, s.AtMinute%60) }

// Path is where the schedule is shown.
func (s Schedule) Path() string { return scheduleForm{ID: s.ID}.Path() }

// Last is its newest job, nil before the first.
func (s ScheduleState) Last() *JobState {
	if len(s.Jobs) == 0 {
		return nil
	}
	return &s.Jobs[0]
}

// Key returns the key of what the alert says, and Path where to see to it.
func (a Alert) Key() string { return "schedules.alert-" + string(a.Kind) }

// Path returns where somebody sees to what the alert is about.
func (a Alert) Path() string {
	if a.Run != 0 {
		return fmt.Sprintf("/imports/runs/%d/held", a.Run)
	}
	return scheduleForm{ID: a.Schedule}.Path()
}

// schedules answers GET /imports/schedules.
func (p *RunPages) schedules(w http.ResponseWriter, r *http.Request) error {
	var v scheduleList
	var err error
	if v.All, err = p.o.Schedules.List(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	if v.May, err = p.o.Schedules.May(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "schedules", v)
}

// scheduleList is the data of the page of all schedules; May is as in scheduleView.
type scheduleList struct {
	All []ScheduleState
	May bool
}

// scheduleView is the data of a schedule's page.
type scheduleView struct {
	*ScheduleState // nil for a new one
	Form           scheduleForm
	Variables      []string
	Files          []string
	Types          string
	// May says that the reader may start, save and switch it on.
	May bool
}

// Confirms reports whether whoever set it up may start it no more.
func (v scheduleView) Confirms() bool {
	return slices.ContainsFunc(v.Alerts, func(a Alert) bool { return a.Kind == AlertRight })
}

// newSchedule answers GET /imports/schedules/new.
func (p *RunPages) newSchedule(w http.ResponseWriter, r *http.Request) error {
	if err := p.svc.maySchedule(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	f := scheduleForm{When: "hours", Hours: "24", At: "03:00", Active: true}
	return p.Page(w, r, http.StatusOK, "schedule", scheduleView{Form: f, Types: strings.Join(LiveTypes(), ", "), May: true})
}

// schedule answers GET /imports/schedules/{id}.
func (p *RunPages) schedule(w http.ResponseWriter, r *http.Request) error {
	return p.showSchedule(w, r, http.StatusOK, nil)
}

func (p *RunPages) showSchedule(w http.ResponseWriter, r *http.Request, status int, form *scheduleForm) error {
	s, err := p.o.Schedules.ByID(r.Context(), web.Actor(r), numberIn(r))
	if err != nil {
		return err
	}
	v := scheduleView{ScheduleState: &s, Form: formOf(s.Schedule), Types: strings.Join(LiveTypes(), ", ")}
	if v.May, err = p.o.Schedules.May(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	v.Variables, v.Files = s.Secrets()
	if form != nil {
		v.Form = *form
	}
	return p.Page(w, r, status, "schedule", v)
}

// addSchedule answers POST /imports/schedules.
func (p *RunPages) addSchedule(w http.ResponseWriter, r *http.Request) error {
	var f scheduleForm
	id, err := p.o.Schedules.Save(r.Context(), web.Actor(r), f.read(r))
	if e := errs.As(err); e != nil && e.Field() != "" {
		f.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "schedule", scheduleView{Form: f, Types: strings.Join(LiveTypes(), ", "), May: true})
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "schedules.said-saved")
	return web.GoTo(w, r, scheduleForm{ID: id}.Path())
}

// saveSchedule answers POST /imports/schedules/{id}.
func (p *RunPages) saveSchedule(w http.ResponseWriter, r *http.Request) error {
	f := scheduleForm{ID: numberIn(r)}
	if f.ID == 0 {
		return ErrNoSchedule
	}
	_, err := p.o.Schedules.Save(r.Context(), web.Actor(r), f.read(r))
	if e := errs.As(err); e != nil && e.Field() != "" {
		f.Problem = err
		return p.showSchedule(w, r, http.StatusUnprocessableEntity, &f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "schedules.said-saved")
	return web.GoTo(w, r, f.Path())
}

// runSchedule answers POST /imports/schedules/{id}/run.
func (p *RunPages) runSchedule(w http.ResponseWriter, r *http.Request) error {
	id, err := p.o.Schedules.RunNow(r.Context(), web.Actor(r), numberIn(r))
	if err != nil {
		return err
	}
	return web.GoTo(w, r, JobState{ID: id}.Path())
}

// switchSchedule answers POST /imports/schedules/{id}/switch.
func (p *RunPages) switchSchedule(w http.ResponseWriter, r *http.Request) error {
	on := r.PostFormValue("active") == "on"
	if err := p.o.Schedules.Switch(r.Context(), web.Actor(r), numberIn(r), on); err != nil {
		return err
	}
	web.Say(w, r, map[bool]string{true: "schedules.said-on", false: "schedules.said-off"}[on])
	return web.GoTo(w, r, scheduleForm{ID: numberIn(r)}.Path())
}

// removeSchedule answers POST /imports/schedules/{id}/remove.
func (p *RunPages) removeSchedule(w http.ResponseWriter, r *http.Request) error {
	if err := p.o.Schedules.Remove(r.Context(), web.Actor(r), numberIn(r)); err != nil {
		return err
	}
	web.Say(w, r, "schedules.said-removed")
	return web.GoTo(w, r, "/imports/schedules")
}
