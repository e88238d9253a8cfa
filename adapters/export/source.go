package export

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"

	"casehub/adapters"
	"casehub/adapters/export/book"
	"casehub/adapters/export/join"
	"casehub/adapters/place"
)

// Source reads one file. It implements adapters.Source.
type Source struct {
	at     place.Place
	nulls  []string
	format Format

	book    *book.Book
	streams []Stream
	records map[string]*join.Records
	print   string
}

var _ adapters.Source = (*Source)(nil)

// Open makes a source of the file at a place. Nulls are texts that stand for no value.
func Open(at place.Place, nulls []string, f Format) *Source {
	return &Source{at: at, nulls: nulls, format: f}
}

func (s *Source) load(ctx context.Context) (err error) {
	if s.book != nil {
		return nil
	}
	if s.print, err = s.at.Fingerprint(ctx); err != nil {
		return err
	}
	b, err := book.Open(s.at, s.nulls)
	if err != nil {
		return err
	}
	l, err := s.format.Layout(ctx, b)
	if err != nil {
		return err
	}
	if len(l.Streams) == 0 {
		return b.Unreadable()
	}
	s.book, s.streams, s.records = b, l.Streams, map[string]*join.Records{}
	for _, st := range l.Streams {
		s.records[st.Name] = join.New(b, st.Name, st.Table)
	}
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
	for i := range s.streams {
		st, err := s.describe(ctx, &s.streams[i])
		if err != nil {
			return adapters.Catalog{}, err
		}
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

var errEnough = errors.New("enough")

func (s *Source) describe(ctx context.Context, st *Stream) (adapters.Stream, error) {
	out := adapters.Stream{Name: st.Name, Records: -1, Notes: st.Notes, Instruments: st.Instruments}
	var all level
	n := int64(0)
	err := s.records[st.Name].Each(ctx, func(r adapters.Record) error {
		if n++; n > discoverRecords {
			return errEnough
		}
		if r.Skip == "" && len(r.Problems) == 0 {
			all.take(&r, st.Table)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
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

// level gathers what the records of a stream or repeat say.
type level struct {
	tally  adapters.Tally
	inside map[string]*level
	names  []string
}

// take takes a record, and children of the tables of its repeats and of none.
func (l *level) take(r *adapters.Record, t *join.Table) {
	l.tally.Take(r)
	tables := map[string]*join.Table{}
	for _, c := range t.Children {
		tables[c.Leaf] = c
		l.child(c.Leaf)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Children)) {
		c := tables[name]
		if c == nil {
			c = &join.Table{}
		}
		for i := range r.Children[name] {
			l.child(name).take(&r.Children[name][i], c)
		}
	}
}

func (l *level) child(name string) *level {
	if l.inside[name] == nil {
		if l.inside == nil {
			l.inside = map[string]*level{}
		}
		l.inside[name] = &level{}
		l.names = append(l.names, name)
	}
	return l.inside[name]
}

func (l *level) children() []adapters.Stream {
	var all []adapters.Stream
	for _, name := range l.names {
		c := l.inside[name]
		all = append(all, adapters.Stream{Name: name, Records: -1, Fields: c.tally.Fields(), Children: c.children()})
	}
	return all
}

// Read gives the records of a stream. It goes on by counting: a record's children
// stand elsewhere in the file.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	all := s.records[stream]
	if all == nil {
		return adapters.ErrStream.With("table", stream)
	}
	count, err := adapters.NewCounter(stream, s.print, after)
	if err != nil {
		return err
	}
	if err := all.Each(ctx, func(r adapters.Record) error { return count.Give(ctx, r, record, checkpoint) }); err != nil {
		return err
	}
	return count.End(ctx, checkpoint)
}

// Open opens a document of a ZIP file.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	return s.book.Document(b)
}
