package imports

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/consultations"
	"casehub/node/events"
	"casehub/node/surveys"
	"casehub/node/turnaways"
)

// tableWriter writes records whose fields are the columns of one table. What they may
// be is said by the area that keeps them, in valid.
type tableWriter struct {
	table   string
	columns []tableColumn // in the order of the target's fields
	office  bool          // the record belongs to the office of who imports
	// more is a column that follows from others, with its expression; "" for none.
	more, follows string
	valid         func(v []string) error
}

// tableColumn is where one field is kept.
type tableColumn struct {
	name   string
	number bool
	null   bool // "" is NULL
}

func (w tableWriter) check(v []string) error { return w.valid(v) }

// cells returns the values as the database has them.
func (w tableWriter) cells(v []string) []any {
	all := make([]any, len(v))
	for i, c := range w.columns {
		switch {
		case c.null && v[i] == "":
			all[i] = nil
		case c.number:
			all[i] = number(v[i])
		default:
			all[i] = v[i]
		}
	}
	return all
}

func (w tableWriter) insert(ctx context.Context, tx *sqlite.Tx, id, office string, v []string, now time.Time) error {
	if err := w.valid(v); err != nil {
		return err
	}
	names, marks := []string{"id", "created_at", "updated_at"}, []string{"?1", "?2", "?2"}
	args := []any{id, now.UnixMilli()}
	add := func(name string, value any) {
		args = append(args, value)
		names, marks = append(names, name), append(marks, "?"+strconv.Itoa(len(args)))
	}
	for i, cell := range w.cells(v) {
		add(w.columns[i].name, cell)
	}
	if w.office {
		add("office_id", sqlite.OrNull(office))
	}
	if w.more != "" {
		names, marks = append(names, w.more), append(marks, w.expression())
	}
	_, err := tx.ExecArgs(ctx, `
INSERT INTO `+w.table+` (`+strings.Join(names, ", ")+`)
VALUES (`+strings.Join(marks, ", ")+`)`, args...)
	return err
}

// expression returns what the column that follows from others is, with the
// parameters of an insert.
func (w tableWriter) expression() string {
	e := w.follows
	for i, c := range w.columns {
		e = strings.ReplaceAll(e, "@"+c.name, "?"+strconv.Itoa(i+3))
	}
	return e
}

func (w tableWriter) current(ctx context.Context, q sqlite.Querier, ids []string) (map[string]current, error) {
	var cells strings.Builder
	for _, c := range w.columns {
		cells.WriteString(", coalesce(CAST(" + c.name + " AS TEXT), '')")
	}
	rows, err := q.Query(ctx, `
SELECT id, version`+cells.String()+`
FROM `+w.table+`
WHERE id IN (SELECT value FROM json_each(@ids))`, sqlite.Args{"ids": sqlite.List(ids)})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", w.table, err)
	}
	defer rows.Close()
	found := map[string]current{}
	for rows.Next() {
		id, c, err := w.scan(rows)
		if err != nil {
			return nil, err
		}
		found[id] = c
	}
	return found, rows.Err()
}

func (w tableWriter) scan(rows *sql.Rows) (id string, c current, err error) {
	c.values = make([]string, len(w.columns))
	into := []any{&id, &c.version}
	for i := range c.values {
		into = append(into, &c.values[i])
	}
	err = rows.Scan(into...)
	for i, column := range w.columns {
		if column.number && c.values[i] == "0" && column.null {
			c.values[i] = ""
		}
	}
	return id, c, err
}

func (w tableWriter) replace(ctx context.Context, tx *sqlite.Tx, id string, is current, v []string, now time.Time) error {
	if err := w.valid(v); err != nil {
		return err
	}
	sets, args := []string{"updated_at = ?3", "version = version + 1"}, []any{id, is.version, now.UnixMilli()}
	for i, cell := range w.cells(v) {
		args = append(args, cell)
		sets = append(sets, w.columns[i].name+" = ?"+strconv.Itoa(len(args)))
	}
	n, err := tx.ExecArgs(ctx, `
UPDATE `+w.table+`
SET `+strings.Join(sets, ", ")+`
WHERE id = ?1 AND version = ?2`, args...)
	if err == nil && n == 0 {
		err = errMoved
	}
	return err
}

func code(s string) codelist.Code { return codelist.Code(number(s)) }

