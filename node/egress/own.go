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
	// BackAt is when this database was put back from a backup after the hub's newest
	// receipt, else zero. Then the office may have sent more than it knows, and nothing
	// may be withdrawn at the hub: it would leave once more in other groups.
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
