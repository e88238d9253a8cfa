package spreadsheet

import (
	"context"

	"casehub/adapters/spreadsheet/records"
)

// Rows is one table that is read record by record, by sources that have to read
// several side by side.
type Rows struct{ records.Reader }

// Pull opens a table at its first record.
func (s *Source) Pull(ctx context.Context, stream string) (*Rows, error) {
	r, err := s.open(ctx, stream)
	if err != nil {
		return nil, err
	}
	return &Rows{r}, nil
}

// Names returns the names of the columns; nil where each record has its own.
func (r *Rows) Names() []string {
	if h := r.Header(); h != nil {
		return h.Names()
	}
	return nil
}
