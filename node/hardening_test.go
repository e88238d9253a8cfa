package node

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/internal/web"
	"casehub/internal/web/webtest"
)

// reads returns the addresses that a person may ask for with GET, with the
// identifiers of what the node keeps put in.
func reads(t *testing.T, v *visitor, client, open string) []string {
	t.Helper()
	site, ok := v.pages.(interface{ Routes() []web.Route })
	if !ok {
		t.Fatal("the pages do not say their routes")
	}
	// {what} is one of the steps that people.Pages knows.
	paths := webtest.Addresses(t, site.Routes(), "id", "sequence", "position", "what", "set", "part", "group")
	for i, p := range paths {
		p = strings.ReplaceAll(p, "{$}", "")
		for prefix, known := range map[string]string{"/clients/{id}": client, "/cases/{id}": open} {
			p = strings.Replace(p, prefix, known, 1)
		}
		paths[i] = strings.NewReplacer("{id}", "1", "{sequence}", "1", "{set}", "1", "{part}", "today", "{group}", "1-1-1102").Replace(p)
	}
	return paths
}

// writes are the pages that write when they are asked for, and why that does no
// harm. A page that does so no longer has to leave the list.
var writes = map[string]string{
	"/account/authenticator": "a new secret is shown once and counts only when a code of it comes back; the cookie of the session stays behind when another site leads here",
}

// TestAskingChangesNothing asks for every page there is: a link that leads here
// from another site must not do anything.
func TestAskingChangesNothing(t *testing.T) {
	n, v := visit(t)
	client, open, _ := seeded(v)
	before, answered := stored(t, n), 0
	for _, path := range reads(t, v, client, open) {
		if got := v.get(path); got.status == 200 {
			answered++
		}
		now := stored(t, n)
		if wrote, may := now != before, writes[path] != ""; wrote != may {
			t.Errorf("GET %s: wrote into the database %v, which may be: %v", path, wrote, may)
		}
		before = now
	}
	if answered < 8 {
		t.Errorf("only %d pages answered", answered)
	}
	v.post(open+"/referrals", "destination", "3203", "referred_on", "2026-10-06")
	if stored(t, n) == before {
		t.Error("a form that saves is not seen to write")
	}
}

// stored is the database's files in one number.
func stored(t *testing.T, n *Node) [32]byte {
	t.Helper()
	sum := sha256.New()
	for _, name := range []string{"node.db", "node.db-wal"} {
		b, err := os.ReadFile(filepath.Join(n.config.Data, name))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(b)
	}
	return [32]byte(sum.Sum(nil))
}
