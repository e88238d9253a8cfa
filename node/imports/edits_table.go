package imports

import (
	"context"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/actor"
)

// TakeTable keeps what stands in a table of held rows, such as HeldTable writes, in place
// of their cells: for somebody who mended them in another program. It returns how many
// rows are in quarantine and were taken, and how many are not of it. It fails with
// ErrNoMarks for a table of something else.
func (s *Service) TakeTable(ctx context.Context, who actor.Actor, run int64, file adapters.Source) (taken, other int, err error) {
	p, err := s.toEdit(ctx, who, run)
	if err != nil {
		return 0, 0, err
	}
	texts, unmarked, err := readTable(ctx, file)
	if err != nil {
		return 0, 0, err
	}
	if len(texts) == 0 {
		return 0, 0, ErrNoMarks
	}
	taken, _, err = s.saveEdits(ctx, who, p, texts)
	return taken, len(texts) - taken + unmarked, err
}

// readTable reads the rows of a table of held rows by their marks.
func readTable(ctx context.Context, file adapters.Source) (texts map[string]map[string]string, unmarked int, err error) {
	if err := file.Check(ctx); err != nil {
		return nil, 0, err
	}
	cat, err := file.Discover(ctx)
	if err != nil {
		return nil, 0, err
	}
	texts = map[string]map[string]string{}
	for _, st := range cat.Streams {
		err := file.Read(ctx, st.Name, "", func(rec adapters.Record) error {
			if rec.Skip != "" {
				return nil
			}
			mark, _, ok := strings.Cut(strings.TrimPrefix(rec.Value(errorColumn).Raw, "'"), " | ")
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
			texts[strings.TrimSpace(mark)] = cells
			return nil
		}, func(adapters.Cursor) error { return ctx.Err() })
		if err != nil {
			return nil, 0, err
		}
	}
	return texts, unmarked, nil
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
