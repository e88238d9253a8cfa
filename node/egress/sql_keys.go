package egress

import (
	"context"
	"database/sql"
	"time"

	"casehub/internal/sqlite"
)

// selectKeys reads every key that the node ever had, by purpose and number.
func selectKeys(ctx context.Context, q sqlite.Querier) ([]nodeKey, error) {
	rows, err := q.Query(ctx, `
SELECT purpose, key_id, seed, public, coalesce(known_at, 0)
FROM node_keys
ORDER BY purpose, key_id`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (nodeKey, error) {
		var k nodeKey
		var known int64
		var public []byte
		if err := r.Scan(&k.purpose, &k.id, &k.seed, &public, &known); err != nil {
			return nodeKey{}, err
		}
		k.public, k.knownAt = public, instant(known)
		if !k.signs() {
			return k, nil
		}
		return k, k.derive()
	})
}

// selectKeysOfOnce reads the keys of a database of before migration 96, in which a
// purpose has one: a backup is held against its own.
func selectKeysOfOnce(ctx context.Context, q sqlite.Querier) ([]nodeKey, error) {
	rows, err := q.Query(ctx, `
SELECT purpose, key_id, seed
FROM node_keys
ORDER BY purpose`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (nodeKey, error) {
		var k nodeKey
		if err := r.Scan(&k.purpose, &k.id, &k.seed); err != nil {
			return nodeKey{}, err
		}
		return k, k.derive()
	})
}

// numbersKeys reports whether a database is of migration 96 or later.
func numbersKeys(ctx context.Context, q sqlite.Querier) (yes bool, err error) {
	err = q.QueryRow(ctx, `
SELECT EXISTS (SELECT 1 FROM pragma_table_info('node_keys') WHERE name = 'public')`, nil).Scan(&yes)
	return yes, err
}

func insertKey(ctx context.Context, tx *sqlite.Tx, k nodeKey) error {
	_, err := tx.Exec(ctx, `
INSERT INTO node_keys (purpose, key_id, seed)
VALUES (@purpose, @id, @seed)`, sqlite.Args{"purpose": k.purpose, "id": k.id, "seed": k.seed})
	return err
}

// retireKey destroys the seed of a key and keeps what it verifies with.
func retireKey(ctx context.Context, tx *sqlite.Tx, k nodeKey) error {
	_, err := tx.Exec(ctx, `
UPDATE node_keys
SET seed = NULL, public = @public
WHERE purpose = @purpose AND key_id = @id`, sqlite.Args{"purpose": k.purpose, "id": k.id, "public": []byte(k.public)})
	return err
}

// replaceSealed puts a release sealed again in the place of the one that waits. What
// the hub said of that one, and when it was sent, is about the signature of before.
func replaceSealed(ctx context.Context, tx *sqlite.Tx, sequence uint32, sealed []byte) error {
	_, err := tx.Exec(ctx, `
UPDATE releases
SET sealed = @sealed, sent_at = NULL, status = 0, reason = 0, receipt = NULL
WHERE sequence = @sequence`, sqlite.Args{"sequence": sequence, "sealed": sealed})
	return err
}

// selectKnown reports whether the hub ever answered to a key of releases.
func selectKnown(ctx context.Context, q sqlite.Querier, id uint32) (known bool, err error) {
	err = q.QueryRow(ctx, `
SELECT EXISTS (SELECT 1 FROM node_keys WHERE purpose = @purpose AND key_id = @id AND known_at IS NOT NULL)`,
		sqlite.Args{"purpose": purposeRelease, "id": id}).Scan(&known)
	return known, err
}

func noteKnown(ctx context.Context, db *sqlite.DB, id uint32, at time.Time) error {
	_, err := db.Exec(ctx, `
UPDATE node_keys
SET known_at = @at
WHERE purpose = @purpose AND key_id = @id AND known_at IS NULL`,
		sqlite.Args{"purpose": purposeRelease, "id": id, "at": at.UnixMilli()})
	return err
}
