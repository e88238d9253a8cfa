package node

import (
	"context"
	"fmt"
	"time"

	"casehub/node/backup"
	"casehub/node/migrations"
	"casehub/node/retention"
)

// erasureJournal returns the journal that goes beside the case keys of a backup.
func (n *Node) erasureJournal(ctx context.Context) ([]byte, error) {
	s := retention.Store{DB: n.DB, Keys: n.Vault, CaseKeys: n.keys}
	return retention.NewService(s, n.Registry, n.Access, n.now).Journal(ctx)
}

// Reapply erases again in a restored node what was erased since its backup. It
// brings the database to the newest schema first, and fails when the database is
// newer than this program.
func Reapply(ctx context.Context, r backup.Restored) error {
	if err := r.DB.Migrate(ctx, migrations.FS); err != nil {
		return err
	}
	s := retention.Store{DB: r.DB, Keys: r.Vault, CaseKeys: r.Keys, Files: r.Files}
	if _, err := retention.Reapply(ctx, s, r.Journal, time.Now()); err != nil {
		return fmt.Errorf("the erasure journal: %w", err)
	}
	return nil
}
