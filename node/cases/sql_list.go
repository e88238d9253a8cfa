package cases

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/clients"
)

// view is what somebody sees in a list.
type view struct {
	cases   access.Filter
	clients access.Filter
}

// lines reads lines with their clients, without what may not be read; what
// narrows and orders them follows.
func (v view) lines() string {
	open := v.cases.Class(access.Sensitive)
	return `
SELECT c.id, c.reference, CASE WHEN ` + open + ` THEN c.case_type ELSE 0 END, c.status, c.opened_on, c.closed_on,
    CASE WHEN ` + open + ` THEN c.outcome END, c.updated_at, coalesce(c.responsible_id, ''),
    coalesce(k.id, ''), coalesce(k.reference, ''), coalesce(k.surname, ''), coalesce(k.given_names, ''),
    CASE WHEN k.id IS NOT NULL AND ` + v.clients.Class(access.Contact) + ` THEN k.contact_safety ELSE '' END
FROM cases c
LEFT JOIN clients k ON k.id = c.client_id AND ` + v.clients.SQL + `
`
}

// args returns the parameters of what is seen.
func (v view) args() sqlite.Args { return v.cases.Into(v.clients.Into(nil)) }

func list(ctx context.Context, q sqlite.Querier, reg *codelist.Registry, f Filter, v view) (Page, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = PageSize
	}
	narrower, args := conditions(reg, f, v)
	args["limit"] = limit + 1
	rows, err := q.Query(ctx, v.lines()+`WHERE c.id IN (`+v.page(f, narrower, "opened_on")+`)
ORDER BY c.opened_on DESC, c.id`, args)
	lines, err := sqlite.Collect(rows, err, scanLine)
	if err != nil {
		return Page{}, fmt.Errorf("listing cases: %w", err)
	}
	if len(lines) <= limit {
		return Page{Lines: lines}, nil
	}
	last := lines[limit-1]
	return Page{Lines: lines[:limit], Next: Cursor{OpenedOn: last.OpenedOn, ID: last.ID}}, nil
}

// page selects the identifiers of one page in the order of a column, the newest
// first. Each part of what is seen is read in the order of an index of its own
// and only as far as the page goes; a search and a client are few enough to be
// read whole.
func (v view) page(f Filter, narrower, column string) string {
	parts := v.cases.Parts
	if strings.TrimSpace(f.Search) != "" || f.Client != "" {
		parts = []string{v.cases.SQL}
	}
	reads := make([]string, len(parts))
	for i, part := range parts {
		reads[i] = `
    SELECT * FROM (SELECT c.id, c.` + column + ` AS at FROM cases c
        WHERE ` + part + narrower + `
        ORDER BY c.` + column + ` DESC, c.id
        LIMIT @limit)`
	}
	return "\n    SELECT id FROM (" + strings.Join(reads, "\n    UNION") + ")\n    ORDER BY at DESC, id\n    LIMIT @limit"
}

// conditions returns what a filter adds to a condition, and all parameters.
func conditions(reg *codelist.Registry, f Filter, v view) (string, sqlite.Args) {
	all := []string{""}
	args := v.args()
	if strings.TrimSpace(f.Search) != "" {
		all = append(all, v.searched())
		args["match"], args["match_open"] = clients.Match(f.Search)
		args["match_case"] = casesOpen(args["match"].(string))
	}
	if f.Status != "" {
		all = append(all, `c.status = @status`)
		args["status"] = string(f.Status)
	}
	if f.Type != 0 {
		all = append(all, `c.case_type IN (`+leavesUnder(reg, f.Type)+`) AND `+v.cases.Class(access.Sensitive))
	}
	if f.Client != "" {
		all = append(all, `c.client_id = @client`)
		args["client"] = string(f.Client)
	}
	switch f.Responsible {
	case "":
	case Nobody:
		all = append(all, `c.responsible_id IS NULL`)
	default:
		all = append(all, `c.responsible_id = @responsible`)
		args["responsible"] = f.Responsible
	}
	if f.After.ID != "" {
		all = append(all, `c.opened_on <= @after_day AND (c.opened_on < @after_day OR c.id > @after_id)`)
		args["after_day"], args["after_id"] = string(f.After.OpenedOn), string(f.After.ID)
	}
	return strings.Join(all, "\n            AND "), args
}

