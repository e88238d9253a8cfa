package imports

import (
	"embed"
	"html/template"
	"net/http"
	"strconv"

	"casehub/internal/chart"
	"casehub/internal/errs"
	catalogs "casehub/internal/locale"
	"casehub/internal/web"
	"casehub/node/access"
)

//go:embed templates/runs.html templates/run.html templates/held.html templates/schedules.html
var runTemplates embed.FS

// runsShown is how many runs a page lists.
const runsShown = 30

// Needed is the right that every page of imports asks for.
const Needed web.Need = "imports.run"

// RunPages are the pages of runs, of what they hold back, and of schedules.
type RunPages struct {
	*web.Pages
	o     RunPagesOptions
	svc   *Service
	jobs  *Jobs
	words *catalogs.Catalog
}

// RunPagesOptions is what these pages need beside the service.
type RunPagesOptions struct {
	Jobs *Jobs
	// Schedules of live sources; nil where none are kept.
	Schedules *Schedules
	// Open opens a table of mended rows that somebody brings.
	Open Opener
	// Wizard knows what the reader prepares; nil where nobody prepares anything.
	Wizard *Wizard
}

// RunRoutes adds the pages of runs to the site.
func RunRoutes(site *web.Site, svc *Service, o RunPagesOptions) *RunPages {
	p := &RunPages{Pages: site.Pages(runTemplates), o: o, svc: svc, jobs: o.Jobs, words: site.Catalog()}
	site.Handle("GET /imports", Needed, p.list)
	site.Handle("GET /imports/runs/{id}", Needed, p.show)
	site.Handle("GET /imports/runs/{id}/report/{what}", Needed, p.file)
	site.Handle("GET /imports/runs/{id}/undo", Needed, p.askUndo)
	site.Handle("POST /imports/runs/{id}/undo", Needed, p.undo)
	site.Handle("GET /imports/jobs/{id}", Needed, p.job)
	site.Handle("GET /imports/jobs/{id}/progress", Needed, p.progress)
	site.Handle("POST /imports/jobs/{id}/stop", Needed, p.stop)
	site.Handle("POST /imports/jobs/{id}/continue", Needed, p.resume)
	p.heldRoutes(site)
	if o.Schedules != nil {
		p.scheduleRoutes(site)
	}
	return p
}

// numberIn reads a number of the address; what is none is 0, which nothing has.
func numberIn(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// t says a message in the reader's language.
func (p *RunPages) t(r *http.Request, key string, args ...any) string {
	return p.words.Text(web.Language(r), key, args...)
}

// runList is the data of the list.
type runList struct {
	Drafts []Preparation
	Alerts []Alert
	Jobs   []JobState
	Runs   []ShownRun
	Pager  web.Pager
	// Scheduled says that there is a page of schedules.
	Scheduled bool
}

// list answers GET /imports.
func (p *RunPages) list(w http.ResponseWriter, r *http.Request) error {
	ctx, who := r.Context(), web.Actor(r)
	v := runList{Scheduled: p.o.Schedules != nil}
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64) // what is no number begins at the newest
	before = max(before, 0)
	var err error
	if before == 0 {
		if v.Jobs, err = p.jobs.Unfinished(ctx, who); err != nil {
			return err
		}
		if p.o.Wizard != nil {
			if v.Drafts, err = p.o.Wizard.Drafts(ctx, who); err != nil {
				return err
			}
		}
		if v.Scheduled {
			if v.Alerts, err = p.o.Schedules.Alerts(ctx, who); err != nil {
				return err
			}
		}
	}
	if v.Runs, err = p.svc.Runs(ctx, who, before, runsShown+1); err != nil {
		return err
	}
	if len(v.Runs) > runsShown {
		v.Runs = v.Runs[:runsShown]
		v.Pager.Next = "/imports?before=" + strconv.FormatInt(v.Runs[runsShown-1].ID, 10)
	}
	if before > 0 {
		v.Pager.Prev = "/imports"
	}
	return p.Page(w, r, http.StatusOK, "runs", v)
}

// runView is the data of a run's page.
type runView struct {
	Run    ShownRun
	Report reportView
	// Held says that the reader may look at what it holds back, and Undoes that they may
	// take it back.
	Held, Undoes bool
}

