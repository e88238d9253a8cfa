package node

import (
	"net/http"
	"regexp"
	"testing"

	"casehub/internal/actor"
	"casehub/node/egress"
)

// TestADraftIsLookedAtOnItsPage: the numbers and what is held back, in both
// languages; one person checks it, and the page of a one-person office leads to
// somebody from afar.
func TestADraftIsLookedAtOnItsPage(t *testing.T) {
	n, v := office(t)
	v.says(v.get("/releases"), http.StatusOK, "Next: September 2026", "Make the draft now")
	if _, err := n.Gate.Make(t.Context(), actor.Node(), egress.Wanted{Period: 202609}); err != nil {
		t.Fatal(err)
	}
	v.says(v.get("/releases"), http.StatusOK, "Draft for September 2026", `href="/drafts/1"`)
	a := v.get("/drafts/1")
	v.says(a, http.StatusOK, "What would leave", "No number would leave", "Held back in this office", "I looked: this may leave")
	v.says(v.get("/drafts/1?lang=es"), http.StatusOK, "Lo que saldría", "Lo revisé: puede salir")
	v.get("/drafts/1?lang=en")
	digest := regexp.MustCompile(`name="digest" value="([0-9a-f]{64})"`).FindStringSubmatch(a.body)
	if digest == nil {
		t.Fatal("the form has no digest")
	}
	v.token = regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(a.body)[1]
	v.post("/drafts/1/check", "digest", digest[1])
	v.says(v.get("/drafts/1"), http.StatusOK, "checked, to be approved", "Approval from afar", "Nobody is enrolled who could approve from afar", "Hand the file out")
	v.says(v.post("/drafts/1/approve", "digest", digest[1]), http.StatusForbidden)
	v.says(v.get("/drafts/1/file"), http.StatusConflict)
	v.says(v.post("/drafts/1/code", "digest", digest[1], "code", "none"), http.StatusUnprocessableEntity, "This code is not one of your remote approvers")
	v.says(v.get("/approvers"), http.StatusOK, "Nobody is enrolled", "Enrol somebody", `<span class="nowrap">casehub-node</span> approve key`)
	v.says(v.post("/approvers", "name", "R. Afar", "reason", "", "key", "x"), http.StatusUnprocessableEntity, "Say why")
	v.post("/approvers", "name", "R. Afar", "reason", "chair of the board", "key", digest[1])
	v.says(v.get("/approvers"), http.StatusOK, "R. Afar", "may approve from 22 October 2026", "chair of the board")
	v.says(v.get("/drafts/1"), http.StatusOK, "R. Afar")
	v.post("/drafts/1/hand-out", "digest", digest[1])
	v.says(v.get("/drafts/1"), http.StatusOK, "This was handed out", "Download the file to send", "Code of the remote approver", "Put it back to be checked again, as it is")
	v.says(v.get("/drafts/1?lang=es"), http.StatusOK, "Esto se entregó", "Devolverlo para revisarlo otra vez")
	v.get("/drafts/1?lang=en")
	v.says(v.get("/drafts/1/file"), http.StatusOK)
	v.post("/drafts/1/again")
	v.says(v.get("/drafts/1"), http.StatusOK, "Put back to be looked at again", "This was handed out")
	v.post("/drafts/1/discard")
	v.says(v.get("/drafts/1"), http.StatusOK, "discarded")
}
