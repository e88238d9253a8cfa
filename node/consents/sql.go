package consents

import (
	"context"
	"database/sql"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/clients"
)

func insertConsent(ctx context.Context, tx *sqlite.Tx, c Consent) error {
	_, err := tx.Exec(ctx, `
INSERT INTO consents (id, client_id, purpose, answer, answered_on, manner, guardian, expires_on, note, captured_by, captured_at)
VALUES (@id, @client, @purpose, @answer, @on, @manner, @guardian, nullif(@expires, ''), @note, @by, @at)`, sqlite.Args{
		"id": c.ID, "client": string(c.ClientID), "purpose": string(c.Purpose), "answer": string(c.Answer), "on": string(c.AnsweredOn),
		"manner": string(c.Manner), "guardian": c.Guardian, "expires": string(c.ExpiresOn), "note": c.Note,
		"by": c.CapturedBy, "at": c.CapturedAt.UnixMilli(),
	})
	return err
}

// answersOf returns the answers of a client, the newest first.
func answersOf(ctx context.Context, q sqlite.Querier, id clients.ID) ([]Consent, error) {
	rows, err := q.Query(ctx, `
SELECT id, client_id, purpose, answer, answered_on, manner, guardian, coalesce(expires_on, ''), note, captured_by, captured_at
FROM consents
WHERE client_id = @client
ORDER BY answered_on DESC, id DESC`, sqlite.Args{"client": string(id)})
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Consent, error) {
		var c Consent
		var at int64
		err := r.Scan(&c.ID, &c.ClientID, &c.Purpose, &c.Answer, &c.AnsweredOn, &c.Manner, &c.Guardian, &c.ExpiresOn, &c.Note, &c.CapturedBy, &at)
		c.CapturedAt = sqlite.Instant(at)
		return c, err
	})
}

// selectDue returns consents that end soon or have ended and after which no
// answer came, of clients of a filter with an open case of another. A story goes
// on being told when no case is open any more.
func selectDue(ctx context.Context, q sqlite.Querier, seen, work access.Filter, today civil.Date, after Cursor, limit int) ([]Due, error) {
	rows, err := q.Query(ctx, `
SELECT a.id, k.id, k.reference, trim(k.given_names || ' ' || k.surname), k.contact_safety = 'unsafe' AND `+seen.Class(access.Contact)+`, a.purpose, a.expires_on, a.expires_on < @today
FROM consents a
JOIN clients k ON k.id = a.client_id
WHERE a.expires_on <= @until AND (a.expires_on, a.id) > (@after_on, @after_id)
    AND NOT EXISTS (SELECT 1 FROM consents n WHERE n.client_id = a.client_id AND n.purpose = a.purpose AND (n.answered_on, n.id) > (a.answered_on, a.id))
    AND (a.purpose = @story OR EXISTS (SELECT 1 FROM cases c WHERE c.client_id = k.id AND c.status = 'open' AND `+work.SQL+`))
    AND `+seen.SQL+`
ORDER BY a.expires_on, a.id
LIMIT @limit`, work.Into(seen.Into(sqlite.Args{
		"today": string(today), "until": string(today.AddDays(soon)), "after_on": string(after.ExpiresOn), "after_id": after.ID,
		"story": string(Story), "limit": limit,
	})))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Due, error) {
		var d Due
		return d, r.Scan(&d.ID, &d.ClientID, &d.Reference, &d.Name, &d.Unsafe, &d.Purpose, &d.ExpiresOn, &d.Expired)
	})
}

func terms(ctx context.Context, q sqlite.Querier) ([]Term, error) {
	rows, err := q.Query(ctx, `
SELECT purpose, months
FROM consent_terms`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Term, error) {
		var t Term
		return t, r.Scan(&t.Purpose, &t.Months)
	})
}

func updateTerm(ctx context.Context, tx *sqlite.Tx, t Term) error {
	_, err := tx.Exec(ctx, `
UPDATE consent_terms
SET months = @months
WHERE purpose = @purpose`, sqlite.Args{"purpose": string(t.Purpose), "months": t.Months})
	return err
}