// show answers GET /imports/runs/{id}.
func (p *RunPages) show(w http.ResponseWriter, r *http.Request) error {
	run, err := p.svc.RunByID(r.Context(), web.Actor(r), numberIn(r))
	if err != nil {
		return err
	}
	v := runView{Run: run, Held: run.Status == "done"}
	whole, err := p.svc.gate.SeesWhole(r.Context(), p.svc.db, web.Actor(r))
	if err != nil {
		return err
	}
	v.Undoes = whole && run.Undoable()
	if run.Told {
		v.Report = p.report(r, &run.Report)
	}
	return p.Page(w, r, http.StatusOK, "run", v)
}

// report makes a report ready to be shown.
func (p *RunPages) report(r *http.Request, report *Report) reportView {
	return newReportView(report, web.Language(r), p.words)
}

// drawn draws what became of the rows of each stream.
func (v reportView) drawn() template.HTML {
	c := chart.Months{
		ID: "outcome", Title: v.T("runs.chart"), Text: v.T("runs.chart-about"), Table: v.T("runs.chart-table"), Month: v.T("runs.stream"),
		None: v.T("runs.none"), Nothing: v.T("runs.none"), RTL: v.words.RightToLeft(v.Lang), Width: 760,
		Format: func(n uint64) string { return v.words.Number(v.Lang, int64(n)) }, //nolint:gosec // counts of rows
	}
	kinds := []struct {
		key  string
		tone int
		of   func(StreamReport) int64
	}{
		{"runs.created", 1, func(s StreamReport) int64 { return s.Created }},
		{"runs.updated", 2, func(s StreamReport) int64 { return s.Updated }},
		{"runs.unchanged", 3, func(s StreamReport) int64 { return s.sum() - s.Created - s.Updated - s.Quarantined - skippedIn(s) }},
		{"runs.skipped", 8, skippedIn},
		{"runs.held", 5, func(s StreamReport) int64 { return s.Quarantined }},
	}
	for _, k := range kinds {
		series := chart.Series{Label: v.T(k.key), Tone: k.tone}
		for _, s := range v.Streams {
			series.Values = append(series.Values, chart.Of(uint64(max(0, k.of(s))))) //nolint:gosec // not below zero
		}
		c.Series = append(c.Series, series)
	}
	for _, s := range v.Streams {
		c.Labels = append(c.Labels, s.Stream)
	}
	return chart.Columns(c)
}

// skippedIn adds the rows of a stream that were skipped.
func skippedIn(s StreamReport) (n int64) {
	for _, k := range s.Skipped {
		n += k
	}
	return n
}

// undoView is the data of the page that asks before a run is taken back.
type undoView struct {
	Run     ShownRun
	Undone  Undone
	Problem error
}

// More is how many records stand in the way beside those that are named.
func (v undoView) More() int64 { return v.Undone.InTheWayTotal - int64(len(v.Undone.InTheWay)) }

// Path returns where a record is shown, "" where it has no page of its own.
func (e Edited) Path() string {
	switch {
	case e.ID == "":
	case e.Entity == toClient:
		return "/clients/" + e.ID
	case e.Entity == toCase:
		return "/cases/" + e.ID
	}
	return ""
}

// EntityKey returns the key of what the record is called.
func (e Edited) EntityKey() string { return targetKey(e.Entity) }

// WhyKey returns the key of why it stands in the way.
func (e Edited) WhyKey() string { return "runs.way-" + dashed(e.Why) }

// askUndo answers GET /imports/runs/{id}/undo.
func (p *RunPages) askUndo(w http.ResponseWriter, r *http.Request) error {
	run, err := p.svc.RunByID(r.Context(), web.Actor(r), numberIn(r))
	if err != nil {
		return err
	}
	if err := p.svc.whole(r.Context(), p.svc.db, web.Actor(r)); err != nil {
		return err
	}
	if !run.Undoable() {
		return ErrUndone.With("run", run.ID)
	}
	return p.Page(w, r, http.StatusOK, "run-undo", undoView{Run: run})
}

// undo answers POST /imports/runs/{id}/undo. What stands in the way is listed, and then
// nothing was changed.
func (p *RunPages) undo(w http.ResponseWriter, r *http.Request) error {
	id := numberIn(r)
	if id == 0 { // which stands for the newest
		return ErrNoRun.With("run", id)
	}
	u, err := p.svc.Undo(r.Context(), web.Actor(r), id)
	if errs.KindOf(err) == errs.Conflict && u.InTheWayTotal > 0 {
		run, failed := p.svc.RunByID(r.Context(), web.Actor(r), id)
		if failed != nil {
			return failed
		}
		return p.Page(w, r, http.StatusUnprocessableEntity, "run-undo", undoView{Run: run, Undone: u, Problem: err})
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "runs.said-undone")
	return web.GoTo(w, r, "/imports/runs/"+strconv.FormatInt(id, 10))
}

