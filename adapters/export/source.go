package export

import (
	"context"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/place"
)

// Source reads one file. It implements adapters.Source.
type Source struct {
	at     place.Place
	nulls  []string
	format Format

	book   *Book
	layout Layout
	print  string
	facts  map[string]*facts
}

var _ adapters.Source = (*Source)(nil)

// Open makes a source of the file at a place. Nulls are texts that stand for no value.
func Open(at place.Place, nulls []string, f Format) *Source {
	return &Source{at: at, nulls: nulls, format: f, facts: map[string]*facts{}}
}

func (s *Source) load(ctx context.Context) (err error) {
	if s.book != nil {
		return nil
	}
	if s.print, err = s.at.Fingerprint(ctx); err != nil {
		return err
	}
	book, err := openBook(s.at, s.nulls)
	if err != nil {
		return err
	}
	if s.layout, err = s.format.Layout(ctx, book); err != nil {
		return err
	}
	if len(s.layout.Streams) == 0 {
		return book.unreadable()
	}
	s.book = book
	return nil
}

// Check reports whether the file can be read.
func (s *Source) Check(ctx context.Context) error { return s.load(ctx) }

// discoverRecords is the number of records that Discover looks at in a stream.
const discoverRecords = 5000

// Discover lists the streams. It looks at the first 5,000 records of each.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	if err := s.load(ctx); err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Fingerprint: s.print}
	for i := range s.layout.Streams {
		st, err := s.describe(ctx, &s.layout.Streams[i])
		if err != nil {
			return adapters.Catalog{}, err
		}
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

// level gathers what the records of a stream or repeat say.
type level struct {
	tally  adapters.Tally
	inside map[string]*level
	names  []string
}

func (l *level) take(r *adapters.Record, table *Table) {
	l.tally.Take(r)
	for _, c := range table.Children {
		if l.inside[c.Leaf] == nil {
			if l.inside == nil {
				l.inside = map[string]*level{}
			}
			l.inside[c.Leaf] = &level{}
			l.names = append(l.names, c.Leaf)
		}
		for i := range r.Children[c.Leaf] {
			l.inside[c.Leaf].take(&r.Children[c.Leaf][i], c)
		}
	}
	l.others(r, table)
}

// others takes children that no table of the file gave.
func (l *level) others(r *adapters.Record, table *Table) {
	for name, list := range r.Children {
		known := false
		for _, c := range table.Children {
			known = known || c.Leaf == name
		}
		if known {
			continue
		}
		if l.inside[name] == nil {
			if l.inside == nil {
				l.inside = map[string]*level{}
			}
			l.inside[name] = &level{}
			l.names = append(l.names, name)
		}
		for i := range list {
			l.inside[name].take(&list[i], &Table{})
		}
	}
}

func (l *level) children() []adapters.Stream {
	var all []adapters.Stream
	for _, name := range l.names {
		c := l.inside[name]
		all = append(all, adapters.Stream{Name: name, Records: -1, Fields: c.tally.Fields(), Children: c.children()})
	}
	return all
}

func (s *Source) describe(ctx context.Context, st *Stream) (adapters.Stream, error) {
	out := adapters.Stream{Name: st.Name, Records: -1, Notes: st.Notes, Instruments: st.Instruments}
	var all level
	n := int64(0)
	err := s.each(ctx, st, func(r adapters.Record) error {
		if n++; n > discoverRecords {
			return errEnough
		}
		if r.Skip == "" && len(r.Problems) == 0 {
			all.take(&r, st.Table)
		}
		return nil
	})
	if err != nil && err != errEnough {
		return out, err
	}
	if err == nil {
		out.Records = n
	}
	out.Fields, out.Children = all.tally.Fields(), all.children()
	if len(out.Fields) == 0 {
		names, err := s.book.Columns(ctx, st.Table.Name)
		if err != nil {
			return out, err
		}
		all.tally.Name(names)
		out.Fields = all.tally.Fields()
	}
	return out, nil
}

// each gives the records of a stream with their children.
func (s *Source) each(ctx context.Context, st *Stream, give func(adapters.Record) error) error {
	f, err := s.look(ctx, st)
	if err != nil {
		return err
	}
	all, err := feeds(ctx, s.book, st.Table, f)
	defer stopAll(all)
	if err != nil {
		return err
	}
	e := emitter{stream: st, facts: f, feeds: all, give: give}
	for rec, err := range s.book.Rows(ctx, st.Table.Name) {
		if err == nil {
			err = e.row(rec)
		}
		if err != nil {
			return err
		}
	}
	return e.end()
}

func (s *Source) look(ctx context.Context, st *Stream) (*facts, error) {
	if f := s.facts[st.Name]; f != nil {
		return f, nil
	}
	f, err := look(ctx, s.book, st.Table)
	if err == nil {
		s.facts[st.Name] = f
	}
	return f, err
}

// emitter turns rows into records and gives them.
type emitter struct {
	stream *Stream
	facts  *facts
	feeds  []*feed
	give   func(adapters.Record) error
	first  *adapters.Record // that further rows may belong to
	rows   int32            // that are no part of another and not left out
}

// once returns what no other record may share, "" for nothing.
func (e *emitter) once(rec *adapters.Record) string {
	if t := e.stream.Table; t.Once != nil {
		return t.Once(rec)
	}
	return ""
}

func (e *emitter) row(rec adapters.Record) error {
	t := e.stream.Table
	if rec.Skip == "" && t.Same != nil {
		if e.first != nil && t.Key(e.first) != "" && t.Key(e.first) == t.Key(&rec) {
			t.Same(e.first, &rec)
			return nil
		}
		if err := e.flush(); err != nil {
			return err
		}
		e.first = &rec
		return nil
	}
	if err := e.flush(); err != nil {
		return err
	}
	return e.record(rec)
}

func (e *emitter) flush() error {
	if e.first == nil {
		return nil
	}
	rec := *e.first
	e.first = nil
	return e.record(rec)
}

func (e *emitter) record(rec adapters.Record) error {
	t := e.stream.Table
	if rec.Skip != "" {
		return e.say(rec)
	}
	e.rows++
	if once := e.once(&rec); once != "" && e.facts.twice[hashed(once)] {
		switch {
		case t.Older == "":
			rec.Problems = append(rec.Problems, adapters.Problem{Code: t.Twice})
		case e.facts.last[hashed(once)] != e.rows:
			rec.Key, rec.Skip = t.Key(&rec), t.Older
			return e.say(rec)
		}
	}
	own := t.Own(&rec)
	n := &node{rec: &rec, table: t, own: own}
	if err := fill(e.feeds, own, []*node{n}); err != nil {
		return err
	}
	if err := e.strange(); err != nil {
		return err
	}
	return e.say(n.settle(e.stream.Name, t.Key(&rec)))
}

func (e *emitter) strange() error {
	for _, r := range strangers(e.feeds) {
		if err := e.say(r); err != nil {
			return err
		}
	}
	return nil
}

func (e *emitter) end() error {
	if err := e.flush(); err != nil {
		return err
	}
	if err := drain(e.feeds); err != nil {
		return err
	}
	return e.strange()
}

// drain reads what is left: rows of no record.
func drain(all []*feed) error {
	for _, x := range all {
		for {
			r, err := x.row()
			if err != nil {
				return err
			}
			if r == nil {
				break
			}
			r.Problems = append(r.Problems, adapters.Problem{Code: adapters.ReferenceMissing})
			x.strange, x.ahead = append(x.strange, *r), nil
		}
		if err := drain(x.inside); err != nil {
			return err
		}
	}
	return nil
}

func (e *emitter) say(rec adapters.Record) error {
	rec.Stream = e.stream.Name
	jsontree.SealAll(&rec)
	return e.give(rec)
}

// Read gives the records of a stream. It goes on by counting: a record's children
// stand elsewhere in the file.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	var st *Stream
	for i := range s.layout.Streams {
		if s.layout.Streams[i].Name == stream {
			st = &s.layout.Streams[i]
		}
	}
	if st == nil {
		return adapters.ErrStream.With("table", stream)
	}
	count, err := adapters.NewCounter(stream, s.print, after)
	if err != nil {
		return err
	}
	if err := s.each(ctx, st, func(r adapters.Record) error { return count.Give(ctx, r, record, checkpoint) }); err != nil {
		return err
	}
	return count.End(ctx, checkpoint)
}

