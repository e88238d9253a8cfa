package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/node/vault"
)

// TestALeaversKeyFileIsNoticed puts the key file of before somebody left back into
// the folder of a closed node, and the leaver opens it: they do not come in, their
// slot is gone from then on, and the director reads of it on the first page.
func TestALeaversKeyFileIsNoticed(t *testing.T) {
	h := buildHouse(t)
	path := filepath.Join(h.dir, "data", vaultName)
	h.open(t, func(*Node, actor.Actor) {})
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h.open(t, func(n *Node, who actor.Actor) {
		all, err := n.People.People(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.Login != "t.dube" {
				continue
			}
			if err := n.People.Leave(t.Context(), who, p.ID); err != nil {
				t.Fatal(err)
			}
		}
	})
	comesIn := func() error {
		n, _, err := OpenAs(t.Context(), houseConfig(h.dir), "t.dube", h.theirs, quiet(), october)
		if err == nil {
			t.Fatal("somebody who left came in")
		}
		_ = n
		return err
	}
	if err := comesIn(); !errors.Is(err, vault.ErrWrongSecret) {
		t.Fatalf("after leaving: %v, want ErrWrongSecret", err)
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := comesIn(); errors.Is(err, vault.ErrWrongSecret) {
		t.Fatal("the test puts nothing back")
	}
	if err := comesIn(); !errors.Is(err, vault.ErrWrongSecret) {
		t.Errorf("a second time: %v, want that the slot is gone", err)
	}
	h.open(t, func(n *Node, who actor.Actor) {
		st, err := n.Keys.State(t.Context(), who)
		if err != nil || st.PutBackAt.IsZero() {
			t.Errorf("state %+v, %v", st, err)
		}
		if all := entries(t, n); !strings.Contains(strings.Join(all, "\n"), "organisation.keys-put-back") {
			t.Error("the audit does not say it")
		}
		site, err := n.site()
		if err != nil {
			t.Fatal(err)
		}
		v := &visitor{t: t, pages: as(t, n, site, who.ID), cookies: map[string]string{}}
		if a := v.get("/"); !strings.Contains(a.body, "keys-told") {
			t.Errorf("the first page (%d) does not tell of it", a.status)
		}
		if a := v.get("/keys"); !strings.Contains(a.body, `action="/keys/put-back"`) {
			t.Errorf("the page of keys (%d) does not tell of it", a.status)
		}
	})
}
