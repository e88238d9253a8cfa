// Package postgres gives the hub its database: a private cluster of its own,
// started from the installed binaries as a child process, or any Postgres by
// its DSN. From there on both are used the same way.
//
// The private cluster listens on a unix socket only, in a folder that nobody
// but its own user may enter; that folder is the guard, and there is no
// password. It never runs as root: a hub that does gives the child the user
// postgres, or else nobody. One hub at a time may own a folder. The cluster
// ends with the hub, also when the hub is killed, and a hub that comes back
// waits for the old cluster to end before it starts the new one.
//
// This file holds what is the same everywhere; cluster.go, child_unix.go and
// child_other.go the private cluster; find.go the search for the binaries.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"casehub/internal/errs"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // goose speaks database/sql
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Errors that the one who runs the hub can mend.
var (
	// ErrNoBinaries reports that initdb and postgres are not installed.
	ErrNoBinaries = errs.New(errs.Unavailable, "postgres.no-binaries")
	// ErrNeedsDSN reports a system on which no private cluster can be started.
	ErrNeedsDSN = errs.New(errs.Invalid, "postgres.needs-dsn").On("dsn")
	// ErrInUse reports a folder whose cluster another hub is running.
	ErrInUse = errs.New(errs.Conflict, "postgres.in-use")
	// ErrNotReachable reports a folder that the cluster's user cannot reach,
	// because a folder above it is closed to that user.
	ErrNotReachable = errs.New(errs.Invalid, "postgres.folder-not-reachable")
	// ErrDSN reports a connection string that is none.
	ErrDSN = errs.New(errs.Invalid, "postgres.dsn").On("dsn")
)

// OutOfReach reports whether err says that no server let us in.
func OutOfReach(err error) bool {
	var c *pgconn.ConnectError
	return errors.As(err, &c)
}

// Open connects to a database and checks that it answers.
func Open(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, ErrDSN
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("connecting to Postgres: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connecting to Postgres: %w", err)
	}
	return pool, nil
}

// Migrate brings the database to the newest schema in files, forward only. It
// fails when the database is newer than the files. Several hubs may call it at
// once.
func Migrate(ctx context.Context, dsn string, files fs.FS) error {
	if _, err := pgxpool.ParseConfig(dsn); err != nil {
		return ErrDSN
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return ErrDSN
	}
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema version: %w", err)
	}
	if have > want {
		return fmt.Errorf("the database has schema %d and this program knows only %d: use a newer program", have, want)
	}
	return nil
}