var visitWriter = tableWriter{
	table: "visits", office: true,
	columns: []tableColumn{{name: "case_type", number: true}, {name: "held_on"}, {name: "called"}, {name: "note"}},
	valid: func(v []string) error {
		return consultations.Consultation{ClientID: "nobody", Type: code(v[0]), HeldOn: civil.Date(v[1]), Note: v[3]}.Check()
	},
}

var consultationWriter = tableWriter{
	table: "consultations",
	columns: []tableColumn{
		{name: "client_id"}, {name: "case_type", number: true}, {name: "held_on"}, {name: "case_id", null: true}, {name: "note"},
	},
	valid: func(v []string) error {
		return consultations.Consultation{ClientID: clients.ID(v[0]), Type: code(v[1]), HeldOn: civil.Date(v[2]), CaseID: cases.ID(v[3]), Note: v[4]}.Check()
	},
}

var serviceWriter = tableWriter{
	table:   "services",
	columns: []tableColumn{{name: "case_id", null: true}, {name: "consultation_id", null: true}, {name: "kind", number: true}, {name: "given_on"}},
	more:    "client_id",
	follows: "coalesce((SELECT c.client_id FROM cases c WHERE c.id = @case_id), (SELECT n.client_id FROM consultations n WHERE n.id = @consultation_id))",
	valid: func(v []string) error {
		return consultations.Given{CaseID: cases.ID(v[0]), Consultation: consultations.ID(v[1]), Kind: code(v[2]), GivenOn: civil.Date(v[3])}.Check()
	},
}

var turnAwayWriter = tableWriter{
	table: "turn_aways", office: true,
	columns: []tableColumn{{name: "reason", number: true}, {name: "came_on"}, {name: "client_id", null: true}, {name: "note"}},
	valid: func(v []string) error {
		return turnaways.TurnAway{Reason: code(v[0]), CameOn: civil.Date(v[1]), ClientID: clients.ID(v[2]), Note: v[3]}.Check()
	},
}

var activityWriter = tableWriter{
	table: "activities", office: true,
	columns: []tableColumn{{name: "kind", number: true}, {name: "held_on"}, {name: "place"}, {name: "participants", number: true}, {name: "note"}},
	valid: func(v []string) error {
		return events.Activity{Kind: code(v[0]), HeldOn: civil.Date(v[1]), Place: v[2], Participants: int(number(v[3])), Note: v[4]}.Check()
	},
}

var complaintWriter = tableWriter{
	table: "complaints",
	columns: []tableColumn{
		{name: "case_id"},
		{name: "institution", number: true},
		{name: "filed_on"},
		{name: "number"},
		{name: "progress"},
		{name: "outcome"},
		{name: "answered_on", null: true},
		{name: "note"},
	},
	valid: func(v []string) error {
		return complaints.Complaint{
			CaseID: cases.ID(v[0]), Institution: code(v[1]), FiledOn: civil.Date(v[2]), Number: v[3], Progress: complaints.Progress(v[4]),
			Outcome: complaints.Outcome(v[5]), AnsweredOn: civil.Date(v[6]), Note: v[7],
		}.Check()
	},
}

var surveyWriter = tableWriter{
	table: "surveys",
	columns: []tableColumn{
		{name: "case_id"},
		{name: "answered_on"},
		{name: "rating", number: true},
		{name: "cost"},
		{name: "pace"},
		{name: "attention"},
		{name: "lawyers"},
		{name: "comment"},
		{name: "suggestion"},
	},
	valid: func(v []string) error {
		return surveys.Survey{
			CaseID: cases.ID(v[0]), AnsweredOn: civil.Date(v[1]), Rating: code(v[2]), Cost: surveys.Opinion(v[3]), Pace: surveys.Opinion(v[4]),
			Attention: surveys.Opinion(v[5]), Lawyers: surveys.Beside(v[6]), Comment: v[7], Suggestion: v[8],
		}.Check()
	},
}

var answerWriter = tableWriter{
	table: "answers", office: true,
	columns: []tableColumn{{name: "case_id", null: true}, {name: "answered_on"}, {name: "form"}, {name: "instrument_id", null: true}, {name: "answers"}},
	valid: func(v []string) error {
		if _, err := civil.Parse(v[1]); err != nil {
			return civil.ErrDate.On("answered_on")
		}
		return nil
	},
}
