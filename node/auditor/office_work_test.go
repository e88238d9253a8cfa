package auditor_test

import (
	"context"

	"casehub/internal/civil"
)

// refer sends somebody elsewhere.
func (o *office) refer(ctx context.Context, c string, m civil.Month) error {
	id := o.id()
	o.referred = append(o.referred, id)
	return o.do(ctx, `INSERT INTO referrals (id, case_id, destination, referred_on, created_at, updated_at)
SELECT ?1, id, ?3, ?4, 0, 0 FROM cases WHERE id = ?2`, id, c, o.code("referral_destinations"), o.day(m.Add(-o.IntN(2))))
}

// workBeside does one thing beside opening, closing and referring: what is new, or
// what people find out about it. Statements that find no record do nothing.
func (o *office) workBeside(ctx context.Context, m civil.Month) error {
	c, client, on := any1(o, o.cases), any1(o, o.clients), o.day(m.Add(-o.IntN(2)))
	switch o.IntN(20) {
	case 0, 1:
		return o.do(ctx, `INSERT INTO consultations (id, client_id, case_type, held_on, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, 0, 0)`,
			o.record("consultations"), client, o.code("case_types"), on)
	case 2, 3, 4:
		return o.do(ctx, `INSERT INTO services (id, client_id, case_id, kind, given_on, created_at, updated_at)
SELECT ?1, client_id, id, ?3, ?4, 0, 0 FROM cases WHERE id = ?2`, o.record("services"), c, o.code("service_kinds"), on)
	case 5:
		return o.do(ctx, `INSERT INTO turn_aways (id, reason, came_on, client_id, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, 0, 0)`,
			o.record("turn_aways"), o.code("turn_away_reasons"), on, o.perhaps(client))
	case 6, 7:
		return o.do(ctx, `INSERT INTO complaints (id, case_id, institution, filed_on, progress, created_at, updated_at)
SELECT ?1, id, ?3, ?4, 'filed', 0, 0 FROM cases WHERE id = ?2`, o.record("complaints"), c, o.code("institutions"), on)
	case 8, 9, 10:
		return o.do(ctx, `INSERT INTO activities (id, kind, held_on, participants, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, 0, 0)`,
			o.record("activities"), o.code("activity_kinds"), on, o.participants())
	case 11, 12:
		return o.do(ctx, `INSERT INTO surveys (id, case_id, answered_on, rating, created_at, updated_at)
SELECT ?1, id, ?3, ?4, 0, 0 FROM cases WHERE id = ?2 ON CONFLICT DO NOTHING`, o.record("surveys"), c, on, o.code("satisfaction_ratings"))
	case 13, 14:
		return o.check(ctx, c, on)
	case 15, 16:
		if len(o.referred) == 0 {
			return nil
		}
		return o.do(ctx, `UPDATE referrals SET result = ?2, result_on = max(referred_on, ?3) WHERE id = ?1`, any1(o, o.referred), o.code("referral_results"), on)
	default:
		return o.findOut(ctx)
	}
}

// record is the identifier of a new record of a table.
func (o *office) record(table string) string {
	id := o.id()
	o.beside[table] = append(o.beside[table], id)
	return id
}

// participants draws how many came to an activity; one in eight is for very many or
// for nobody.
func (o *office) participants() int64 {
	if o.IntN(8) == 0 {
		return []int64{0, 400, 2500, 5000}[o.IntN(4)]
	}
	return 1 + o.Int64N(30)
}

// perhaps is a client half of the time.
func (o *office) perhaps(client string) any {
	if o.IntN(2) == 0 {
		return nil
	}
	return client
}

// check checks a file of a sample, which is of one file here.
func (o *office) check(ctx context.Context, c, on string) error {
	id := o.record("quality_checks")
	if err := o.do(ctx, `INSERT INTO quality_samples (id, month, seed, files, size, drawn_by, drawn_at) VALUES (?1, ?2, '', 1, 1, 'node:', 0)`, id, o.next); err != nil {
		return err
	}
	return o.do(ctx, `INSERT INTO quality_checks (id, sample_id, case_id, result, checked_on, created_at, updated_at)
SELECT ?1, ?1, id, ?3, ?4, 0, 0 FROM cases WHERE id = ?2`, id, c, o.code("quality_results"), on)
}

// findOut changes a record that is there, or deletes it.
func (o *office) findOut(ctx context.Context) error {
	changes := []struct{ table, list, column string }{
		{"consultations", "case_types", "case_type"},
		{"services", "service_kinds", "kind"},
		{"turn_aways", "turn_away_reasons", "reason"},
		{"complaints", "institutions", "institution"},
		{"activities", "activity_kinds", "kind"},
		{"surveys", "satisfaction_ratings", "rating"},
		{"quality_checks", "quality_results", "result"},
	}
	c := changes[o.IntN(len(changes))]
	if len(o.beside[c.table]) == 0 {
		return nil
	}
	id := any1(o, o.beside[c.table])
	switch {
	case o.IntN(4) == 0:
		return o.do(ctx, `DELETE FROM `+c.table+` WHERE id = ?1`, id)
	case c.table == "turn_aways" && o.IntN(2) == 0:
		return o.do(ctx, `UPDATE turn_aways SET client_id = ?2 WHERE id = ?1`, id, o.perhaps(any1(o, o.clients)))
	case c.table == "activities" && o.IntN(2) == 0:
		return o.do(ctx, `UPDATE activities SET participants = ?2 WHERE id = ?1`, id, o.participants())
	default:
		return o.do(ctx, `UPDATE `+c.table+` SET `+c.column+` = ?2 WHERE id = ?1`, id, o.code(c.list))
	}
}
