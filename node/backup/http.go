package backup

import (
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/disk"
	"casehub/internal/web"
	"casehub/node/access"
)

//go:embed templates/*.html
var templates embed.FS

// listed is how many backups the page shows.
const listed = 30

// Pages are the pages about backups.
type Pages struct {
	*web.Pages
	svc *Service
}

// Routes adds the pages of backups to the site.
func Routes(site *web.Site, svc *Service) *Pages {
	p := &Pages{Pages: site.Pages(templates), svc: svc}
	site.Handle("GET /backups", "backup.read", p.show)
	site.Handle("GET /backups/progress", "backup.read", p.progress)
	site.Handle("POST /backups/places/{id}/run", "backup.manage", p.run)
	site.Handle("POST /backups/places/{id}/end", "backup.manage", p.end)
	site.Handle("POST /backups/places/s3/claim", "backup.manage", p.claim)
	site.Handle("POST /backups/places", "backup.manage", p.add)
	site.Handle("POST /backups/hour", "backup.manage", p.hour)
	site.Handle("POST /backups/drills", "backup.manage", p.recordDrill)
	return p
}

// Tiles returns the figure of backups for the first page, "" for who may not see
// it.
func (p *Pages) Tiles(r *http.Request, _ civil.Date) (template.HTML, error) {
	if sees, err := access.Allowed(p.svc.o.Gate.May(r.Context(), web.Actor(r), "backup.read")); err != nil || !sees {
		return "", err
	}
	s, err := p.svc.Status(r.Context())
	if err != nil {
		return "", err
	}
	return p.HTML(r, "backup-tile", s)
}

// Badge returns the design's class of how the backups stand.
func (s Status) Badge() string { return "badge-" + string(s.Level) }

// Alert returns the design's class of how the backups stand.
func (s Status) Alert() string { return "alert-" + string(s.Level) }

// Key returns the catalogue's key of how the backups stand.
func (s Status) Key() string {
	if s.Verified.IsZero() {
		return "backup.status-never"
	}
	if s.Days == 0 && s.Level == Good {
		return "backup.status-today"
	}
	return "backup.status-" + string(s.Level)
}

// sheet is the data of the page.
type sheet struct {
	Status   Status
	Places   []placeRow
	Backups  []backupRow
	Progress *Progress
	Manages  bool
	Form     folderForm
	Hour     hourForm
	Drill    drillView
}

// placeRow is a place with what was last proved there.
type placeRow struct {
	Place
	Verified time.Time
	// Unclaimed is a store of the settings that was not chosen yet.
	Unclaimed bool
	// Folder can be given up on the page; a store stands in the settings.
	Folder   bool
	SameDisk bool
}

// backupRow is a backup with its place.
type backupRow struct {
	Backup
	Path string
}

// SizeKey and SizeNumber say how large the backup is in a unit for people.
func (b backupRow) SizeKey() string {
	switch {
	case b.Size >= 10e9:
		return "backup.bytes-gb"
	case b.Size >= 10e6:
		return "backup.bytes-mb"
	}
	return "backup.bytes-kb"
}

// SizeNumber is the number to SizeKey.
func (b backupRow) SizeNumber() int64 {
	switch b.SizeKey() {
	case "backup.bytes-gb":
		return b.Size / 1e9
	case "backup.bytes-mb":
		return b.Size / 1e6
	}
	return (b.Size + 999) / 1e3
}

// KeyOf returns the catalogue's key of the step.
func (p Progress) KeyOf() string { return "backup.step-" + string(p.Step) }

// folderForm is a folder as somebody typed it.
type folderForm struct {
	Path    string
	Problem error
}

// Fields returns the inputs of the form.
func (f folderForm) Fields() []web.Field {
	return []web.Field{{Form: "folder", Name: "path", Label: "backup.path", Hint: "backup.path-hint", Value: f.Path, Limit: 1000, Required: true, Problem: f.Problem}}
}

// hourForm is the hour as somebody chose it.
type hourForm struct {
	Hour    int
	Problem error
}

// Fields returns the inputs of the form.
func (f hourForm) Fields() []web.Field {
	hours := web.OptionGroup{}
	for h := range 24 {
		hours.Options = append(hours.Options, web.Option{Value: strconv.Itoa(h), Label: strconv.Itoa(h) + ":00", Chosen: h == f.Hour})
	}
	return []web.Field{{Form: "hour", Name: "hour", Label: "backup.hour", Options: []web.OptionGroup{hours}, Problem: f.Problem}}
}

