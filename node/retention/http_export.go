package retention

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/clients"
	"casehub/node/documents"
)

// exportForm is what goes along with a client's own data, as somebody chose it.
type exportForm struct {
	Client, Reference string
	Choice
	// Last is the file that was given before and had not everything, nil where
	// there is none or the reader is not to know.
	Last      *Given
	LastMaker string
	Problem   error
}

// WhyField returns the input of the reason.
func (f exportForm) WhyField() web.Field {
	return web.Field{Form: "own-data", Name: "why", Label: "retention.own-why", Hint: "retention.own-why-hint", Value: f.Why, Lines: 2, Limit: whyLimit, Full: true, Problem: f.Problem}
}

// ownData answers GET /clients/{id}/own-data.
func (p *Pages) ownData(w http.ResponseWriter, r *http.Request) error {
	return p.showOwnData(w, r, http.StatusOK, exportForm{Choice: Choice{Files: true}})
}

func (p *Pages) showOwnData(w http.ResponseWriter, r *http.Request, status int, f exportForm) error {
	id := clients.ID(r.PathValue("id"))
	if err := p.retention.gate.Client(r.Context(), p.retention.db, web.Actor(r), "clients.export", string(id)); err != nil {
		return err
	}
	c, err := p.clients.Line(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	f.Client, f.Reference = string(id), c.Reference
	last, err := p.retention.LastGiven(r.Context(), web.Actor(r), string(id))
	if err != nil {
		return err
	}
	if last != nil && !last.Complete {
		names, err := p.retention.gate.Names(r.Context(), last.MadeBy)
		if err != nil {
			return err
		}
		f.Last, f.LastMaker = last, names[last.MadeBy]
	}
	return p.Page(w, r, status, "own-data", f)
}

// giveOwnData answers POST /clients/{id}/own-data with a ZIP file that is made
// while it is sent: nothing of it is laid down.
func (p *Pages) giveOwnData(w http.ResponseWriter, r *http.Request) error {
	ticked := func(name string) bool { return r.PostFormValue(name) == "yes" }
	f := exportForm{Choice: Choice{Others: ticked("others"), Notes: ticked("notes"), Files: ticked("files"), Why: text.Clean(r.PostFormValue("why"))}}
	o, err := p.export.Gather(r.Context(), web.Actor(r), clients.ID(r.PathValue("id")), web.Language(r), f.Choice)
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showOwnData(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	readable, err := p.HTML(r, "own-data-file", o)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="own-data-`+string(o.MadeOn)+`.zip"`)
	if err := p.send(w, r, o, readable, f.Files); err != nil {
		// Part of the file has gone out: the browser must not take it for whole.
		panic(http.ErrAbortHandler)
	}
	return nil
}

// send writes the ZIP file.
func (p *Pages) send(w io.Writer, r *http.Request, o OwnData, readable template.HTML, files bool) error {
	z := zip.NewWriter(w)
	entry, err := z.Create("own-data.json")
	if err != nil {
		return err
	}
	e := json.NewEncoder(entry)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		return err
	}
	if entry, err = z.Create("own-data.html"); err == nil {
		_, err = io.WriteString(entry, string(readable))
	}
	if err != nil {
		return err
	}
	for i, d := range o.files {
		if !files {
			break
		}
		if err := p.sendFile(z, r, i+1, d); err != nil {
			return err
		}
	}
	return z.Close()
}

// papers returns the list of documents, as pages name kinds and sizes.
func (p pen) papers(all []documents.Document) Section {
	s := Section{Kind: "documents", Title: p.title("retention.own-documents")}
	for _, d := range all {
		s.Records = append(s.Records, Record{Fields: given(
			p.plain("document_name", d.Name), p.item("document_type", d.Type, p.words.Text(p.lang, "documents.kind-"+web.FileKind(d.Type)), own),
			p.item("document_size", fmt.Sprint(d.Size), p.words.Text(p.lang, "documents.kilobytes", "n", web.Kilobytes(d.Size)), own),

			p.day("added_on", civil.On(d.AddedAt)),
		)})
	}
	return s
}

// sendFile writes one document. One whose content is gone is told of by a file
// without content.
func (p *Pages) sendFile(z *zip.Writer, r *http.Request, n int, d documents.Document) (err error) {
	_, content, err := p.export.Documents.Open(r.Context(), web.Actor(r), d.ID)
	if errors.Is(err, documents.ErrNoContent) {
		_, err := z.Create(fmt.Sprintf("files/%03d-missing", n))
		return err
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	entry, err := z.Create(fmt.Sprintf("files/%03d-%s", n, plainName(d.Name)))
	if err != nil {
		return err
	}
	_, err = io.Copy(entry, content)
	return err
}

// plainName keeps of a document's name what every system takes for the name of a
// file.
func plainName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ._-()", r) {
			return r
		}
		return '_'
	}, path.Base(name))
	return strings.Trim(name, " .")
}
