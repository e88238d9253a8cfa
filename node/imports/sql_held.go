package imports

import (
	"context"

	"casehub/internal/sqlite"
)

// heldAsked narrows the entries that hold rows back.
type heldAsked struct {
	marks []string // of the rows; nil for all
	rows  bool     // with the rows themselves
}

// heldEntry is an entry that holds a row back.
type heldEntry struct {
	Held
	mark   string // of its row
	has    bool   // the row is kept with it
	row    string // the row, where it is asked for and kept with the entry
	mended string // what was typed over the row
}

// eachHeldWithRow calls fn with the open entries about the files that a run read, those of
// a row after another. What is only told is left out. A row that is not asked for is not
// read.
func eachHeldWithRow(ctx context.Context, q sqlite.Querier, p PastRun, asked heldAsked, fn func(heldEntry) error) error {
	rows, err := q.Query(ctx, `
SELECT stream, source_key, field, code, severity, file, sheet, row_number, source_column, raw_excerpt,
    `+marked+`, octet_length(source_row) > 0, iif(@rows, source_row, ''), mended
FROM import_quarantine
WHERE instance = @instance AND file IN `+filesOfRun+` AND first_run <= @run AND status = 'open' AND severity = 'error'
    AND (@all OR `+marked+` IN (SELECT value FROM json_each(@marks)))
ORDER BY file, sheet, row_number, iif(row_number > 0, '', source_key), stream, source_key, field, code`, sqlite.Args{
		"instance": p.Instance, "run": p.ID, "source": p.Source, "rows": asked.rows, "all": asked.marks == nil, "marks": sqlite.List(asked.marks),
	})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e heldEntry
		err := rows.Scan(&e.Stream, &e.Key, &e.Field, &e.Code, &e.Severity, &e.Loc.File, &e.Loc.Sheet, &e.Loc.Row, &e.Column, &e.Raw,
			&e.mark, &e.has, &e.row, &e.mended)
		if err == nil {
			err = fn(e)
		}
		if err != nil {
			return err
		}
	}
	return rows.Err()
}

// marked is the row that an entry is of, as PastRun.markOf says it.
const marked = `iif(file = @source, '', file || ':') || CASE WHEN row_number > 0 THEN iif(sheet = '', '', sheet || ':') || row_number ELSE sheet || '#' || source_key END`

// updateMended keeps what was typed in place of cells of a row, empty for nothing, with the
// entries that have the row.
func updateMended(ctx context.Context, tx *sqlite.Tx, p PastRun, file, mark, text string) error {
	_, err := tx.Exec(ctx, `
UPDATE import_quarantine
SET mended = @text
WHERE instance = @instance AND file = @file AND status = 'open' AND source_row <> '' AND `+marked+` = @mark`, sqlite.Args{
		"instance": p.Instance, "source": p.Source, "file": file, "mark": mark, "text": text,
	})
	return err
}
