package cases

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/web"
)

// accountPages show how many cases were open, came and went, and which these are.
type accountPages struct {
	*web.Pages
	books *Books
	now   func() time.Time
}

// AccountRoutes adds the pages of the account to the site. The clock is in the
// office's zone.
func AccountRoutes(site *web.Site, b *Books, now func() time.Time) {
	p := &accountPages{Pages: site.Pages(templates), books: b, now: now}
	site.Handle("GET /case-account", "figures.read", p.account)
	site.Handle("GET /case-account/{part}", "figures.read", p.list)
}

// accountView is the data of the page of an account.
type accountView struct {
	Span
	Months  []civil.Month
	Columns []accountColumn
	Rows    []accountRow
	Total   accountRow
	Holds   bool
	Opens   bool
	Problem error
}

// accountColumn is a part as the heading of a column.
type accountColumn struct{ Part Part }

// KeyOf returns the catalogue's key of a part.
func (c accountColumn) KeyOf() string { return c.Part.KeyOf() }

// KeyOf returns the catalogue's key of a part.
func (p Part) KeyOf() string { return "cases.account-" + string(p) }

// accountRow is a leaf, a category or the total.
type accountRow struct {
	Label string
	// Withheld says that these types are not for the reader to see.
	Withheld, Category bool
	Cells              []accountCell
}

// accountCell is one number. Path is "" where it opens nothing.
type accountCell struct {
	Part   Part
	Number int64
	Path   string
}

// KeyOf returns the catalogue's key of the cell's part.
func (c accountCell) KeyOf() string { return c.Part.KeyOf() }

// AccountPath returns the address of the list behind a number of an account.
func AccountPath(s Span, p Part, code codelist.Code) string {
	q := url.Values{"from": {month(s.From)}, "to": {month(s.To)}}
	if code != 0 {
		q.Set("type", web.CodeValue(code))
	}
	return "/case-account/" + string(p) + "?" + q.Encode()
}

func month(m civil.Month) string { return strconv.FormatUint(uint64(m), 10) }

// account answers GET /case-account.
func (p *accountPages) account(w http.ResponseWriter, r *http.Request) error {
	last := civil.MonthOf(p.now())
	span, err := p.span(r, last)
	v := accountView{Problem: err}
	status := http.StatusOK
	if err != nil {
		status, span = http.StatusUnprocessableEntity, Span{last.Add(-1), last.Add(-1)}
	}
	first, err := p.books.First(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	a, err := p.books.Account(r.Context(), web.Actor(r), span)
	if err != nil {
		return err
	}
	v.Span, v.Opens, v.Months = span, a.Opens, months(min(first, span.From), max(last, span.To))
	if first == 0 {
		v.Months = months(span.From, max(last, span.To))
	}
	for _, part := range Parts() {
		v.Columns = append(v.Columns, accountColumn{part})
	}
	v.Rows, v.Total, v.Holds = p.rows(a, web.Language(r)), rowOf(a, a.Total(), 0), a.Total().Holds()
	return p.Page(w, r, status, "case-account", v)
}

// mostMonths is the most months that a list offers.
const mostMonths = 600

// months lists months, the newest first.
func months(from, to civil.Month) []civil.Month {
	var all []civil.Month
	for m := to; m >= from && len(all) < mostMonths; m = m.Add(-1) {
		all = append(all, m)
	}
	return all
}

// span reads which months were asked for; without any the one before this one.
func (p *accountPages) span(r *http.Request, now civil.Month) (Span, error) {
	from, to := r.FormValue("from"), r.FormValue("to")
	if from == "" && to == "" {
		return Span{now.Add(-1), now.Add(-1)}, nil
	}
	s := Span{web.ReadMonth(from), web.ReadMonth(to)}
	return s, s.Check()
}

// rows are the categories and leaves that have a number, in the order of the list.
func (p *accountPages) rows(a Accounts, language string) []accountRow {
	var all []accountRow
	known := map[codelist.Code]bool{}
	for _, c := range p.books.reg.List(codelist.CaseTypes).Categories {
		var leaves []accountRow
		for _, l := range slices.Concat(c.Leaves, c.Former) {
			known[l.Code] = true
			if n, ok := a.Types[l.Code]; ok {
				leaf := rowOf(a, n, l.Code)
				leaf.Label = l.In(language)
				leaves = append(leaves, leaf)
			}
		}
		if len(leaves) > 0 {
			head := rowOf(a, p.books.under(a, c.Code), c.Code)
			head.Label, head.Category = c.In(language), true
			all = append(append(all, head), leaves...)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(a.Types)) {
		if known[code] {
			continue
		}
		line := rowOf(a, a.Types[code], code)
		line.Label = p.books.reg.Label(code, language)
		if code == 0 { // no list is of these alone
			line = rowOf(Accounts{}, a.Types[0], 0)
			line.Withheld = true
		}
		all = append(all, line)
	}
	return all
}

// rowOf is the row of one account.
func rowOf(a Accounts, n Account, code codelist.Code) accountRow {
	var line accountRow
	for _, part := range Parts() {
		cell := accountCell{Part: part, Number: n.Of(part)}
		if a.Opens && cell.Number > 0 {
			cell.Path = AccountPath(a.Span, part, code)
		}
		line.Cells = append(line.Cells, cell)
	}
	return line
}

// spellList is the data of the page of the cases behind a number.
type spellList struct {
	Asked
	Total int64
	Lines []spellLine
	// TypeLabel is "" for all types.
	TypeLabel string
	More      string
	Later     bool
}

// Path returns the address of the list's first page.
func (l spellList) Path() string { return AccountPath(l.Span, l.Part, l.Type) }

// Back returns the address of the account.
func (l spellList) Back() string {
	return "/case-account?" + url.Values{"from": {month(l.From)}, "to": {month(l.To)}}.Encode()
}

// spellLine is one case of the list.
type spellLine struct {
	Spell
	TypeLabel string
}

// BeganMonth and EndedMonth are the months of an erased case.
func (l spellLine) BeganMonth() civil.Month { return l.Began.Month() }
func (l spellLine) EndedMonth() civil.Month { return l.Ended.Month() }

// list answers GET /case-account/{part}.
func (p *accountPages) list(w http.ResponseWriter, r *http.Request) error {
	span, err := p.span(r, civil.MonthOf(p.now()))
	if err != nil {
		return err
	}
	asked := Asked{Span: span, Part: Part(r.PathValue("part")), Type: web.ReadCode(r.FormValue("type"))}
	after := r.FormValue("after")
	if asked.After, err = ParseMark(after); err != nil {
		return err
	}
	page, err := p.books.Cases(r.Context(), web.Actor(r), asked)
	if err != nil {
		return err
	}
	reg := p.books.reg
	v := spellList{Asked: asked, Total: page.Total, Later: after != ""}
	if asked.Type != 0 {
		v.TypeLabel = reg.Label(asked.Type, web.Language(r))
	}
	for _, l := range page.Lines {
		v.Lines = append(v.Lines, spellLine{l, label(reg, l.Type, web.Language(r))})
	}
	if page.Next.ID != "" {
		v.More = v.Path() + "&" + url.Values{"after": {page.Next.String()}}.Encode()
	}
	return p.Page(w, r, http.StatusOK, "case-account-list", v)
}

func label(reg *codelist.Registry, code codelist.Code, language string) string {
	if code == 0 {
		return ""
	}
	return reg.Label(code, language)
}
