package surveys

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/cases"
)

// seen is the condition on answers a that somebody reads.
func (r reader) seen() string {
	of := `EXISTS (SELECT 1 FROM cases c WHERE c.id = a.case_id AND ` + r.cases.SQL + ` AND ` + r.cases.Class(access.Narrative) + `)`
	if r.all {
		return `(a.case_id IS NULL OR ` + of + `)`
	}
	return of
}

// nameID is the identifier of a form of which there are answers alone.
func nameID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "form-" + hex.EncodeToString(sum[:8])
}

// versioned selects the versions of forms that where names, with their answers.
func (r reader) versioned(where string) string {
	return `
SELECT i.id, i.form, i.title, i.version, count(a.id), coalesce(min(a.answered_on), ''), coalesce(max(a.answered_on), '') AS latest
FROM instruments i
LEFT JOIN answers a ON a.instrument_id = i.id AND ` + r.seen() + `
` + where + `
GROUP BY i.id`
}

// unversioned selects the forms of which there are answers alone, where narrows them.
func (r reader) unversioned(where string) string {
	return `
SELECT '', a.form, '', '', count(*), min(a.answered_on), max(a.answered_on)
FROM answers a
WHERE a.instrument_id IS NULL AND ` + r.seen() + where + `
GROUP BY a.form`
}

// forms returns every form that was imported, the latest answered first.
func forms(ctx context.Context, q sqlite.Querier, r reader) ([]Form, error) {
	return selectForms(ctx, q, r.versioned("")+`
UNION ALL`+r.unversioned("")+`
ORDER BY latest DESC, 2, 4 DESC`, r.cases.Into(nil))
}

func selectForms(ctx context.Context, q sqlite.Querier, statement string, args sqlite.Args) ([]Form, error) {
	rows, err := q.Query(ctx, statement, args)
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Form, error) {
		var f Form
		err := rows.Scan(&f.ID, &f.Name, &f.Title, &f.Version, &f.Answers, &f.First, &f.Last)
		if f.ID == "" {
			f.ID = nameID(f.Name)
		}
		return f, err
	})
	if err != nil {
		return nil, fmt.Errorf("listing forms: %w", err)
	}
	return all, nil
}

// formByID returns a form with its questions. It fails with ErrNoForm.
func formByID(ctx context.Context, q sqlite.Querier, r reader, id string) (Form, error) {
	if !strings.HasPrefix(id, "form-") {
		return oneForm(ctx, q, id, r.versioned(`WHERE i.id = @id`), r.cases.Into(sqlite.Args{"id": id}))
	}
	rows, err := q.Query(ctx, `
SELECT DISTINCT form
FROM answers
WHERE instrument_id IS NULL`, nil)
	names, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) })
	if err != nil {
		return Form{}, fmt.Errorf("reading the names of forms: %w", err)
	}
	for _, name := range names {
		if nameID(name) == id {
			return formByName(ctx, q, r, name)
		}
	}
	return Form{}, ErrNoForm
}

// formByName returns a form of which there are answers alone. It fails with ErrNoForm.
func formByName(ctx context.Context, q sqlite.Querier, r reader, name string) (Form, error) {
	return oneForm(ctx, q, nameID(name), r.unversioned(` AND a.form = @name`), r.cases.Into(sqlite.Args{"name": name}))
}

func oneForm(ctx context.Context, q sqlite.Querier, id, statement string, args sqlite.Args) (Form, error) {
	found, err := selectForms(ctx, q, statement, args)
	if err != nil {
		return Form{}, err
	}
	if len(found) == 0 {
		return Form{}, ErrNoForm
	}
	f := found[0]
	f.instrument, err = instrumentOf(ctx, q, id)
	return f, err
}

// instrumentOf returns the questions of a form; none where there are answers alone.
func instrumentOf(ctx context.Context, q sqlite.Querier, id string) (instrument, error) {
	var in instrument
	var definition string
	err := q.QueryRow(ctx, `
SELECT definition
FROM instruments
WHERE id = @id`, sqlite.Args{"id": id}).Scan(&definition)
	if errors.Is(err, sqlite.ErrNoRows) {
		return in, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(definition), &in)
	}
	if err != nil {
		return in, fmt.Errorf("reading the form %s: %w", id, err)
	}
	return in, nil
}

