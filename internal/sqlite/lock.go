package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
)

// ErrLocked reports a lock that another process or another part of this one
// holds.
var ErrLocked = errors.New("the lock is held")

// FileLock is a lock between processes. It ends with the process that holds it,
// however that dies.
type FileLock struct {
	db   *sql.DB
	conn *sql.Conn
}

// Lock takes the lock at path, where a small file without content appears and
// stays. It fails with ErrLocked at once when the lock is held.
func Lock(ctx context.Context, path string) (*FileLock, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	db, err := driver.Open(u.String(), func(c *sqlite3.Conn) error { return c.Exec(`PRAGMA busy_timeout = 0`) })
	if err != nil {
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, `BEGIN EXCLUSIVE`)
	}
	if err != nil {
		_ = db.Close()
		if errors.Is(err, sqlite3.BUSY) {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("taking the lock: %w", err)
	}
	return &FileLock{db, conn}, nil
}

// Unlock gives the lock back.
func (l *FileLock) Unlock() error {
	_, err := l.conn.ExecContext(context.Background(), `ROLLBACK`)
	return errors.Join(err, l.conn.Close(), l.db.Close())
}
