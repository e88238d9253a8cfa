package imports

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"casehub/internal/sqlite"
)

// before is a record as it was before a run.
type before struct {
	stream, key, id, entity string
	version, now            int      // of the record before the run, and now as the run left it
	values                  []string // nil where the record itself did not change
	xref                    xrefBefore
}

// saveBefore keeps a record as it was before the run, once.
func saveBefore(ctx context.Context, tx *sqlite.Tx, run int64, stream, key, id string, version int, values []string, k known) error {
	text := ""
	if values != nil {
		b, err := json.Marshal(values)
		if err != nil {
			return err
		}
		text = string(b)
	}
	xref, err := xrefText(k)
	if err != nil {
		return err
	}
	_, err = tx.ExecArgs(ctx, `
INSERT INTO import_before (run_id, stream, source_key, local_id, version, before, xref)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT DO NOTHING`, run, stream, key, id, version, text, xref)
	return err
}

// beforeOf returns what a run changed, what was changed first at first.
func beforeOf(ctx context.Context, q sqlite.Querier, run int64) ([]before, error) {
	rows, err := q.Query(ctx, `
SELECT b.stream, b.source_key, b.local_id, x.entity, b.version, x.version, b.before, b.xref
FROM import_before b
JOIN import_runs r ON r.id = b.run_id
JOIN import_xref x ON x.instance = r.instance AND x.stream = b.stream AND x.source_key = b.source_key
WHERE b.run_id = @run
ORDER BY b.version, b.stream, b.source_key`, sqlite.Args{"run": run})
	if err != nil {
		return nil, fmt.Errorf("reading what a run changed: %w", err)
	}
	defer rows.Close()
	var all []before
	for rows.Next() {
		var b before
		var values, xref string
		if err := rows.Scan(&b.stream, &b.key, &b.id, &b.entity, &b.version, &b.now, &values, &xref); err != nil {
			return nil, err
		}
		if values != "" {
			if err := json.Unmarshal([]byte(values), &b.values); err != nil {
				return nil, fmt.Errorf("reading what a run changed: %w", err)
			}
		}
		if err := json.Unmarshal([]byte(xref), &b.xref); err != nil {
			return nil, fmt.Errorf("reading what a run changed: %w", err)
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// restoreXref puts a cross-reference back as it was before the run, of a record that has a
// version now.
func restoreXref(ctx context.Context, tx *sqlite.Tx, instance string, b before, version int) error {
	content, err := hex.DecodeString(b.xref.Content)
	if err != nil {
		return err
	}
	fields, err := hex.DecodeString(b.xref.Fields)
	if err != nil {
		return err
	}
	_, err = tx.ExecArgs(ctx, `
UPDATE import_xref
SET content_hash = ?4, field_hashes = ?5, mapping = ?6, last_run = ?7, version = ?9, gone_run = nullif(?8, 0)
WHERE instance = ?1 AND stream = ?2 AND source_key = ?3`, instance, b.stream, b.key, content, fields, b.xref.Mapping, b.xref.LastRun, b.xref.GoneRun, version)
	return err
}

// tableOfEntity says where the records of a target are kept, in the order in which
// they are removed: what refers to others first.
var tableOfEntity = []struct{ entity, table string }{
	{toDocument, "documents"},
	{toAnswer, "answers"},
	{toSurvey, "surveys"},
	{toComplaint, "complaints"},
	{toService, "services"},
	{toRecovery, "recoveries"},
	{toReferral, "referrals"},
	{toConsultation, "consultations"},
	{toVisit, "visits"},
	{toTurnAway, "turn_aways"},
	{toActivity, "activities"},
	{toCase, "cases"},
	{toClient, "clients"},
}

// made are the records of an entity that a run made.
const made = `(SELECT x.local_id FROM import_xref x WHERE x.instance = @instance AND x.entity = @entity AND x.first_run = @run AND x.linked = 0)`

// touched are the records of an entity that a run made or changed, with the version that
// they had before: another run may have changed them since by another key.
const touched = `(
    SELECT local_id, min(version) AS version
    FROM (
        SELECT x.local_id, 0 AS version FROM import_xref x WHERE x.instance = @instance AND x.entity = @entity AND x.first_run = @run AND x.linked = 0
        UNION ALL
        SELECT b.local_id, b.version
        FROM import_before b JOIN import_xref x ON x.instance = @instance AND x.stream = b.stream AND x.source_key = b.source_key
        WHERE b.run_id = @run AND b.before <> '' AND x.entity = @entity
    )
    GROUP BY local_id
)`

// inTheWay finds what was done since with what the run made or changed.
func (u *Undone) inTheWay(ctx context.Context, tx *sqlite.Tx, eyes sight) error {
	for _, e := range tableOfEntity {
		args := sqlite.Args{"instance": u.instance, "entity": e.entity, "run": u.Run}
		for why, statement := range map[string]string{
			"edited": `
SELECT t.id FROM import_xref x JOIN ` + e.table + ` t ON t.id = x.local_id
WHERE x.instance = @instance AND x.entity = @entity AND x.last_run <= @run AND t.version <> x.version AND (x.first_run = @run AND x.linked = 0
    OR EXISTS (SELECT 1 FROM import_before b WHERE b.run_id = @run AND b.stream = x.stream AND b.source_key = x.source_key AND b.before <> ''))`,
			"imported_again": `
SELECT x.local_id FROM import_xref x
WHERE x.instance = @instance AND x.entity = @entity AND x.last_run > @run
    AND (x.first_run = @run OR EXISTS (SELECT 1 FROM import_before b WHERE b.run_id = @run AND b.stream = x.stream AND b.source_key = x.source_key))
UNION
SELECT o.local_id FROM ` + touched + ` m JOIN import_before o ON o.local_id = m.local_id
WHERE o.run_id <> @run AND o.before <> '' AND o.version > m.version`,
			"gone": `
SELECT x.local_id FROM import_xref x
WHERE x.instance = @instance AND x.entity = @entity AND x.first_run = @run AND x.linked = 0 AND NOT EXISTS (SELECT 1 FROM ` + e.table + ` t WHERE t.id = x.local_id)`,
			"linked": `
SELECT x.local_id FROM import_xref x
WHERE x.instance = @instance AND x.entity = @entity AND x.first_run = @run AND x.linked = 0
    AND EXISTS (SELECT 1 FROM import_xref y WHERE y.local_id = x.local_id AND y.entity = 'client' AND y.linked = 1 AND y.first_run <> @run)`,
		} {
			if err := u.find(ctx, tx, eyes, e.entity, why, statement, args); err != nil {
				return err
			}
		}
		if err := u.builtOn(ctx, tx, e.entity, e.table, args); err != nil {
			return err
		}
	}
	slices.SortFunc(u.InTheWay, func(a, b Edited) int {
		return slices.Compare([]string{a.Entity, a.Why, a.ID}, []string{b.Entity, b.Why, b.ID})
	})
	return nil
}

// find adds the records that a statement returns.
func (u *Undone) find(ctx context.Context, tx *sqlite.Tx, eyes sight, entity, why, statement string, args sqlite.Args) error {
	ids, err := idsOf(ctx, tx, statement, args)
	if err != nil {
		return fmt.Errorf("looking for what was edited since: %w", err)
	}
	hidden := map[string]bool{}
	if len(ids) > 0 {
		if err := eachHidden(ctx, tx, entity, ids, eyes.cases, eyes.clients, func(id string) { hidden[id] = true }); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if hidden[id] {
			id = ""
		}
		u.add(Edited{entity, id, why})
	}
	return nil
}

func (u *Undone) add(e Edited) {
	u.InTheWayTotal++
	if len(u.InTheWay) < maxEdited {
		u.InTheWay = append(u.InTheWay, e)
	}
}

// builtOn finds rows of any table that refer to a record which the run made, and which
// the run did not make itself. Neither what refers to it is told nor which record it is.
func (u *Undone) builtOn(ctx context.Context, tx *sqlite.Tx, entity, table string, args sqlite.Args) error {
	rows, err := tx.Query(ctx, `
SELECT m.name, f."from", EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'id')
FROM sqlite_schema m
JOIN pragma_foreign_key_list(m.name) f ON f."table" = @table
WHERE m.type = 'table'
ORDER BY 1, 2`, sqlite.Args{"table": table})
	if err != nil {
		return fmt.Errorf("looking for what was built on a run: %w", err)
	}
	defer rows.Close()
	type reference struct {
		table, column string
		named         bool
	}
	var all []reference
	for rows.Next() {
		var r reference
		if err := rows.Scan(&r.table, &r.column, &r.named); err != nil {
			return err
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, r := range all {
		own := ""
		if r.named {
			own = ` AND t.id NOT IN (SELECT x.local_id FROM import_xref x WHERE x.instance = @instance AND x.first_run = @run)`
		}
		ids, err := idsOf(ctx, tx, `SELECT DISTINCT t."`+r.column+`" FROM "`+r.table+`" t WHERE t."`+r.column+`" IN `+made+own, args)
		if err != nil {
			return fmt.Errorf("looking for what was built on a run: %w", err)
		}
		for range ids {
			u.add(Edited{entity, "", "built_on"})
		}
	}
	return nil
}

func idsOf(ctx context.Context, q sqlite.Querier, statement string, args sqlite.Args) ([]string, error) {
	rows, err := q.Query(ctx, statement, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// removeMade removes the records that a run made. The files of documents are noted
// for removal, as documents.Tidy does at a start.
func removeMade(ctx context.Context, tx *sqlite.Tx, u *Undone) error {
	for _, e := range tableOfEntity {
		args := sqlite.Args{"instance": u.instance, "entity": e.entity, "run": u.Run}
		if e.entity == toDocument {
			n, err := tx.Exec(ctx, `
INSERT INTO document_leftovers (file)
SELECT d.file FROM documents d WHERE d.id IN `+made, args)
			if err != nil {
				return fmt.Errorf("removing documents: %w", err)
			}
			u.Documents = n
		}
		n, err := tx.Exec(ctx, `
DELETE FROM `+e.table+`
WHERE id IN `+made, args)
		if err != nil {
			return fmt.Errorf("removing %s: %w", e.table, err)
		}
		u.Removed += n
	}
	return nil
}

// forgetRun takes a run out of what is remembered of its source.
func forgetRun(ctx context.Context, tx *sqlite.Tx, u *Undone, now time.Time) error {
	args := sqlite.Args{"instance": u.instance, "run": u.Run, "now": now.UnixMilli()}
	for _, statement := range []string{
		`DELETE FROM import_xref WHERE instance = @instance AND first_run = @run`,
		`UPDATE import_xref SET gone_run = NULL WHERE instance = @instance AND gone_run = @run`,
		`DELETE FROM import_before WHERE run_id = @run`,
		`DELETE FROM client_pairs WHERE found_run = @run AND decided_at IS NULL`,
		`DELETE FROM import_cursors WHERE instance = @instance`,
		`DELETE FROM import_quarantine WHERE instance = @instance AND first_run = @run`,
		`UPDATE import_runs SET undone_at = @now WHERE id = @run`,
	} {
		if _, err := tx.Exec(ctx, statement, args); err != nil {
			return fmt.Errorf("forgetting a run: %w", err)
		}
	}
	n, err := tx.Exec(ctx, `
UPDATE import_quarantine
SET status = 'open'
WHERE instance = @instance AND last_run = @run AND status = 'resolved'`, args)
	if err != nil {
		return fmt.Errorf("forgetting a run: %w", err)
	}
	u.Reopened = n
	return nil
}
