package sqldb

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"time"

	"casehub/adapters"
	"casehub/adapters/tables"
	"casehub/adapters/tables/streams"
	"casehub/adapters/webapi"
)

// Source reads the tables of a live database as streams. It implements
// adapters.Source and adapters.Lister.
type Source struct {
	db    *DB
	blobs *streams.Blobs
}

var _ adapters.Lister = (*Source)(nil)

// Open makes a source of settings, which are JSON. It does not connect.
func Open(settings []byte) (adapters.Source, error) {
	var s Settings
	if err := webapi.Decode(settings, &s); err != nil {
		return nil, err
	}
	if s.Type != "" && s.Type != "sqldb" {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	db, err := NewDB(s)
	if err != nil {
		return nil, err
	}
	return &Source{db, streams.NewBlobs(db)}, nil
}

// Close ends the connection.
func (s *Source) Close() error { return s.db.Close() }

// Check connects, and looks for the tables and columns that the settings name.
func (s *Source) Check(ctx context.Context) error {
	all, err := s.db.Tables(ctx)
	if err != nil {
		return err
	}
	for _, name := range s.db.settings.Tables {
		if tables.Find(all, name) == nil {
			return adapters.ErrStream.With("table", name)
		}
	}
	for name, column := range s.db.settings.Watermark {
		if t := tables.Find(all, name); t == nil || t.Index(column) < 0 {
			return adapters.ErrSettings.With("setting", "watermark")
		}
	}
	return nil
}

// Discover describes the tables. It reads all rows once and returns no values.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	return streams.Catalog(ctx, s.db, s.has)
}

func (s *Source) has(table string) bool {
	only := s.db.settings.Tables
	_, query := s.db.settings.Queries[table]
	return len(only) == 0 || query || slices.Contains(only, table)
}

// Open opens bytes that stand in a row.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	return s.blobs.Open(ctx, b)
}

// cursor is where a reading stands.
type cursor struct {
	Stream string   `json:"s"`
	After  []string `json:"k,omitempty"` // the key of the last row given
	Given  int64    `json:"n"`
	Since  string   `json:"f,omitempty"` // the watermark that this reading began at
	Mark   string   `json:"m,omitempty"` // the highest one seen
	Done   bool     `json:"d,omitempty"`
}

// checkpointEvery is the number of records between two checkpoints.
const checkpointEvery = 1000

// Read gives the rows of a table or query. After a reading that came to its end
// it gives, where a watermark is declared, what moved since a day before it, and
// otherwise the rows with a key behind the last.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	shape, at, err := s.start(ctx, stream, after)
	if err != nil {
		return err
	}
	mark := s.db.settings.Watermark[stream]
	column := shape.table.Index(mark)
	save := func() error {
		b, err := json.Marshal(at)
		if err != nil {
			return err
		}
		return checkpoint(adapters.Cursor(b))
	}
	maker := streams.NewMaker(s.db.Name(), shape.table)
	if mark != "" && at.Mark != "" && at.Given > 0 && shape.key != nil { // stopped, perhaps days ago
		err := s.db.read(ctx, shape, position{upTo: at.After, mark: mark, since: dayBefore(at.Mark)}, nil, func(r tables.Row, _ []string) error {
			return record(maker.Record(r))
		})
		if err != nil {
			return err
		}
	}
	p := position{after: at.After, mark: mark, since: at.Since}
	skip := int64(0)
	if shape.key == nil {
		skip = at.Given
	} else {
		p.no = at.Given
	}
	err = s.db.read(ctx, shape, p, nil, func(r tables.Row, key []string) error {
		if r.No <= skip {
			return nil
		}
		if err := record(maker.Record(r)); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		at.Given, at.After = r.No, key
		if v := r.Text(column); column >= 0 && later(v, at.Mark) {
			at.Mark = v
		}
		if r.No%checkpointEvery == 0 {
			return save()
		}
		return nil
	})
	if err != nil {
		return err
	}
	at.Done = true
	return save()
}

// start finds the table and where to go on.
func (s *Source) start(ctx context.Context, stream string, after adapters.Cursor) (shape, cursor, error) {
	at := cursor{Stream: stream}
	if !s.has(stream) {
		return shape{}, at, adapters.ErrStream.With("table", stream)
	}
	sh, err := s.db.shapeOf(ctx, stream)
	if err != nil || after == "" {
		return sh, at, err
	}
	var c cursor
	if json.Unmarshal([]byte(after), &c) != nil || c.Stream != stream || c.Given < 0 || len(c.After) != len(sh.key) && c.Given > 0 {
		return sh, at, adapters.ErrCursor
	}
	if c.Done && c.Mark != "" && s.db.settings.Watermark[stream] != "" {
		return sh, cursor{Stream: stream, Since: dayBefore(c.Mark), Mark: c.Mark}, nil
	}
	c.Done = false
	return sh, c, nil
}

// later compares two values of a watermark: numbers as numbers, all else as texts,
// which is right for days written with the year first.
func later(a, b string) bool {
	if len(a) != len(b) && wholeNumber(a) && (b == "" || wholeNumber(b)) {
		return len(a) > len(b)
	}
	return a > b
}

func wholeNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// dayBefore moves a watermark of time back by a day: clocks differ, and what is
// written first is not always committed first.
func dayBefore(mark string) string {
	const layout = "2006-01-02"
	if len(mark) < len(layout) {
		return mark
	}
	t, err := time.Parse(layout, mark[:len(layout)])
	if err != nil {
		return mark
	}
	rest := mark[len(layout):]
	if rest != "" {
		rest = " " + rest[1:]
	}
	return t.AddDate(0, 0, -1).Format(layout) + rest
}

// Keys gives the key of every row of a table.
func (s *Source) Keys(ctx context.Context, stream string, key func(string) error) error {
	sh, _, err := s.start(ctx, stream, "")
	if err != nil {
		return err
	}
	maker := streams.NewMaker(s.db.Name(), sh.table)
	return s.db.read(ctx, sh, position{}, nil, func(r tables.Row, _ []string) error {
		return key(maker.Record(r).Key)
	})
}
