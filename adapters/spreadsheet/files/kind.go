package files

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/archive"
	"casehub/adapters/spreadsheet/ods"
	"casehub/adapters/spreadsheet/ole"
	"casehub/adapters/spreadsheet/xls"
)

// Kind is what a file is by its bytes. Its ending is not asked: half of the
// files called .xls are something else.
type Kind uint8

// The kinds.
const (
	Text Kind = iota
	XLSX
	ODS
	XLS
	HTML
	XML     // a workbook as Excel 2003 wrote it in XML
	FlatODS // an ODS file that is not packed
	packed
)

// headBytes is how much of a file tells what it is.
const headBytes = 64 << 10

func kindAt(at place.Place) (Kind, error) {
	folder, err := at.Folder()
	if err == nil && folder {
		err = adapters.ErrUnreadable.With("expected", "CSV")
	}
	if err != nil {
		return 0, err
	}
	f, err := at.Open()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return kindOf(f, f.Size())
}

// kindOf looks at a file. It fails when the file is of a program whose files
// nobody here reads, or is protected by a password.
func kindOf(r io.ReaderAt, size int64) (Kind, error) {
	head := make([]byte, min(size, headBytes))
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return 0, err
	}
	k, err := kindOfHead(head[:n])
	switch {
	case err != nil:
		return 0, err
	case k == packed:
		return kindOfZip(r, size)
	case k == XLS:
		return k, xls.Check(r, size)
	}
	return k, nil
}

// strangers are files of other kinds by how they begin.
var strangers = []struct{ head, program string }{
	{"%PDF", "PDF"},
	{"{\\rtf", "RTF"},
	{"MIME-Version:", "MHTML"},
	{"mime-version:", "MHTML"},
	{"ID;P", "SYLK"},
	{"TABLE\r\n0,1", "DIF"},
	{"TABLE\n0,1", "DIF"},
	{"\x00\x00\x02\x00", "Lotus 1-2-3"},
	{"\x00\x00\x1a\x00", "Lotus 1-2-3"},
	{"SQLite format 3\x00", "SQLite"},
	{"\x00\x01\x00\x00Standard ", "Access"},
	{"Rar!\x1a", "RAR"},
	{"7z\xbc\xaf\x27\x1c", "7-Zip"},
	{"\x89PNG", "PNG"},
	{"\xff\xd8\xff", "JPEG"},
	{"bplist", "Apple Numbers"},
}

// kindOfHead tells a kind by the first bytes; packed stands for any ZIP
// file and XLS for any compound file.
func kindOfHead(head []byte) (Kind, error) {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return packed, nil
	case bytes.HasPrefix(head, []byte(ole.Mark)), xls.IsBare(head):
		return XLS, nil
	}
	for _, s := range strangers {
		if bytes.HasPrefix(head, []byte(s.head)) {
			return 0, adapters.ErrOtherProgram.With("program", s.program)
		}
	}
	if isDBase(head) {
		return 0, adapters.ErrOtherProgram.With("program", "dBase")
	}
	return kindOfMarkup(head), nil
}

// isDBase reports a database of dBase, Clipper or FoxPro: its version, the day of its
// last change, and where its rows begin behind columns of 32 bytes each.
func isDBase(head []byte) bool {
	if len(head) < 64 || bytes.IndexByte([]byte("\x02\x03\x04\x30\x31\x32\x43\x83\x8b\x8e\xcb\xf5\xfb"), head[0]) < 0 {
		return false
	}
	begin := int(head[8]) | int(head[9])<<8
	day := head[2] >= 1 && head[2] <= 12 && head[3] >= 1 && head[3] <= 31
	return day && begin > 64 && (begin%32 <= 2 || begin >= 263 && (begin-263)%32 <= 2)
}

// kindOfMarkup tells web pages and XML workbooks that are called .xls.
func kindOfMarkup(head []byte) Kind {
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	if bytes.HasPrefix(text, []byte("<?xml")) {
		switch {
		case bytes.Contains(text, []byte("urn:schemas-microsoft-com:office:spreadsheet")) && bytes.Contains(text, []byte("workbook")):
			return XML
		case bytes.Contains(text, []byte("<office:document")) && bytes.Contains(text, []byte("opendocument")):
			return FlatODS
		case bytes.Contains(text, []byte("<html")):
			return HTML
		}
		return Text
	}
	for _, mark := range []string{"<html", "<!doctype html", "<table", "<meta", "<head", "<body", "<style"} {
		if bytes.HasPrefix(text, []byte(mark)) {
			return HTML
		}
	}
	return Text
}

// kindOfZip tells what a ZIP file is by what is in it.
func kindOfZip(r io.ReaderAt, size int64) (Kind, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return 0, place.Fault(err, adapters.ErrUnreadable.With("expected", "XLSX/ODS/ZIP"))
	}
	if len(z.File) > archive.MaxMembers {
		return 0, adapters.ErrBomb
	}
	has := map[string]bool{}
	for _, f := range z.File {
		name := strings.ToLower(strings.ReplaceAll(f.Name, "\\", "/"))
		has[name] = true
		if i := strings.IndexByte(name, '/'); i > 0 {
			has[name[:i+1]] = true
		}
	}
	switch {
	case has["xl/workbook.bin"]:
		return 0, adapters.ErrOtherProgram.With("program", "XLSB")
	case has["[content_types].xml"] && has["xl/"]:
		return XLSX, nil
	case has["[content_types].xml"] && has["word/"]:
		return 0, adapters.ErrOtherProgram.With("program", "Word")
	case has["[content_types].xml"] && has["ppt/"]:
		return 0, adapters.ErrOtherProgram.With("program", "PowerPoint")
	case has["index/document.iwa"], has["index.zip"] && has["metadata/"]:
		return 0, adapters.ErrOtherProgram.With("program", "Apple Numbers")
	case has["content.xml"] && has["mimetype"]:
		return ODS, ods.Check(z)
	}
	return packed, nil
}
