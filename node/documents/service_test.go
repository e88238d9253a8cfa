package documents_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/privacytest"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/documents"
	"casehub/node/migrations"
	"casehub/node/vault"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const pdf = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\ncanary-in-the-paper\n"

// bench is an office with one case and the documents of its node.
type bench struct {
	*documents.Service
	db       *sqlite.DB
	gate     *access.Gate
	director actor.Actor
	files    *vault.Files
	dir      string
	caseID   cases.ID
}

func office(t testing.TB) *bench {
	t.Helper()
	b := &bench{db: sqlitetest.Open(t, migrations.FS), dir: t.TempDir(), caseID: "case-a"}
	now := func() time.Time { return noon }
	b.gate, b.director = accesstest.OpenAt(t, b.db, now)
	v, _, err := vault.Create(t.Context(), filepath.Join(b.dir, "vault.json"), vault.Params{MemoryKiB: 64, Passes: 1, Lanes: 1}, vault.AllowWeak())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := v.OpenCaseKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	if b.files, err = vault.OpenFiles(filepath.Join(b.dir, "files"), keys); err != nil {
		t.Fatal(err)
	}
	b.Service = documents.NewService(b.db, b.gate, b.files, now)
	accesstest.Office(t, b.db, "north", "")
	b.file(t, "case-a", 1101)
	b.file(t, "case-b", 1401)
	return b
}

// file opens a case in the north office.
func (b *bench) file(t testing.TB, id string, caseType int) {
	t.Helper()
	for _, statement := range []string{
		`INSERT INTO clients (id, reference, office_id, created_at, updated_at) VALUES ('k-' || @id, 'K-' || upper(@id), 'north', 0, 0)`,
		`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, office_id, created_at, updated_at)
VALUES (@id, 'C-' || upper(@id), 'k-' || @id, @type, 'open', '2026-03-01', 'north', 0, 0)`,
	} {
		args := sqlite.Args{"id": id}
		if strings.Contains(statement, "@type") {
			args["type"] = caseType
		}
		if _, err := b.db.Exec(t.Context(), statement, args); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *bench) add(t testing.TB, name, content string) documents.Document {
	t.Helper()
	d, err := b.Add(t.Context(), b.director, b.caseID, name, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (b *bench) content(t testing.TB, id documents.ID) (string, error) {
	t.Helper()
	_, r, err := b.Open(t.Context(), b.director, id)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}

// onDisk returns the files of documents that lie on the disk.
func (b *bench) onDisk(t testing.TB) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(filepath.Join(b.dir, "files"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func (b *bench) actions(t testing.TB, within string) []string {
	t.Helper()
	rows, err := b.db.Query(t.Context(), `SELECT action FROM audit WHERE within = @w ORDER BY seq`, sqlite.Args{"w": within})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var a string
		if err := rows.Scan(&a); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	if _, err := audit.Verify(t.Context(), b.db); err != nil {
		t.Error(err)
	}
	return all
}

func TestADocumentComesBackAsItWas(t *testing.T) {
	b := office(t)
	big := pdf + strings.Repeat("0123456789abcdef", 20_000)
	d := b.add(t, "Letter of dismissal.pdf", big)
	if got, err := b.content(t, d.ID); err != nil || got != big {
		t.Errorf("%d bytes came back of %d, %v", len(got), len(big), err)
	}
	if d.Type != "application/pdf" || d.Size != int64(len(big)) || d.AddedBy != b.director.ID || !d.AddedAt.Equal(noon) {
		t.Errorf("kept as %s, %d bytes, by %s at %s", d.Type, d.Size, d.AddedBy, d.AddedAt)
	}
	stored, err := b.ByID(t.Context(), b.director, d.ID)
	if diff := cmp.Diff(d, stored); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got := b.actions(t, "case-a"); !slices.Equal(got, []string{"document.added"}) {
		t.Errorf("the audit says %v", got)
	}
}

// Neither the content nor the name of a document is on the disk in the clear.
func TestNothingOfADocumentIsOnTheDisk(t *testing.T) {
	b := office(t)
	b.add(t, "canary-of-a-name.pdf", pdf)
	found := b.onDisk(t)
	if len(found) != 1 {
		t.Fatalf("%d files", len(found))
	}
	for _, path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("canary")) || bytes.Contains(text, []byte("PDF")) || strings.Contains(path, "canary") {
			t.Errorf("%s shows what it holds", filepath.Base(path))
		}
	}
	privacytest.Hides(t, documents.Document{ID: "0190-id", Name: "canary-of-a-name.pdf"}, "0190-id", "canary-of-a-name")
}

// What a file is follows from its bytes, whatever it is called.
func TestTheKindIsToldByTheBytes(t *testing.T) {
	b := office(t)
	for name, c := range map[string]struct{ content, want string }{
		"letter.pdf": {"<!DOCTYPE html><script>alert(1)</script>", "text/html; charset=utf-8"},
		"a.html":     {pdf, "application/pdf"},
		"scan":       {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"},
		"note.txt":   {"buenos días", "text/plain; charset=utf-8"},
		"strange":    {"\x00\x01\x02\x03", "application/octet-stream"},
	} {
		if d := b.add(t, name, c.content); d.Type != c.want {
			t.Errorf("%s is %s, want %s", name, d.Type, c.want)
		}
	}
}

// An upload that fails at any moment leaves no file, no row and no entry.
func TestAnUploadThatFailsLeavesNothing(t *testing.T) {
	b := office(t)
	ended, cancel := context.WithCancel(t.Context())
	failed := errors.New("the line broke")
	breaks := func(after int, also func()) io.Reader {
		return io.MultiReader(strings.NewReader(strings.Repeat("x", after)), iotest.ErrReader(failed), readerFunc(func([]byte) (int, error) { also(); return 0, failed }))
	}
	shut := io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), readerFunc(func([]byte) (int, error) {
		b.wall(t, "case-a", b.director.ID)
		return 0, io.EOF
	}))
	for name, c := range map[string]struct {
		ctx     context.Context
		name    string
		content io.Reader
		want    error
	}{
		"at once":         {t.Context(), "a.pdf", iotest.ErrReader(failed), failed},
		"in the header":   {t.Context(), "a.pdf", breaks(100, cancel), failed},
		"in the middle":   {t.Context(), "a.pdf", breaks(300_000, cancel), failed},
		"empty":           {t.Context(), "a.pdf", strings.NewReader(""), documents.ErrEmpty},
		"without a name":  {t.Context(), " ", strings.NewReader(pdf), nil},
		"request ended":   {ended, "a.pdf", readerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil }), context.Canceled},
		"shut out midway": {t.Context(), "a.pdf", shut, access.ErrNoCase},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.Add(c.ctx, b.director, b.caseID, c.name, c.content)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if left := b.onDisk(t); len(left) != 0 {
				t.Errorf("%d files are left", len(left))
			}
			if n := b.count(t, `SELECT (SELECT count(*) FROM documents) + (SELECT count(*) FROM document_leftovers)`); n != 0 {
				t.Errorf("%d rows are left", n)
			}
		})
		if _, err := b.db.Exec(t.Context(), `DELETE FROM walls`, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.actions(t, "case-a"); len(got) != 0 {
		t.Errorf("the audit says %v", got)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func (b *bench) count(t testing.TB, query string) (n int) {
	t.Helper()
	if err := b.db.QueryRow(t.Context(), query, nil).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (b *bench) wall(t testing.TB, caseID, person string) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), `
INSERT INTO walls (id, case_id, person_id, reason, raised_by, raised_at) VALUES ('w', @case, @person, 'conflict', 'x', 0)`,
		sqlite.Args{"case": caseID, "person": person})
	if err != nil {
		t.Fatal(err)
	}
}

