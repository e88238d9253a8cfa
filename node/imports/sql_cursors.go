package imports

import (
	"context"

	"casehub/adapters"
	"casehub/internal/sqlite"
)

// cursorsOf returns how far an instance was read by the same mapping.
func cursorsOf(ctx context.Context, q sqlite.Querier, r run) (map[string]mark, error) {
	rows, err := q.Query(ctx, `
SELECT table_name, cursor, swept_at
FROM import_cursors
WHERE instance = @instance AND mapping_hash = @mapping`, sqlite.Args{"instance": r.instance, "mapping": r.mapHash})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]mark{}
	for rows.Next() {
		var table, cursor string
		var at int64
		if err := rows.Scan(&table, &cursor, &at); err != nil {
			return nil, err
		}
		all[table] = mark{adapters.Cursor(cursor), sqlite.Instant(at)}
	}
	return all, rows.Err()
}

// saveCursor keeps how far a table was read.
func saveCursor(ctx context.Context, tx *sqlite.Tx, r run, table string, k mark) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO import_cursors (instance, table_name, mapping_hash, cursor, swept_at, run_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (instance, table_name) DO UPDATE
SET mapping_hash = excluded.mapping_hash, cursor = excluded.cursor, swept_at = excluded.swept_at, run_id = excluded.run_id`,
		r.instance, table, r.mapHash, string(k.cursor), k.sweptAt.UnixMilli(), r.id)
	return err
}

// insertAlts remembers the other keys of a record.
func insertAlts(ctx context.Context, tx *sqlite.Tx, r run, s *stream, key string, alts []string) error {
	for _, alt := range alts {
		_, err := tx.ExecArgs(ctx, `
INSERT INTO import_alt (instance, stream, alt_key, source_key)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT DO NOTHING`, r.instance, s.name, alt, key)
		if err != nil {
			return err
		}
	}
	return nil
}

// eachAlt calls fn with those of some keys of a stream that are other keys of a record,
// and with the key that the record has.
func eachAlt(ctx context.Context, q sqlite.Querier, instance, stream string, keys []string, fn func(alt, key string)) error {
	rows, err := q.Query(ctx, `
SELECT alt_key, source_key
FROM import_alt
WHERE instance = @instance AND stream = @stream AND alt_key IN (SELECT value FROM json_each(@keys))
ORDER BY alt_key`, sqlite.Args{"instance": instance, "stream": stream, "keys": sqlite.List(keys)})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var alt, key string
		if err := rows.Scan(&alt, &key); err != nil {
			return err
		}
		fn(alt, key)
	}
	return rows.Err()
}
