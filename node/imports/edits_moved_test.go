package imports_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"casehub/node/access/accesstest"
	"casehub/node/imports"
)

// revisionOf returns the revision of a held row.
func revisionOf(t *testing.T, s *imports.Service, run int64, mark string) string {
	t.Helper()
	var revision string
	if _, err := s.Edits(t.Context(), accesstest.Director, run, func(r imports.EditRow) error {
		if r.Mark == mark {
			revision = r.Revision
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return revision
}

// Two people mend one row. The second to save is told what the first saved, keeps what
// they typed, and loses nobody's text by it; once they have seen it, theirs counts.
func TestTwoWhoMendOneRowLoseNothing(t *testing.T) {
	m := newMending(t)
	save := func(revision string, texts ...string) (imports.EditRow, error) {
		typed := map[string]string{"/Name": "Sample", "/Matter": "wage", "/In": "31/02/2024", "/Note": "=1+1"}
		for i := 0; i < len(texts); i += 2 {
			typed[texts[i]] = texts[i+1]
		}
		return m.svc.SaveEdits(t.Context(), accesstest.Director, 1, "4", revision, typed)
	}
	cells := func(r imports.EditRow) string {
		var all []string
		for _, c := range r.Cells {
			text := c.Text
			if c.Moved {
				text += " <> " + c.Theirs
			}
			all = append(all, text)
		}
		return strings.Join(all, ", ")
	}
	seen := revisionOf(t, m.svc, 1, "4")
	first, err := save(seen, "/In", "28/02/2024", "/Matter", "wages")
	if err != nil || first.Revision == seen || first.Revision != revisionOf(t, m.svc, 1, "4") {
		t.Fatalf("the first save: %v, revision %q after %q", err, first.Revision, seen)
	}
	audited := count(t, m.db, `SELECT count(*) FROM audit WHERE action = 'import.mended'`)
	second, err := save(seen, "/In", "29/02/2024", "/Note", "mine")
	if !errors.Is(err, imports.ErrMoved) {
		t.Fatalf("a stale save: %v, want ErrMoved", err)
	}
	if got, want := cells(second), "Sample, wages, 29/02/2024 <> 28/02/2024, mine"; got != want || second.Revision != first.Revision {
		t.Errorf("a stale save shows %s, want %s", got, want)
	}
	if got := cells(editsOf(t, m.svc, accesstest.Director, 1)[0]); got != "Sample, wages, 28/02/2024, =1+1" || count(t, m.db, `SELECT count(*) FROM audit WHERE action = 'import.mended'`) != audited {
		t.Errorf("a stale save left %s", got)
	}
	if _, err := save(seen, "/In", "28/02/2024", "/Matter", "wages"); err != nil {
		t.Errorf("what stands there already: %v", err)
	}
	if last, err := save(second.Revision, "/In", "29/02/2024", "/Matter", "wages", "/Note", "mine"); err != nil || cells(last) != "Sample, wages, 29/02/2024, mine" {
		t.Errorf("who has seen it: %s %v", cells(last), err)
	}
}

// A file of held rows knows what stood there when it was made: what somebody typed since
// stays, and it is told how many rows that are.
func TestAFileThatIsOlderThanAnEditTakesNothingBack(t *testing.T) {
	m := newMending(t)
	m.save("4", "/In", "28/02/2024")
	file := func() string {
		var b bytes.Buffer
		table := imports.NewHeldCSV(&b, func(key string) string { return key })
		if _, err := m.svc.Edits(t.Context(), accesstest.Director, 1, func(r imports.EditRow) error { return table.Add(r.Held()) }); err != nil {
			t.Fatal(err)
		}
		if err := table.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	take := func(text string) imports.TableTaken {
		src, err := imports.OpenTable(t.Context(), openHere, "held.csv", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		taken, err := m.svc.TakeTable(t.Context(), accesstest.Director, 1, src)
		if err != nil {
			t.Fatal(err)
		}
		return taken
	}
	old := strings.Replace(file(), "28/02/2024", "27/02/2024", 1)
	m.save("4", "/In", "26/02/2024")
	if got := take(old); got != (imports.TableTaken{Taken: 1, Moved: 1}) {
		t.Errorf("an older file: %+v", got)
	}
	if rows := editsOf(t, m.svc, accesstest.Director, 1); rows[0].Cells[2].Text != "26/02/2024" {
		t.Errorf("an older file left %q", rows[0].Cells[2].Text)
	}
	if got := take(strings.Replace(file(), "26/02/2024", "25/02/2024", 1)); got != (imports.TableTaken{Taken: 2}) {
		t.Errorf("a file of now: %+v", got)
	}
	if rows := editsOf(t, m.svc, accesstest.Director, 1); rows[0].Cells[2].Text != "25/02/2024" {
		t.Errorf("a file of now left %q", rows[0].Cells[2].Text)
	}
}
