package quality

import (
	"html/template"
	"net/http"
	"strconv"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/internal/pagemark"
	"casehub/internal/web"
	"casehub/node/access"
)

// Pages are the pages of checked files.
type Pages struct {
	*web.Pages
	svc   *Service
	words *locale.Catalog
}

// Routes adds the pages of checked files to the site.
func Routes(site *web.Site, svc *Service) *Pages {
	p := &Pages{Pages: site.Pages(nil), svc: svc, words: site.Catalog()}
	site.Handle("GET /quality", checking, p.list)
	sample := web.Form{Shows: p.sheet, Takes: p.draw, Said: "quality.said-drawn"}
	site.Handle("GET /quality/new", drawing, p.Show(sample))
	site.Handle("POST /quality", drawing, p.Take(sample))
	check := web.Form{Shows: p.saved, Takes: p.save, Said: "quality.said-saved"}
	site.Handle("GET /quality/{id}", checking, p.Show(check))
	site.Handle("POST /quality/{id}", checking, p.Take(check))
	return p
}

// Tiles counts for the first page the drawn files that nobody checked yet, "" for none.
func (p *Pages) Tiles(r *http.Request, _ civil.Date) (template.HTML, error) {
	n, err := p.svc.Unchecked(r.Context(), web.Actor(r))
	if err != nil || n == 0 {
		return "", err
	}
	return p.HTML(r, "waiting-tile", web.Tile{Key: "quality.tile", Path: "/quality?result=" + string(Unchecked), Number: n})
}

// list answers GET /quality, narrowed by month and result.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query().Get
	month, result := web.Narrow("quality.month", asked), web.Narrow("quality.result", asked)
	month.Options = p.months(r, month.Value)
	result.Options = web.Codes(p.svc.reg.List(codelist.QualityResults), web.Language(r), web.ReadCode(result.Value))
	state := State(result.Value)
	if state != Unchecked {
		state = ""
	}
	result.Options = append(web.Words("quality.", state, Unchecked), result.Options...)
	f := Filter{Month: web.ReadMonth(month.Value), Result: web.ReadCode(result.Value), State: state}
	if m := pagemark.Parse(asked("after")); m.ID != "" {
		f.After = Mark{m.Day.Month(), ID(m.ID)}
	}
	all, next, err := p.svc.List(r.Context(), web.Actor(r), f)
	if err != nil {
		return err
	}
	draws, err := access.Allowed(p.svc.gate.May(r.Context(), web.Actor(r), drawing))
	l := web.Listing{
		Title: "quality.title", Lead: "quality.lead", Path: "/quality", Filters: []web.Field{month, result},
		Columns: []string{"quality.case", "quality.month", "quality.result", "quality.checked-on"},
		Later:   f.After.ID != "", Icon: "check", None: "quality.none", NoneBody: "quality.none-body",
	}
	if next.ID != "" {
		l.Next = pagemark.Mark{Day: next.Month.First(), ID: string(next.ID)}.String()
	}
	if draws {
		l.Add, l.AddKey = "/quality/new", "quality.draw"
	}
	for _, c := range all {
		l.Rows = append(l.Rows, p.line(r, c))
	}
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "listing", l)
}

// line is a drawn file in a list.
func (p *Pages) line(r *http.Request, c Check) web.Line {
	result := web.Cell{Key: "quality.unchecked"}
	if c.Result != 0 {
		result = web.Cell{Text: p.svc.reg.Label(c.Result, web.Language(r))}
	}
	return web.Line{Cells: []web.Cell{{Text: c.Reference, Path: "/quality/" + string(c.ID), Code: true}, {Text: p.words.Month(web.Language(r), c.Month)}, result, {Day: c.CheckedOn}}}
}

// months are the months that are over, the latest first, as far back as two years.
func (p *Pages) months(r *http.Request, chosen string) []web.OptionGroup {
	var g web.OptionGroup
	now := civil.MonthOf(p.svc.now())
	for back := 1; back <= 24; back++ {
		m := now.Add(-back)
		value := strconv.Itoa(int(m))
		g.Options = append(g.Options, web.Option{Value: value, Label: p.words.Month(web.Language(r), m), Chosen: value == chosen})
	}
	return []web.OptionGroup{g}
}

// sheet returns the form of a new sample.
func (p *Pages) sheet(r *http.Request) (web.Sheet, error) {
	return web.Sheet{
		Name: "sample", Title: "quality.draw", Button: "quality.draw", Action: "/quality", Back: "/quality", Note: "quality.about",
		Crumbs: []web.Crumb{{Key: "quality.title", Path: "/quality"}, {Key: "quality.draw"}},
		Values: map[string]string{"month": strconv.Itoa(int(civil.MonthOf(p.svc.now()).Add(-1))), "size": strconv.Itoa(usualSize)},
		Inputs: func(s web.Sheet) []web.Field {
			month, size := s.Input("quality.month"), s.Input("quality.size")
			month.Options = p.months(r, month.Value)
			size.Type, size.Min, size.Max = "number", "1", strconv.Itoa(sizeLimit)
			return []web.Field{month, size}
		},
	}, nil
}

// draw makes the sample of a sheet.
func (p *Pages) draw(r *http.Request, s web.Sheet) error {
	size, _ := strconv.Atoi(s.Values["size"]) // 0 is refused
	_, err := p.svc.Draw(r.Context(), web.Actor(r), web.ReadMonth(s.Values["month"]), size)
	return err
}

// saved returns the sheet of the drawn file of the address.
func (p *Pages) saved(r *http.Request) (web.Sheet, error) {
	c, err := p.svc.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return web.Sheet{}, err
	}
	if err := p.svc.gate.Looked(r.Context(), p.svc.db, p.svc.now(), web.Actor(r), string(c.CaseID)); err != nil {
		return web.Sheet{}, err
	}
	today, lang := string(civil.On(p.svc.now())), web.Language(r)
	s := web.Sheet{
		Name: "check", Title: "quality.check", Button: "quality.save", Of: c.Reference, Action: "/quality/" + string(c.ID), Back: "/quality", Note: "quality.how",
		Crumbs:  []web.Crumb{{Key: "quality.title", Path: "/quality"}, {Label: c.Reference, Path: "/cases/" + string(c.CaseID)}, {Key: "quality.check"}},
		Version: c.Version,
		Values:  map[string]string{"result": web.CodeValue(c.Result), "checked_on": string(c.CheckedOn), "wrong": string(c.Wrong), "note": c.Note},
		Inputs: func(s web.Sheet) []web.Field {
			result := s.Choice("quality.result", "quality.result-choose", p.svc.reg.List(codelist.QualityResults), lang)
			wrong := s.Input("quality.wrong")
			wrong.Options = web.Words("quality.wrong-", Wrong(wrong.Value), Fields()...)
			return []web.Field{result, s.Day("quality.checked-on", "", today), wrong, s.Text("quality.note", "quality.note-hint", noteLimit)}
		},
	}
	if c.Result == 0 {
		s.Values["checked_on"] = today
	}
	return s, nil
}

// save brings the drawn file of the address in line with a sheet.
func (p *Pages) save(r *http.Request, s web.Sheet) error {
	return p.svc.Save(r.Context(), web.Actor(r), Check{
		ID: ID(r.PathValue("id")), Version: s.Version, Result: s.Code("result"), CheckedOn: civil.Date(s.Values["checked_on"]),
		Wrong: Wrong(s.Values["wrong"]), Note: s.Values["note"],
	})
}
