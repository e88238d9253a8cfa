package node

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"casehub/internal/sqlite"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
)

// saidInACase are words that stand in a watched case, in all that belongs to it, and in what its
// client told of themselves.
var saidInACase = []string{
	`UPDATE cases SET status = 'closed', closed_on = '2026-10-02', outcome = 5101, summary = 'TOLD summary', other_party = 'TOLD party' WHERE id = 'hidden-c'`,
	`UPDATE clients SET notes = 'TOLD notes', phones = 'TOLD phone', address = 'TOLD address' WHERE id = 'hidden-k'`,
	`UPDATE referrals SET note = 'TOLD referral'`,
	`UPDATE recoveries SET note = 'TOLD recovery'`,
	`UPDATE complaints SET note = 'TOLD complaint'`,
	`UPDATE consultations SET note = 'TOLD consultation'`,
	`UPDATE quality_checks SET note = 'TOLD check'`,
	`UPDATE documents SET name = 'TOLD.txt'`,
	`UPDATE walls SET note = 'TOLD wall'`,
	`UPDATE surveys SET comment = 'TOLD comment', suggestion = ''`,
}

// TestAListThatPrintsWordsOfAWatchedCaseIsALook: a page of many records either leaves out
// what was told in a watched case, or leaves an entry that its reader was shown it.
func TestAListThatPrintsWordsOfAWatchedCaseIsALook(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Office: OfficeConfig{OrgUnit: 7}})
	accesstest.Office(t, n.DB, "north", "")
	for _, who := range []string{"walled", "other"} {
		accesstest.Hire(t, n.DB, who, "")
	}
	for _, statement := range slices.Concat(behindAWall, saidInACase) {
		if _, err := n.DB.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	err := n.DB.Tx(t.Context(), func(tx *sqlite.Tx) error {
		who := accesstest.Director
		return audit.RecordWithin(t.Context(), tx, n.now(), who, "referral.recorded", "hidden-r", "hidden-c", audit.Field("note", "", "TOLD referral"))
	})
	if err != nil {
		t.Fatal(err)
	}
	site, err := n.site()
	if err != nil {
		t.Fatal(err)
	}
	var printed []string
	reader := ""
	var v *visitor
	for _, r := range site.Routes() {
		path, page := strings.CutPrefix(r.Pattern, "GET ")
		if path = strings.ReplaceAll(path, "{$}", ""); !page || strings.Contains(path, "{") {
			continue
		}
		if reader != fmt.Sprint("reader-", len(printed)) { // whose next look is an entry again
			reader = fmt.Sprint("reader-", len(printed))
			v = directorNamed(t, n, reader)
		}
		a := v.get(path)
		tells := strings.Contains(a.body, "TOLD")
		if tells {
			printed = append(printed, path)
		}
		if got, want := looksOf(t, n, reader), strings.Fields(map[bool]string{true: "hidden-c"}[tells]); !slices.Equal(got, want) {
			t.Errorf("%s (%d) tells what was said in the case: %v, and leaves looks at %v", path, a.status, tells, got)
		}
	}
	if want := []string{"/audit", "/surveys"}; !slices.Equal(slices.Sorted(slices.Values(printed)), want) {
		t.Errorf("pages with words in them: %v, want %v", printed, want)
	}
	twice := directorNamed(t, n, "twice")
	for range 2 {
		twice.says(twice.get("/surveys"), http.StatusOK, "TOLD comment")
	}
	if got := looksOf(t, n, "twice"); len(got) != 1 {
		t.Errorf("the same page twice within five minutes: %v", got)
	}
	for _, c := range []struct{ who, change string }{
		{"wordless", `UPDATE surveys SET comment = ''`},
		{"ordinary", `UPDATE surveys SET comment = 'TOLD comment'; UPDATE cases SET case_type = 1102; DELETE FROM walls; DELETE FROM emergencies`},
	} {
		for _, statement := range strings.Split(c.change, "; ") {
			if _, err := n.DB.Exec(t.Context(), statement, nil); err != nil {
				t.Fatal(err)
			}
		}
		if a := directorNamed(t, n, c.who).get("/surveys"); a.status != http.StatusOK || len(looksOf(t, n, c.who)) > 0 {
			t.Errorf("%s: status %d, looks at %v", c.who, a.status, looksOf(t, n, c.who))
		}
	}
}

// directorNamed hires a director and returns them in front of the node.
func directorNamed(t *testing.T, n *Node, who string) *visitor {
	t.Helper()
	accesstest.Hire(t, n.DB, who, "")
	accesstest.Appoint(t, n.DB, who, "director", "")
	return browserOf(t, n, who)
}
