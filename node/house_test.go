package node

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/release"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/documents"
	"casehub/node/people"
	"casehub/node/vault"
)

func houseConfig(dir string) Config {
	return cheap(Config{
		Data: filepath.Join(dir, "data"), KeyFile: filepath.Join(dir, "node.key"), Timezone: "UTC",
		Office: OfficeConfig{OrgUnit: 7, FirstPeriod: 202603},
	})
}

// house is a node with something in every place that a re-key touches.
type house struct {
	dir    string
	words  vault.Words // of before
	next   vault.Words // of afterwards
	theirs string      // password of t.dube, who checks releases
	paper  documents.ID
	tables map[string][32]byte
	audit  []string // entries of before, as text
}

var paperContent = bytes.Repeat([]byte("%PDF-1.4 a paper of the case\n"), 20_000)

// buildHouse fills a node. The filling makes the database large enough for a copy
// to take a while.
func buildHouse(t *testing.T) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), next: vault.NewWords()}
	var err error
	if h.words, err = Create(t.Context(), houseConfig(h.dir), plan(), october); err != nil {
		t.Fatal(err)
	}
	h.open(t, func(n *Node, who actor.Actor) {
		if err := n.People.RequireFactors(t.Context(), who, nil); err != nil {
			t.Fatal(err)
		}
		id, theirs, err := n.People.AddPerson(t.Context(), who, people.Person{Login: "t.dube", Name: "T. Dube"})
		if err != nil {
			t.Fatal(err)
		}
		h.theirs = theirs
		var last cases.Case
		for i := range 60 {
			k, err := n.Clients.Create(t.Context(), who, clients.Client{Surname: fmt.Sprintf("Nkosi %d", i), GivenNames: "Grace", ContactSafety: "safe", Notes: strings.Repeat("A long story. ", 400)})
			if err != nil {
				t.Fatal(err)
			}
			if last, err = n.Cases.Open(t.Context(), who, cases.Case{ClientID: k.ID, Type: 1102, OpenedOn: "2026-03-05"}); err != nil {
				t.Fatal(err)
			}
		}
		d, err := n.Documents.Add(t.Context(), who, last.ID, "Letter.pdf", bytes.NewReader(paperContent))
		if err != nil {
			t.Fatal(err)
		}
		h.paper = d.ID
		sealMonths(t, n, id, who)
		h.tables, h.audit = content(t, n), entries(t, n)
	})
	return h
}

// sealed is how many releases wait in the house.
const sealed = 3

// sealMonths lets two people stand for releases, which wait because there is no hub.
func sealMonths(t *testing.T, n *Node, checker people.ID, director actor.Actor) {
	t.Helper()
	offices, err := n.People.Offices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := people.Role{Name: "Reads everything", Grants: []people.Grant{{Action: "releases.check", Reach: "organisation"}, {Action: "releases.read", Reach: "organisation"}}}
	for _, action := range []string{"activities.read", "cases.read", "figures.read", "turnaways.read"} {
		all.Grants = append(all.Grants, people.Grant{Action: action, Reach: "organisation", Classes: people.Classes})
	}
	role, err := n.People.AddRole(t.Context(), director, all)
	if err == nil {
		err = n.People.GivePosition(t.Context(), director, people.Position{PersonID: checker, Role: role, OfficeID: offices[0].ID})
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		m := civil.Month(202603).Add(i)
		if _, err := n.CloseMonth(t.Context(), Pair{Checker: checker.Actor(), Approver: director}, m); err != nil {
			t.Fatalf("month %s: %v", m.Dash(), err)
		}
	}
}

// open opens the node as the director and closes it again.
func (h *house) open(t *testing.T, do func(*Node, actor.Actor)) {
	t.Helper()
	n, who, err := OpenAs(t.Context(), houseConfig(h.dir), directorsLogin, directorsPassword, quiet(), october)
	if err != nil {
		t.Fatal(err)
	}
	do(n, who)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}

// copyOf copies the folder of a house, so that one fills for many.
func (h *house) copyOf(t *testing.T) *house {
	t.Helper()
	c := *h
	c.dir = t.TempDir()
	if err := os.CopyFS(c.dir, os.DirFS(h.dir)); err != nil {
		t.Fatal(err)
	}
	return &c
}

// mayChange are the tables whose content a re-key may change, and which columns of
// people it may.
var mayChange = map[string]string{
	"audit": "", "audit_values": "", "audit_head": "", "sessions": "", "dead_slots": "", "key_notes": "", "watched_reads": "",
	"authenticators": "", "recovery_codes": "", "passkeys": "", "known_devices": "", "node_keys": "",
	"releases": "sequence, kind, period, voids_sequence, digest, sealed_at, receipted_at",
	"people":   "id, login, name, language, office_id, status, created_at",
}

// content returns a digest of every table, rows and columns in their order.
func content(t *testing.T, n *Node) map[string][32]byte {
	t.Helper()
	all := map[string][32]byte{}
	for _, table := range column(t, n, `
SELECT name
FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND sql NOT LIKE 'CREATE VIRTUAL%'
ORDER BY name`) {
		columns, touched := mayChange[table]
		if touched && columns == "" {
			continue
		}
		if columns == "" {
			columns = "*"
		}
		all[table] = digestOf(t, n, `
SELECT `+columns+`
FROM "`+table+`"
ORDER BY 1`)
	}
	return all
}

