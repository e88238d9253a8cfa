package cases

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// conditionOf says which times, as spell, that a case was open are in a part.
var conditionOf = map[Part]string{
	Opening:  `spell.began_on < @begin AND (spell.ended_on IS NULL OR spell.ended_on >= @begin)`,
	New:      `spell.again = 0 AND spell.began_on >= @begin AND spell.began_on < @end`,
	Reopened: `spell.again = 1 AND spell.began_on >= @begin AND spell.began_on < @end`,
	Ended:    `spell.ended_on >= @begin AND spell.ended_on < @end`,
	Closing:  `spell.began_on < @end AND (spell.ended_on IS NULL OR spell.ended_on >= @end)`,
}

// touching are the times that are in any part.
const touching = `spell.began_on < @end AND (spell.ended_on IS NULL OR spell.ended_on >= @begin)`

// spells selects columns of the times, as spell, that cases c were open, for which a condition
// holds. A case that was never opened again is its own time, and is found by the
// indexes of cases; the few others are in the view.
func spells(columns, condition string) string {
	own := strings.NewReplacer("spell.case_id", "c.id", "spell.n", "0", "spell.again", "0", "spell.began_on", "c.opened_on", "spell.ended_on", "c.closed_on")
	return `
    SELECT ` + own.Replace(columns) + `
    FROM cases c
    WHERE c.id NOT IN (SELECT case_id FROM case_reopenings) AND ` + own.Replace(condition) + `
    UNION ALL
    SELECT ` + columns + `
    FROM case_spells spell
    JOIN cases c ON c.id = spell.case_id
    WHERE spell.case_id IN (SELECT case_id FROM case_reopenings) AND ` + condition
}

// remains are what erased cases left, as spell with the columns of case_spells.
const remains = `
    SELECT m.id, 0 AS n, m.again, m.case_type, printf('%04d-%02d-01', m.began / 100, m.began % 100) AS began_on,
        CASE WHEN m.ended IS NOT NULL THEN printf('%04d-%02d-01', m.ended / 100, m.ended % 100) END AS ended_on
    FROM case_remains m`

// erased is the condition under which somebody sees what an erased case left, as
// spell: there is no case any more to which a position could lead, and whoever was
// shut out of it stays so.
func (s sight) erased() string {
	if s.counts.Suspects != "" && s.counts.Always(access.Sensitive) {
		return "spell.id NOT IN (SELECT remains_id FROM case_remains_walls WHERE person_id = @acc_me)"
	}
	return "false"
}

// open is the condition on a counted case that the reader may open it, and read
// there what the account says of it.
func (s sight) open() string {
	typed := `(` + s.counts.Class(access.Sensitive) + ` AND (` + s.opens.Class(access.Sensitive) + `) IS NOT TRUE)`
	return `(` + s.opens.SQL + ` AND ` + typed + ` IS NOT TRUE)`
}

// args are the parameters of what is seen in a span.
func (s sight) args(span Span) sqlite.Args {
	return s.counts.Into(s.opens.Into(s.clients.Into(sqlite.Args{"begin": string(span.From.First()), "end": string(span.To.Add(1).First())})))
}

func selectAccount(ctx context.Context, q sqlite.Querier, span Span, seen sight) (Accounts, error) {
	sums := ""
	for _, p := range Parts() {
		sums += ",\n    count(*) FILTER (WHERE " + conditionOf[p] + ")"
	}
	rows, err := q.Query(ctx, `
SELECT spell.type`+sums+`, count(*) FILTER (WHERE NOT spell.opens)
FROM (`+spells(`CASE WHEN `+seen.counts.Class(access.Sensitive)+` THEN c.case_type ELSE 0 END AS type,
        spell.again AS again, spell.began_on AS began_on, spell.ended_on AS ended_on, `+seen.open()+` IS TRUE AS opens`, touching+` AND `+seen.counts.SQL)+`
) spell
GROUP BY spell.type
UNION ALL
SELECT spell.case_type`+sums+`, 0
FROM (`+remains+`) spell
WHERE `+touching+` AND `+seen.erased()+`
GROUP BY spell.case_type`, seen.args(span))
	a := Accounts{Span: span, Types: map[codelist.Code]Account{}, Opens: true}
	_, err = sqlite.Collect(rows, err, func(r *sql.Rows) (Account, error) {
		var code codelist.Code
		var n Account
		var shut int64
		err := r.Scan(&code, &n.Opening, &n.New, &n.Reopened, &n.Closed, &n.Closing, &shut)
		a.Types[code] = a.Types[code].Plus(n)
		a.Opens = a.Opens && shut == 0
		return n, err
	})
	return a, err
}

