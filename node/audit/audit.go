// Package audit keeps who did what to which record, and when. Entries are only
// ever added: triggers of the database refuse to change or delete one.
//
// An entry holds identifiers alone. What a record said before is not in it.
package audit

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// Entry is one thing that somebody did.
type Entry struct {
	// Seq numbers the entries of the node from 1, in the order of their commit.
	Seq int64
	At  time.Time
	// Actor is the kind and the identifier, "person:miriam".
	Actor string
	// Action is area.verb, "case.closed".
	Action string
	// Subject is the identifier of the record.
	Subject string
}

// Record adds an entry in the transaction of the operation it tells of, so that
// neither is there without the other.
func Record(ctx context.Context, tx *sqlite.Tx, now time.Time, who actor.Actor, action, subject string) error {
	_, err := tx.Exec(ctx, `
INSERT INTO audit (at, actor, action, subject)
VALUES (@at, @actor, @action, @subject)`, sqlite.Args{
		"at": now.UnixMilli(), "actor": who.String(), "action": action, "subject": subject,
	})
	if err != nil {
		return fmt.Errorf("recording %s in the audit: %w", action, err)
	}
	return nil
}

// Of returns the newest entries about one record, newest first, at most limit.
func Of(ctx context.Context, q sqlite.Querier, subject string, limit int) ([]Entry, error) {
	rows, err := q.Query(ctx, `
SELECT seq, at, actor, action, subject
FROM audit
WHERE subject = @subject
ORDER BY seq DESC
LIMIT @limit`, sqlite.Args{"subject": subject, "limit": limit})
	return sqlite.Collect(rows, err, scan)
}

// Line is an entry as a page shows it.
type Line struct {
	// Key is the message of what was done, "audit.case-closed".
	Key string
	// At is in the office's zone.
	At time.Time
	// Who is the identifier of a person; WhoKey is a message in its place for
	// what no person did.
	Who, WhoKey string
}

// Lines returns entries as pages show them.
func Lines(entries []Entry, zone *time.Location) []Line {
	all := make([]Line, len(entries))
	for i, e := range entries {
		all[i] = Line{Key: "audit." + strings.ReplaceAll(e.Action, ".", "-"), At: e.At.In(zone)}
		kind, id, _ := strings.Cut(e.Actor, ":")
		switch actor.Kind(kind) {
		case actor.Import:
			all[i].WhoKey = "audit.import"
		case actor.System:
			all[i].WhoKey = "audit.node"
		case actor.Person:
			all[i].Who = id
		}
	}
	return all
}

func scan(rows *sql.Rows) (Entry, error) {
	var e Entry
	var at int64
	err := rows.Scan(&e.Seq, &at, &e.Actor, &e.Action, &e.Subject)
	e.At = time.UnixMilli(at).UTC()
	return e, err
}
