package imports

import (
	"embed"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"casehub/internal/errs"
	catalogue "casehub/internal/locale"
	"casehub/internal/web"
)

//go:embed templates/wizard*.html
var wizardTemplates embed.FS

// running is the right that every page of the wizard asks for.
const running web.Need = "imports.run"

// WizardPages are the pages on which somebody prepares an import. Values of the file
// stand on them and nowhere else: in no address, and in nothing that is logged.
type WizardPages struct {
	*web.Pages
	z        *Wizard
	jobs     *Jobs
	currency string
	most     int64
	words    *catalogue.Catalog
}

// WizardRoutes adds the pages of the wizard to the site. Currency is what amounts are
// in unless somebody says otherwise; one file may have most bytes.
func WizardRoutes(site *web.Site, z *Wizard, jobs *Jobs, currency string, most int64) *WizardPages {
	p := &WizardPages{Pages: site.Pages(wizardTemplates), z: z, jobs: jobs, currency: currency, most: most, words: site.Catalog()}
	site.Handle("GET /imports/new", running, p.choose)
	site.Handle("GET /imports/new/{what}", running, p.bring)
	site.HandleUpload("POST /imports/new/{what}", running, most, p.start)
	site.Handle("GET /imports/drafts/{id}", running, p.resume)
	site.Handle("GET /imports/drafts/{id}/preview", running, p.preview)
	site.Handle("POST /imports/drafts/{id}/preview", running, p.savePreview)
	site.Handle("GET /imports/drafts/{id}/columns", running, p.columns)
	site.Handle("POST /imports/drafts/{id}/columns", running, p.saveColumns)
	site.Handle("GET /imports/drafts/{id}/codes", running, p.codes)
	site.Handle("POST /imports/drafts/{id}/codes", running, p.saveCodes)
	site.Handle("GET /imports/drafts/{id}/mapping", running, p.mapping)
	site.Handle("POST /imports/drafts/{id}/mapping", running, p.saveMapping)
	site.Handle("GET /imports/drafts/{id}/try", running, p.try)
	site.Handle("POST /imports/drafts/{id}/try", running, p.run)
	site.Handle("GET /imports/drafts/{id}/yaml", running, p.download)
	site.HandleUpload("POST /imports/drafts/{id}/file", running, most, p.replace)
	site.Handle("POST /imports/drafts/{id}/discard", running, p.discard)
	return p
}

// choosing is the data of the page that offers what can be brought.
type choosing struct {
	Files, Servers []Kind
	Drafts         []Preparation
}

// choose answers GET /imports/new.
func (p *WizardPages) choose(w http.ResponseWriter, r *http.Request) error {
	d := choosing{}
	for _, k := range Kinds() {
		if k.Live {
			d.Servers = append(d.Servers, k)
		} else {
			d.Files = append(d.Files, k)
		}
	}
	var err error
	if d.Drafts, err = p.z.Drafts(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "wizard-choose", d)
}

// bringing is the data of the page on which a file is chosen.
type bringing struct {
	Kind
	Starts    []Starting
	Start     string
	Text      string
	Megabytes int64
	Problem   error
}

// Lines is the height of the text of a mapping.
func (bringing) Lines() int { return 16 }

func (p *WizardPages) bringing(r *http.Request) (bringing, error) {
	k := kindNamed(r.PathValue("what"))
	if k == nil {
		return bringing{}, ErrKind
	}
	return bringing{Kind: *k, Starts: StartsFor(k.Type), Text: k.Settings, Megabytes: p.most >> 20}, nil
}

// bring answers GET /imports/new/{what}.
func (p *WizardPages) bring(w http.ResponseWriter, r *http.Request) error {
	d, err := p.bringing(r)
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "wizard-bring", d)
}

// start answers POST /imports/new/{what}: it seals the file of the form as it arrives.
func (p *WizardPages) start(w http.ResponseWriter, r *http.Request) error {
	b, err := p.bringing(r)
	if err != nil {
		return err
	}
	b.Start = r.PostFormValue("start")
	var d Preparation
	if b.Live {
		b.Text = r.PostFormValue("text")
		d, err = p.z.StartLive(r.Context(), web.Actor(r), b.Type, b.Text)
	} else if f, none := web.NextFile(r); errors.Is(none, io.EOF) {
		err = errNoUpload
	} else if err = none; err == nil {
		d, err = p.z.Start(r.Context(), web.Actor(r), b.Type, b.Start, f.Name, f)
	}
	if errs.KindOf(err) == errs.Invalid {
		b.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "wizard-bring", b)
	}
	if err != nil {
		return err
	}
	return web.GoTo(w, r, d.path(d.Step))
}

// errNoUpload reports a form without a file.
var errNoUpload = errs.New(errs.Invalid, "wizard.file-missing").On("file")

// path returns the address of a step.
func (d Preparation) path(s Step) string { return "/imports/drafts/" + d.ID + "/" + string(s) }

// draft returns the draft of the address.
func (p *WizardPages) draft(r *http.Request) (Preparation, error) {
	return p.z.Draft(r.Context(), web.Actor(r), r.PathValue("id"))
}

