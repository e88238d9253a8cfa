// Package home is the first page of a node: how the month goes, what was changed
// last, and where to begin. It knows no area; each hands over its figures and
// panels, and the node puts them together.
package home

import (
	"embed"
	"html/template"
	"net/http"
	"time"

	"casehub/internal/civil"
	"casehub/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Tiles returns the figures of an area as tiles. Those of the month count from
// since, the first day of the office's month.
type Tiles func(r *http.Request, since civil.Date) (template.HTML, error)

// Panel returns a part of the page that an area fills, "" for none.
type Panel func(r *http.Request) (template.HTML, error)

// Options is what the first page cannot know by itself.
type Options struct {
	// Now is the clock in the office's zone.
	Now func() time.Time
	// May reports whether the reader may do something at all.
	May func(r *http.Request, action string) (bool, error)
	// Begun reports whether the reader sees any client.
	Begun  func(r *http.Request) (bool, error)
	Tiles  []Tiles
	Panels []Panel
	// Rooms are the pages of running the node.
	Rooms []Room
}

// Room is a page of running the node as the page that leads to it shows it: keys
// of its name and of a sentence on what is done there.
type Room struct {
	Title, About string
	Path, Icon   string
	Need         web.Need
}

type pages struct {
	*web.Pages
	Options
}

// Routes adds the first page to the site.
func Routes(site *web.Site, o Options) {
	p := &pages{Pages: site.Pages(templates), Options: o}
	site.Handle("GET /{$}", web.SignedIn, p.show)
	site.Handle("GET /administration", web.SignedIn, p.administration)
}

// administration answers GET /administration: the rooms that the reader may
// enter.
func (p *pages) administration(w http.ResponseWriter, r *http.Request) error {
	var open []Room
	for _, room := range p.Rooms {
		may, err := p.May(r, string(room.Need))
		if err != nil {
			return err
		}
		if may {
			open = append(open, room)
		}
	}
	return p.Page(w, r, http.StatusOK, "administration", open)
}

// view is the data of the page.
type view struct {
	Today  civil.Date
	Month  civil.Month
	Begun  bool
	Tiles  []template.HTML
	Panels []template.HTML
	// Finds, Registers, Opens and Counts say what the reader may do: look for a
	// client, record one, open a case, read figures, make accounts, and choose
	// where backups go.
	Finds, Registers, Opens, Counts, Hires, Saves bool
}

// show answers GET /.
func (p *pages) show(w http.ResponseWriter, r *http.Request) error {
	now := p.Now()
	v := view{Today: civil.On(now), Month: civil.MonthOf(now)}
	var err error
	for action, says := range map[string]*bool{
		"clients.read": &v.Finds, "clients.register": &v.Registers, "cases.open": &v.Opens, "figures.read": &v.Counts,
		"people.manage": &v.Hires, "backup.manage": &v.Saves,
	} {
		if *says, err = p.May(r, action); err != nil {
			return err
		}
	}
	if v.Begun, err = p.Begun(r); err != nil {
		return err
	}
	for _, tiles := range p.Options.Tiles {
		t, err := tiles(r, v.Month.First())
		if err != nil {
			return err
		}
		v.Tiles = append(v.Tiles, t)
	}
	for _, panel := range p.Options.Panels {
		html, err := panel(r)
		if err != nil {
			return err
		}
		v.Panels = append(v.Panels, html)
	}
	return p.Page(w, r, http.StatusOK, "home", v)
}
