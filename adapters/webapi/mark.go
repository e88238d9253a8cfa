package webapi

import (
	"encoding/json"

	"casehub/adapters"
)

// Saving returns what gives a checkpoint the cursor that a mark stands at when it is
// called: the mark as JSON.
func Saving[M any](mark *M, checkpoint func(adapters.Cursor) error) func() error {
	return func() error {
		b, err := json.Marshal(mark)
		if err != nil {
			return err
		}
		return checkpoint(adapters.Cursor(b))
	}
}
