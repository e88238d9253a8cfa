package node

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"casehub/node/access/accesstest"
	"casehub/node/audit"
)

// lookedIn is the record in which a look is recorded: the case that is watched, and the
// client where a consultation of a sensitive type never became a case.
var lookedIn = map[string][]string{
	"hidden-c": {"hidden-c"}, "hidden-r": {"hidden-c"}, "hidden-m": {"hidden-c"}, "hidden-d": {"hidden-c"}, "hidden-f": {"hidden-c"},
	"hidden-s": {"hidden-c"}, "hidden-n": {"hidden-c"}, "hidden-q": {"hidden-c"},
	"hidden-k": {"hidden-c", "hidden-k"}, "hidden-u": {"hidden-k"}, "hidden-v": {"hidden-k"},
}

// noLooks are pages that show nothing of what is in a case or was said, with the reason.
var noLooks = map[string]string{
	"/cases/{id}/conflict":            "the reference of the case alone",
	"/audit?about={id}":               "no entry here has values: TestAListThatPrintsWordsOfAWatchedCaseIsALook has some",
	"/clients/{id}/edit":              "the client's own fields",
	"/clients/{id}/consents":          "what the client agreed to",
	"/clients/{id}/erasure":           "a form without a case in it",
	"/clients/{id}/own-data":          "a form without a case in it; the export is an entry of its own",
	"/cases/new?client={id}":          "a form without another case in it",
	"/clients/{id}/consultations/new": "the client's cases by reference, as lists have them",
	"/turn-aways/new?client={id}":     "a form without a case in it",
	"/turn-aways/{id}/edit":           "nothing of a case, and of no type",
	"/turn-aways/{id}/remove":         "nothing of a case, and of no type",
	"/activities/{id}/edit":           "about nobody",
	"/activities/{id}/remove":         "about nobody",
	"/documents/{id}":                 "an entry of its own, document.read: the documents' tests have it",
	"/erasures/{id}":                  "what is to go by reference, and nothing of it",
}

// Whoever sees a watched case leaves an entry on every page that shows something in it,
// also on those of what stands in it; so they do of a consultation of a sensitive type.
// That every address is asked for, TestEveryAddressOfARecordIsAskedAbout sees to.
func TestEveryLookAtWhatIsWatchedIsRecorded(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC"})
	accesstest.Office(t, n.DB, "north", "")
	accesstest.Hire(t, n.DB, "walled", "")
	accesstest.Hire(t, n.DB, "other", "")
	for _, statement := range behindAWall {
		if _, err := n.DB.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	excused, asked := map[string]bool{}, 0
	for id, requests := range askedAbout {
		for _, request := range requests {
			path, get := strings.CutPrefix(request, "GET ")
			if !get {
				continue
			}
			if page := strings.Replace(path, "ID", "{id}", 1); noLooks[page] != "" {
				excused[page] = true
				continue
			}
			asked++
			want := lookedIn[id]
			reader := fmt.Sprint("reader-", asked) // the same person's next look is no entry
			accesstest.Hire(t, n.DB, reader, "")
			accesstest.Appoint(t, n.DB, reader, "director", "")
			if a := browserOf(t, n, reader).get(strings.Replace(path, "ID", id, 1)); a.status != http.StatusOK {
				t.Errorf("GET %s of %s: status %d: the test is blind", path, id, a.status)
			}
			if got := looksOf(t, n, reader); !slices.Equal(got, want) {
				t.Errorf("GET %s of %s leaves looks at %v, want %v", path, id, got, want)
			}
		}
	}
	if asked < 25 {
		t.Errorf("only %d pages were asked for", asked)
	}
	for page := range noLooks {
		if !excused[page] {
			t.Errorf("nobody asks for %s", page)
		}
	}
}

// looksOf are the records at which somebody is recorded to have looked, in order.
func looksOf(t *testing.T, n *Node, person string) []string {
	t.Helper()
	var subjects string
	err := n.DB.QueryRow(t.Context(), `
SELECT coalesce(group_concat(subject, ' ' ORDER BY subject), '')
FROM audit
WHERE action = '`+audit.ReadAction+`' AND actor = 'person:`+person+`'`, nil).Scan(&subjects)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(subjects)
}
