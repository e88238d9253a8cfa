package imports

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/internal/web"
)

// writing is the data of the step on which a mapping is read and written by hand.
type writing struct {
	frame
	Instance string
	Typed    string
	// Streams say what the mapping makes, by the name of its target.
	Streams []string
}

// mapping answers GET /imports/drafts/{id}/mapping.
func (p *WizardPages) mapping(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	if d.Pointed() {
		return web.GoTo(w, r, d.path(d.Step))
	}
	return p.showMapping(w, r, http.StatusOK, d, d.Text, nil)
}

func (p *WizardPages) showMapping(w http.ResponseWriter, r *http.Request, status int, d Preparation, typed string, problem error) error {
	v := writing{frame: p.frame(d, StepMapping), Typed: typed}
	v.Problem, v.Conflict = problem, errors.Is(problem, ErrDraftChanged)
	if m, err := p.z.svc.parse(d.Text, d.Kind); err == nil {
		v.Instance = m.Instance
		for _, s := range m.streams {
			if key := "wizard.to-" + strings.ReplaceAll(s.to.name, "_", "-"); !slices.Contains(v.Streams, key) {
				v.Streams = append(v.Streams, key)
			}
		}
	}
	return p.Page(w, r, status, "wizard-mapping", v)
}

// saveMapping answers POST /imports/drafts/{id}/mapping: a mapping that was written by
// hand, or that gives way to pointing.
func (p *WizardPages) saveMapping(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	now := d
	d = at(d, version(r))
	typed := strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n")
	to := d.next(StepMapping)
	if r.PostFormValue("go") == "point" && d.file != "" {
		d.Text, to = "", StepPreview
	} else {
		d.Text = typed
		if name := draftNameOr(r.PostFormValue("instance")); name != "" {
			d.Text = withInstance(typed, name)
		}
		if _, err := p.z.svc.parse(d.Text, d.Kind); err != nil {
			if errs.KindOf(err) == errs.Invalid {
				return p.showMapping(w, r, http.StatusUnprocessableEntity, now, typed, err)
			}
			return err
		}
	}
	saved, err := p.z.save(r.Context(), d, to)
	if errors.Is(err, ErrDraftChanged) {
		return p.showMapping(w, r, http.StatusConflict, now, typed, err)
	}
	if err != nil {
		return err
	}
	return web.GoTo(w, r, saved.path(to))
}

// trying is the data of the last step: what would come of the import, and what came.
type trying struct {
	frame
	Job     JobState
	Begun   bool // something was started
	Stale   bool // what was tried is not the draft as it is now
	Open    int  // decisions that are missing
	Percent int64
}

// Running, Tried and Imported say how far the draft is.
func (t trying) Running() bool { return t.Begun && t.Job.Status == JobRunning }

// Tried reports a run of the draft as it is now that has ended with a report and wrote
// nothing.
func (t trying) Tried() bool {
	return t.Begun && !t.Stale && t.Job.Report != nil && (t.Job.DryRun && t.Job.Status == JobDone || t.Refused())
}

// Refused reports a run that wrote nothing because too much was wrong.
func (t trying) Refused() bool { return t.Begun && t.Job.Status == JobRefused }

// Imported reports an import that is done.
func (t trying) Imported() bool { return t.Begun && !t.Job.DryRun && t.Job.Status == JobDone }

// Halted reports an import that ended before it was done and can go on.
func (t trying) Halted() bool { return t.Begun && t.Job.Continues() }

// Futile reports a trial that failed: it is mended and tried again, and not gone on with.
func (t trying) Futile() bool { return t.Begun && t.Job.DryRun && t.Job.Status == JobFailed }

// Held counts the rows that were held back.
func (t trying) Held() int64 {
	n := int64(0)
	if t.Job.Report != nil {
		for _, s := range t.Job.Report.Streams {
			n += s.Quarantined
		}
	}
	return n
}

// Skips counts the rows of a stream that are no records.
func (s StreamReport) Skips() int64 {
	return s.sum() - s.Created - s.Updated - s.Unchanged - s.Quarantined
}

// ToKey returns the key of what the stream makes.
func (s StreamReport) ToKey() string { return "wizard.to-" + strings.ReplaceAll(s.To, "_", "-") }

// CodeKey returns the key of what a problem means.
func (p ProblemReport) CodeKey() string {
	return "imports.code-" + strings.ReplaceAll(string(p.Code), "_", "-")
}