// crashing files end the program at one of the steps of an upload or a removal.
type crashing struct {
	documents.Files
	write, remove bool
}

var errCrash = errors.New("the program was killed")

func (c crashing) WriteAs(ctx context.Context, caseID string, id vault.FileID, r io.Reader) (int64, [32]byte, error) {
	n, sum, err := c.Files.WriteAs(ctx, caseID, id, r)
	if c.write {
		return n, sum, errCrash
	}
	return n, sum, err
}

func (c crashing) Remove(id vault.FileID) error {
	if c.remove || c.write {
		return errCrash
	}
	return c.Files.Remove(id)
}

// What a crash leaves of an upload or of a removal is gone after the next start,
// and nothing else is.
func TestAStartTakesAwayWhatACrashLeft(t *testing.T) {
	b := office(t)
	kept, gone := b.add(t, "kept.pdf", pdf), b.add(t, "gone.pdf", pdf)
	now := func() time.Time { return noon }
	dies := documents.NewService(b.db, b.gate, crashing{Files: b.files, write: true}, now)
	if _, err := dies.Add(t.Context(), b.director, b.caseID, "a.pdf", strings.NewReader(pdf)); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	dies = documents.NewService(b.db, b.gate, crashing{Files: b.files, remove: true}, now)
	if _, err := dies.Remove(t.Context(), b.director, gone.ID); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	if n := len(b.onDisk(t)); n != 3 {
		t.Fatalf("the crash left %d files, want 3", n)
	}
	for range 2 {
		if err := b.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(b.onDisk(t)); n != 1 {
			t.Errorf("%d files after a start, want 1", n)
		}
	}
	if got, err := b.content(t, kept.ID); err != nil || got != pdf {
		t.Errorf("the other document: %v", err)
	}
	if _, err := b.ByID(t.Context(), b.director, gone.ID); !errors.Is(err, documents.ErrNotFound) {
		t.Errorf("the removed one: %v", err)
	}
}

