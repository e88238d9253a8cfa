package imports

import (
	"context"

	"casehub/adapters"
	"casehub/adapters/place"
)

// Opener opens the source that a mapping is for, at a place; the zero place for one
// that is read over the network. It fails with ErrSource for a type that nobody here
// reads. Whoever opened a source closes it, where it has something to close.
type Opener func(ctx context.Context, m *Mapping, at place.Place) (adapters.Source, error)
