package imports

import (
	"context"

	"casehub/internal/sqlite"
	"casehub/node/access"
)

// eachLink calls fn with every record that is there and to which the entries of a
// run's files may belong, settled ones too: they stand in the same rows.
func eachLink(ctx context.Context, q sqlite.Querier, p PastRun, cases, clients access.Filter, fn func(link)) error {
	rows, err := q.Query(ctx, `
WITH RECURSIVE streams (name) AS (
    SELECT (SELECT min(stream) FROM import_xref WHERE instance = @instance)
    UNION ALL
    SELECT (SELECT min(x.stream) FROM import_xref x WHERE x.instance = @instance AND x.stream > s.name)
    FROM streams s
    WHERE s.name IS NOT NULL
), links AS MATERIALIZED (
    SELECT i.stream, i.source_key, i.file, i.sheet, i.row_number, x.stream = i.stream AS own,
        CASE x.entity
            WHEN 'client' THEN x.local_id
            WHEN 'consultation' THEN (SELECT n.client_id FROM consultations n WHERE n.id = x.local_id)
            WHEN 'service' THEN (SELECT g.client_id FROM services g WHERE g.id = x.local_id)
            WHEN 'turn_away' THEN (SELECT t.client_id FROM turn_aways t WHERE t.id = x.local_id)
        END AS client_id,
        CASE x.entity
            WHEN 'case' THEN x.local_id
            WHEN 'referral' THEN (SELECT r.case_id FROM referrals r WHERE r.id = x.local_id)
            WHEN 'recovery' THEN (SELECT m.case_id FROM recoveries m WHERE m.id = x.local_id)
            WHEN 'consultation' THEN (SELECT n.case_id FROM consultations n WHERE n.id = x.local_id)
            WHEN 'service' THEN (SELECT g.case_id FROM services g WHERE g.id = x.local_id)
            WHEN 'complaint' THEN (SELECT p.case_id FROM complaints p WHERE p.id = x.local_id)
            WHEN 'survey' THEN (SELECT v.case_id FROM surveys v WHERE v.id = x.local_id)
            WHEN 'answer' THEN (SELECT a.case_id FROM answers a WHERE a.id = x.local_id)
            WHEN 'document' THEN (SELECT d.case_id FROM documents d WHERE d.id = x.local_id)
        END AS case_id
    FROM import_quarantine i
    JOIN streams s
    JOIN import_xref x ON x.instance = i.instance AND x.stream = s.name AND x.source_key = i.source_key
    WHERE i.instance = @instance AND i.file IN `+filesOfRun+`
)
SELECT l.stream, l.source_key, l.file, l.sheet, l.row_number, l.own, `+clients.Complete()+` IS TRUE
FROM links l
JOIN clients k ON k.id = l.client_id
UNION ALL
SELECT l.stream, l.source_key, l.file, l.sheet, l.row_number, l.own, `+cases.Complete()+` IS TRUE
FROM links l
JOIN cases c ON c.id = l.case_id`, clients.Into(cases.Into(sqlite.Args{"instance": p.Instance, "run": p.ID})))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var l link
		if err := rows.Scan(&l.entry.stream, &l.entry.key, &l.place.file, &l.place.sheet, &l.place.row, &l.own, &l.seen); err != nil {
			return err
		}
		fn(l)
	}
	return rows.Err()
}

// hiddenOf are the records r of each target that are hidden, among some.
func hiddenOf(target string, cases, clients access.Filter) string {
	const among, ofCase = ` IN (SELECT value FROM json_each(@ids)) AND `, `
JOIN cases c ON c.id = r.case_id
WHERE r.id`
	ofClient := `
JOIN clients k ON k.id = r.client_id
LEFT JOIN cases c ON c.id = r.case_id
WHERE r.id` + among + `((` + clients.SQL + `) IS NOT TRUE OR r.case_id IS NOT NULL AND (` + cases.SQL + `) IS NOT TRUE)`
	switch target {
	case toConsultation:
		return `SELECT r.id FROM consultations r` + ofClient
	case toService:
		return `SELECT r.id FROM services r` + ofClient
	case toTurnAway:
		return `SELECT r.id FROM turn_aways r JOIN clients k ON k.id = r.client_id WHERE r.id` + among + `(` + clients.SQL + `) IS NOT TRUE`
	case toComplaint:
		return `SELECT r.id FROM complaints r` + ofCase + among + `(` + cases.SQL + `) IS NOT TRUE`
	case toSurvey:
		return `SELECT r.id FROM surveys r` + ofCase + among + `(` + cases.SQL + `) IS NOT TRUE`
	case toAnswer:
		return `SELECT r.id FROM answers r` + ofCase + among + `(` + cases.SQL + `) IS NOT TRUE`
	case toDocument:
		return `SELECT r.id FROM documents r` + ofCase + among + `(` + cases.SQL + `) IS NOT TRUE`
	case toVisit, toActivity:
		return "" // whose nobody is
	case toClient:
		return `SELECT k.id FROM clients k WHERE k.id` + among + `(` + clients.SQL + `) IS NOT TRUE`
	case toReferral:
		return `SELECT r.id FROM referrals r` + ofCase + among + `(` + cases.SQL + `) IS NOT TRUE`
	case toRecovery:
		return `SELECT r.id FROM recoveries r` + ofCase + among + `(` + cases.SQL + `) IS NOT TRUE`
	}
	return `SELECT c.id FROM cases c WHERE c.id` + among + `(` + cases.SQL + `) IS NOT TRUE`
}

// eachHidden calls fn with the identifiers, among some of a target, of records
// that are there and outside of the filters.
func eachHidden(ctx context.Context, q sqlite.Querier, target string, ids []string, cases, clients access.Filter, fn func(id string)) error {
	statement := hiddenOf(target, cases, clients)
	if statement == "" {
		return nil
	}
	rows, err := q.Query(ctx, statement, clients.Into(cases.Into(sqlite.Args{"ids": sqlite.List(ids)})))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		fn(id)
	}
	return rows.Err()
}

// hiddenWords returns words by which a text would tell of a case that a wall hides
// from a person, or of its client where that one is hidden too.
func hiddenWords(ctx context.Context, q sqlite.Querier, person string, cases, clients access.Filter) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT c.reference, c.legacy_number, c.other_party,
    coalesce((SELECT k.reference || char(10) || k.surname || char(10) || k.id_number || char(10) || k.phones
        FROM clients k WHERE k.id = c.client_id AND (`+clients.SQL+`) IS NOT TRUE), '')
FROM walls w
JOIN cases c ON c.id = w.case_id
WHERE w.person_id = @person AND w.ended_at IS NULL AND (`+cases.SQL+`) IS NOT TRUE`, clients.Into(cases.Into(sqlite.Args{"person": person})))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var words []string
	for rows.Next() {
		fields := make([]string, 4)
		if err := rows.Scan(&fields[0], &fields[1], &fields[2], &fields[3]); err != nil {
			return nil, err
		}
		words = append(words, wordsOf(fields)...)
	}
	return words, rows.Err()
}