// A file that is gone or damaged is named by the reference of its document, and
// the others can be read.
func TestAMissingFileIsNamedAndAffectsNoOther(t *testing.T) {
	b := office(t)
	var all []documents.Document
	for i := range 3 {
		all = append(all, b.add(t, fmt.Sprint(i, ".pdf"), pdf+strings.Repeat("x", 200_000)))
	}
	for _, path := range b.onDisk(t) {
		switch filepath.Base(path) {
		case string(all[0].File):
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		case string(all[1].File):
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text[300] ^= 1
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err := b.content(t, all[0].ID)
	if !errors.Is(err, documents.ErrNoContent) || errs.As(err).Args()["reference"] != all[0].ID.Reference() {
		t.Errorf("a missing file: %v", err)
	}
	if _, err = b.content(t, all[1].ID); err == nil {
		t.Error("a damaged file was read")
	}
	if _, err := b.content(t, all[2].ID); err != nil {
		t.Errorf("the file beside them: %v", err)
	}
}

func TestRenamingKeepsTheEndingAndTheFirstSave(t *testing.T) {
	b := office(t)
	d := b.add(t, "scan.pdf", pdf)
	if err := b.Rename(t.Context(), b.director, d.ID, 1, "Letter of 3.4.2026"); err != nil {
		t.Fatal(err)
	}
	got, err := b.ByID(t.Context(), b.director, d.ID)
	if err != nil || got.Name != "Letter of 3.4.2026.pdf" || got.Version != 2 {
		t.Errorf("%q version %d, %v", got.Name, got.Version, err)
	}
	if err := b.Rename(t.Context(), b.director, d.ID, 1, "other"); !errors.Is(err, documents.ErrChanged) {
		t.Errorf("a second save of the same version: %v", err)
	}
	for _, name := range []string{"", "a\nb", strings.Repeat("x", 201)} {
		if err := b.Rename(t.Context(), b.director, d.ID, 2, name); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%.10q: %v", name, err)
		}
	}
}

// Every operation asks the gate: whoever is walled, sits elsewhere or may not
// read what a case is about gets no document, and cannot tell that it is there.
func TestDocumentsAreBehindTheGate(t *testing.T) {
	b := office(t)
	d := b.add(t, "a.pdf", pdf)
	accesstest.Office(t, b.db, "south", "")
	who := func(id, role, office string) actor.Actor {
		a := accesstest.Hire(t, b.db, id, office)
		accesstest.Appoint(t, b.db, id, role, "")
		return a
	}
	walled := who("walled", "director", "north")
	b.wall(t, "case-a", walled.ID)
	for name, c := range map[string]struct {
		who         actor.Actor
		reads, adds bool
	}{
		"supervisor of the office": {who("sam", "supervisor", "north"), true, true},
		"supervisor elsewhere":     {who("sue", "supervisor", "south"), false, false},
		"paralegal of no case":     {who("pat", "paralegal", "north"), false, false},
		"walled director":          {walled, false, false},
		"nobody":                   {actor.Actor{Kind: actor.Person, ID: "nobody"}, false, false},
	} {
		_, err := b.ByID(t.Context(), c.who, d.ID)
		if (err == nil) != c.reads || err != nil && !errors.Is(err, documents.ErrNotFound) {
			t.Errorf("%s reads: %v", name, err)
		}
		_, _, err = b.Open(t.Context(), c.who, d.ID)
		if (err == nil) != c.reads {
			t.Errorf("%s opens: %v", name, err)
		}
		if _, err = b.Add(t.Context(), c.who, b.caseID, "b.pdf", strings.NewReader(pdf)); (err == nil) != c.adds {
			t.Errorf("%s adds: %v", name, err)
		}
		if !c.adds {
			if err := b.Rename(t.Context(), c.who, d.ID, 1, "b"); err == nil {
				t.Errorf("%s renames", name)
			}
			if _, err := b.Remove(t.Context(), c.who, d.ID); err == nil {
				t.Errorf("%s removes", name)
			}
		}
		if all, withheld, err := b.OfCase(t.Context(), c.who, b.caseID); err != nil || withheld == c.reads || !c.reads && len(all) > 0 {
			t.Errorf("%s lists %d, withheld %v, %v", name, len(all), withheld, err)
		}
	}
}

// Opening a document of a sensitive case is recorded, of any other not.
func TestOpeningADocumentOfAWatchedCaseIsRecorded(t *testing.T) {
	b := office(t)
	for _, c := range []struct {
		id   cases.ID
		want []string
	}{{"case-a", []string{"document.added"}}, {"case-b", []string{"document.added", "document.read"}}} {
		b.caseID = c.id
		d := b.add(t, "a.pdf", pdf)
		if _, err := b.content(t, d.ID); err != nil {
			t.Fatal(err)
		}
		if got := b.actions(t, string(c.id)); !slices.Equal(got, c.want) {
			t.Errorf("%s: the audit says %v", c.id, got)
		}
	}
}

func TestErasingACaseRemovesItsDocuments(t *testing.T) {
	b := office(t)
	b.add(t, "a.pdf", pdf)
	b.caseID = "case-b"
	kept := b.add(t, "b.pdf", pdf)
	var files []vault.FileID
	err := b.db.Tx(t.Context(), func(tx *sqlite.Tx) (err error) {
		files, err = documents.EraseCase(t.Context(), tx, "case-a")
		return err
	})
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if err := b.Discard(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	if left := b.onDisk(t); len(left) != 1 || filepath.Base(left[0]) != string(kept.File) {
		t.Errorf("%d files are left", len(left))
	}
}
