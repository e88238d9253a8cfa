package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"
)

// ErrForeign reports a file that cannot be read as a database of SQLite.
var ErrForeign = errors.New("this is not a database that can be read")

// Foreign is a database of another program, open for reading. Nothing is written
// to it or beside it, and what its schema says is not trusted.
type Foreign struct{ conn *sqlite3.Conn }

// OpenForeign opens the unencrypted database at path. A journal beside it is not
// looked at. It fails with ErrForeign.
func OpenForeign(path string) (f *Foreign, err error) {
	defer caught(&err)
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: "mode=ro&immutable=1"}
	conn, err := sqlite3.OpenFlags(u.String(), sqlite3.OPEN_READONLY|sqlite3.OPEN_URI)
	if err != nil {
		return nil, ErrForeign
	}
	err = conn.Exec(`PRAGMA trusted_schema = off; PRAGMA query_only = on; PRAGMA cell_size_check = on; PRAGMA temp_store = memory; PRAGMA cache_size = -8192; SELECT count(*) FROM sqlite_schema`)
	if err != nil {
		return nil, errors.Join(ErrForeign, conn.Close())
	}
	return &Foreign{conn}, nil
}

// Close closes the database.
func (f *Foreign) Close() error { return f.conn.Close() }

// Rows calls fn with each row of a query: nil, int64, float64, string or []byte
// as it is stored. The values are fn's to keep. It fails with ErrForeign where the
// file is damaged, and with the first error of fn.
func (f *Foreign) Rows(ctx context.Context, query string, fn func(values []any) error) (err error) {
	defer caught(&err)
	defer f.conn.SetInterrupt(f.conn.SetInterrupt(ctx))
	stmt, _, err := f.conn.Prepare(query)
	if err != nil {
		return ErrForeign
	}
	defer stmt.Close()
	for stmt.Step() {
		values := make([]any, stmt.ColumnCount())
		for i := range values {
			values[i] = valueAt(stmt, i)
		}
		if err := fn(values); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if stmt.Err() != nil {
		return ErrForeign
	}
	return nil
}

func valueAt(stmt *sqlite3.Stmt, i int) any {
	switch stmt.ColumnType(i) {
	case sqlite3.INTEGER:
		return stmt.ColumnInt64(i)
	case sqlite3.FLOAT:
		return stmt.ColumnFloat(i)
	case sqlite3.TEXT:
		return stmt.ColumnText(i)
	case sqlite3.BLOB:
		return stmt.ColumnBlob(i, nil)
	}
	return nil
}

// caught turns a panic about somebody else's file into an error.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %T", ErrForeign, p)
	}
}
