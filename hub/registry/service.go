package registry

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"casehub/internal/codelist"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Registry is the register of one hub. It may be used from many goroutines.
type Registry struct {
	db    *pgxpool.Pool
	codes *codelist.Registry
	now   func() time.Time
	keys  atomic.Pointer[keyring]
	plans atomic.Pointer[map[uint32]*codelist.Registry] // by version, those of packs
}

type keyName struct {
	orgUnit, keyID uint32
}

// keyring holds the keys of offices, those that were replaced among them.
type keyring struct {
	public map[keyName]ed25519.PublicKey
	newest map[uint32]uint32 // number of each office's newest key
}

// New returns the register in db, with the code lists that releases must keep
// to.
func New(db *pgxpool.Pool, codes *codelist.Registry, now func() time.Time) *Registry {
	r := &Registry{db: db, codes: codes, now: now}
	r.keys.Store(&keyring{})
	r.plans.Store(&map[uint32]*codelist.Registry{})
	return r
}

// Codes returns the code lists and the plan that the program brings.
func (r *Registry) Codes() *codelist.Registry { return r.codes }

// CodesOf returns the code lists and the plan of a version: offices release by an
// older one until somebody there accepts the newer. Of a version that nobody
// published it returns those of the program.
func (r *Registry) CodesOf(version uint32) *codelist.Registry {
	if plan := (*r.plans.Load())[version]; plan != nil && version != r.codes.Version {
		return plan
	}
	return r.codes
}

// Enrol adds an office with its first key. Every hub process on the database
// is told. It fails with ErrEnrolled, ErrKeyTaken, or what Check finds.
func (r *Registry) Enrol(ctx context.Context, o Office) error {
	if err := o.Check(); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, r.db, func(tx pgx.Tx) error {
		if err := insertOffice(ctx, tx, o); err != nil {
			return err
		}
		if err := AddKeys(ctx, tx, Keys{o.OrgUnit, o.KeyID, o.ReleaseKey, o.TransportKey}, r.now()); err != nil {
			return err
		}
		return notify(ctx, tx)
	})
	if violates(err, "offices_pkey") {
		return ErrEnrolled
	}
	if errors.Is(err, ErrKeyTaken) || errors.Is(err, ErrKeyUsed) {
		return err
	}
	if err != nil {
		return fmt.Errorf("enrolling office %d: %w", o.OrgUnit, err)
	}
	return r.Reload(ctx)
}

// AddKeys stores keys of an office in the caller's transaction. It fails with
// ErrKeyTaken, and with ErrKeyUsed, also when the key was replaced long ago.
func AddKeys(ctx context.Context, tx pgx.Tx, k Keys, at time.Time) error {
	used, err := releaseKeyUsed(ctx, tx, k.ReleaseKey)
	if err != nil {
		return fmt.Errorf("looking for a key: %w", err)
	}
	err = insertKey(ctx, tx, k, at)
	if violates(err, "office_keys_transport_key_key") {
		return ErrKeyTaken
	}
	if err == nil && used {
		err = ErrKeyUsed
	}
	return err
}

// violates reports whether a constraint of the database refused.
func violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}

// Offices returns all offices, ascending by number.
func (r *Registry) Offices(ctx context.Context) ([]Office, error) {
	all, err := offices(ctx, r.db)
	if err != nil {
		return nil, fmt.Errorf("listing offices: %w", err)
	}
	return all, nil
}

// Office returns one office. It fails with ErrUnknown.
func (r *Registry) Office(ctx context.Context, orgUnit uint32) (Office, error) {
	o, err := officeByNumber(ctx, r.db, orgUnit)
	if errors.Is(err, pgx.ErrNoRows) {
		return Office{}, ErrUnknown
	}
	if err != nil {
		return Office{}, fmt.Errorf("reading office %d: %w", orgUnit, err)
	}
	return o, nil
}

// Key returns an office's key by its number from memory, as of the last Reload:
// also one that was replaced, which verifies what counted before.
func (r *Registry) Key(orgUnit, keyID uint32) (ed25519.PublicKey, bool) {
	k, ok := r.keys.Load().public[keyName{orgUnit, keyID}]
	return k, ok
}

// Newest is Key for somebody who asks now: a key that was replaced is none.
func (r *Registry) Newest(orgUnit, keyID uint32) (ed25519.PublicKey, bool) {
	ring := r.keys.Load()
	k, ok := ring.public[keyName{orgUnit, keyID}]
	return k, ok && ring.newest[orgUnit] == keyID
}

// Reload reads the keys and the plans again.
func (r *Registry) Reload(ctx context.Context) error {
	all, err := keys(ctx, r.db)
	if err != nil {
		return fmt.Errorf("reading the offices' keys: %w", err)
	}
	plans, err := plansOf(ctx, r.db)
	if err != nil {
		return fmt.Errorf("reading the plans: %w", err)
	}
	r.keys.Store(all)
	r.plans.Store(&plans)
	return nil
}

// Follow calls changed once after it listens and then whenever any process has
// changed the register, until the context ends. The keys are read again before
// each call. It returns the context's error, or that of the lost connection.
func (r *Registry) Follow(ctx context.Context, changed func(context.Context) error) error {
	c, err := r.db.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("following the register: %w", err)
	}
	defer c.Release()
	if err := listen(ctx, c); err != nil {
		return fmt.Errorf("following the register: %w", err)
	}
	for {
		if err := r.Reload(ctx); err != nil {
			return err
		}
		if err := changed(ctx); err != nil {
			return err
		}
		if _, err := c.Conn().WaitForNotification(ctx); err != nil {
			return fmt.Errorf("following the register: %w", err)
		}
	}
}

// ID returns the name of this database, made on the first call. A new database
// has a new name, and by it reads the stream of releases from the start.
func (r *Registry) ID(ctx context.Context) (string, error) {
	id, err := hubID(ctx, r.db, r.now())
	if err != nil {
		return "", fmt.Errorf("naming the hub: %w", err)
	}
	return id, nil
}