// searched is the condition on cases that match a search. What a person may not
// read finds nothing: neither the other party of a case whose narrative they may
// not read, nor the name of a client whom they do not see.
func (v view) searched() string {
	own := `SELECT rowid FROM cases_fts WHERE cases_fts MATCH @match`
	if !v.cases.Always(access.Narrative) {
		own = `SELECT rowid FROM cases_fts WHERE cases_fts MATCH @match_case
            UNION ALL
            SELECT c.rowid FROM cases_fts t JOIN cases c ON c.rowid = t.rowid
            WHERE cases_fts MATCH @match AND ` + v.cases.Class(access.Narrative)
	}
	return `(c.rowid IN (` + own + `)
            OR c.client_id IN (SELECT k.id FROM clients k WHERE ` + clients.Searched(v.clients) + ` AND ` + v.clients.SQL + `))`
}

// casesOpen narrows an expression for cases_fts to what everybody may search who
// sees the case.
func casesOpen(match string) string {
	if match == `""` {
		return match
	}
	return "{reference legacy_number} : (" + match + ")"
}

// leavesUnder returns the leaves of a category, or the code itself, as a list
// of numbers for a statement.
func leavesUnder(reg *codelist.Registry, c codelist.Code) string {
	numbers := []string{strconv.FormatUint(uint64(c), 10)}
	for _, l := range reg.List(codelist.CaseTypes).Leaves() {
		if l.Category == c {
			numbers = append(numbers, strconv.FormatUint(uint64(l.Code), 10))
		}
	}
	return strings.Join(numbers, ", ")
}

func recent(ctx context.Context, q sqlite.Querier, limit int, v view) ([]Line, error) {
	args := v.args()
	args["limit"] = limit
	rows, err := q.Query(ctx, v.lines()+`WHERE c.id IN (`+v.page(Filter{}, "", "updated_at")+`)
ORDER BY c.updated_at DESC, c.id`, args)
	lines, err := sqlite.Collect(rows, err, scanLine)
	if err != nil {
		return nil, fmt.Errorf("listing recent cases: %w", err)
	}
	return lines, nil
}

// selectCounts counts cases by what a page shows; what narrows them follows.
const selectCounts = `
SELECT count(*) FILTER (WHERE c.status = 'open'),
    count(*) FILTER (WHERE c.status = 'closed'),
    count(*) FILTER (WHERE c.opened_on >= @since),
    count(*) FILTER (WHERE c.closed_on >= @since)
FROM cases c
`

// counts counts the cases of a filter. Where only walls hide any, all are counted
// and the hidden ones taken away.
func counts(ctx context.Context, q sqlite.Querier, since civil.Date, seen access.Filter) (Counts, error) {
	args := seen.Into(sqlite.Args{"since": string(since)})
	if seen.Suspects == "" {
		return scanCounts(q.QueryRow(ctx, selectCounts+`WHERE `+seen.SQL, args))
	}
	all, err := scanCounts(q.QueryRow(ctx, selectCounts, sqlite.Args{"since": string(since)}))
	if err != nil {
		return Counts{}, err
	}
	hidden, err := scanCounts(q.QueryRow(ctx, selectCounts+`WHERE `+seen.Suspects+` AND (`+seen.SQL+`) IS NOT TRUE`, args))
	return Counts{
		Open: all.Open - hidden.Open, Closed: all.Closed - hidden.Closed,
		OpenedSince: all.OpenedSince - hidden.OpenedSince, ClosedSince: all.ClosedSince - hidden.ClosedSince,
	}, err
}

func scanCounts(row *sql.Row) (Counts, error) {
	var n Counts
	if err := row.Scan(&n.Open, &n.Closed, &n.OpenedSince, &n.ClosedSince); err != nil {
		return Counts{}, fmt.Errorf("counting cases: %w", err)
	}
	return n, nil
}

func scanLine(rows *sql.Rows) (Line, error) {
	var l Line
	var closed sql.NullString
	var outcome sql.NullInt64
	var updated int64
	err := rows.Scan(&l.ID, &l.Reference, &l.Type, &l.Status, &l.OpenedOn, &closed, &outcome, &updated, &l.Responsible,
		&l.Client.ID, &l.Client.Reference, &l.Client.Surname, &l.Client.GivenNames, &l.Client.ContactSafety)
	l.ClosedOn, l.Outcome = civil.Date(closed.String), codelist.Code(outcome.Int64)
	l.UpdatedAt = sqlite.Instant(updated)
	return l, err
}
