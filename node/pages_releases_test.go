package node

import (
	"net/http"
	"strings"
	"testing"

	"casehub/internal/sqlite"
)

// office opens a node with a number at the hub and somebody in front of it.
func office(t *testing.T) (*Node, *visitor) {
	t.Helper()
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Office: OfficeConfig{OrgUnit: 7}})
	pages := asDirector(t, n)
	return n, &visitor{t: t, pages: pages, cookies: map[string]string{}}
}

// TestThePageOfReleasesSaysWhatStopsThem: a refusal of the gate is told in words,
// with its month and since when, in both languages, and no code of a check shows.
func TestThePageOfReleasesSaysWhatStopsThem(t *testing.T) {
	n, v := office(t)
	if a := v.get("/releases"); a.status != http.StatusOK || strings.Contains(a.body, `role="alert"`) {
		t.Errorf("status %d, and an alert in an office that nothing stops", a.status)
	}
	for _, at := range []int64{1_790_000_000_000, 1_790_086_400_000} { // 21 and 22 September 2026
		if _, err := n.DB.Exec(t.Context(), `
INSERT INTO egress_decisions (at, period, digest, layers, verdict, previous, hash)
VALUES (@at, 202608, x'', '', 'evidence', x'', zeroblob(32))`, sqlite.Args{"at": at}); err != nil {
			t.Fatal(err)
		}
	}
	v.says(v.get("/releases"), http.StatusOK, `role="alert"`, "The release of August 2026 was not let out",
		"The numbers were counted a second time and came out differently.", "Stopped since 21 September 2026", "last tried 22 September 2026")
	v.says(v.get("/releases?lang=es"), http.StatusOK, "El envío de agosto de 2026 no salió", "Avise a quien cuida el programa")
}

// TestThePageOfReleasesSaysThatTheClockIsWrong: a computer whose clock stands
// before the last release sends nothing, and the page says so.
func TestThePageOfReleasesSaysThatTheClockIsWrong(t *testing.T) {
	n, v := office(t)
	if _, err := n.DB.Exec(t.Context(), `DROP TRIGGER releases_are_approved`, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := n.DB.Exec(t.Context(), `
INSERT INTO releases (sequence, period, digest, sealed, sealed_at)
VALUES (1, 202710, zeroblob(32), x'00', @at)`, sqlite.Args{"at": october().AddDate(1, 1, 0).UnixMilli()}); err != nil {
		t.Fatal(err)
	}
	v.says(v.get("/releases"), http.StatusOK, `role="alert"`, "The clock of this computer stands before 2027-11-20")
}
