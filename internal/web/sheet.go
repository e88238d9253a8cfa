package web

import (
	"html/template"
	"net/http"
	"strconv"

	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/text"
)

// Sheet is the data of block "sheet": one form about one record. An area says
// which inputs it has and what they hold; how a sheet is shown, read, refused and
// put beside what somebody else saved is the same everywhere (Form).
type Sheet struct {
	Typed
	// Name begins the ids of the inputs.
	Name string
	// Title and Button are keys; Of says what the title is about, as a reference.
	Title, Button, Of string
	Crumbs            []Crumb
	// Action takes the form, Back is where it leads on to. Remove is the page that
	// deletes the record, "" for none.
	Action, Back, Remove string
	// Note is a key of what stands above the inputs, and Above what another area
	// puts there.
	Note  string
	Above template.HTML
	// Version is the one that the record was read as, 0 for a new record.
	Version int
	// Danger says that sending it takes something away.
	Danger bool
	// Values are what the inputs hold, by their names.
	Values map[string]string
	// Inputs returns the inputs of the sheet.
	Inputs func(Sheet) []Field
}

// Crumb is one step of the way to a page. Label is used in place of Key if there
// is one; without Path it is the page itself.
type Crumb struct{ Key, Label, Path string }

// Fields returns the inputs of the sheet.
func (s Sheet) Fields() []Field { return s.Inputs(s) }

// Input returns an input with what it holds. Its name is the end of its label with
// low lines: "received_on" for "finance.received-on".
func (s Sheet) Input(label string) Field {
	f := s.Field(s.Name, label, "")
	f.Value = s.Values[f.Name]
	return f
}

// Day is an input for a day between two others, "" for any.
func (s Sheet) Day(label, from, until string) Field {
	f := s.Input(label)
	f.Type, f.Min, f.Max = "date", from, until
	return f
}

// Choice is an input for a leaf of a code list, which choose asks for.
func (s Sheet) Choice(label, choose string, l *codelist.List, lang string) Field {
	f := s.Input(label)
	f.Options, f.Choose = Codes(l, lang, s.Code(f.Name)), choose
	return f
}

// Text is an input for a text of several lines, as wide as the form.
func (s Sheet) Text(label, hint string, limit int) Field {
	f := s.Input(label)
	f.Lines, f.Limit, f.Hint, f.Full = 2, limit, hint, true
	return f
}

// Code returns the code that an input holds, 0 for none.
func (s Sheet) Code(name string) codelist.Code { return ReadCode(s.Values[name]) }

// Read returns the sheet with what was sent.
func (s Sheet) Read(r *http.Request) Sheet {
	sent := map[string]string{}
	for _, f := range s.Fields() {
		sent[f.Name] = text.Clean(r.PostFormValue(f.Name))
	}
	s.Version, _ = strconv.Atoi(r.PostFormValue("version"))
	s.Values = sent
	return s
}

// reasonLimit is the most characters of why something is deleted.
const reasonLimit = 1000

// Removal returns the sheet that asks why the record of a sheet is deleted, with a
// title and the label of the reason.
func (s Sheet) Removal(title, action, reason string) Sheet {
	return Sheet{
		Name: s.Name, Title: title, Of: s.Of, Button: "kit.remove", Note: "kit.remove-note", Action: action, Back: s.Back, Crumbs: s.Crumbs, Danger: true,
		Inputs: func(s Sheet) []Field {
			why := s.Text(reason, "", reasonLimit)
			why.Required = true
			return []Field{why}
		},
	}
}

// Sheet answers with a sheet: the form alone for htmx, a page otherwise.
func (p *Pages) Sheet(w http.ResponseWriter, r *http.Request, status int, s Sheet) error {
	if Fragment(r) {
		return p.Block(w, r, status, "sheet-form", s)
	}
	return p.Page(w, r, status, "sheet", s)
}

// Form is a sheet at an address. Shows returns it as the record stands now, Takes
// does what a sheet that was sent says, and Said is the key of what is told when
// that held.
type Form struct {
	Shows func(*http.Request) (Sheet, error)
	Takes func(*http.Request, Sheet) error
	Said  string
}

// Show answers with the sheet of a form.
func (p *Pages) Show(f Form) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, err := f.Shows(r)
		if err != nil {
			return err
		}
		return p.Sheet(w, r, http.StatusOK, s)
	}
}

// Take answers what was sent in the sheet of a form, as Sent does.
func (p *Pages) Take(f Form) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, err := f.Shows(r)
		if err != nil {
			return err
		}
		s = s.Read(r)
		err = f.Takes(r, s)
		return p.Sent(w, r, s, f.Said, err, func() (Sheet, error) { return f.Shows(r) })
	}
}

// Sent answers what came of a sheet that was sent. Where it held, said is told on
// the page to which it leads. A sheet that does not hold comes back with status
// 422. When somebody else saved the record meanwhile, it comes back with what was
// typed, and beside that what the sheet of the record holds now, which saved
// returns; nil, or a sheet without a version, where no record is.
func (p *Pages) Sent(w http.ResponseWriter, r *http.Request, s Sheet, said string, err error, saved func() (Sheet, error)) error {
	switch {
	case err == nil:
		Say(w, r, said)
		return GoTo(w, r, s.Back)
	case errs.KindOf(err) == errs.Invalid:
		s.Problem = err
		return p.Sheet(w, r, http.StatusUnprocessableEntity, s)
	case errs.KindOf(err) != errs.Conflict || saved == nil:
		return err
	}
	now, broke := saved()
	if broke != nil {
		return broke
	}
	if now.Version == 0 {
		return err
	}
	s.Version = now.Version
	s.Beside(s.Values, now.Values)
	return p.Sheet(w, r, http.StatusConflict, s)
}