// selectSpells reads one line more than asked for.
func selectSpells(ctx context.Context, q sqlite.Querier, reg *codelist.Registry, asked Asked, seen sight) ([]Spell, error) {
	args := seen.args(asked.Span)
	args["after"], args["after_id"], args["after_n"], args["limit"] = string(asked.After.Began), asked.After.ID, asked.After.N, asked.Limit+1
	in := conditionOf[asked.Part]
	ofType, typed := in, in
	if asked.Type != 0 {
		leaves := leavesEver(reg, asked.Type)
		ofType += ` AND c.case_type IN (` + leaves + `) AND ` + seen.counts.Class(access.Sensitive)
		typed += ` AND spell.case_type IN (` + leaves + `)`
	}
	rows, err := q.Query(ctx, `
SELECT l.case_id, l.id, l.n, l.reference, l.type, l.again, l.began_on, coalesce(l.ended_on, ''), coalesce(k.id, ''), coalesce(k.surname, ''), coalesce(k.given_names, '')
FROM (`+spells(`c.id AS case_id, c.id AS id, spell.n AS n, c.reference AS reference, c.client_id AS client_id,
        CASE WHEN `+seen.counts.Class(access.Sensitive)+` THEN c.case_type ELSE 0 END AS type, spell.again AS again, spell.began_on AS began_on, spell.ended_on AS ended_on`,
		ofType+` AND `+seen.counts.SQL+` AND `+seen.opens.SQL+` AND (spell.began_on, c.id, spell.n) > (@after, @after_id, @after_n)`)+`
    UNION ALL
    SELECT '', printf('%020d', spell.id), 0, '', NULL, spell.case_type, spell.again, spell.began_on, spell.ended_on
    FROM (`+remains+`) spell
    WHERE `+typed+` AND `+seen.erased()+` AND (spell.began_on, printf('%020d', spell.id), 0) > (@after, @after_id, @after_n)
    ORDER BY began_on, id, n
    LIMIT @limit
) l
LEFT JOIN clients k ON k.id = l.client_id AND `+seen.clients.SQL+`
ORDER BY l.began_on, l.id, l.n`, args)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Spell, error) {
		var s Spell
		err := r.Scan(&s.ID, &s.mark.ID, &s.mark.N, &s.Reference, &s.Type, &s.Again, &s.Began, &s.Ended, &s.ClientID, &s.Surname, &s.GivenNames)
		s.mark.Began = s.Began
		return s, err
	})
}

func selectFirstDay(ctx context.Context, q sqlite.Querier, seen access.Filter) (civil.Date, error) {
	var day civil.Date
	err := q.QueryRow(ctx, `SELECT coalesce(min(c.opened_on), '') FROM cases c WHERE `+seen.SQL, seen.Into(nil)).Scan(&day)
	return day, err
}

// updateReopening puts the office's day in the place of the day on which a case was
// opened again just now.
func updateReopening(ctx context.Context, tx *sqlite.Tx, id ID, today civil.Date) error {
	_, err := tx.Exec(ctx, `
UPDATE case_reopenings
SET reopened_on = max(closed_on, @today)
WHERE case_id = @id AND n = (SELECT max(n) FROM case_reopenings WHERE case_id = @id)`, sqlite.Args{"id": string(id), "today": string(today)})
	return err
}

// leavesEver is leavesUnder with the leaves that a category had in earlier versions
// of the list.
func leavesEver(reg *codelist.Registry, c codelist.Code) string {
	numbers := leavesUnder(reg, c)
	if category, ok := reg.List(codelist.CaseTypes).Category(c); ok {
		for _, l := range category.Former {
			numbers += ", " + strconv.FormatUint(uint64(l.Code), 10)
		}
	}
	return numbers
}