func digestOf(t *testing.T, n *Node, query string) [32]byte {
	t.Helper()
	rows, err := n.DB.Query(t.Context(), query, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(sum, "%q\n", values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return [32]byte(sum.Sum(nil))
}

func column(t *testing.T, n *Node, query string) []string {
	t.Helper()
	rows, err := n.DB.Query(t.Context(), query, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func entries(t *testing.T, n *Node) []string {
	t.Helper()
	return column(t, n, `
SELECT seq || ' ' || actor || ' ' || action || ' ' || subject
FROM audit
ORDER BY seq`)
}

// check opens the node and holds it against what it was. It returns the
// generation of the master key.
func (h *house) check(t *testing.T, when string) (generation int) {
	t.Helper()
	h.open(t, func(n *Node, who actor.Actor) {
		generation = n.Vault.Generation()
		if now := content(t, n); !maps.Equal(now, h.tables) {
			for table := range h.tables {
				if now[table] != h.tables[table] {
					t.Errorf("%s: the table %s is not as it was", when, table)
				}
			}
		}
		now := entries(t, n)
		if len(now) < len(h.audit) || !slices.Equal(now[:len(h.audit)], h.audit) {
			t.Errorf("%s: the audit of before is not there", when)
		}
		rekeyed := 0
		for _, e := range now[min(len(h.audit), len(now)):] {
			if strings.Contains(e, "organisation.rekeyed") {
				rekeyed++
			}
		}
		if rekeyed != generation-1 {
			t.Errorf("%s: the audit says %d times that the keys changed, in generation %d", when, rekeyed, generation)
		}
		if _, err := audit.Verify(t.Context(), n.DB); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		h.checkPaper(t, n, who, when)
		h.checkOther(t, n, when, generation)
		h.checkReleases(t, n, when, uint32(generation))
	})
	h.checkWords(t, when, generation)
	n, err := Open(t.Context(), houseConfig(h.dir), quiet(), october)
	if err != nil {
		t.Fatalf("%s: by the key file: %v", when, err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	for _, left := range []string{"rekey.json", "node.db.rekey", "case-keys.db.rekey"} {
		if _, err := os.Stat(filepath.Join(h.dir, "data", left)); err == nil {
			t.Errorf("%s: %s is left", when, left)
		}
	}
	return generation
}

func (h *house) checkPaper(t *testing.T, n *Node, who actor.Actor, when string) {
	t.Helper()
	_, r, err := n.Documents.Open(t.Context(), who, h.paper)
	if err != nil {
		t.Errorf("%s: the paper: %v", when, err)
		return
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, paperContent) {
		t.Errorf("%s: the paper has %d bytes, %v", when, len(got), err)
	}
}

// checkOther says whether the paralegal comes in just when the keys are the old
// ones, and is known to need a password otherwise.
func (h *house) checkOther(t *testing.T, n *Node, when string, generation int) {
	t.Helper()
	_, err := n.People.Console(t.Context(), "t.dube", h.theirs)
	if in := err == nil; in != (generation == 1) {
		t.Errorf("%s: the other person's password lets in %v in generation %d: %v", when, in, generation, err)
	}
	without, err := n.People.WithoutPassword(t.Context())
	if err != nil || (len(without) == 1) != (generation > 1) {
		t.Errorf("%s: %d people need a password in generation %d, %v", when, len(without), generation, err)
	}
}

// checkReleases holds the keys for the hub against the generation of the master key:
// all that waits is sealed by the key of that number, and no older one has a seed.
func (h *house) checkReleases(t *testing.T, n *Node, when string, generation uint32) {
	t.Helper()
	e, err := n.Enrolment()
	if err != nil || e.KeyID != generation {
		t.Errorf("%s: key %d signs in generation %d, %v", when, e.KeyID, generation, err)
	}
	for sequence := range uint32(sealed) {
		_, _, b, err := n.Gate.Sent(t.Context(), sequence+1)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		o, err := release.Open(b)
		if err != nil || o.Verify(e.ReleaseKey, generation) != nil {
			t.Errorf("%s: release %d is not sealed by key %d: %v", when, sequence+1, generation, err)
		}
	}
	if n, err := n.Gate.VerifyReleases(t.Context()); n != sealed || err != nil {
		t.Errorf("%s: %d releases hold, %v", when, n, err)
	}
	seeds := column(t, n, `SELECT purpose || ' ' || key_id FROM node_keys WHERE seed IS NOT NULL ORDER BY purpose`)
	if want := []string{fmt.Sprint("release ", generation), fmt.Sprint("transport ", generation)}; !slices.Equal(seeds, want) {
		t.Errorf("%s: there are seeds of %v, want %v", when, seeds, want)
	}
}

func (h *house) checkWords(t *testing.T, when string, generation int) {
	t.Helper()
	before, err := OpenedBy(t.Context(), houseConfig(h.dir), h.words)
	if err != nil {
		t.Fatal(err)
	}
	after, err := OpenedBy(t.Context(), houseConfig(h.dir), h.next)
	if err != nil {
		t.Fatal(err)
	}
	if before != (generation == 1) || after != (generation == 2) {
		t.Errorf("%s: in generation %d the words of before open it: %v, the new ones: %v", when, generation, before, after)
	}
}
