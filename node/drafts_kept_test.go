package node

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/access/accesstest"
	"casehub/node/egress"
)

// addCases records cases of clients of their own on one day.
func addCases(t *testing.T, n *Node, from, to int, code int64) {
	t.Helper()
	err := n.DB.Tx(t.Context(), func(tx *sqlite.Tx) error {
		for i := from; i < to; i++ {
			id := fmt.Sprintf("hid%02d", i)
			if _, err := tx.ExecArgs(t.Context(), `INSERT INTO clients (id, reference, surname, given_names, created_at, updated_at) VALUES (?1, ?1, 'S', 'G', 0, 0)`, id); err != nil {
				return err
			}
			if _, err := tx.ExecArgs(t.Context(), `INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
VALUES (?1, ?1, ?1, ?2, 'open', '2026-09-03', 0, 0)`, id, code); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestADraftTellsNothingOfWhatIsKept: somebody from whom a case is kept looks at the
// draft, and presses all that there is, before and after a record that they do not see;
// every answer is the same, byte by byte, also when a director had the draft made anew
// in between. Whoever reads everything sees the number move.
func TestADraftTellsNothingOfWhatIsKept(t *testing.T) {
	n, _ := office(t)
	addCases(t, n, 0, 10, 1102)
	for who, role := range map[string]string{"walled": "director", "para": "paralegal", "figures": "monitoring", "super": "supervisor", "reads": "director"} {
		accesstest.Hire(t, n.DB, who, "")
		accesstest.Appoint(t, n.DB, who, role, "")
	}
	if _, err := n.DB.Exec(t.Context(), `
INSERT INTO walls (id, case_id, person_id, reason, note, raised_by, raised_at) VALUES ('w', 'hid00', 'walled', 'related', '', 'reads', 0)`, nil); err != nil {
		t.Fatal(err)
	}
	d, err := n.Gate.Make(t.Context(), actor.Node(), egress.Wanted{Period: 202609})
	if err != nil {
		t.Fatal(err)
	}
	kept := []string{"walled", "para", "figures", "super"}
	browsers := map[string]*visitor{}
	for _, who := range kept {
		browsers[who] = browserOf(t, n, who)
	}
	look := func(who string) string {
		w, digest := browsers[who], fmt.Sprintf("%x", d.Digest)
		a := w.get("/drafts/1")
		all := numbered(a.body)
		w.says(a, http.StatusOK, "Somebody who reads everything looks at it")
		for _, hidden := range []string{digest, "/again", "/discard", "/check", "What would leave", "Made"} {
			if strings.Contains(a.body, hidden) {
				t.Errorf("%s sees %q", who, hidden)
			}
		}
		file := w.get("/drafts/1/file")
		w.says(file, http.StatusForbidden)
		for _, step := range []string{"again", "discard", "check", "approve", "hand-out", "code"} {
			b := w.post("/drafts/1/"+step, "digest", digest, "code", "none")
			if b.status != http.StatusForbidden {
				t.Errorf("%s presses %s: %d", who, step, b.status)
			}
			all += fmt.Sprint(b.status)
		}
		return all
	}
	before := map[string]string{}
	for _, who := range kept {
		before[who] = look(who)
	}
	addCases(t, n, 10, 11, 1102)
	if d, err = n.Gate.Remake(t.Context(), actor.Actor{Kind: actor.Person, ID: "reads"}, d.ID); err != nil {
		t.Fatal(err)
	}
	for _, who := range kept {
		if got := look(who); got != before[who] {
			t.Errorf("%s sees that something moved", who)
		}
	}
	r := browserOf(t, n, "reads")
	r.says(r.get("/drafts/1"), http.StatusOK, ">11<", "Make it anew", "I looked: this may leave")
}

// numbered takes out of a page what is another in each: the token of its forms.
func numbered(body string) string { return everyToken.ReplaceAllString(body, "") }

var everyToken = regexp.MustCompile(`name="form_token" value="[^"]+"|"X-Form-Token":"[^"]+"`)
