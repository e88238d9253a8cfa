package egress

import (
	"context"
	"fmt"
	"time"
)

// Own is the newest release of which the office has the hub's receipt: what it reads
// out by telephone when the hub enters new keys after a theft. Whatever the hub has
// after that is not the office's, or comes again.
type Own struct {
	// Sequence is 0 when there is none. Mark is as release.Mark makes it, "" with 0.
	Sequence uint32
	Mark     string
	// BackAt is since when it is known that the office may have sent more than this
	// database knows, else zero: a pause is open, or the hub has counted nothing after
	// what was told when one ended, or after what was lost. No clock decides it. Then
	// Sequence is 0 and Mark "", and nothing may be withdrawn at the hub: it would leave
	// once more in other groups.
	BackAt time.Time
}

// Own returns the newest release that the office knows it sent.
func (g *Gate) Own(ctx context.Context) (Own, error) {
	own, err := selectOwn(ctx, g.db)
	if err != nil {
		return Own{}, fmt.Errorf("reading the newest release that counts: %w", err)
	}
	return own, nil
}
