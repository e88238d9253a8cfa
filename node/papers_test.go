package node

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

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/cases"
	"casehub/node/imports"
)

// archive is a source with a case a row and two papers a case. The paper with the number
// breaks breaks off while it is read; 0 is none.
type archive struct{ breaks *int }

const archived = 6

func (a archive) Check(context.Context) error { return nil }

func (a archive) Discover(context.Context) (adapters.Catalog, error) {
	return adapters.Catalog{Fingerprint: "archive", Streams: []adapters.Stream{{Name: "rows", Records: archived}}}, nil
}

func (a archive) Read(_ context.Context, stream string, _ adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	header := adapters.NewHeader([]string{"name", "day"})
	for i := range archived {
		rec := adapters.Record{Stream: stream, Key: fmt.Sprint("r", i), Header: header, Loc: adapters.Locator{File: "archive", Row: int64(i + 1)}}
		rec.Values = []adapters.Value{{Raw: fmt.Sprint("Name", i)}, {Raw: "2026-09-01"}}
		for _, n := range []int{2 * i, 2*i + 1} {
			rec.Documents = append(rec.Documents, adapters.Document{Blob: adapters.Blob(fmt.Sprint(n)), Name: fmt.Sprintf("paper %d.pdf", n)})
		}
		rec.Seal()
		if err := record(rec); err != nil {
			return err
		}
	}
	return checkpoint("")
}

var errTorn = errors.New("the line broke")

func paper(n string) string {
	return "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + strings.Repeat("CANARY of paper "+n+"\n", 20000)
}

func (a archive) Open(_ context.Context, b adapters.Blob) (io.ReadCloser, error) {
	text := paper(string(b))
	if fmt.Sprint(*a.breaks) == string(b) {
		return io.NopCloser(io.MultiReader(strings.NewReader(text[:200000]), iotest.ErrReader(errTorn))), nil
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

const archiveMapping = `mapping: archive/1
instance: archive
source: {type: casebox}
defaults: {date_order: ymd}
limits: {batch: 2}
streams:
  client: {from: rows, to: client, key: "@key", fields: {surname: name}}
  case: {from: rows, to: case, key: "@key", fields: {client: {ref: client}, case_type: {const: 1102}, opened_on: day}}
  document: {from: rows/@documents, to: document, key: "@key", fields: {case: {ref: case}, name: name, blob: blob}}
`

// Papers of another system are kept in the vault: sealed on the disk, whole for who may
// read them, each once though a line broke while one was brought. Taking the run back
// leaves none.
func TestImportedPapersLieInTheVault(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, Config{Data: dir})
	m, err := imports.ParseMapping([]byte(archiveMapping), codelist.National())
	if err != nil {
		t.Fatal(err)
	}
	broken := 7
	src := archive{&broken}
	svc := imports.NewService(n.DB, codelist.National(), n.Access, october)
	if _, err := svc.Run(t.Context(), actor.Node(), m, src, imports.Options{}); !errors.Is(err, imports.ErrDocuments) {
		t.Errorf("without a place for papers: %v", err)
	}
	who, options := boss(t, n), imports.Options{Documents: n.Documents}
	if _, err := svc.Run(t.Context(), actor.Actor{Kind: actor.Import, ID: who.ID}, m, src, options); err == nil {
		t.Fatal("a paper that breaks off is taken for a whole one")
	}
	broken = -1
	r, err := svc.Run(t.Context(), actor.Actor{Kind: actor.Import, ID: who.ID}, m, src, options)
	if err != nil || r.Stream("document").Created != 2*archived {
		t.Fatalf("%v %+v", err, r.Streams)
	}
	ids := func(query string, args sqlite.Args) []string {
		rows, err := n.DB.Query(t.Context(), query, args)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var all []string
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
		return all
	}
	var read []string
	for _, id := range ids(`SELECT id FROM cases`, nil) {
		all, withheld, err := n.Documents.OfCase(t.Context(), who, cases.ID(id))
		if err != nil || withheld || len(all) != 2 {
			t.Fatalf("%d papers of a case, %v", len(all), err)
		}
		for _, d := range all {
			_, content, err := n.Documents.Open(t.Context(), who, d.ID)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(content)
			if err = errors.Join(err, content.Close()); err != nil {
				t.Fatal(err)
			}
			number := strings.TrimSuffix(strings.TrimPrefix(d.Name, "paper "), ".pdf")
			if string(b) != paper(number) || d.Type != "application/pdf" || d.Size != int64(len(b)) {
				t.Errorf("%s is another: %d bytes of %s", d.Name, len(b), d.Type)
			}
			read = append(read, number)
		}
	}
	slices.Sort(read)
	if len(slices.Compact(read)) != 2*archived {
		t.Errorf("papers %v", read)
	}
	if err := n.Documents.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	files := paperFiles(t, dir)
	if len(files) != 2*archived {
		t.Errorf("%d files on the disk, want %d", len(files), 2*archived)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil || bytes.Contains(b, []byte("CANARY")) || bytes.Contains(b, []byte("%PDF")) {
			t.Errorf("a paper stands in the clear, %v", err)
		}
	}
	last := r.Run
	if _, err := svc.Undo(t.Context(), actor.Node(), last); err != nil {
		t.Fatal(err)
	}
	if err := n.Documents.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := paperFiles(t, dir); len(left) != 0 {
		t.Errorf("%d files are left of a run that was taken back", len(left))
	}
}

// paperFiles lists the files of papers in a node's folder.
func paperFiles(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(filepath.Join(dir, "files"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