// jobView is the data of a job's page.
type jobView struct {
	JobState
	Report reportView
	// Told says that there is a report which is the reader's.
	Told bool
}

// job answers GET /imports/jobs/{id}. What ended as a run leads to the run.
func (p *RunPages) job(w http.ResponseWriter, r *http.Request) error {
	s, err := p.jobs.State(r.Context(), web.Actor(r), JobID(numberIn(r)))
	if err != nil {
		return err
	}
	if s.Status == JobDone && s.Run != 0 {
		return web.GoTo(w, r, "/imports/runs/"+strconv.FormatInt(s.Run, 10))
	}
	v := jobView{JobState: s, Told: s.Report != nil}
	if v.Told {
		v.Report = p.report(r, s.Report)
	}
	return p.Page(w, r, http.StatusOK, "job", v)
}

// progress answers GET /imports/jobs/{id}/progress: what the page asks again and again
// while a job runs. When it has ended, the whole page is fetched anew.
func (p *RunPages) progress(w http.ResponseWriter, r *http.Request) error {
	s, err := p.jobs.State(r.Context(), web.Actor(r), JobID(numberIn(r)))
	if err != nil {
		return err
	}
	if s.Status != JobRunning {
		w.Header().Set("HX-Refresh", "true")
		if !web.Fragment(r) {
			return web.GoTo(w, r, s.Path())
		}
	}
	return p.Block(w, r, http.StatusOK, "job-progress", s)
}

// stop answers POST /imports/jobs/{id}/stop.
func (p *RunPages) stop(w http.ResponseWriter, r *http.Request) error {
	id := JobID(numberIn(r))
	if err := p.jobs.Stop(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	if err := p.jobs.Wait(r.Context(), id); err != nil {
		return err
	}
	return web.GoTo(w, r, JobState{ID: id}.Path())
}

// resume answers POST /imports/jobs/{id}/continue.
func (p *RunPages) resume(w http.ResponseWriter, r *http.Request) error {
	id := JobID(numberIn(r))
	if err := p.jobs.Continue(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	return web.GoTo(w, r, JobState{ID: id}.Path())
}

// Path is where the job is shown.
func (s JobState) Path() string { return "/imports/jobs/" + strconv.FormatInt(int64(s.ID), 10) }

// StatusKey returns the key of how the job stands.
func (s JobState) StatusKey() string { return "runs.job-" + string(s.Status) }

// Heading is what the page of a job is called: its file, or its source where that is live.
func (s JobState) Heading() string {
	if s.Upload == "" {
		return s.Instance
	}
	return s.Name
}

// SchedulePath is where the schedule of a job is shown, "" without one.
func (s JobState) SchedulePath() string {
	if s.Schedule == 0 {
		return ""
	}
	return scheduleForm{ID: s.Schedule}.Path()
}

// PhaseKey returns the key of what the job does now.
func (s JobState) PhaseKey() string { return "runs.phase-" + s.Progress.Phase }

// Percent is how far the job is, 0 where it cannot be known.
func (s JobState) Percent() int64 {
	if s.Progress.Total <= 0 {
		return 0
	}
	return min(100, 100*s.Progress.Done/s.Progress.Total)
}

// StateKey returns the key of how the run stands.
func (r ShownRun) StateKey() string { return "runs.state-" + r.State() }

// Badge returns the design's class of how the run stands.
func (r ShownRun) Badge() string {
	switch {
	case r.State() != "done":
		return "badge-warn"
	case r.Told && r.Sum().Quarantined > 0:
		return "badge-accent"
	}
	return "badge-good"
}

// Panel returns what the first page tells somebody who may import of schedules that need
// a person, "" for nothing.
func (p *RunPages) Panel(r *http.Request) (template.HTML, error) {
	if p.o.Schedules == nil {
		return "", nil
	}
	may, err := access.Allowed(p.svc.gate.May(r.Context(), web.Actor(r), "imports.run"))
	if err != nil || !may {
		return "", err
	}
	alerts, err := p.o.Schedules.Alerts(r.Context(), web.Actor(r))
	if err != nil || len(alerts) == 0 {
		return "", err
	}
	return p.HTML(r, "import-alerts", alerts)
}
