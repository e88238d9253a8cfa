package auditor

import (
	"context"
	"database/sql"

	"casehub/internal/codelist"
	"casehub/internal/sqlite"
)

// each runs a query and hands over its rows one by one.
func each(ctx context.Context, q sqlite.Querier, query string, row func(*sql.Rows) error) error {
	rows, err := q.Query(ctx, query, nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (a *archive) readUnread(ctx context.Context, q sqlite.Querier) error {
	return each(ctx, q, `SELECT source, id FROM ledger_touched ORDER BY source, id`, func(r *sql.Rows) error {
		var table, id string
		if err := r.Scan(&table, &id); err != nil {
			return err
		}
		if a.unread[table] == nil {
			a.unread[table] = map[string]bool{}
		}
		a.unread[table][id] = true
		return nil
	})
}

func (a *archive) readClients(ctx context.Context, q sqlite.Querier, _ Office) error {
	var list []someone
	err := each(ctx, q, `
SELECT id, id_number, surname, given_names, coalesce(birth_date, ''), birth_precision, phones
FROM clients
ORDER BY id`, func(r *sql.Rows) error {
		var s someone
		var given string
		err := r.Scan(&s.id, &s.number, &s.names, &given, &s.born, &s.precision, &s.phones)
		s.names += " " + given
		list = append(list, s)
		return err
	})
	for i, person := range tell(list) {
		a.person[list[i].id] = person
	}
	return err
}

// readCases reads cases: each counts as opened in the month of its opening day,
// by its type, whatever became of it; and as closed in the month of its closing
// day, by its outcome, while it is closed.
func (a *archive) readCases(ctx context.Context, q sqlite.Querier, _ Office) error {
	return each(ctx, q, `
SELECT id, client_id, case_type, opened_on, status, coalesce(closed_on, ''), coalesce(outcome, 0)
FROM cases
ORDER BY id`, func(r *sql.Rows) error {
		var id, client, opened, status, closedOn string
		var outcome codelist.Code
		h := happening{weight: 1}
		if err := r.Scan(&id, &client, &h.code, &opened, &status, &closedOn, &outcome); err != nil {
			return err
		}
		h.person, h.month = a.person[client], monthOf(opened)
		h.unread = a.unread["cases"][id] || a.unread["clients"][client]
		a.cases[id] = h
		a.counts["cases_opened"][id] = h
		if status == "closed" && closedOn != "" && outcome != 0 {
			h.code, h.month = outcome, monthOf(closedOn)
			a.counts["cases_closed"][id] = h
		}
		return nil
	})
}

// readReferrals reads referrals: each counts in the month in which it was made,
// by where the client was sent; and in the month in which the office learned what
// became of it, by that.
func (a *archive) readReferrals(ctx context.Context, q sqlite.Querier, _ Office) error {
	return each(ctx, q, `
SELECT id, case_id, destination, referred_on, coalesce(result, 0), coalesce(result_on, '')
FROM referrals
ORDER BY id`, func(r *sql.Rows) error {
		var id, of, day, learned string
		var result codelist.Code
		h := happening{weight: 1}
		if err := r.Scan(&id, &of, &h.code, &day, &result, &learned); err != nil {
			return err
		}
		h.month = monthOf(day)
		a.add("referrals_made", "referrals", id, of, h)
		if h.code, h.month = result, monthOf(learned); result != 0 && learned != "" {
			a.add("referral_results", "referrals", id, of, h)
		}
		return nil
	})
}

// readRecoveries reads amounts: each counts in the month in which the client
// received it, by its kind, when it is in the office's currency.
func (a *archive) readRecoveries(ctx context.Context, q sqlite.Querier, o Office) error {
	return each(ctx, q, `
SELECT id, case_id, kind, received_on, amount_minor, currency
FROM recoveries
ORDER BY id`, func(r *sql.Rows) error {
		var id, of, day, currency string
		h := happening{weight: 1}
		if err := r.Scan(&id, &of, &h.code, &day, &h.minor, &currency); err != nil {
			return err
		}
		h.month = monthOf(day)
		if currency == o.Currency {
			a.add("amounts_recovered", "recoveries", id, of, h)
		}
		return nil
	})
}

// ofCases reads a table whose records belong to cases and count one each, by a code in
// the month of a day; without either they do not count.
func ofCases(measure, table, code, day string) func(*archive, context.Context, sqlite.Querier, Office) error {
	return func(a *archive, ctx context.Context, q sqlite.Querier, _ Office) error {
		return a.readCounted(ctx, q, table, "case_id", code, day, func(id, of string, h happening) { a.add(measure, table, id, of, h) })
	}
}

// ofClients is ofCases for records of clients, some of which may be of nobody.
func ofClients(measure, table, code, day string) func(*archive, context.Context, sqlite.Querier, Office) error {
	return func(a *archive, ctx context.Context, q sqlite.Querier, _ Office) error {
		return a.readCounted(ctx, q, table, "client_id", code, day, func(id, of string, h happening) { a.addOf(measure, table, id, of, h) })
	}
}

func (a *archive) readCounted(ctx context.Context, q sqlite.Querier, table, of, code, day string, counts func(id, of string, h happening)) error {
	return each(ctx, q, `
SELECT id, coalesce(`+of+`, ''), coalesce(`+code+`, 0), coalesce(`+day+`, '')
FROM `+table+`
ORDER BY id`, func(r *sql.Rows) error {
		var id, whose, on string
		h := happening{weight: 1}
		if err := r.Scan(&id, &whose, &h.code, &on); err != nil {
			return err
		}
		if h.month = monthOf(on); h.code != 0 && on != "" {
			counts(id, whose, h)
		}
		return nil
	})
}

// readActivities reads activities, which are nobody's: each counts once as held, and
// the people who took part as many as they were.
func (a *archive) readActivities(ctx context.Context, q sqlite.Querier, _ Office) error {
	return each(ctx, q, `
SELECT id, kind, held_on, participants
FROM activities
ORDER BY id`, func(r *sql.Rows) error {
		var id, on string
		var people int64
		h := happening{weight: 1}
		if err := r.Scan(&id, &h.code, &on, &people); err != nil {
			return err
		}
		h.month = monthOf(on)
		a.addOf("activities", "activities", id, "", h)
		if h.weight = people; people > 0 {
			a.addOf("activity_participants", "activities", id, "", h)
		}
		return nil
	})
}
