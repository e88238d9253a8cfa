package place_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"casehub/adapters"
	"casehub/adapters/place"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFileReadsAlikeWhereverItLies(t *testing.T) {
	const text = "name;note\nx;1\n"
	for _, p := range []place.Place{place.On(write(t, "register.csv", text)), place.Bytes(`C:\office\register.csv`, []byte(text))} {
		if p.Name() != "register.csv" || p.Nowhere() || p.Pattern() {
			t.Errorf("%q is nowhere or a pattern", p.Name())
		}
		f, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		if f.Size() != int64(len(text)) {
			t.Errorf("size %d, want %d", f.Size(), len(text))
		}
		if err := errors.Join(iotest.TestReader(f, []byte(text)), f.Close()); err != nil {
			t.Error(err)
		}
		if folder, err := p.Folder(); folder || err != nil {
			t.Errorf("a file is a folder: %v, %v", folder, err)
		}
	}
}

func TestWhatIsKeptElsewhereHasNoPath(t *testing.T) {
	p := place.Bytes("register*.csv", []byte("x"))
	_, err := p.Path()
	_, beside := p.Beside("form.xlsx")
	_, inside := p.Inside()
	for _, err := range []error{err, beside, inside} {
		if !errors.Is(err, adapters.ErrNotHere) {
			t.Errorf("%v, want ErrNotHere", err)
		}
	}
	if p.Pattern() || len(p.Matching()) > 0 {
		t.Error("what is kept elsewhere stands for files of this computer")
	}
	if !(place.Place{}).Nowhere() {
		t.Error("the zero place is somewhere")
	}
	if _, err := (place.Place{}).Open(); err == nil {
		t.Error("nowhere was opened")
	}
}

func TestFoldersAndPatternsListTheirFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b1.csv", "b2.csv", "a.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "b3.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	folder := place.On(dir)
	if is, err := folder.Folder(); !is || err != nil {
		t.Errorf("a folder is none: %v", err)
	}
	inside, err := folder.Inside()
	if err != nil || names(inside) != "a.csv b1.csv b2.csv " {
		t.Errorf("inside are %s, %v", names(inside), err)
	}
	if got := names(place.On(filepath.Join(dir, "b?.csv")).Matching()); got != "b1.csv b2.csv b3.csv " {
		t.Errorf("the pattern fits %s", got)
	}
	beside, err := inside[0].Beside("b1.csv")
	if err != nil {
		t.Fatal(err)
	}
	got, err := beside.Path()
	if want := filepath.Join(dir, "b1.csv"); got != want || err != nil {
		t.Errorf("beside is %s, %v; want %s", got, err, want)
	}
}

func names(all []place.Place) (s string) {
	for _, p := range all {
		s += p.Name() + " "
	}
	return s
}

// broken is content that breaks every promise of a keeper.
type broken struct {
	n   int
	err error
}

func (b broken) ReadAt([]byte, int64) (int, error) { return b.n, b.err }
func (broken) Close() error                        { return nil }

func TestAKeeperThatFailsIsToldByACode(t *testing.T) {
	own := adapters.ErrPassword.With("file", "x")
	for name, c := range map[string]struct {
		content broken
		want    error
	}{
		"it fails":             {broken{0, errors.New("sealed with another key")}, adapters.ErrKept},
		"it ends too early":    {broken{3, io.EOF}, adapters.ErrKept},
		"it gives less":        {broken{3, nil}, adapters.ErrKept},
		"it counts wrong":      {broken{-1, nil}, adapters.ErrKept},
		"it says why":          {broken{0, own}, adapters.ErrPassword},
		"it has less than all": {broken{99, io.EOF}, nil},
	} {
		f, err := place.Kept("a.csv", 20, func() (place.Content, error) { return c.content, nil }).Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReadAt(make([]byte, 10), 0); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	_, err := place.Kept("a.csv", 20, func() (place.Content, error) { return nil, os.ErrNotExist }).Open()
	if !errors.Is(err, adapters.ErrKept) {
		t.Errorf("what cannot be opened: %v", err)
	}
}

// archive packs one file of a name.
func archive(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnArchiveIsReadWhereverItLies(t *testing.T) {
	a, err := place.Zip(place.Bytes("a.zip", archive(t, "a.csv", "x")))
	if err != nil || len(a.File) != 1 || a.File[0].Name != "a.csv" {
		t.Fatalf("%v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if _, err := place.Zip(place.Bytes("a.zip", []byte("PK\x03\x04"))); !errors.Is(err, adapters.ErrUnreadable) {
		t.Errorf("what is none: %v", err)
	}
}

func TestAMemberIsUnpackedUpToALimit(t *testing.T) {
	all := archive(t, "a.txt", "four")
	for most, want := range map[int64]error{4: nil, 3: adapters.ErrTooLarge} {
		r, err := place.Member(place.Bytes("a.zip", all), "a.txt", most)
		if err == nil {
			var b []byte
			b, err = io.ReadAll(r)
			if err = errors.Join(err, r.Close()); err == nil && string(b) != "four" {
				t.Errorf("read %q", b)
			}
		}
		if !errors.Is(err, want) {
			t.Errorf("at most %d bytes: %v, want %v", most, err, want)
		}
	}
	if _, err := place.Member(place.Bytes("a.zip", all), "b.txt", 9); !errors.Is(err, adapters.ErrBlob) {
		t.Errorf("what is not inside: %v", err)
	}
	// The size in the list of the archive's files is a lie.
	at := bytes.Index(all, []byte("PK\x01\x02")) + 24
	lie := bytes.Clone(all)
	copy(lie[at:], []byte{1, 0, 0, 0})
	r, err := place.Member(place.Bytes("a.zip", lie), "a.txt", 3)
	if err == nil {
		_, err = io.ReadAll(r)
		err = errors.Join(err, r.Close())
	}
	if err == nil {
		t.Error("more than the limit is read where the archive tells less")
	}
}

func TestAFileIsNamedByItsContent(t *testing.T) {
	print, err := place.Bytes("a", []byte("abc")).Fingerprint(t.Context())
	if err != nil || print != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("%s, %v", print, err)
	}
	for content, want := range map[string]string{"": "", "ab": "ab", "abcd": "abc"} {
		if head, err := place.Bytes("a", []byte(content)).Head(3); err != nil || string(head) != want {
			t.Errorf("%q begins with %q, %v", content, head, err)
		}
	}
}
