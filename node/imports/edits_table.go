package imports

import (
	"context"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/actor"
)

// TakeTable keeps what stands in a table of held rows, such as HeldTable writes, in place
// of their cells: for somebody who mended them in another program. Rows over which somebody
// typed since the table was made stay as they are. It fails with ErrNoMarks for a table of
// something else.
func (s *Service) TakeTable(ctx context.Context, who actor.Actor, run int64, file adapters.Source) (TableTaken, error) {
	p, err := s.toEdit(ctx, who, run)
	if err != nil {
		return TableTaken{}, err
	}
	rows, unmarked, err := readTable(ctx, file)
	if err != nil {
		return TableTaken{}, err
	}
	if len(rows) == 0 {
		return TableTaken{}, ErrNoMarks
	}
	n, moved, _, err := s.saveEdits(ctx, who, p, rows)
	return TableTaken{n, moved, len(rows) - n - moved + unmarked}, err
}

// TableTaken counts the rows of a table of held rows: those that were taken, those over
// which somebody typed something else since the table was made, and those that are not of
// the quarantine.
type TableTaken struct{ Taken, Moved, Other int }

// readTable reads the rows of a table of held rows by their marks.
func readTable(ctx context.Context, file adapters.Source) (rows map[string]typed, unmarked int, err error) {
	if err := file.Check(ctx); err != nil {
		return nil, 0, err
	}
	cat, err := file.Discover(ctx)
	if err != nil {
		return nil, 0, err
	}
	rows = map[string]typed{}
	for _, st := range cat.Streams {
		err := file.Read(ctx, st.Name, "", func(rec adapters.Record) error {
			if rec.Skip != "" {
				return nil
			}
			mark, revision, ok := markIn(rec.Value(errorColumn).Raw)
			if !ok {
				unmarked++
				return nil
			}
			cells := map[string]string{}
			for i, name := range rec.Header.Names() {
				if name != codeColumn && name != errorColumn {
					cells[pointer("", name)] = unguarded(rec.At(i).Raw)
				}
			}
			rows[mark] = typed{cells, revision}
			return nil
		}, func(adapters.Cursor) error { return ctx.Err() })
		if err != nil {
			return nil, 0, err
		}
	}
	return rows, unmarked, nil
}

// OpenTable opens a table of held rows that somebody brought.
func OpenTable(ctx context.Context, open Opener, name string, content []byte) (adapters.Source, error) {
	if open == nil {
		return nil, ErrSource.With("type", "spreadsheet").With("types", "")
	}
	settings, err := document([]byte("type: spreadsheet\n"))
	if err != nil {
		return nil, err
	}
	return open(ctx, &Mapping{SourceType: "spreadsheet", source: settings}, place.Bytes(name, content))
}
