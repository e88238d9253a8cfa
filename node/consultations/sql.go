package consultations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// Insert saves a new consultation as an import has it: c carries the identifier and
// the times, and gets version 1. It checks what Check checks and writes no audit
// entry.
func Insert(ctx context.Context, tx *sqlite.Tx, c Consultation) error {
	if err := c.Check(); err != nil {
		return err
	}
	return insertConsultation(ctx, tx, c)
}

func insertConsultation(ctx context.Context, tx *sqlite.Tx, c Consultation) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO consultations (id, client_id, case_type, held_on, worker_id, case_id, note, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		string(c.ID), string(c.ClientID), int64(c.Type), string(c.HeldOn), sqlite.OrNull(c.Worker), sqlite.OrNull(c.CaseID), c.Note,
		c.CreatedAt.UnixMilli(), c.UpdatedAt.UnixMilli())
	return err
}

// updateConsultation saves c unless its row has moved on since c was read.
func updateConsultation(ctx context.Context, tx *sqlite.Tx, c Consultation) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE consultations
SET case_type = ?3, held_on = ?4, worker_id = ?5, case_id = ?6, note = ?7, updated_at = ?8, version = version + 1
WHERE id = ?1 AND version = ?2`,
		string(c.ID), c.Version, int64(c.Type), string(c.HeldOn), sqlite.OrNull(c.Worker), sqlite.OrNull(c.CaseID), c.Note, c.UpdatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

// deleteConsultation deletes one out of which no service was given.
func deleteConsultation(ctx context.Context, tx *sqlite.Tx, id ID) error {
	n, err := tx.ExecArgs(ctx, `
DELETE FROM consultations
WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM services s WHERE s.consultation_id = ?1)`, string(id))
	if err == nil && n == 0 {
		err = errServices
	}
	return err
}

// view is what somebody sees: the clients, and the cases that consultations became.
type view struct{ clients, cases access.Filter }

// args returns the parameters of what is seen.
func (v view) args(more sqlite.Args) sqlite.Args { return v.cases.Into(v.clients.Into(more)) }

// seen reads consultations x with their clients, without what may not be read; what
// narrows and orders them follows.
func (v view) seen(reg *codelist.Registry) string {
	type_, said := v.readable(reg, access.Sensitive), v.readable(reg, access.Narrative)
	return `
SELECT x.id, x.client_id, CASE WHEN ` + type_ + ` THEN x.case_type ELSE 0 END, x.held_on, coalesce(x.worker_id, ''), coalesce(x.case_id, ''),
    CASE WHEN ` + said + ` THEN x.note ELSE '' END, x.created_at, x.updated_at, x.version, (` + type_ + ` AND ` + said + `) IS TRUE,
    x.case_type IN (` + sensitive(reg) + `),
    k.reference, k.surname, k.given_names
FROM consultations x
JOIN clients k ON k.id = x.client_id
WHERE ` + v.clients.SQL + ` AND (x.case_id IS NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = x.case_id AND ` + v.cases.SQL + `))`
}

// readable is the condition under which a class of a consultation x of a client k
// may be read.
func (v view) readable(reg *codelist.Registry, c access.Class) string {
	ordinary := v.clients.Class(c)
	if c == access.Sensitive {
		ordinary = "1"
	}
	return `CASE WHEN x.case_type IN (` + sensitive(reg) + `) THEN ` + v.clients.OfSensitive(c) + ` ELSE ` + ordinary + ` END`
}

// sensitive are the codes of the sensitive types, with commas between.
func sensitive(reg *codelist.Registry) string {
	var codes []string
	for _, category := range reg.List(codelist.CaseTypes).Categories {
		for _, l := range slices.Concat(category.Leaves, category.Former) {
			if l.Sensitive {
				codes = append(codes, fmt.Sprint(l.Code))
			}
		}
	}
	return strings.Join(codes, ", ")
}

func scanSeen(row sqlite.Row) (Seen, error) {
	var s Seen
	var created, updated int64
	err := row.Scan(&s.ID, &s.ClientID, &s.Type, &s.HeldOn, &s.Worker, &s.CaseID, &s.Note, &created, &updated, &s.Version, &s.Reads, &s.Sensitive,
		&s.Client.Reference, &s.Client.Surname, &s.Client.GivenNames)
	s.CreatedAt, s.UpdatedAt, s.Client.ID = sqlite.Instant(created), sqlite.Instant(updated), s.ClientID
	return s, err
}

// get returns one consultation as somebody sees it. It fails with ErrNotFound.
func get(ctx context.Context, q sqlite.Querier, reg *codelist.Registry, id ID, v view) (Seen, error) {
	s, err := scanSeen(q.QueryRow(ctx, v.seen(reg)+` AND x.id = @id`, v.args(sqlite.Args{"id": string(id)})))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Seen{}, ErrNotFound
	}
	if err != nil {
		return Seen{}, fmt.Errorf("reading consultation %s: %w", id, err)
	}
	return s, nil
}

// list returns the consultations of a filter, the latest first, and one more than
// its limit where there are more.
func list(ctx context.Context, q sqlite.Querier, reg *codelist.Registry, f Filter, v view) ([]Seen, error) {
	narrower, args := conditions(reg, f, v)
	rows, err := q.Query(ctx, v.seen(reg)+narrower+`
ORDER BY x.held_on DESC, x.id
LIMIT @limit`, v.args(args))
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Seen, error) { return scanSeen(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing consultations: %w", err)
	}
	return all, nil
}

// conditions returns what a filter adds to a statement, with its parameters.
func conditions(reg *codelist.Registry, f Filter, v view) (string, sqlite.Args) {
	return sqlite.Narrow(
		f.Limit,
		sqlite.If(`x.case_type = @type AND `+v.readable(reg, access.Sensitive), "type", f.Type),
		sqlite.If(`x.worker_id = @worker`, "worker", f.Worker),
		sqlite.If(`x.held_on >= @from`, "from", f.From),
		sqlite.If(`x.held_on <= @until`, "until", f.Until),
		sqlite.If(`x.client_id = @client`, "client", f.Client),
		sqlite.If(`x.case_id = @case`, "case", f.Case),
		sqlite.Past("x.held_on", "x.id", string(f.After.Day), f.After.ID),
	)
}