// Open opens a document of a ZIP file.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	name, ok := strings.CutPrefix(string(b), "media:")
	if !ok || !s.book.media[name] {
		return nil, adapters.ErrBlob
	}
	z, err := place.Zip(s.at)
	if err != nil {
		return nil, err
	}
	for _, m := range z.File {
		if m.Name != name {
			continue
		}
		r, err := m.Open()
		if err != nil {
			break
		}
		return &member{io.LimitReader(r, maxDocument+1), r, z, maxDocument, s.at.Name()}, nil
	}
	_ = z.Close()
	return nil, adapters.ErrBlob
}

// MediaBlob names a document of a ZIP file.
func MediaBlob(name string) adapters.Blob { return adapters.Blob("media:" + name) }

// maxDocument is the most bytes of one document.
const maxDocument = 512 << 20

// member is a document as it is unpacked.
type member struct {
	io.Reader
	one  io.Closer
	all  io.Closer
	left int64
	file string
}

// Read fails with adapters.ErrTooLarge past the limit.
func (m *member) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if m.left -= int64(n); m.left < 0 {
		return 0, adapters.ErrTooLarge.With("file", m.file).With("megabytes", maxDocument>>20)
	}
	return n, err
}

// Close closes the ZIP file too.
func (m *member) Close() error {
	_ = m.one.Close()
	return m.all.Close()
}
