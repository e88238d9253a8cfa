package node

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/pki"
	"casehub/internal/sqlite"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/egress"
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

// TestThePageOfReleasesSaysThatTheHubLacksTheNewKeys: after a re-key the page tells
// calmly what has to be done, until the hub answers to the new key.
func TestThePageOfReleasesSaysThatTheHubLacksTheNewKeys(t *testing.T) {
	authority, err := pki.Open(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Office: OfficeConfig{OrgUnit: 7}, Hub: HubConfig{
		NATS: "tls://127.0.0.1:1", GRPC: "127.0.0.1:1", CAFile: authority.File(), ReceiptKey: strings.Repeat("ab", 32),
	}})
	err = n.DB.Tx(t.Context(), func(tx *sqlite.Tx) error { return egress.RenewKeys(t.Context(), tx, actor.Node(), october()) })
	if err := errors.Join(err, n.addGate(t.Context())); err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, pages: asDirector(t, n), cookies: map[string]string{}}
	a := v.get("/releases")
	v.says(a, http.StatusOK, "The national body does not know this office", "key number 2 signs now", "casehub-node</span> enrolment", "nothing is lost", "knows of no release that it sent")
	if strings.Contains(a.body, `role="alert"`) {
		t.Error("the page is alarmed")
	}
	v.says(v.get("/releases?lang=es"), http.StatusOK, "ahora firma la clave número 2", "no se pierde nada")
	if _, err := n.DB.Exec(t.Context(), `UPDATE node_keys SET known_at = 1 WHERE key_id = 2 AND purpose = 'release'`, nil); err != nil {
		t.Fatal(err)
	}
	if a := v.get("/releases"); a.status != http.StatusOK || strings.Contains(a.body, "clave número 2") || strings.Contains(a.body, "key number 2") {
		t.Error("the hub knows the key, and the page says that it does not")
	}
}

// TestAfterARestoreThePageAsksForTheLastRelease: the first page leads whoever may
// approve there, and nobody else; what is wrong stands at its field, in both languages.
func TestAfterARestoreThePageAsksForTheLastRelease(t *testing.T) {
	n, v := office(t)
	if err := n.DB.Tx(t.Context(), func(tx *sqlite.Tx) error {
		return audit.Record(t.Context(), tx, n.now(), actor.Node(), "backup.restored", "1")
	}); err != nil {
		t.Fatal(err)
	}
	v.says(v.get("/"), http.StatusOK, "Say which release was the last", "Say it on the page of releases")
	v.says(v.get("/releases"), http.StatusOK, "This database was put back from a backup", `action="/releases/resume"`)
	v.says(v.get("/releases?lang=es"), http.StatusOK, "Diga cuál fue el último envío")
	v.get("/releases?lang=en")
	v.token = regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(v.get("/releases").body)[1]
	v.says(v.post("/drafts"), http.StatusUnprocessableEntity, "Nothing is drafted, sealed or sent before")
	v.says(v.post("/releases/resume", "sequence", "first"), http.StatusUnprocessableEntity, "This is no number of a release")
	v.says(v.post("/releases/resume", "sequence", "2", "month", "202608", "mark", "12345678"), http.StatusUnprocessableEntity, "does not give their receipts", `value="12345678"`)
	accesstest.Hire(t, n.DB, "figures", "")
	accesstest.Appoint(t, n.DB, "figures", "monitoring", "")
	other := browserOf(t, n, "figures")
	other.says(other.get("/releases"), http.StatusOK, "Somebody who may approve releases does this")
	if a := other.get("/"); strings.Contains(a.body, "Say which release was the last") {
		t.Error("the first page asks somebody who may not say it")
	}
	if a := v.post("/releases/resume", "sequence", "0"); a.status != http.StatusSeeOther {
		t.Errorf("the word of who may: %d", a.status)
	}
	if a := v.get("/"); strings.Contains(a.body, "Say which release was the last") {
		t.Error("the first page goes on asking")
	}
}
