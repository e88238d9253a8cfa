package registry

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"time"

	"casehub/internal/civil"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// querier is a pool, a connection or a transaction.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func insertOffice(ctx context.Context, q querier, o Office) error {
	_, err := q.Exec(ctx, `
WITH office AS (
    INSERT INTO offices (org_unit, name, province, network, opened_on, closed_on)
    VALUES (@org_unit, @name, @province, @network, @opened_on, @closed_on)
    RETURNING org_unit
)
INSERT INTO chains (org_unit, key_id)
SELECT org_unit, @key_id FROM office`, pgx.NamedArgs{
		"org_unit": o.OrgUnit, "name": o.Name, "province": o.Province, "network": o.Network,
		"opened_on": dayOrNil(o.OpenedOn), "closed_on": dayOrNil(o.ClosedOn), "key_id": o.KeyID,
	})
	return err
}

func insertKey(ctx context.Context, q querier, k Keys, at time.Time) error {
	_, err := q.Exec(ctx, `
INSERT INTO office_keys (org_unit, key_id, release_key, transport_key, added_at)
VALUES (@org_unit, @key_id, @release_key, @transport_key, @at)`, pgx.NamedArgs{
		"org_unit": k.OrgUnit, "key_id": k.KeyID, "release_key": []byte(k.ReleaseKey),
		"transport_key": k.TransportKey, "at": at,
	})
	return err
}

// releaseKeyUsed reports whether a key of releases is or was any office's.
func releaseKeyUsed(ctx context.Context, q querier, key ed25519.PublicKey) (used bool, err error) {
	err = q.QueryRow(ctx, `
SELECT EXISTS (SELECT FROM office_keys WHERE release_key = @key)`, pgx.NamedArgs{"key": []byte(key)}).Scan(&used)
	return used, err
}

// offices reads each office with its newest key.
func offices(ctx context.Context, q querier) ([]Office, error) {
	rows, err := q.Query(ctx, officeColumns+`
ORDER BY o.org_unit, k.key_id DESC`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanOffice)
}

func officeByNumber(ctx context.Context, q querier, orgUnit uint32) (Office, error) {
	rows, err := q.Query(ctx, officeColumns+`
WHERE o.org_unit = @org_unit
ORDER BY o.org_unit, k.key_id DESC`, pgx.NamedArgs{"org_unit": int64(orgUnit)})
	if err != nil {
		return Office{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanOffice)
}

const officeColumns = `
SELECT DISTINCT ON (o.org_unit) o.org_unit, o.name, o.province, o.network,
    o.opened_on, o.closed_on, k.key_id, k.release_key, k.transport_key, k.added_at, c.held_since
FROM offices o
JOIN office_keys k ON k.org_unit = o.org_unit
JOIN chains c ON c.org_unit = o.org_unit`

func scanOffice(row pgx.CollectableRow) (Office, error) {
	var o Office
	var opened, since time.Time
	var closed, held *time.Time
	var key []byte
	err := row.Scan(&o.OrgUnit, &o.Name, &o.Province, &o.Network,
		&opened, &closed, &o.KeyID, &key, &o.TransportKey, &since, &held)
	o.OpenedOn, o.ReleaseKey, o.KeySince = civil.On(opened), key, since.UTC()
	if closed != nil {
		o.ClosedOn = civil.On(*closed)
	}
	if held != nil {
		o.HeldSince = held.UTC()
	}
	return o, err
}

func keys(ctx context.Context, q querier) (*keyring, error) {
	rows, err := q.Query(ctx, `
SELECT org_unit, key_id, release_key
FROM office_keys`)
	if err != nil {
		return nil, err
	}
	all := keyring{map[keyName]ed25519.PublicKey{}, map[uint32]uint32{}}
	var name keyName
	var key []byte
	_, err = pgx.ForEachRow(rows, []any{&name.orgUnit, &name.keyID, &key}, func() error {
		all.public[name] = ed25519.PublicKey(append([]byte(nil), key...))
		all.newest[name.orgUnit] = max(all.newest[name.orgUnit], name.keyID)
		return nil
	})
	return &all, err
}

// Notify is the statement by which a transaction tells every process that
// follows the register that an office changed.
const Notify = `NOTIFY offices_changed`

func notify(ctx context.Context, q querier) error {
	_, err := q.Exec(ctx, Notify)
	return err
}

func listen(ctx context.Context, q querier) error {
	_, err := q.Exec(ctx, `LISTEN offices_changed`)
	return err
}

func hubID(ctx context.Context, q querier, at time.Time) (string, error) {
	_, err := q.Exec(ctx, `
INSERT INTO hub (id, made_at)
VALUES (@id, @at)
ON CONFLICT DO NOTHING`, pgx.NamedArgs{"id": newID(), "at": at})
	if err != nil {
		return "", err
	}
	var id string
	err = q.QueryRow(ctx, `SELECT id FROM hub`).Scan(&id)
	return id, err
}

func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func dayOrNil(d civil.Date) any {
	if d == "" {
		return nil
	}
	return d.Time()
}