// LabelOf returns the key of what the field of a problem is called, "" for the whole
// record and for what cannot be pointed to.
func (t trying) LabelOf(p ProblemReport) string {
	target := t.Job.Report.Stream(p.Stream).To
	if p.Field == "" || !slices.Contains(pointed, target) || fieldOf(target+"."+p.Field) == nil {
		return ""
	}
	return labelOf(target + "." + p.Field)
}

// HoldsBack reports a problem that holds its rows back.
func (p ProblemReport) HoldsBack() bool { return p.Severity == "error" }

// job returns the last run that was started from a draft, and whether there is one.
func (p *WizardPages) job(r *http.Request, d Preparation) (JobState, bool, error) {
	if d.Job == 0 {
		return JobState{}, false, nil
	}
	s, err := p.jobs.State(r.Context(), web.Actor(r), d.Job)
	if errors.Is(err, ErrNoJob) {
		return s, false, nil
	}
	return s, err == nil, err
}

// try answers GET /imports/drafts/{id}/try. While something runs the page asks for
// itself again every few seconds, with or without scripts.
func (p *WizardPages) try(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	return p.showTry(w, r, http.StatusOK, d, nil)
}

func (p *WizardPages) showTry(w http.ResponseWriter, r *http.Request, status int, d Preparation, problem error) error {
	v := trying{frame: p.frame(d, StepTry)}
	v.Problem = problem
	if d.Pointed() {
		v.Open = len(d.Choices.open())
	}
	var err error
	if v.Job, v.Begun, err = p.job(r, d); err != nil {
		return err
	}
	if b, _, wrong := p.z.Mapping(d); wrong == nil {
		v.Stale = v.Begun && v.Job.Mapping != string(b)
	} else if v.Open == 0 && v.Problem == nil {
		v.Problem = wrong
	}
	if g := v.Job.Progress; g.Total > 0 {
		v.Percent = min(100, 100*g.Done/g.Total)
	}
	if v.Running() {
		w.Header().Set("Refresh", "3")
	}
	return p.Page(w, r, status, "wizard-try", v)
}

// run answers POST /imports/drafts/{id}/try: it tries, imports, goes on or stops.
func (p *WizardPages) run(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	s, begun, err := p.job(r, d)
	if err != nil {
		return err
	}
	switch r.PostFormValue("go") {
	case "stop":
		if begun {
			err = p.jobs.Stop(r.Context(), web.Actor(r), s.ID)
		}
	case "continue":
		if begun {
			err = p.jobs.Continue(r.Context(), web.Actor(r), s.ID)
		}
	case "import":
		err = p.begin(r, d, s, begun, false)
	default:
		err = p.begin(r, d, s, begun, true)
	}
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		return p.showTry(w, r, http.StatusConflict, d, err)
	}
	if err != nil {
		return err
	}
	return web.GoTo(w, r, d.path(StepTry))
}

// Errors of beginning an import.
var (
	ErrUntried    = errs.New(errs.Conflict, "wizard.untried")     // what was not tried as it is now
	ErrUnaccepted = errs.New(errs.Invalid, "wizard.accept-first") // of which too much is wrong, and nobody said that they looked
)

// begin starts a run of a draft; an import only of what was tried as it is. The draft knows
// of the run, or there is none.
func (p *WizardPages) begin(r *http.Request, d Preparation, s JobState, begun, dry bool) error {
	b, m, err := p.z.Mapping(d)
	if err != nil {
		return err
	}
	accept := r.PostFormValue("accept") != ""
	switch v := (trying{Job: s, Begun: begun, Stale: s.Mapping != string(b)}); {
	case dry:
	case !v.Tried():
		return ErrUntried
	case v.Refused() && !accept:
		return ErrUnaccepted
	}
	job := Job{Mapping: string(b), Name: d.Title, DryRun: dry, Accept: accept}
	if d.file != "" {
		job.Upload = d.ID
	}
	if job.Name == "" {
		job.Name = m.SourceType
	}
	d.Version = version(r)
	_, err = p.jobs.startWith(r.Context(), web.Actor(r), job, func(tx *sqlite.Tx, id JobID) error {
		d.Job = id
		_, err := p.z.saveIn(r.Context(), tx, d, StepTry)
		return err
	})
	if e := errs.As(err); e != nil {
		return e
	}
	return err
}
