package ledger

import (
	"context"
	"fmt"

	"casehub/internal/sqlite"
	"casehub/node/access"
)

// Keeps reports whether a wall keeps from somebody a record of which something was
// ever published, or did until that was erased: a list of what was published would
// have a gap for them. The cases are those of access.Gate.Walled.
func (l *Ledger) Keeps(ctx context.Context, q sqlite.Querier, walled access.Filter) (bool, error) {
	sources, err := l.sources()
	if err != nil {
		return false, err
	}
	var yes bool
	if err := q.QueryRow(ctx, `SELECT `+keeps(sources, walled), walled.Into(nil)).Scan(&yes); err != nil {
		return false, fmt.Errorf("looking for walls before what was published: %w", err)
	}
	return yes, nil
}

// keeps is the condition of Keeps.
func keeps(sources []source, walled access.Filter) string {
	condition := `EXISTS (SELECT 1 FROM ledger_shut_out WHERE person_id = @acc_me)`
	for _, s := range sources {
		if hidden := s.hidden(walled); hidden != "" {
			condition += fmt.Sprintf(`
    OR EXISTS (SELECT 1 FROM ledger_events v WHERE v.data_set = %d AND v.source_id IN (%s) AND %s)`, s.set.Number, hidden, left)
		}
	}
	return condition
}

// left is the condition that an event v was published once.
const left = `(v.state = 'published' OR v.group_id IS NOT NULL OR v.block IS NOT NULL)`

// lone is the condition that a person p, whom the import could tell from others, has no
// case but those behind walls, as far as the client of it goes.
func lone(walled access.Filter) string {
	return `p.person <> 'import' AND ` + alone("p.client_id", walled)
}

// alone is the condition that a client has no case but those behind walls.
func alone(client string, walled access.Filter) string {
	return `NOT EXISTS (SELECT 1 FROM cases c WHERE c.client_id = ` + client + ` AND NOT ` + walled.SQL + `)`
}

// gone selects the records of clients with a walled case that are no more: of which case
// they were cannot be said.
func (s source) gone(walled access.Filter, only string) string {
	return fmt.Sprintf(`
        UNION ALL
        SELECT v.source_id
        FROM cases c
        JOIN ledger_persons p ON p.client_id = c.client_id
        JOIN ledger_events v ON v.client_id = p.person AND v.data_set = %d
        WHERE %s AND %s AND NOT EXISTS (SELECT 1 FROM %s x WHERE x.id = v.source_id)`, s.set.Number, walled.SQL, only, s.rule.Table)
}

// hidden selects the records that are behind walls, "" where records tell of nobody:
// those of walled cases, and of clients who have no other case.
func (s source) hidden(walled access.Filter) string {
	switch {
	case s.rule.Client == "":
		return ""
	case s.rule.Client != "client_id" || s.rule.Table == "cases":
		return s.ofCases(walled) + s.gone(walled, lone(walled))
	}
	became := "false"
	if s.rule.Table == "consultations" || s.rule.Table == "services" {
		became = "x.case_id = c.id"
	}
	return s.ofClients(walled) + ` AND (` + became + ` OR ` + alone("x.client_id", walled) + `)` + s.gone(walled, lone(walled))
}

// near selects the records of walled cases and of all clients who have one: those of
// which nobody behind the wall is shown that they wait (visible).
func (s source) near(walled access.Filter) string {
	switch {
	case s.rule.Client == "":
		return ""
	case s.rule.Client != "client_id" || s.rule.Table == "cases":
		return s.ofCases(walled) + s.gone(walled, "true")
	}
	return s.ofClients(walled) + s.gone(walled, "true")
}

func (s source) ofCases(walled access.Filter) string {
	key := "x.case_id"
	if s.rule.Table == "cases" {
		key = "x.id"
	}
	return `SELECT x.id FROM ` + s.rule.Table + ` x JOIN cases c ON c.id = ` + key + ` WHERE ` + walled.SQL
}

func (s source) ofClients(walled access.Filter) string {
	return `SELECT x.id FROM ` + s.rule.Table + ` x JOIN cases c ON c.client_id = x.client_id WHERE ` + walled.SQL
}

// without are lines without those of records near to walls that never left, with
// which every part of the measure loses the same.
func (s source) without(lines string, walled access.Filter) string {
	near := s.near(walled)
	if near == "" {
		return lines
	}
	return `
    SELECT one.*
    FROM (` + lines + `) one
    WHERE one.source NOT IN (` + near + `)
        OR EXISTS (SELECT 1 FROM ledger_events v WHERE v.data_set = @set AND v.source_id = one.source AND ` + left + `)`
}