// resume answers GET /imports/drafts/{id}: where it was left.
func (p *WizardPages) resume(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	return web.GoTo(w, r, d.path(d.Step))
}

// frame is what every page of a draft shows around its step.
type frame struct {
	Preparation
	Now       Step
	Problem   error // of the file, or of what was sent
	Broken    bool  // the file could not be read
	Conflict  bool  // somebody saved the draft meanwhile
	Megabytes int64
	Accept    string
	Lacks     []lack // what is missing on the step, where it was asked for
}

// lack is something that is missing on a step.
type lack struct {
	At    string // id of the input where it is given
	Of    string // the word or the table that it is about, "" for none
	Label string // key of what it is called
}

// mostLacks is how many of the things that are missing are listed.
const mostLacks = 12

// FirstLacks are those that are listed, and MoreLacks counts the others.
func (f frame) FirstLacks() []lack { return f.Lacks[:min(len(f.Lacks), mostLacks)] }

// MoreLacks counts what is missing and not listed.
func (f frame) MoreLacks() int { return len(f.Lacks) - len(f.FirstLacks()) }

// Trail lists the steps of a draft with how far it came.
func (f frame) Trail() []Waypoint {
	var all []Waypoint
	steps := f.Steps()
	reached := slices.Index(steps, f.Step)
	for i, s := range steps {
		all = append(all, Waypoint{Number: i + 1, Key: "wizard.step-" + string(s), Path: f.path(s), Now: s == f.Now, Reached: i <= reached})
	}
	return all
}

// Waypoint is one step as the top of a page shows it.
type Waypoint struct {
	Number       int
	Key, Path    string
	Now, Reached bool
}

// Action is the address that the form of the step is sent to.
func (f frame) Action() string { return f.path(f.Now) }

// Base is the beginning of the draft's addresses.
func (f frame) Base() string { return "/imports/drafts/" + f.ID }

// Bare reports a draft without a file.
func (f frame) Bare() bool { return f.Size == 0 }

// Kilobytes returns the size of the file.
func (f frame) Kilobytes() int64 { return web.Kilobytes(f.Size) }

func (p *WizardPages) frame(d Preparation, now Step) frame {
	return frame{Preparation: d, Now: now, Megabytes: p.most >> 20, Accept: kindNamed(d.Kind).Accept}
}

// broken answers with what is wrong with the file, and what can be done about it.
func (p *WizardPages) broken(w http.ResponseWriter, r *http.Request, d Preparation, now Step, err error) error {
	if !IsOfFile(err) {
		return err
	}
	f := p.frame(d, now)
	f.Problem, f.Broken = err, true
	return p.Page(w, r, http.StatusOK, "wizard-broken", f)
}

// version reads the version of the draft that a form was made of.
func version(r *http.Request) int {
	n, _ := strconv.Atoi(r.PostFormValue("version")) //nolint:errcheck // no number is no version
	return n
}

// saved leads on after a step was kept: to the next one, or back to the same.
func (p *WizardPages) saved(w http.ResponseWriter, r *http.Request, d Preparation, at Step) error {
	to := at
	if r.PostFormValue("go") != "stay" {
		to = d.next(at)
	}
	return web.GoTo(w, r, d.path(to))
}

// replace answers POST /imports/drafts/{id}/file: another file in the place of the
// draft's.
func (p *WizardPages) replace(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	if err := p.idle(r, d); err != nil {
		return err
	}
	f, err := web.NextFile(r)
	if errors.Is(err, io.EOF) {
		err = errNoUpload
	}
	if err == nil {
		err = p.z.Replace(r.Context(), web.Actor(r), d.ID, f.Name, f)
	}
	if errs.KindOf(err) == errs.Invalid {
		fr := p.frame(d, StepPreview)
		fr.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "wizard-broken", fr)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "wizard.said-replaced")
	return web.GoTo(w, r, d.path(StepPreview))
}

// discard answers POST /imports/drafts/{id}/discard.
func (p *WizardPages) discard(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	if err := p.idle(r, d); err != nil {
		return err
	}
	if err := p.z.Discard(r.Context(), web.Actor(r), d.ID); err != nil {
		return err
	}
	web.Say(w, r, "wizard.said-discarded")
	return web.GoTo(w, r, "/imports/new")
}

// idle fails with ErrDraftRuns while something runs that was started from a draft.
func (p *WizardPages) idle(r *http.Request, d Preparation) error {
	s, begun, err := p.job(r, d)
	if err == nil && begun && s.Status == JobRunning {
		err = ErrDraftRuns
	}
	return err
}

// ErrDraftRuns reports a draft that is being imported.
var ErrDraftRuns = errs.New(errs.Conflict, "wizard.runs")

// download answers GET /imports/drafts/{id}/yaml: the mapping for the command line.
func (p *WizardPages) download(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	b, m, err := p.z.Mapping(d)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/yaml; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": draftName(m.Instance) + ".yaml"}))
	h.Set("Content-Length", strconv.Itoa(len(b)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(b) // the reader has gone; nobody is left to tell
	}
	return nil
}
