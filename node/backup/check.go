package backup

import (
	"context"
	"errors"
	"path/filepath"

	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/egress"
)

// holds opens the database that came back and holds it against what went in:
// the pages and references, the rows of every table.
func (r *reading) holds(ctx context.Context, db *sqlite.DB) error {
	if err := db.Check(ctx); err != nil {
		if errors.Is(err, sqlite.ErrNotIntact) {
			return ErrIntegrity
		}
		return err
	}
	got, err := db.Content(ctx)
	if err != nil {
		return err
	}
	if got.Schema != r.contents.Schema || len(got.Tables) != len(r.contents.Tables) {
		return ErrRows
	}
	for i, t := range r.contents.Tables {
		if got.Tables[i] != t {
			return ErrRows
		}
		r.found.Rows += t.Rows
	}
	return nil
}

// auditHolds follows the audit from its first entry to the head that was noted.
func (r *reading) auditHolds(ctx context.Context, db *sqlite.DB) error {
	noted, err := audit.ParseHead(r.contents.Audit)
	if err != nil {
		return ErrDamaged
	}
	head, err := audit.Verify(ctx, db, noted)
	var broken *audit.Broken
	switch {
	case errors.As(err, &broken):
		return errors.Join(ErrAudit, err)
	case err != nil:
		return err
	case head != noted:
		return ErrAudit
	}
	r.found.AuditEntries = head.Seq
	return nil
}

// releasesHold follows the chain of releases.
func (r *reading) releasesHold(ctx context.Context, db *sqlite.DB) error {
	n, err := egress.VerifyStored(ctx, db)
	switch {
	case errors.Is(err, egress.ErrBytesChanged), errors.Is(err, egress.ErrChainBroken):
		return errors.Join(ErrReleases, err)
	case err != nil:
		return err
	case n != r.contents.Releases:
		return ErrReleases
	}
	r.found.Releases = n
	return nil
}

// attachmentsHold fails unless every attachment came back and opened.
func (r *reading) attachmentsHold() error {
	if r.found.Unreadable > 0 || r.found.Damaged > 0 || r.found.Missing > 0 {
		return ErrAttachments
	}
	return nil
}

// compare holds a whole backup that came back against what went in, and fails at
// the first thing that differs.
func (r *reading) compare(ctx context.Context, key sqlite.Key) (err error) {
	db, err := sqlite.Open(ctx, filepath.Join(r.dir, databaseCopy), key)
	if err != nil {
		return errors.Join(ErrIntegrity, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, check := range []func(context.Context, *sqlite.DB) error{r.holds, r.auditHolds, r.releasesHold} {
		if err := check(ctx, db); err != nil {
			return err
		}
	}
	return r.attachmentsHold()
}

// close closes what the reading opened.
func (r *reading) close() error {
	if r.caseKeys == nil {
		return nil
	}
	keys := r.caseKeys
	r.caseKeys = nil
	return keys.Close()
}
