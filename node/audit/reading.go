package audit

import (
	"context"
	"fmt"
	"strings"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

const (
	// pageSize is the number of entries on a page.
	pageSize = 40
	// batchSize is the number of entries that are read at once to fill one.
	batchSize = 120
)

// Records is what the audit asks about the records that its entries tell of: it
// stands before all areas and knows none. The node joins it to the gate.
type Records interface {
	// Sights returns what somebody sees of records. What is neither a case nor a
	// client is not hidden; a record that nobody knows, one that was erased too,
	// has no label. What was erased is hidden from who was shut out of it.
	Sights(ctx context.Context, who actor.Actor, ids []string) (map[string]Sight, error)
	// Find returns the identifier of the case or client that bears a reference.
	// It fails with ErrSubject.
	Find(ctx context.Context, who actor.Actor, reference string) (string, error)
	// Looked records that somebody is shown what the cases among some records say.
	Looked(ctx context.Context, who actor.Actor, ids []string) error
	// Names returns the names of people and offices.
	Names(ctx context.Context, ids []string) (map[string]string, error)
	// Staff returns everybody by whose work the page can be narrowed.
	Staff(ctx context.Context) ([]Member, error)
}

// Log reads the audit for pages.
type Log struct {
	db      *sqlite.DB
	records Records
}

// NewLog returns the reader of the audit.
func NewLog(db *sqlite.DB, records Records) *Log { return &Log{db, records} }

// List returns one page of the entries that somebody may see. Entries about a
// record that is hidden from them are left out, and nothing tells that they are
// there.
func (l *Log) List(ctx context.Context, who actor.Actor, f Filter) (Page, error) {
	var page Page
	err := l.db.Snapshot(ctx, func(tx *sqlite.Tx) error {
		k, head, err := selectHead(ctx, tx)
		if err != nil {
			return err
		}
		before := head.Seq + 1
		if f.After != "" {
			if before, err = unmark(k, f.After); err != nil {
				return err
			}
		}
		seen, err := l.seen(ctx, tx, who, f, before)
		if err != nil {
			return err
		}
		if len(seen) > pageSize {
			seen = seen[:pageSize]
			page.Next = mark(k, seen[pageSize-1].Seq)
		}
		page.Entries = seen
		return addChanges(ctx, tx, seen)
	})
	if err != nil {
		return Page{}, fmt.Errorf("reading the audit: %w", err)
	}
	page.Names, err = l.names(ctx, who, identifiers(page.Entries))
	return page, err
}

// hidden stands in the place of a record that the reader does not see.
const hidden = "–"

// names returns what stands in the place of identifiers: names of people and
// offices, references of cases and clients.
func (l *Log) names(ctx context.Context, who actor.Actor, ids []string) (map[string]string, error) {
	names, err := l.records.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	sights, err := l.records.Sights(ctx, who, ids)
	for id, s := range sights {
		switch {
		case s.Hidden:
			names[id] = hidden
		case s.Label != "" && names[id] == "":
			names[id] = s.Label
		}
	}
	return names, err
}

// seen returns more entries than a page has, if there are as many, that stand
// before a number and that somebody may see.
func (l *Log) seen(ctx context.Context, q sqlite.Querier, who actor.Actor, f Filter, before int64) ([]Told, error) {
	var seen []Told
	for len(seen) <= pageSize {
		batch, err := selectEntries(ctx, q, f, before, batchSize)
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, e := range batch {
			ids = append(ids, e.About()...)
		}
		sights, err := l.records.Sights(ctx, who, ids)
		if err != nil {
			return nil, err
		}
		for _, e := range batch {
			t := Told{Entry: e, About: sights[e.Subject]}
			if e.Within != "" {
				t.In = sights[e.Within]
			}
			if !t.About.Hidden && !t.In.Hidden {
				seen = append(seen, t)
			}
		}
		if len(batch) < batchSize {
			break
		}
		before = batch[len(batch)-1].Seq
	}
	return seen, nil
}

// identifiers returns whose names a page needs.
func identifiers(entries []Told) []string {
	var ids []string
	for _, e := range entries {
		if person, _ := doer(e.Actor); person != "" {
			ids = append(ids, person)
		}
		ids = append(ids, e.Subject)
		for _, c := range e.Changes {
			if ruleOf(c.Field).sort == record {
				ids = append(ids, strings.Fields(c.Old+" "+c.New)...)
			}
		}
	}
	return ids
}
