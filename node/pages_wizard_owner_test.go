package node

import (
	"errors"
	"io"
	"net/http"
	"slices"
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

// A window that shows an older draft begins nothing that its draft does not know.
func TestAStaleWindowBeginsNothing(t *testing.T) {
	n, v := importing(t)
	draft := prepared(t, v)
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
	v.settled(draft + "/try")
	stale := versionOf(t, v, draft)
	w := walker{v, n, nil}
	w.sets(`UPDATE import_drafts SET version = version + 1`)
	jobs := v.counted(n, "import_jobs")
	for _, what := range []string{"import", "dry"} {
		v.says(v.post(draft+"/try", "version", stale, "go", what, "accept", "yes"), http.StatusConflict, "Somebody saved this import meanwhile")
	}
	if got := v.counted(n, "import_jobs"); got != jobs {
		t.Errorf("%d imports began", got-jobs)
	}
}

// A draft that is thrown away while the program dies has lost its key first: the file is
// read by nobody, and the draft can be thrown away again.
func TestADraftLosesItsKeyBeforeItsRow(t *testing.T) {
	n, v := importing(t)
	path := prepared(t, v)
	draft := strings.TrimPrefix(path, "/imports/drafts/")
	m, err := imports.ParseMapping([]byte(v.get(path+"/yaml").body), codelist.National())
	if err != nil {
		t.Fatal(err)
	}
	w := walker{v, n, nil}
	w.sets(`CREATE TRIGGER died BEFORE DELETE ON import_drafts BEGIN SELECT raise(ABORT, 'the program died'); END`)
	var owner string
	if err := n.DB.QueryRow(t.Context(), `SELECT owner FROM import_drafts`, nil).Scan(&owner); err != nil {
		t.Fatal(err)
	}
	who := actor.Actor{Kind: actor.Person, ID: owner}
	if err := n.Wizard.Discard(t.Context(), who, draft); err == nil {
		t.Fatal("it was thrown away")
	}
	src, err := n.Wizard.Source(t.Context(), who, m, draft)
	if err == nil {
		err = src.Check(t.Context())
	}
	if !errors.Is(err, imports.ErrUploadGone) {
		t.Errorf("the file can be read: %v", err)
	}
	w.sets(`DROP TRIGGER died`)
	if err := n.Wizard.Discard(t.Context(), who, draft); err != nil {
		t.Error(err)
	}
	v.says(v.get(path+"/try"), http.StatusNotFound)
}

// A program that died between a file and its draft leaves a key that belongs to nothing.
func TestKeysOfNoDraftAreDestroyed(t *testing.T) {
	n, v := importing(t)
	path := prepared(t, v)
	for _, name := range []string{"import-draft:ghost", "a case"} {
		if _, err := n.keys.Key(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Wizard.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	names, err := n.keys.Names(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a case", "import-draft:" + strings.TrimPrefix(path, "/imports/drafts/")}; !slices.Equal(names, want) {
		t.Errorf("keys of %q are left", names)
	}
	v.says(v.get(path+"/preview"), http.StatusOK, "Ñahui")
}
