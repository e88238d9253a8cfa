package node

import (
	"errors"
	"io"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
)

// A file that somebody brought is opened for nobody else, whatever their mapping says.
func TestABroughtFileIsOpenedForItsOwnerAlone(t *testing.T) {
	n, v := importing(t)
	draft := strings.TrimPrefix(prepared(t, v), "/imports/drafts/")
	m, err := imports.ParseMapping([]byte(v.get("/imports/drafts/"+draft+"/yaml").body), codelist.National())
	if err != nil {
		t.Fatal(err)
	}
	var owner string
	if err := n.DB.QueryRow(t.Context(), `SELECT owner FROM import_drafts`, nil).Scan(&owner); err != nil {
		t.Fatal(err)
	}
	src, err := n.Wizard.Source(t.Context(), actor.Actor{Kind: actor.Import, ID: owner}, m, draft)
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := src.(io.Closer); ok {
		_ = c.Close()
	}
	other := accesstest.Hire(t, n.DB, "another", "")
	accesstest.Appoint(t, n.DB, "another", "director", "")
	for _, who := range []actor.Actor{other, {Kind: actor.Import, ID: other.ID}, {}} {
		if _, err := n.Wizard.Source(t.Context(), who, m, draft); !errors.Is(err, imports.ErrNoOriginal) {
			t.Errorf("opened for %v: %v", who.Kind, err)
		}
	}
}
