package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
)

// TestMain is a program of mdbtools when it is called by the name of one.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "mdb-schema", "mdb-export":
		os.Exit(tool(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// pretended is what stands in a file that the pretended programs read, behind the
// beginning of a file of Access: a database of our own, since nothing free writes one.
type pretended struct {
	MySQL, Postgres string
	Rows            map[string]string // what mdb-export prints, by table
	Times           int               // how often it prints that
	Exit            int
	Hang, Endless   bool
}

const mark = "\x00\x01\x00\x00Standard Jet DB\x00"

// tool does what the programs do, as far as they are asked here.
func tool(args []string) int {
	at := slices.Index(args, "--")
	if at < 0 || len(args) < at+3 || os.Getenv("PATH") != "" || os.Getenv("LC_ALL") != "C.UTF-8" {
		return 3
	}
	b, err := os.ReadFile(args[at+1])
	var p pretended
	if err != nil || json.Unmarshal(b[len(mark):], &p) != nil {
		return 1
	}
	if p.Hang {
		time.Sleep(time.Minute)
	}
	what := args[at+2]
	if filepath.Base(os.Args[0]) == "mdb-schema" {
		fmt.Print(map[string]string{"mysql": p.MySQL, "postgres": p.Postgres}[what])
		return p.Exit
	}
	rows, ok := p.Rows[what]
	if !ok || !slices.Contains(args[:at], "-H") || !slices.Contains(args[:at], "%F %T") {
		return 1
	}
	for p.Endless {
		if _, err := fmt.Print(`"` + strings.Repeat("Canary", 10000)); err != nil {
			return 1
		}
	}
	for i := range max(p.Times, 1) {
		fmt.Print(strings.ReplaceAll(rows, "#", fmt.Sprint(i)))
	}
	return p.Exit
}

// tools are the pretended programs, in a folder of their own.
func tools(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"mdb-schema", "mdb-export"} {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	return dir
}

func (p pretended) file(t testing.TB) string {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "-legacy clients.mdb")
	if err := os.WriteFile(path, append([]byte(mark), b...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func opener(t testing.TB, file, dir string) func() (adapters.Source, error) {
	t.Helper()
	b, err := json.Marshal(map[string]any{"type": "access", "file": file})
	if err != nil {
		t.Fatal(err)
	}
	return func() (adapters.Source, error) { return open(b, []string{dir}) }
}

func records(t testing.TB, open func() (adapters.Source, error), stream string) (all []adapters.Record, err error) {
	t.Helper()
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	err = src.Read(t.Context(), stream, "", func(r adapters.Record) error { all = append(all, r); return nil }, func(adapters.Cursor) error { return nil })
	return all, err
}

const (
	mysql    = "CREATE TABLE `tblClient`\n (\n\t`Client No`\t\t\tint, \n\t`Nombre, completo`\t\t\tvarchar (50), \n\t`DOB`\t\t\tdatetime, \n\t`Hora`\t\t\tdatetime, \n\t`Active`\t\t\tboolean, \n\t`Owed`\t\t\tfloat, \n\t`Notes`\t\t\ttext, \n\t`Photo`\t\t\ttext\n);\n\n-- CREATE INDEXES ...\nALTER TABLE `tblClient` ADD PRIMARY KEY (`Client No`);\n"
	postgres = "SET client_encoding = 'UTF-8';\nCREATE TABLE IF NOT EXISTS \"tblclient\"\n (\n\t\"client no\"\t\t\tINTEGER, \n\t\"nombre, completo\"\t\t\tVARCHAR (50), \n\t\"dob\"\t\t\tTIMESTAMP WITHOUT TIME ZONE, \n\t\"hora\"\t\t\tTIMESTAMP WITHOUT TIME ZONE, \n\t\"active\"\t\t\tBOOL, \n\t\"owed\"\t\t\tNUMERIC(15,2), \n\t\"notes\"\t\t\tTEXT, \n\t\"photo\"\t\t\tBYTEA\n);\nCOMMENT ON COLUMN \"tblclient\".\"dob\" IS 'Born';\n"
	row      = `#,"Canary ""la"" Muñoz","1980-01-02 00:00:00","1899-12-30 09:30:00",TRUE,1200.5000,"two` + "\n" + `lines, and a comma","151c0000255044462d312e34"` + "\n"
)

func good(times int) pretended {
	return pretended{MySQL: mysql, Postgres: postgres, Times: times, Rows: map[string]string{"tblClient": row}}
}

func TestTheSourceKeepsTheContract(t *testing.T) {
	dir := tools(t)
	hostile := map[string]func() (adapters.Source, error){}
	broken := good(3)
	broken.Rows = map[string]string{"tblClient": "1,2\n"}
	half := good(3)
	half.Rows = map[string]string{"tblClient": `1,"Canary`}
	fails := good(3)
	fails.Exit = 1
	nonsense := good(3)
	nonsense.MySQL, nonsense.Postgres = "Canary <html>", ""
	endless := good(1)
	endless.Endless = true
	for name, p := range map[string]pretended{"fewer cells": broken, "half a row": half, "a failing program": fails, "no schema": nonsense, "an endless row": endless} {
		hostile[name] = opener(t, p.file(t), dir)
	}
	hostile["another file"] = opener(t, filepath.Join(dir, "mdb-export"), dir)
	hostile["no file"] = opener(t, filepath.Join(dir, "nothing.mdb"), dir)
	adaptertest.Run(t, adaptertest.Harness{Open: opener(t, good(2500).file(t), dir), Canary: "Canary", Hostile: hostile, Patience: time.Minute})
}

func TestARowIsRead(t *testing.T) {
	open := opener(t, good(2).file(t), tools(t))
	all, err := records(t, open, "tblClient")
	if err != nil || len(all) != 2 {
		t.Fatalf("%d rows, %v", len(all), err)
	}
	r := all[1]
	for name, want := range map[string]adapters.Value{
		"Client No": {Raw: "1", Kind: adapters.Number}, "Nombre, completo": {Raw: `Canary "la" Muñoz`}, "DOB": {Raw: "1980-01-02", Kind: adapters.Date},
		"Hora": {Raw: "09:30:00"}, "Active": {Raw: "true", Kind: adapters.Bool}, "Owed": {Raw: "1200.5000", Kind: adapters.Number}, "Notes": {Raw: "two\nlines, and a comma"},
	} {
		if got := r.Value(name); got.Raw != want.Raw || got.Kind != want.Kind || got.Null {
			t.Errorf("%s is %q of kind %d, want %q", name, got.Raw, got.Kind, want.Raw)
		}
	}
	if r.Key != "1" || len(r.Problems) > 0 || len(r.Documents) != 1 {
		t.Fatalf("key %q, problems %v, %d documents", r.Key, r.Problems, len(r.Documents))
	}
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	in, err := src.Open(t.Context(), r.Documents[0].Blob)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(in); err != nil || string(b) != "%PDF-1.4" {
		t.Errorf("%q, %v", b, err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil || cat.Fingerprint == "" || cat.Streams[0].Fields[2].Label != "Born" || cat.Streams[0].Fields[2].Kind != adapters.Date {
		t.Errorf("%+v, %v", cat, err)
	}
}

func TestNothingAndImpossibleDays(t *testing.T) {
	p := good(1)
	p.Rows["tblClient"] = `7,,"0001-01-01 00:00:00",,FALSE,,"",` + "\n"
	all, err := records(t, opener(t, p.file(t), tools(t)), "tblClient")
	if err != nil || len(all) != 1 {
		t.Fatal(err)
	}
	r := all[0]
	if !r.Value("Nombre, completo").Null || r.Value("Active").Raw != "false" || len(r.Documents) != 0 || !slices.Equal(r.Problems, []adapters.Problem{{Code: adapters.DateImpossible, Column: "DOB"}}) {
		t.Errorf("%v, problems %v", r.Values, r.Problems)
	}
}

func TestWithoutTheProgramsThatIsSaid(t *testing.T) {
	src, err := opener(t, good(1).file(t), t.TempDir())()
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Check(t.Context()); !errors.Is(err, adapters.ErrAccessTools) {
		t.Errorf("%v, want ErrAccessTools", err)
	}
}

// The programs of mdbtools read a file that Access wrote.
func TestTheRealProgramsReadARealFile(t *testing.T) {
	file := filepath.Join("..", "..", "..", "shared", "fixtures", "sql-legacy", "ASampleDatabase.accdb")
	if _, err := os.Stat(file); err != nil {
		t.Skip("the database is not beside the repository")
	}
	if _, err := exec.LookPath("mdb-export"); err != nil {
		t.Fatal("mdbtools is missing; deploy/dev/install brings it: ", err)
	}
	open := opener(t, file, "/usr/bin")
	all, err := records(t, open, "Asset Items")
	if err != nil || len(all) != 65 {
		t.Fatalf("%d rows, %v", len(all), err)
	}
	r := all[0]
	if r.Key != "30050" || r.Value("Acquired").Raw != "1997-09-02" || r.Value("Acquired").Kind != adapters.Date || r.Value("Cost").Raw != "1995.5000" || !r.Value("Comments").Null {
		t.Errorf("%q %v", r.Key, r.Value("Acquired").Raw)
	}
	adaptertest.Run(t, adaptertest.Harness{Open: open})
}
