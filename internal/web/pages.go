package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Pages are the templates of one area with the layout around them.
type Pages struct {
	site *Site
	base *template.Template
	// free holds views that no request uses: a template set is bound to one
	// request while it runs, and making one costs more than a page.
	free sync.Pool
}

// view is one copy of the templates with the request its functions speak of.
type view struct {
	set *template.Template
	req *http.Request
}

// frame is the data of the layout.
type frame struct {
	Name      string
	Title     template.HTML
	Body      template.HTML
	Nav       []navLink
	Tabs      []navLink // side by side under the entry of the bar that is current
	Account   *Account
	Languages []string
	Theme     string
	Synthetic bool
	Notice    string
}

type navLink struct {
	NavItem
	Current bool
}

// Pages reads every .html below files, beside the kit's own. Each page block
// "x" has a block "x-title" for the title of the window. It panics when a
// template does not parse or has a form that is not safe (forms.go): both are
// faults of the program, found at its start.
func (s *Site) Pages(files fs.FS) *Pages {
	p := &Pages{site: s, base: template.New("").Funcs((&view{}).funcs(s))}
	for _, f := range []fs.FS{templates, files} {
		if f == nil {
			continue
		}
		if err := p.parse(f); err != nil {
			panic(fmt.Sprintf("reading templates: %v", err))
		}
	}
	p.free.New = func() any { return p.view() }
	return p
}

func (p *Pages) parse(files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if err := safe(string(text)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		_, err = p.base.New(name).Parse(string(text))
		return err
	})
}

// view copies the templates. Functions are bound to the copy, because escaping
// a template anew for each request would cost more than running it.
func (p *Pages) view() *view {
	v := &view{}
	set, err := p.base.Clone()
	if err != nil {
		panic(err) // only after the base itself was run, which it never is
	}
	v.set = set.Funcs(v.funcs(p.site))
	return v
}

// Page answers with a whole page, or with the block alone when htmx asks.
func (p *Pages) Page(w http.ResponseWriter, r *http.Request, status int, block string, data any) error {
	return p.answer(w, r, status, block, data, !Fragment(r))
}

// Block answers with a fragment. Without htmx the reader gets the fragment
// inside the layout, so that a form that does not hold comes back on a page.
func (p *Pages) Block(w http.ResponseWriter, r *http.Request, status int, block string, data any) error {
	return p.answer(w, r, status, block, data, r.Header.Get("HX-Request") != "true")
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request, status int, block string, data any, whole bool) error {
	var page bytes.Buffer
	if err := p.render(&page, r, block, data, whole); err != nil {
		return fmt.Errorf("page %s: %w", block, err)
	}
	if whole {
		said(w, r)
	}
	write(w, r, status, page.Bytes())
	return nil
}

func (p *Pages) render(out io.Writer, r *http.Request, block string, data any, whole bool) error {
	v := p.free.Get().(*view)
	v.req = r
	defer func() { v.req = nil; p.free.Put(v) }()
	if !whole {
		return v.set.ExecuteTemplate(out, block, data)
	}
	var body, title strings.Builder
	if err := v.set.ExecuteTemplate(&body, block, data); err != nil {
		return err
	}
	if v.set.Lookup(block+"-title") != nil {
		if err := v.set.ExecuteTemplate(&title, block+"-title", data); err != nil {
			return err
		}
	}
	f := p.frame(r)
	f.Body = template.HTML(body.String())   //nolint:gosec // a template of ours made it
	f.Title = template.HTML(title.String()) //nolint:gosec // a template of ours made it
	return v.set.ExecuteTemplate(out, "layout", f)
}

func (p *Pages) frame(r *http.Request) frame {
	q, o := of(r), p.site.o
	f := frame{Name: o.Name, Languages: o.Catalog.Languages(), Theme: q.theme, Synthetic: o.Synthetic, Notice: q.notice}
	best, longest := -1, 0
	var tabs [][]navLink
	for _, n := range o.Nav {
		n, some, shown := p.site.reached(r, n)
		if !shown {
			continue
		}
		f.Nav, tabs = append(f.Nav, navLink{NavItem: n}), append(tabs, some)
		if length := n.holds(r.URL.Path); length > longest {
			best, longest = len(f.Nav)-1, length
		}
	}
	if best >= 0 {
		f.Nav[best].Current, f.Tabs = true, tabs[best]
	}
	if o.Account != nil {
		f.Account = o.Account(r)
	}
	return f
}

// reached returns an entry of the bar as the reader gets it, with its tabs, and whether
// it is shown at all.
func (s *Site) reached(r *http.Request, n NavItem) (NavItem, []navLink, bool) {
	if n.Sub == nil {
		return n, nil, s.shows(r, n)
	}
	var tabs []navLink
	best, longest := -1, 0
	for _, sub := range n.Sub {
		if !s.shows(r, sub) {
			continue
		}
		if length := sub.holds(r.URL.Path); length > longest {
			best, longest = len(tabs), length
		}
		n.Also = append(slices.Clone(n.Also), sub.Path)
		tabs = append(tabs, navLink{NavItem: sub})
	}
	if tabs == nil {
		return n, nil, false
	}
	if best >= 0 {
		tabs[best].Current = true
	}
	n.Path = tabs[0].Path
	return n, tabs, true
}

// holds returns the length of the longest of an entry's paths to which a page belongs,
// 0 for none.
func (n NavItem) holds(page string) int {
	longest := 0
	for _, path := range append([]string{n.Path}, n.Also...) {
		if under(page, path) {
			longest = max(longest, len(path))
		}
	}
	return longest
}

// shows reports whether an entry of the bar is for the reader.
func (s *Site) shows(r *http.Request, n NavItem) bool {
	return len(n.Needs) == 0 || s.o.Reaches == nil ||
		slices.ContainsFunc(n.Needs, func(need Need) bool { return s.o.Reaches(r, n.Path, need) })
}

// under reports whether a page belongs to the entry of the bar at path.
func under(page, path string) bool {
	return page == path || path == "/" && page == "/" ||
		path != "/" && strings.HasPrefix(page, strings.TrimSuffix(path, "/")+"/")
}

// write sends a page, compressed where the reader's browser understands it.
func write(w http.ResponseWriter, r *http.Request, status int, page []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "HX-Request, Accept-Encoding, Accept-Language, Cookie")
	h.Set("Content-Language", Language(r))
	if acceptsGzip(r) && len(page) > 1024 {
		h.Set("Content-Encoding", "gzip")
		page = compress(page)
	}
	h.Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(page) //nolint:errcheck // the reader has gone; nobody is left to tell
	}
}

func acceptsGzip(r *http.Request) bool {
	return slices.ContainsFunc(strings.Split(r.Header.Get("Accept-Encoding"), ","), func(s string) bool {
		name, weight, _ := strings.Cut(strings.TrimSpace(s), ";")
		return strings.TrimSpace(name) == "gzip" && strings.ReplaceAll(weight, " ", "") != "q=0"
	})
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b) //nolint:errcheck // a buffer takes everything
	z.Close()  //nolint:errcheck // a buffer takes everything
	return out.Bytes()
}
