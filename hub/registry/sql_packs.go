package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pack"

	"github.com/jackc/pgx/v5"
)

func insertPack(ctx context.Context, q querier, p Pack, digest [32]byte, file []byte) error {
	_, err := q.Exec(ctx, `
INSERT INTO packs (name, version, digest, file, expires, published_at, who)
VALUES (@name, @version, @digest, @file, @expires, @at, @who)`, pgx.NamedArgs{
		"name": p.Name, "version": p.Version, "digest": digest[:], "file": file, "expires": p.Expires.Time(), "at": p.PublishedAt, "who": p.Who,
	})
	return err
}

// newestPack returns the newest pack of a name, the zero value before the first.
func newestPack(ctx context.Context, q querier, name string) (pack.Seen, error) {
	var s pack.Seen
	var digest []byte
	err := q.QueryRow(ctx, `
SELECT version, digest
FROM packs
WHERE name = @name
ORDER BY version DESC
LIMIT 1`, pgx.NamedArgs{"name": name}).Scan(&s.Version, &digest)
	if errors.Is(err, pgx.ErrNoRows) {
		return pack.Seen{}, nil
	}
	copy(s.Digest[:], digest)
	return s, err
}

// newestRoots returns the keys that sign now, or false before the first.
func newestRoots(ctx context.Context, q querier) (roots pack.Roots, known bool, err error) {
	rows, err := q.Query(ctx, `
SELECT file
FROM packs
WHERE name = @roots
ORDER BY version`, pgx.NamedArgs{"roots": pack.RootsPack})
	if err != nil {
		return pack.Roots{}, false, err
	}
	files, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	for _, file := range files {
		if roots, err = followingRoots(roots, known, file); err != nil {
			return pack.Roots{}, false, fmt.Errorf("the keys that are stored: %w", err)
		}
		known = true
	}
	return roots, known, err
}

func packs(ctx context.Context, q querier) ([]Pack, error) {
	rows, err := q.Query(ctx, `
SELECT name, version, expires, published_at, who
FROM packs
ORDER BY name, version`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Pack, error) {
		var p Pack
		var expires time.Time
		err := row.Scan(&p.Name, &p.Version, &expires, &p.PublishedAt, &p.Who)
		p.Expires = civil.On(expires)
		return p, err
	})
}

// packsAfter reads the keys above a version, and the newest pack of each other
// name above what the office has.
func packsAfter(ctx context.Context, q querier, own string, roots, national, office uint32) ([][]byte, error) {
	rows, err := q.Query(ctx, `
SELECT p.file
FROM packs p
WHERE p.name = @roots_name AND p.version > @roots
    OR p.name = @national_name AND p.version > @national AND p.version = (SELECT max(version) FROM packs WHERE name = @national_name)
    OR p.name = @own AND p.version > @office AND p.version = (SELECT max(version) FROM packs WHERE name = @own)
ORDER BY CASE p.name WHEN @roots_name THEN 1 WHEN @national_name THEN 2 ELSE 3 END, p.version`, pgx.NamedArgs{
		"roots_name": pack.RootsPack, "national_name": pack.National, "own": own,
		"roots": int64(roots), "national": int64(national), "office": int64(office),
	})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[[]byte])
}

// plansOf reads the plans that were published, by their version. They were held to
// the rules when they came.
func plansOf(ctx context.Context, q querier) (map[uint32]*codelist.Registry, error) {
	rows, err := q.Query(ctx, `
SELECT file
FROM packs
WHERE name = @national
ORDER BY version`, pgx.NamedArgs{"national": pack.National})
	if err != nil {
		return nil, err
	}
	files, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, err
	}
	all := map[uint32]*codelist.Registry{}
	for _, file := range files {
		b, err := pack.Registry(file)
		if err != nil || b == nil {
			continue
		}
		plan, err := codelist.Parse(b)
		if err != nil {
			return nil, err
		}
		all[plan.Version] = plan
	}
	return all, nil
}
