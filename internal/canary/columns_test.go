package canary

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casehub/internal/sqlite"
)

// closed are columns that can hold nothing of a person's, so that they have no
// marker: why, and what their values look like, which is held to.
var closed = []struct {
	reason  string
	shape   *regexp.Regexp // nil for any
	columns string
}{
	{"a day", regexp.MustCompile(`^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$`), `
activities.held_on answers.answered_on cases.opened_on cases.closed_on case_reopenings.closed_on case_reopenings.reopened_on complaints.filed_on complaints.answered_on
consents.answered_on consents.expires_on consultations.held_on erasures.asked_on goose_db_version.tstamp quality_checks.checked_on recoveries.received_on
referrals.referred_on referrals.result_on services.given_on surveys.answered_on turn_aways.came_on visits.held_on walls.until`},
	{"a word of a list that the program has, or the name of a mapping", regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 ._:;@,=+/-]{0,120}$`), `
audit.action audit_unchained.action audit_values.field cases.status clients.birth_precision clients.sex clients.contact_safety clients.language
complaints.progress complaints.outcome consent_terms.purpose consents.purpose consents.answer consents.manner documents.type
egress_decisions.layers egress_decisions.verdict erasures.ground erasures.state
import_quarantine.instance import_quarantine.stream import_quarantine.field import_quarantine.code import_quarantine.severity import_quarantine.status
import_quarantine.sheet import_quarantine.source_column import_runs.instance import_runs.mapping import_runs.status import_xref.instance import_xref.stream
client_pairs.alike_in import_alt.instance import_alt.stream import_cursors.instance client_pairs.alike_in import_alt.instance import_alt.stream import_xref.entity import_xref.mapping import_before.stream import_drafts.kind import_drafts.step import_jobs.instance import_jobs.status import_schedules.instance
ledger_entries.state ledger_events.state ledger_events.reason ledger_rules.currency ledger_touched.source node_keys.purpose organisation.language packs.name
people.language people.status positions.role quality_checks.wrong recoveries.currency release_draft_steps.step release_drafts.state required_factors.role
role_grants.action role_grants.reach role_grants.classes sessions.stage sqlite_sequence.name surveys.cost surveys.pace surveys.attention surveys.lawyers
walls.reason`},
	{"it is what leaves, or a digest of it, or came from the hub", nil, `
release_drafts.signature releases.digest releases.sealed releases.receipt release_drafts.bytes release_drafts.digest release_draft_steps.digest egress_decisions.digest
packs.digest packs.file node_keys.public releases_lost.digest sqlite_sequence.seq`},
	{"the network address of a browser, on this machine in a test", regexp.MustCompile(`^[0-9a-f.:]+$`), "sessions.source"},
	{"the program of a browser, which is the same in a million hands", nil, "sessions.device"},
	{"the name of this machine", nil, "passkeys.host"},
	{"a folder that the office chose for its backups, or why one failed", nil, "backup_folders.path backups.place backups.failure"},
	{"the name of a file that is drawn by chance and stands in the folder", regexp.MustCompile(`^[0-9a-f]{32}$`), "documents.file import_drafts.file"},
	{"a number drawn by chance that stands beside the backups too, so that a stick is known again", regexp.MustCompile(`^[0-9a-f]{32}$`), "backup_settings.backup_id"},
	{"the name of a key slot, drawn by chance, by which the vault's own file knows it", nil, "people.slot dead_slots.slot"},
	{"empty: what stood there was chained as the node opened", regexp.MustCompile(`^$`), "audit_unchained.actor audit_unchained.subject audit_unchained.within"},
}

// column is one text or blob column of the node's schema.
type column struct{ table, name string }

func (c column) String() string { return c.table + "." + c.name }

// columnsOf lists every column of the schema that is no number, but for those of the
// search's index, which hold the words of others once more.
func columnsOf(t *testing.T, db *sqlite.DB) []column {
	t.Helper()
	rows, err := db.Query(t.Context(), `
SELECT m.name, p.name
FROM sqlite_schema m
JOIN pragma_table_info(m.name) p
WHERE m.type = 'table' AND p.type NOT IN ('INTEGER', 'REAL') AND m.name NOT LIKE '%\_fts%' ESCAPE '\'
ORDER BY m.name, p.cid`, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []column
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.table, &c.name); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil || len(all) < 200 {
		t.Fatalf("%d columns, %v", len(all), err)
	}
	return all
}

// harvest makes markers of everything that stands in the columns and was not planted:
// identifiers, keys, digests, references. It returns the columns without a marker.
func harvest(t *testing.T, db *sqlite.DB, planted *garden) (without []string) {
	t.Helper()
	reasons := map[string]*regexp.Regexp{}
	for _, c := range closed {
		for _, name := range strings.Fields(c.columns) {
			reasons[name] = c.shape
		}
	}
	for _, c := range columnsOf(t, db) {
		values := valuesOf(t, db, c)
		shape, isClosed := reasons[c.String()]
		delete(reasons, c.String())
		if isClosed {
			for _, v := range values {
				if shape != nil && !shape.MatchString(v) {
					t.Errorf("a value in %s is not what the list of closed columns says", c)
				}
			}
			continue
		}
		marked := false
		for _, v := range values {
			if planted.covers(v) || Usable(v) && planted.keep(v, c.String()) {
				marked = true
			}
		}
		if !marked && !refers(t, db, c) {
			without = append(without, fmt.Sprintf("%s (%d values)", c, len(values)))
		}
	}
	for name := range reasons {
		t.Errorf("the closed column %s is not in the schema; take it out", name)
	}
	return without
}

// refers reports whether a column can hold only what another one holds.
func refers(t *testing.T, db *sqlite.DB, c column) bool {
	t.Helper()
	var n int
	err := db.QueryRow(t.Context(), `SELECT count(*) FROM pragma_foreign_key_list(@table) WHERE "from" = @column`, sqlite.Args{"table": c.table, "column": c.name}).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

func valuesOf(t *testing.T, db *sqlite.DB, c column) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), fmt.Sprintf(`SELECT DISTINCT CAST("%s" AS BLOB) FROM "%s" WHERE "%[1]s" IS NOT NULL AND "%[1]s" <> ''`, c.name, c.table), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// garden is where markers grow.
type garden struct {
	seed    uint64
	all     []Marker
	texts   map[string]string // in small letters, and where
	words   *regexp.Regexp    // a planted word in a longer text
	numbers int
}

func newGarden(seed uint64) *garden {
	return &garden{seed: seed, texts: map[string]string{}, words: regexp.MustCompile("[" + strings.ToUpper(letters) + letters + "][" + letters + "]{23}")}
}

// word returns a new marker for a place.
func (g *garden) word(at string) string {
	w := Word(g.seed, len(g.all))
	g.add(w, at)
	return w
}

// digits returns a new marker of so many digits.
func (g *garden) digits(at string, size int) string {
	g.numbers++
	d := Digits(g.seed, g.numbers, size)
	g.add(d, at)
	return d
}

func (g *garden) add(text, at string) {
	g.all = append(g.all, Marker{text, at})
	g.texts[strings.ToLower(text)] = at
}

func (g *garden) has(text string) bool { return g.texts[strings.ToLower(text)] != "" }

// covers reports whether a planted marker is in a value.
func (g *garden) covers(value string) bool {
	return g.has(value) || number(value) != "" && g.has(number(value)) || slices.ContainsFunc(g.words.FindAllString(value, -1), g.has)
}

// chance is what a text of the node's own looks like that nobody chose: a digest, a
// key, an identifier, a reference. A word or a day would be found anywhere.
var chance = regexp.MustCompile(`[0-9][A-Za-z-]|[A-Za-z-][0-9]|[^ -~]`)

func byChance(value string) bool {
	return chance.MatchString(value) && (unprintable.MatchString(value) || !strings.Contains(value, "/"))
}

var unprintable = regexp.MustCompile(`[^ -~]`)

var aDay = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

// keep makes a marker of a value that the node wrote by itself.
func (g *garden) keep(value, at string) bool {
	value = strings.TrimPrefix(value, "person:")
	if g.has(value) {
		return true
	}
	born := at == "clients.birth_date" // before the program's own days
	if !Usable(value) || len(value) > 400 || aDay.MatchString(value) != born || born && value > "1950" || !born && !byChance(value) {
		return false
	}
	g.add(value, at)
	return true
}
