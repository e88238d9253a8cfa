package documents

import (
	"context"
	"database/sql"

	"casehub/internal/sqlite"
	"casehub/node/vault"
)

// Stored is what a database says of one encrypted file.
type Stored struct {
	CaseID string
	File   vault.FileID
	Size   int64    // bytes of the content
	SHA256 [32]byte // of the content
}

// AllStored lists the encrypted files that documents name, of any database of a
// node: a backup is held against it. Nobody's eyes see it, so no gate is asked.
func AllStored(ctx context.Context, q sqlite.Querier) ([]Stored, error) {
	rows, err := q.Query(ctx, `
SELECT case_id, file, size, sha256
FROM documents`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (s Stored, err error) {
		var sum []byte
		err = r.Scan(&s.CaseID, &s.File, &s.Size, &sum)
		copy(s.SHA256[:], sum)
		return s, err
	})
}
