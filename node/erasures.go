package node

import (
	"context"
	"fmt"

	"casehub/internal/web"
	"casehub/node/backup"
	"casehub/node/migrations"
	"casehub/node/retention"
)

// erasureJournal returns the journal that goes beside the case keys of a backup.
func (n *Node) erasureJournal(ctx context.Context) ([]byte, error) {
	return n.Retention.Journal(ctx)
}

// Reapply erases again in a restored node what was erased since its backup. It
// brings the database to the newest schema first, and fails when the database is
// newer than this program.
func Reapply(ctx context.Context, r backup.Restored) error {
	if err := r.DB.Migrate(ctx, migrations.FS); err != nil {
		return err
	}
	s := retention.Store{DB: r.DB, Keys: r.Vault, CaseKeys: r.Keys, Files: r.Files}
	if _, err := retention.Reapply(ctx, s, r.Journal, r.At); err != nil {
		return fmt.Errorf("the erasure journal: %w", err)
	}
	return nil
}

// exporter gathers what is kept about a client, for the client.
func (n *Node) exporter(site *web.Site) *retention.Exporter {
	return &retention.Exporter{
		DB: n.DB, Gate: n.Access, Registry: n.Registry, Clients: n.Clients, Cases: n.Cases, Referrals: n.Referrals,
		Finance: n.Finance, Consents: n.Consents, Documents: n.Documents,
		Advice: n.Consultations, TurnAways: n.TurnAways, Complaints: n.Complaints, Surveys: n.Surveys, Quality: n.Quality,
		Words: site.Catalog(), Name: n.config.name(), Now: n.now,
	}
}

// erase ends what erasures left undone and erases what was approved and is due.
func (n *Node) erase(ctx context.Context) {
	if err := n.Retention.Run(ctx); err != nil && ctx.Err() == nil {
		n.log.ErrorContext(ctx, "erasing failed", "error", err)
	}
}