// show answers GET /backups.
func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.answer(w, r, http.StatusOK, folderForm{}, drillForm{})
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request, status int, form folderForm, drill drillForm) error {
	s, err := p.sheet(r, form)
	if err != nil {
		return err
	}
	s.Drill.Form = drill
	return p.Page(w, r, status, "backup-page", s)
}

func (p *Pages) sheet(r *http.Request, form folderForm) (sheet, error) {
	ctx := r.Context()
	s := sheet{Form: form}
	var err error
	if s.Manages, err = access.Allowed(p.svc.o.Gate.May(ctx, web.Actor(r), "backup.manage")); err != nil {
		return s, err
	}
	if s.Status, err = p.svc.Status(ctx); err != nil {
		return s, err
	}
	have, err := p.svc.shown(ctx)
	if err != nil {
		return s, err
	}
	s.Hour.Hour = have.Hour
	if s.Drill, err = p.drill(r); err != nil {
		return s, err
	}
	if now, runs := p.svc.Progress(); runs {
		s.Progress = &now
	}
	if s.Places, err = p.places(r); err != nil {
		return s, err
	}
	s.Backups, err = p.backups(r, s.Places)
	return s, err
}

func (p *Pages) places(r *http.Request) ([]placeRow, error) {
	list, err := p.svc.Places(r.Context())
	if err != nil {
		return nil, err
	}
	var rows []placeRow
	for _, place := range list {
		row := placeRow{Place: place, Folder: place.ID != S3Place}
		if row.Verified, err = selectVerified(r.Context(), p.svc.o.DB, place.ID); err != nil {
			return nil, err
		}
		row.SameDisk = row.Folder && disk.Same(place.Path, p.svc.dir())
		row.Unclaimed = !row.Folder && row.Verified.IsZero()
		rows = append(rows, row)
	}
	return rows, nil
}

func (p *Pages) backups(r *http.Request, places []placeRow) ([]backupRow, error) {
	list, err := p.svc.Backups(r.Context(), listed)
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for _, place := range places {
		paths[place.ID] = place.Path
	}
	_, runs := p.svc.Progress()
	var rows []backupRow
	for i, b := range list {
		if b.EndedAt.IsZero() && (i > 0 || !runs) {
			b.Failure = codeOf(errInterrupted) // the next one writes it down
		}
		rows = append(rows, backupRow{b, paths[b.Place]})
	}
	return rows, nil
}

// progress answers GET /backups/progress: what the page asks again and again
// while a backup runs. When it has ended, the whole page is fetched anew.
func (p *Pages) progress(w http.ResponseWriter, r *http.Request) error {
	now, runs := p.svc.Progress()
	if !runs {
		w.Header().Set("HX-Refresh", "true")
		if !web.Fragment(r) {
			return web.GoTo(w, r, "/backups")
		}
		return p.Block(w, r, http.StatusOK, "backup-progress", (*Progress)(nil))
	}
	return p.Block(w, r, http.StatusOK, "backup-progress", &now)
}

// run answers POST /backups/places/{id}/run.
func (p *Pages) run(w http.ResponseWriter, r *http.Request) error {
	if err := p.svc.Begin(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return web.GoTo(w, r, "/backups")
}

// end answers POST /backups/places/{id}/end.
func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	if err := p.svc.EndFolder(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	web.Say(w, r, "backup.ended")
	return web.GoTo(w, r, "/backups")
}

// claim answers POST /backups/places/s3/claim.
func (p *Pages) claim(w http.ResponseWriter, r *http.Request) error {
	if err := p.svc.ClaimRemote(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	web.Say(w, r, "backup.claimed")
	return web.GoTo(w, r, "/backups")
}

// add answers POST /backups/places. A folder that cannot be used comes back with
// the reason beside it.
func (p *Pages) add(w http.ResponseWriter, r *http.Request) error {
	f := folderForm{Path: strings.TrimSpace(r.PostFormValue("path"))}
	if _, err := p.svc.AddFolder(r.Context(), web.Actor(r), f.Path); err != nil {
		if f.Problem = onPath(err); f.Problem == nil {
			return err
		}
		return p.answer(w, r, http.StatusUnprocessableEntity, f, drillForm{})
	}
	web.Say(w, r, "backup.added")
	return web.GoTo(w, r, "/backups")
}

// hour answers POST /backups/hour.
func (p *Pages) hour(w http.ResponseWriter, r *http.Request) error {
	hour, err := strconv.Atoi(r.PostFormValue("hour"))
	if err != nil {
		return ErrHour
	}
	if err := p.svc.SetHour(r.Context(), web.Actor(r), hour); err != nil {
		return err
	}
	web.Say(w, r, "backup.hour-saved")
	return web.GoTo(w, r, "/backups")
}
