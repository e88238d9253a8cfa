package node

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/pack"
)

// packKey is one of the national body's keys, always the same.
func packKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(slices.Repeat([]byte{n}, ed25519.SeedSize))
}

func signedBy(t *testing.T, file []byte, err error, by ...byte) []byte {
	t.Helper()
	for _, n := range by {
		if err == nil {
			file, err = pack.Sign(file, packKey(n))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// keyed is an office that was given the keys of packs.
func keyed(t *testing.T, national uint32) (*Node, *visitor) {
	t.Helper()
	var keys [3]ed25519.PublicKey
	for i := range keys {
		keys[i] = packKey(byte(i + 1)).Public().(ed25519.PublicKey)
	}
	file, err := pack.MakeRoots(1, "2099-12-31", keys)
	path := filepath.Join(t.TempDir(), "roots")
	if err := os.WriteFile(path, signedBy(t, file, err, 1, 2), 0o600); err != nil {
		t.Fatal(err)
	}
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Office: OfficeConfig{OrgUnit: 7}, Packs: PacksConfig{Roots: path, National: national}})
	pages := asDirector(t, n)
	return n, &visitor{t: t, pages: pages, cookies: map[string]string{}}
}

// newPlan is the program's plan under a later version, with a kind more.
func newPlan(t *testing.T) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile("../internal/codelist/registry.json")
	if err != nil {
		t.Fatal(err)
	}
	var plan map[string]any
	if err := json.Unmarshal(b, &plan); err != nil {
		t.Fatal(err)
	}
	plan["version"] = 99
	category := plan["lists"].([]any)[0].(map[string]any)["categories"].([]any)[0].(map[string]any)
	category["leaves"] = append(category["leaves"].([]any), map[string]any{"code": 1999, "en": "Flooded homes", "es": "Casas inundadas", "sensitive": false, "since": 209909})
	if b, err = json.Marshal(plan); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestThePageOfRulesIsEmptyWithoutPacks(t *testing.T) {
	_, v := office(t)
	v.says(v.get("/releases/rules"), http.StatusOK, "Rules and plan", "This office takes no packs", "Smallest group, in people")
	v.says(v.get("/releases/rules?lang=es"), http.StatusOK, "Reglas y plan", "Esta oficina no toma paquetes")
	_, v = keyed(t, 0)
	v.says(v.get("/releases/rules"), http.StatusOK, "No pack was taken yet")
	_, v = keyed(t, 3)
	v.says(v.get("/releases/rules"), http.StatusOK, `role="alert"`, "is missing, was changed on this computer")
}

// TestADirectorAcceptsAPlanOnThePage: what is new is shown with what it would have
// said, and is in force once it was accepted and the program started again.
func TestADirectorAcceptsAPlanOnThePage(t *testing.T) {
	n, v := keyed(t, 0)
	c := pack.Contents{Limits: pack.Limits{K: 8}, Registry: newPlan(t), From: 209909}
	file, err := pack.Make(pack.National, 2, "2099-06-30", 1, c)
	if _, err := n.Gate.TakePack(t.Context(), actor.Node(), signedBy(t, file, err, 1, 2)); err != nil {
		t.Fatal(err)
	}
	v.says(v.get("/releases/rules"), http.StatusOK, "A new plan waits for you", "Flooded homes", "A new kind", "National rules",
		"What it would have said from July 2026 to September 2026", "Nothing: no new number", "Accept the new plan", "<dd>8</dd>")
	v.says(v.get("/releases/rules?lang=es"), http.StatusOK, "Casas inundadas", "Aceptar el plan nuevo")
	v.token = regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(v.get("/releases/rules").body)[1]
	if a := v.post("/releases/rules/accept", "version", "3"); a.status != http.StatusConflict {
		t.Errorf("another version: status %d, want 409", a.status)
	}
	if a := v.post("/releases/rules/accept", "version", "2"); a.status != http.StatusSeeOther {
		t.Errorf("accepted: status %d, want 303", a.status)
	}
	v.says(v.get("/releases/rules?lang=en"), http.StatusOK, "Accepted on", "It counts from September 2099 on")
}

// TestADirectorAcceptsWhatTheOwnPackLoosens: that nearly everything may be of one kind
// is shown with what it would have said, and counts once it was accepted.
func TestADirectorAcceptsWhatTheOwnPackLoosens(t *testing.T) {
	n, v := keyed(t, 0)
	file, err := pack.Make(pack.OfficeName(7), 1, "2099-06-30", 1, pack.Contents{Mixed: []uint32{1}})
	if _, err := n.Gate.TakePack(t.Context(), actor.Node(), signedBy(t, file, err, 1, 2)); err != nil {
		t.Fatal(err)
	}
	v.says(v.get("/releases/rules"), http.StatusOK, "Your own rules ask for something", "What it would have said from July 2026 to September 2026", "Accept it")
	v.says(v.get("/releases/rules?lang=es"), http.StatusOK, "Sus propias reglas piden algo", "Aceptarlo")
	v.token = regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(v.get("/releases/rules?lang=en").body)[1]
	if a := v.post("/releases/rules/accept", "version", "1"); a.status != http.StatusConflict {
		t.Errorf("as a plan: status %d, want 409", a.status)
	}
	if a := v.post("/releases/rules/accept", "version", "1", "eases", "office-7"); a.status != http.StatusSeeOther {
		t.Errorf("accepted: status %d, want 303", a.status)
	}
	if a := v.get("/releases/rules"); strings.Contains(a.body, "Your own rules ask for something") {
		t.Error("the page still asks for it")
	}
}

// TestAPreviewIsKeptFromWhoDoesNotSeeEverything: what a plan or an own pack would have said
// moves with each record, so it is shown to a director who sees all of them, and to one
// before whom a wall stands the page says the same before and after a record behind it.
func TestAPreviewIsKeptFromWhoDoesNotSeeEverything(t *testing.T) {
	n, _ := keyed(t, 0)
	add := func(from, to int) {
		t.Helper()
		addCases(t, n, from, to, 1401)
		if _, err := n.DB.Exec(t.Context(), `UPDATE clients SET surname = id`, nil); err != nil { // each somebody else
			t.Fatal(err)
		}
	}
	add(0, 12)
	plan, planErr := pack.Make(pack.National, 2, "2099-06-30", 1, pack.Contents{Limits: pack.Limits{K: 8}, Registry: newPlan(t), From: 209909})
	own, ownErr := pack.Make(pack.OfficeName(7), 1, "2099-06-30", 1, pack.Contents{Mixed: []uint32{1}})
	for _, file := range [][]byte{signedBy(t, plan, planErr, 1, 2), signedBy(t, own, ownErr, 1, 2)} {
		if _, err := n.Gate.TakePack(t.Context(), actor.Node(), file); err != nil {
			t.Fatal(err)
		}
	}
	sees, walled := directorNamed(t, n, "sees"), directorNamed(t, n, "walled")
	if _, err := n.DB.Exec(t.Context(), `
INSERT INTO walls (id, case_id, person_id, reason, note, raised_by, raised_at) VALUES ('w', 'hid00', 'walled', 'related', '', 'sees', 0)`, nil); err != nil {
		t.Fatal(err)
	}
	const kept, would = "shown only to somebody who reads every case", "What it would have said from"
	shown := func(v *visitor, count, without int) string {
		t.Helper()
		a := v.get("/releases/rules")
		v.says(a, http.StatusOK, "A new plan waits for you", "Your own rules ask for something")
		if strings.Count(a.body, would) != count || strings.Count(a.body, kept) != without {
			t.Errorf("%d previews and %d are kept, want %d and %d", strings.Count(a.body, would), strings.Count(a.body, kept), count, without)
		}
		return numbered(a.body)
	}
	before, theirs := shown(sees, 2, 0), shown(walled, 0, 2)
	if !strings.Contains(before, ">12<") {
		t.Error("no preview says 12: the test is blind")
	}
	add(12, 13)
	if after := shown(sees, 2, 0); !strings.Contains(after, ">13<") {
		t.Error("the preview does not count what came")
	}
	if after := shown(walled, 0, 2); after != theirs {
		t.Error("the page tells somebody behind a wall that something came")
	}
	if _, err := n.DB.Exec(t.Context(), `DELETE FROM walls`, nil); err != nil {
		t.Fatal(err)
	}
	shown(walled, 2, 0)
}
