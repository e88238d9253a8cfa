package archive_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/archive"
	"casehub/adapters/spreadsheet/booktest"
)

func TestNamesThatPointOutsideAreRefused(t *testing.T) {
	for name, ok := range map[string]bool{
		"a.csv": true, "folder/a.csv": true, "folder\\a.csv": true, "../a.csv": false, "folder/../../a.csv": false, "/etc/a.csv": false, "C:\\a.csv": false, "a.csv\x00.png": false, "b.csv": false,
	} {
		content := booktest.Zip(t, [2]string{"b.csv", "x"}, [2]string{"folder/", ""}, [2]string{name, "x"})
		z, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
		if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
			t.Fatal(err)
		}
		all, err := archive.SafeFiles(z)
		if ok && (err != nil || len(all) != 2) || !ok && !errors.Is(err, adapters.ErrUnsafeName) {
			t.Errorf("%q: %d files, %v", name, len(all), err)
		}
	}
}

func packed(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIsPackedIsRead(t *testing.T) {
	for name, content := range map[string]string{"plain": "a,b", "packed": packed(t, "a,b")} {
		r, err := archive.Unpack(booktest.File(t, content))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); string(b) != "a,b" || err != nil || r.Close() != nil {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if _, err := archive.Unpack(booktest.File(t, "\x1f\x8b and nothing")); !errors.Is(err, adapters.ErrUnreadable) {
		t.Errorf("damaged: %v", err)
	}
	r, err := archive.Unpack(booktest.File(t, packed(t, strings.Repeat("a,b\n", 10<<20))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, adapters.ErrBomb) {
		t.Errorf("what grows out of all proportion: %v", err)
	}
}

func TestMembersAreFoundByName(t *testing.T) {
	at := place.Bytes("a.zip", []byte(booktest.Zip(t, [2]string{"Folder\\A.csv", "a,b"})))
	r, err := archive.Member(at, "Folder\\A.csv")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); string(b) != "a,b" || err != nil || r.Close() != nil {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := archive.Member(at, "other"); !errors.Is(err, adapters.ErrUnreadable) {
		t.Errorf("a file that is not there: %v", err)
	}
	f, err := at.Open()
	if err != nil {
		t.Fatal(err)
	}
	k, err := archive.OpenPack(f, "XLSX")
	if err != nil {
		t.Fatal(err)
	}
	if !k.Has("folder/a.CSV") || k.Has("other") {
		t.Error("a file is found that is not there, or not the one that is")
	}
	if _, err := k.Open("other"); !errors.Is(err, adapters.ErrUnreadable) {
		t.Errorf("a file that is not there: %v", err)
	}
}
