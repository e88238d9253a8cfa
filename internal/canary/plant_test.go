package canary

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
)

// planter writes records whose every text is a marker.
type planter struct {
	t *testing.T
	q sqlite.Querier
	*garden
	office, person string // who works on them
}

// now is when everything happens; releases are made of the months before.
const first, last = civil.Month(202607), civil.Month(202609)

// row inserts one row. Columns are pairs of a name and a value.
func (p *planter) row(table string, columns ...any) {
	p.t.Helper()
	var names, holders []string
	args := sqlite.Args{}
	for i := 0; i < len(columns); i += 2 {
		name := columns[i].(string)
		names, holders = append(names, name), append(holders, "@"+name)
		args[name] = columns[i+1]
	}
	statement := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), strings.Join(holders, ", "))
	if _, err := p.q.Exec(p.t.Context(), statement, args); err != nil {
		p.t.Fatalf("planting in %s: %v", table, err)
	}
}

// leaf returns a leaf of a list, one after the other.
func leaf(list string, i int) codelist.Code {
	all := codelist.National().List(list).Leaves()
	return all[i%len(all)].Code
}

// plant writes n clients with all that an office writes about them.
func plant(t *testing.T, db *sqlite.DB, g *garden, office, person string, n int) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		p := planter{t, tx, g, office, person}
		for i := range n {
			p.client(i)
		}
		p.once()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (p *planter) client(i int) {
	m := first.Add(i % 3)
	on, at := m.First().AddDays(i%20), m.First().AddDays(i%20).Time().UnixMilli()+int64(i)
	id, cid := p.word("clients.id"), p.word("cases.id")
	legacy := func(at string) string { return fmt.Sprintf(`{"old name":%q}`, p.word(at)) }
	p.row("clients", "id", id, "reference", p.word("clients.reference"), "surname", p.word("clients.surname"), "given_names", p.word("clients.given_names"),
		"birth_date", fmt.Sprintf("19%02d-%02d-%02d", i%40+1, i%12+1, i%28+1), "birth_precision", "day", "sex", "female",
		"id_number", p.digits("clients.id_number", 13), "phones", "+"+p.digits("clients.phones", 15), "address", p.word("clients.address")+" road", "language", "en",
		"notes", p.word("clients.notes"), "legacy", legacy("clients.legacy"), "office_id", p.office, "registered_id", p.person, "created_at", at, "updated_at", at)
	closedOn, outcome, status := any(nil), any(nil), "open"
	if i%2 == 0 {
		closedOn, outcome, status = on, leaf(codelist.Outcomes, 0), "closed"
	}
	p.row("cases", "id", cid, "reference", p.word("cases.reference"), "client_id", id, "case_type", leaf(codelist.CaseTypes, i/30), "status", status,
		"opened_on", on, "closed_on", closedOn, "outcome", outcome, "other_party", p.word("cases.other_party"), "summary", p.word("cases.summary"),
		"legacy_number", p.word("cases.legacy_number"), "legacy", legacy("cases.legacy"), "office_id", p.office, "responsible_id", p.person, "created_at", at, "updated_at", at)
	amount, err := strconv.ParseInt(p.digits("recoveries.amount_minor", 11), 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, r := range [][]any{
		{"referrals", "case_id", cid, "destination", leaf(codelist.ReferralDestinations, i/60), "referred_on", on, "note", p.word("referrals.note"), "result_note", p.word("referrals.result_note")},
		{"recoveries", "case_id", cid, "kind", leaf(codelist.RecoveryKinds, 0), "received_on", on, "amount_minor", amount, "currency", "ZAR", "note", p.word("recoveries.note")},
		{"complaints", "case_id", cid, "institution", leaf(codelist.Institutions, i/60), "filed_on", on, "number", p.word("complaints.number"), "progress", "filed", "note", p.word("complaints.note")},
		{"consultations", "client_id", id, "case_type", leaf(codelist.CaseTypes, i/60), "held_on", on, "note", p.word("consultations.note")},
		{"services", "client_id", id, "case_id", cid, "kind", leaf(codelist.ServiceKinds, i/60), "given_on", on},
		{"surveys", "case_id", cid, "answered_on", on, "rating", leaf(codelist.SatisfactionRatings, i/60), "comment", p.word("surveys.comment"), "suggestion", p.word("surveys.suggestion")},
		{"turn_aways", "reason", leaf(codelist.TurnAwayReasons, i/60), "came_on", on, "note", p.word("turn_aways.note")},
		{"activities", "kind", leaf(codelist.ActivityKinds, i/60), "held_on", on, "place", p.word("activities.place"), "participants", 12, "note", p.word("activities.note")},
	} {
		table := r[0].(string)
		p.row(table, append(r[1:], "id", p.word(table+".id"), "created_at", at, "updated_at", at)...)
	}
	if i%10 == 0 {
		p.rare(id, cid, at)
	}
}

// rare plants what an office writes now and then.
func (p *planter) rare(client, of string, at int64) {
	p.row("walls", "id", p.word("walls.id"), "case_id", of, "person_id", p.person, "reason", "related", "note", p.word("walls.note"), "raised_by", p.person, "raised_at", at, "until", "2026-09-30",
		"ended_by", p.word("walls.ended_by"), "ended_at", at)
	p.row("emergencies", "id", p.word("emergencies.id"), "case_id", of, "person_id", p.person, "reason", p.word("emergencies.reason"), "begun_at", at, "ends_at", at+1,
		"seen_by", p.word("emergencies.seen_by"), "seen_at", at)
	p.row("restriction_openings", "id", p.word("restriction_openings.id"), "client_id", client, "person_id", p.person, "reason", p.word("restriction_openings.reason"), "begun_at", at, "ends_at", at+1)
	p.row("consents", "id", p.word("consents.id"), "client_id", client, "purpose", "story", "answer", "given", "answered_on", "2026-09-01", "manner", "guardian",
		"guardian", p.word("consents.guardian"), "note", p.word("consents.note"), "captured_by", p.person, "captured_at", at)
	p.row("own_data_files", "id", p.word("own_data_files.id"), "client_id", client, "made_by", p.person, "made_at", at, "complete", 1)
	gone := p.word("people.id") // somebody who left
	p.row("people", "id", gone, "login", p.word("people.login"), "name", p.word("people.name"), "status", "left", "created_at", at, "updated_at", at)
	p.row("authenticators", "person_id", gone, "secret", p.word("authenticators.secret"), "created_at", 1)
	p.row("passkeys", "id", p.word("passkeys.id"), "person_id", gone, "name", p.word("passkeys.name"), "host", "localhost", "credential_id", []byte(p.word("passkeys.credential_id")), "credential", p.word("passkeys.credential"), "created_at", at)
	p.row("known_devices", "person_id", gone, "device", []byte(p.word("known_devices.device")+"12345678"), "seen_at", at)
	p.row("recovery_codes", "person_id", gone, "code", []byte(p.word("recovery_codes.code")+"12345678"))
	p.row("dead_slots", "slot", p.word("dead_slots.slot"))
}

// g returns the marker that was planted last in a column.
func (p *planter) g(at string) string {
	for i := len(p.all) - 1; i >= 0; i-- {
		if p.all[i].At == at {
			return p.all[i].Text
		}
	}
	p.t.Fatalf("nothing was planted in %s", at)
	return ""
}

// once plants what stands in a node once or by its own hand alone.
func (p *planter) once() {
	p.row("ledger_elsewhere", "data_set", 99, "through", 202501, "by", p.word("ledger_elsewhere.by"), "at", 1)
	p.row("roles", "id", p.word("roles.id"), "name", p.word("roles.name"))
	p.row("teams", "id", p.word("teams.id"), "name", p.word("teams.name"), "office_id", p.office)
	p.row("remote_approvers", "name", p.word("remote_approvers.name"), "reason", p.word("remote_approvers.reason"), "key", []byte(p.word("remote_approvers.key")+"12345678"),
		"added_by", p.word("remote_approvers.added_by"), "added_at", 1, "counts_from", 1, "ended_by", p.word("remote_approvers.ended_by"), "ended_at", 2)
	p.row("quality_samples", "id", p.word("quality_samples.id"), "month", 202601, "seed", p.word("quality_samples.seed"), "files", 1, "size", 1, "drawn_by", p.word("quality_samples.drawn_by"), "drawn_at", 1)
	p.row("quality_checks", "id", p.word("quality_checks.id"), "sample_id", p.g("quality_samples.id"), "case_id", p.g("cases.id"), "note", p.word("quality_checks.note"), "created_at", 1, "updated_at", 1)
	p.row("erasures", "id", p.word("erasures.id"), "client_id", p.g("clients.id"), "case_id", "", "ground", "asked", "note", p.word("erasures.note"), "asked_on", "2026-09-01",
		"requested_by", p.word("erasures.requested_by"), "requested_at", 1, "state", "taken-back", "decided_by", p.word("erasures.decided_by"), "decided_at", 2)
	p.row("visits", "id", p.word("visits.id"), "case_type", leaf(codelist.CaseTypes, 0), "held_on", "2026-09-01", "called", p.word("visits.called"), "note", p.word("visits.note"),
		"office_id", p.office, "created_at", 1, "updated_at", 1)
	p.row("instruments", "id", p.word("instruments.id"), "form", p.word("instruments.form"), "version", p.word("instruments.version"), "title", p.word("instruments.title"),
		"definition", fmt.Sprintf(`{"Title":%q}`, p.word("instruments.definition")), "created_at", 1)
	for _, of := range []any{p.g("cases.id"), nil, nil} { // the pages take one away
		p.row("answers", "id", p.word("answers.id"), "instrument_id", p.g("instruments.id"), "form", p.word("answers.form"), "case_id", of, "answered_on", "2026-09-01",
			"answers", fmt.Sprintf(`{"worry":%q}`, p.word("answers.answers")), "office_id", p.office, "created_at", 1, "updated_at", 1)
	}
	p.row("erasure_journal", "tag", []byte(p.word("erasure_journal.tag")+"12345678"))
}

// late plants what a node takes away again by itself, or what would stop it, after
// everything else has happened.
func late(t *testing.T, db *sqlite.DB, g *garden) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		p := planter{t: t, q: tx, garden: g}
		p.row("document_leftovers", "file", p.word("document_leftovers.file"))
		p.row("import_runs", "id", 99, "instance", "office", "mapping", "visits/1", "mapping_hash", p.word("import_runs.mapping_hash"), "source_name", p.word("import_runs.source_name"),
			"source_hash", p.word("import_runs.source_hash"), "files", fmt.Sprintf(`[%q]`, p.word("import_runs.files")), "status", "done", "actor", p.word("import_runs.actor"), "started_at", 1, "finished_at", 1)
		p.row("import_alt", "instance", "office", "stream", "case", "alt_key", p.word("import_alt.alt_key"), "source_key", p.word("import_alt.source_key"))
		p.row("client_pairs", "first_id", p.word("client_pairs.first_id"), "second_id", p.word("client_pairs.second_id"), "alike_in", "surname birth_date", "found_run", 99, "found_at", 1,
			"decided_id", p.word("client_pairs.decided_id"), "decided_at", 1)
		p.row("import_cursors", "instance", "office", "table_name", p.word("import_cursors.table_name"), "mapping_hash", p.word("import_cursors.mapping_hash"),
			"cursor", p.word("import_cursors.cursor"), "swept_at", 1, "run_id", 99)
		p.row("import_secret", "id", 1, "secret", []byte(p.word("import_secret.secret")+"12345678"))
		p.row("import_before", "run_id", 99, "stream", "case", "source_key", p.word("import_before.source_key"), "local_id", p.word("import_before.local_id"), "version", 2,
			"before", fmt.Sprintf(`[%q]`, p.word("import_before.before")), "xref", fmt.Sprintf(`{"mapping":%q}`, p.word("import_before.xref")))
		p.row("import_quarantine", "instance", "office", "stream", "case", "source_key", p.word("import_quarantine.source_key"), "field", "", "code", "code_unknown", "severity", "error",
			"file", p.g("import_runs.source_name"), "sheet", "", "row_number", 9, "source_column", "Matter", "raw_excerpt", p.word("import_quarantine.raw_excerpt"),
			"source_row", fmt.Sprintf(`{"table":%q}`, p.word("import_quarantine.source_row")), "mended", fmt.Sprintf(`[%q]`, p.word("import_quarantine.mended")),
			"status", "open", "first_run", 99, "last_run", 99)
		p.row("import_mappings", "hash", p.word("import_mappings.hash"), "text", p.word("import_mappings.text"))
		p.row("import_drafts", "id", p.word("import_drafts.id"), "owner", p.word("import_drafts.owner"), "kind", "spreadsheet", "step", "try", "title", p.word("import_drafts.title"), "file", strings.Repeat("5a", 16),
			"choices", fmt.Sprintf(`{"instance":%q}`, p.word("import_drafts.choices")), "mapping", p.word("import_drafts.mapping"), "created_at", 1, "used_at", 4102444800000)
		p.row("import_schedules", "id", 99, "instance", "office", "mapping_hash", p.g("import_mappings.hash"), "every_hours", 24, "active", 0, "actor", p.word("import_schedules.actor"), "active_from", 1)
		p.row("import_jobs", "id", 99, "instance", "office", "mapping_hash", p.g("import_mappings.hash"), "upload", p.word("import_jobs.upload"), "source_name", p.word("import_jobs.source_name"),
			"dry_run", 0, "accept", 0, "status", "failed", "report", fmt.Sprintf(`{"mapping":%q}`, p.word("import_jobs.report")), "failure", fmt.Sprintf(`{"key":%q}`, p.word("import_jobs.failure")),
			"actor", p.word("import_jobs.actor"), "started_at", 1, "ended_at", 1)
		p.row("erasure_keys", "case_id", p.word("erasure_keys.case_id"))
		p.row("backup_drills", "sequence", 99, "recorded_at", 1, "person_id", p.word("backup_drills.person_id"))
		p.row("packs", "name", "office-7", "version", 1, "digest", make([]byte, 32), "file", []byte{0}, "taken_at", 1, "registry", 1, "accepted_at", 1, "accepted_by", p.word("packs.accepted_by"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