// selectAnswers reads answers a with the references of their cases; what narrows and
// orders them follows.
const selectAnswers = `
SELECT a.id, coalesce(a.instrument_id, ''), a.form, coalesce(a.case_id, ''), coalesce((SELECT c.reference FROM cases c WHERE c.id = a.case_id), ''), a.answered_on, a.answers
FROM answers a
`

func scanAnswer(row sqlite.Row) (Answer, error) {
	var a Answer
	err := row.Scan(&a.ID, &a.Form.ID, &a.Form.Name, &a.CaseID, &a.Reference, &a.AnsweredOn, &a.said)
	return a, err
}

// ofForm is the condition on answers a to a form, within the days of a filter.
func ofForm(form Form, f AnswerFilter) (string, sqlite.Args) {
	more, args := sqlite.Narrow(
		f.Limit,
		sqlite.If(`a.answered_on >= @from`, "from", f.From),
		sqlite.If(`a.answered_on <= @until`, "until", f.Until),
		sqlite.Past("a.answered_on", "a.id", string(f.After.Day), f.After.ID),
	)
	args["form"], args["name"] = form.ID, form.Name
	return `(a.instrument_id = @form OR a.instrument_id IS NULL AND a.form = @name AND @form LIKE 'form-%')` + more, args
}

// answers returns the answers to a form, the latest first, and one more than the limit
// where there are more.
func answers(ctx context.Context, q sqlite.Querier, r reader, form Form, f AnswerFilter) ([]Answer, error) {
	where, args := ofForm(form, f)
	rows, err := q.Query(ctx, selectAnswers+`WHERE `+r.seen()+` AND `+where+`
ORDER BY a.answered_on DESC, a.id
LIMIT @limit`, r.cases.Into(args))
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Answer, error) { return scanAnswer(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing answers: %w", err)
	}
	return all, nil
}

// eachSaid calls fn with every answer to a form within the days of a filter.
func eachSaid(ctx context.Context, q sqlite.Querier, r reader, form Form, f AnswerFilter, fn func(string)) error {
	f.Limit = 0
	f.After.ID, f.After.Day = "", ""
	where, args := ofForm(form, f)
	delete(args, "limit")
	rows, err := q.Query(ctx, `
SELECT a.answers
FROM answers a
WHERE `+r.seen()+` AND `+where+`
ORDER BY a.answered_on, a.id`, r.cases.Into(args))
	if err != nil {
		return fmt.Errorf("counting answers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var said string
		if err := rows.Scan(&said); err != nil {
			return fmt.Errorf("counting answers: %w", err)
		}
		fn(said)
	}
	return rows.Err()
}

// answerByID returns one answer with its form. It fails with ErrNotFound.
func answerByID(ctx context.Context, q sqlite.Querier, r reader, id string) (Answer, error) {
	a, err := scanAnswer(q.QueryRow(ctx, selectAnswers+`WHERE a.id = @id AND `+r.seen(), r.cases.Into(sqlite.Args{"id": id})))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Answer{}, ErrNotFound
	}
	if err != nil {
		return Answer{}, fmt.Errorf("reading answer %s: %w", id, err)
	}
	if a.Form.ID == "" {
		a.Form, err = formByName(ctx, q, r, a.Form.Name)
	} else {
		a.Form, err = formByID(ctx, q, r, a.Form.ID)
	}
	return a, err
}

// answersOf returns the answers about a case, the latest first.
func answersOf(ctx context.Context, q sqlite.Querier, r reader, id cases.ID) ([]Answer, error) {
	rows, err := q.Query(ctx, `
SELECT a.id, coalesce(a.instrument_id, ''), coalesce(i.title, a.form), coalesce(a.case_id, ''), '', a.answered_on, ''
FROM answers a
LEFT JOIN instruments i ON i.id = a.instrument_id
WHERE a.case_id = @case AND `+r.seen()+`
ORDER BY a.answered_on DESC, a.id`, r.cases.Into(sqlite.Args{"case": string(id)}))
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Answer, error) { return scanAnswer(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing the answers of case %s: %w", id, err)
	}
	return all, nil
}

func deleteAnswer(ctx context.Context, tx *sqlite.Tx, id string) error {
	_, err := tx.ExecArgs(ctx, `
DELETE FROM answers
WHERE id = ?1`, id)
	return err
}
