package audit

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// Actions that the audit itself records.
const (
	// ReadAction says that a person looked at a record that is watched.
	ReadAction = "case.read"
	// ErasedAction says that the values in the entries about a record are gone.
	ErasedAction = "audit.erased"
)

// readsTogether is the time in which looking at a record again is one reading.
const readsTogether = 5 * time.Minute

// Record adds an entry in the transaction of the operation it tells of, so that
// neither is there without the other.
func Record(ctx context.Context, tx *sqlite.Tx, now time.Time, who actor.Actor, action, subject string, changes ...Change) error {
	return RecordWithin(ctx, tx, now, who, action, subject, "", changes...)
}

// RecordWithin is Record for a record that stands in a case: within is the
// identifier of the case, and who may not see the case does not see the entry.
func RecordWithin(ctx context.Context, tx *sqlite.Tx, now time.Time, who actor.Actor, action, subject, within string, changes ...Change) error {
	e := Entry{At: now, Actor: who.String(), Action: action, Subject: subject, Within: within}
	if err := add(ctx, tx, e, changes); err != nil {
		return fmt.Errorf("recording %s in the audit: %w", action, err)
	}
	return nil
}

// add hangs an entry behind the last one.
func add(ctx context.Context, tx *sqlite.Tx, e Entry, changes []Change) error {
	k, last, err := selectHead(ctx, tx)
	if err != nil {
		return err
	}
	e.Seq = last.Seq + 1
	salts := make([]byte, saltSize*len(changes))
	rand.Read(salts) //nolint:errcheck // never fails: it ends the program instead
	salt := func(n int) []byte { return salts[n*saltSize : (n+1)*saltSize] }
	var pledges []byte
	for n, c := range changes {
		pledges = pledge(pledges, c.Field, commitment(c, salt(n)))
	}
	h := Head{e.Seq, link(k, last.Hash, e, pledges)}
	if err := insertEntry(ctx, tx, e, pledges, h.Hash); err != nil {
		return err
	}
	for n, c := range changes {
		if err := insertValue(ctx, tx, e.Seq, n, c, salt(n)); err != nil {
			return err
		}
	}
	return updateHead(ctx, tx, h)
}

// Read records that a person looks at a case that is watched: once in five
// minutes. It is no part of a transaction of the reader's.
func Read(ctx context.Context, db *sqlite.DB, now time.Time, who actor.Actor, caseID string) error {
	return ReadEach(ctx, db, now, who, []string{caseID})
}

// ReadEach is Read for the cases of one page: an entry for each, in one transaction.
func ReadEach(ctx context.Context, db *sqlite.DB, now time.Time, who actor.Actor, cases []string) error {
	unread, err := unreadSince(ctx, db, who, cases, now.Add(-readsTogether), now)
	if err != nil || len(unread) == 0 {
		return err
	}
	return db.Tx(ctx, func(tx *sqlite.Tx) error {
		unread, err := unreadSince(ctx, tx, who, cases, now.Add(-readsTogether), now)
		if err != nil {
			return err
		}
		for _, id := range unread {
			if err := Record(ctx, tx, now, who, ReadAction, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Erase removes the values in all entries about a record and in it, and records
// that. Fields, people and times stay, and so does the chain.
func Erase(ctx context.Context, tx *sqlite.Tx, now time.Time, who actor.Actor, subject string) error {
	if err := eraseValues(ctx, tx, subject); err != nil {
		return fmt.Errorf("erasing values in the audit: %w", err)
	}
	return Record(ctx, tx, now, who, ErasedAction, subject)
}

// EraseLeft is Erase for those of some records of which there is any value left, in
// their order.
func EraseLeft(ctx context.Context, tx *sqlite.Tx, now time.Time, who actor.Actor, subjects []string) error {
	left, err := subjectsWithValues(ctx, tx, subjects)
	if err != nil {
		return fmt.Errorf("looking for values in the audit: %w", err)
	}
	for _, subject := range left {
		if err := Erase(ctx, tx, now, who, subject); err != nil {
			return err
		}
	}
	return nil
}

// SubjectsIn returns the records that stood in one of some others at any time, also
// those that have been removed since.
func SubjectsIn(ctx context.Context, q sqlite.Querier, within []string) ([]string, error) {
	return subjectsIn(ctx, q, within)
}

// Of returns the newest entries about one record, newest first, at most limit.
func Of(ctx context.Context, q sqlite.Querier, subject string, limit int) ([]Entry, error) {
	return entriesOf(ctx, q, subject, limit)
}

// OfCase returns the newest entries about a case and about what stands in it,
// newest first, at most limit, without those of who looked at it.
func OfCase(ctx context.Context, q sqlite.Querier, caseID string, limit int) ([]Entry, error) {
	return entriesOfCase(ctx, q, caseID, limit)
}

// End returns the head of the chain, for whoever notes it elsewhere.
func End(ctx context.Context, q sqlite.Querier) (Head, error) {
	_, h, err := selectHead(ctx, q)
	return h, err
}

// Chain hangs the entries from before there was a chain into it, in their
// order. It runs at every start and does nothing from the second on.
func Chain(ctx context.Context, db *sqlite.DB) error {
	if n, err := countUnchained(ctx, db); err != nil || n == 0 {
		return err
	}
	return db.Tx(ctx, func(tx *sqlite.Tx) error {
		old, err := unchained(ctx, tx)
		if err != nil {
			return fmt.Errorf("reading old audit entries: %w", err)
		}
		for _, e := range old {
			if err := add(ctx, tx, e, nil); err != nil {
				return fmt.Errorf("chaining old audit entries: %w", err)
			}
		}
		return deleteUnchained(ctx, tx)
	})
}
