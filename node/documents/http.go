package documents

import (
	"embed"
	"errors"
	"html/template"
	"io"
	"mime"
	"net/http"
	"strconv"

	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/cases"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of documents.
type Pages struct {
	*web.Pages
	documents *Service
	cases     *cases.Service
	most      int64
}

// Routes adds the pages of documents to the site. One upload may have most
// bytes, all its files together.
func Routes(site *web.Site, svc *Service, of *cases.Service, most int64) *Pages {
	p := &Pages{Pages: site.Pages(templates), documents: svc, cases: of, most: most}
	site.Handle("GET /cases/{id}/documents", reading, p.list)
	site.HandleUpload("POST /cases/{id}/documents", editing, most, p.add)
	site.Handle("GET /documents/{id}", reading, p.download)
	site.Handle("GET /documents/{id}/edit", editing, p.edit)
	site.Handle("POST /documents/{id}", editing, p.rename)
	site.Handle("POST /documents/{id}/remove", editing, p.remove)
	return p
}

// panel is the data of the list of a case's documents.
type panel struct {
	Case      cases.ID
	Reference string // of the case; "" on the case's own page
	Lines     []row
	// Withheld says that the documents are not for the reader, Edits that the
	// reader may add some.
	Withheld, Edits bool
	// Megabytes is the most that one upload may have.
	Megabytes int64
	// Problem is what was wrong with the last upload.
	Problem error
}

// row is a document with what a list says of it.
type row struct {
	Document
	// Who is the name of the person who added it.
	Who string
}

// Kind returns the key of what sort of document it is.
func (r row) Kind() string { return "documents.kind-" + web.FileKind(r.Type) }

// Kilobytes returns the size, at least 1.
func (r row) Kilobytes() int64 { return web.Kilobytes(r.Size) }

// OfCase is a panel for a case's page: the documents of the case.
func (p *Pages) OfCase(r *http.Request, id cases.ID) (template.HTML, error) {
	d, err := p.panel(r, id)
	if err != nil {
		return "", err
	}
	return p.HTML(r, "documents-of-case", d)
}

func (p *Pages) panel(r *http.Request, id cases.ID) (panel, error) {
	ctx, who := r.Context(), web.Actor(r)
	d := panel{Case: id, Megabytes: p.most >> 20}
	all, withheld, err := p.documents.OfCase(ctx, who, id)
	if err != nil {
		return d, err
	}
	d.Withheld = withheld
	if d.Edits, err = p.documents.Edits(ctx, who, id); err != nil {
		return d, err
	}
	people := make([]string, len(all))
	for i, v := range all {
		people[i] = v.AddedBy
	}
	names, err := p.documents.gate.Names(ctx, people...)
	for _, v := range all {
		d.Lines = append(d.Lines, row{Document: v, Who: names[v.AddedBy]})
	}
	return d, err
}

// list answers GET /cases/{id}/documents.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, http.StatusOK, nil)
}

// show answers with the documents of a case on a page of their own.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, problem error) error {
	c, _, err := p.cases.ByID(r.Context(), web.Actor(r), cases.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	d, err := p.panel(r, c.ID)
	if err != nil {
		return err
	}
	d.Reference, d.Problem = c.Reference, problem
	return p.Page(w, r, status, "document-list", d)
}

// add answers POST /cases/{id}/documents: it keeps each file of the form as it
// arrives.
func (p *Pages) add(w http.ResponseWriter, r *http.Request) error {
	id := cases.ID(r.PathValue("id"))
	for n := 0; ; n++ {
		f, err := web.NextFile(r)
		if errors.Is(err, io.EOF) && n > 0 {
			web.Say(w, r, "documents.said-added")
			return web.GoTo(w, r, "/cases/"+string(id))
		}
		if errors.Is(err, io.EOF) {
			err = ErrNoFile
		}
		if err == nil {
			_, err = p.documents.Add(r.Context(), web.Actor(r), id, f.Name, f)
		}
		if errs.KindOf(err) == errs.Invalid {
			return p.show(w, r, http.StatusUnprocessableEntity, err)
		}
		if err != nil {
			return err
		}
	}
}

// download answers GET /documents/{id}. The document is never shown inside a
// page: it may be a page that somebody else wrote.
func (p *Pages) download(w http.ResponseWriter, r *http.Request) error {
	d, content, err := p.documents.Open(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	defer content.Close()
	first := make([]byte, 64<<10)
	n, err := io.ReadFull(content, first)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return noContent(d.ID, err)
	}
	h := w.Header()
	h.Set("Content-Type", d.Type)
	h.Set("Content-Length", strconv.FormatInt(d.Size, 10))
	h.Set("Content-Disposition", disposition(d))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := w.Write(first[:n]); err != nil {
		return nil //nolint:nilerr // the reader has gone; nobody is left to tell
	}
	if _, err := io.Copy(w, content); err != nil {
		// Half of it has left: only a broken connection tells the browser so.
		panic(http.ErrAbortHandler)
	}
	return nil
}

// disposition names the document as RFC 6266 has it: in any script, and for old
// programs by its reference.
func disposition(d Document) string {
	s := mime.FormatMediaType("attachment", map[string]string{"filename": d.Name})
	if s == "" {
		s = mime.FormatMediaType("attachment", map[string]string{"filename": d.ID.Reference()})
	}
	return s
}

// form is a document's name as somebody typed it.
type form struct {
	Document
	CaseReference string
	Typed         string
	Problem       error
}

// Conflict reports whether somebody else saved the document meanwhile.
func (f form) Conflict() bool { return errors.Is(f.Problem, ErrChanged) }

// Fields returns the inputs of the form.
func (f form) Fields() []web.Field {
	name := web.Field{Form: "document", Name: "name", Label: "documents.name", Hint: "documents.name-hint", Value: f.Typed, Limit: nameLimit, Full: true, Problem: f.Problem}
	name.Differs, name.Saved = f.Conflict() && f.Typed != f.Name, f.Name
	return []web.Field{name}
}

func (p *Pages) form(r *http.Request) (form, error) {
	who := web.Actor(r)
	d, err := p.documents.get(r.Context(), p.documents.db, who, editing, ID(r.PathValue("id")))
	if err != nil {
		return form{}, err
	}
	c, _, err := p.cases.ByID(r.Context(), who, d.CaseID)
	return form{Document: d, CaseReference: c.Reference, Typed: d.Name}, err
}

// edit answers GET /documents/{id}/edit.
func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	f, err := p.form(r)
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "document-edit", f)
}

// rename answers POST /documents/{id}.
func (p *Pages) rename(w http.ResponseWriter, r *http.Request) error {
	f, err := p.form(r)
	if err != nil {
		return err
	}
	version, _ := strconv.Atoi(r.PostFormValue("version")) //nolint:errcheck // no number is no version
	f.Typed = text.Clean(r.PostFormValue("name"))
	err = p.documents.Rename(r.Context(), web.Actor(r), f.ID, version, f.Typed)
	switch {
	case err == nil:
		web.Say(w, r, "documents.said-renamed")
		return web.GoTo(w, r, "/cases/"+string(f.CaseID))
	case errs.KindOf(err) == errs.Invalid:
		f.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "document-edit", f)
	case errors.Is(err, ErrChanged):
		f.Problem = err
		return p.Page(w, r, http.StatusConflict, "document-edit", f)
	}
	return err
}

// remove answers POST /documents/{id}/remove.
func (p *Pages) remove(w http.ResponseWriter, r *http.Request) error {
	id, err := p.documents.Remove(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	web.Say(w, r, "documents.said-removed")
	return web.GoTo(w, r, "/cases/"+string(id))
}
