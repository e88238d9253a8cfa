package charset

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"casehub/adapters"
)

// chosen surveys content and settles its encoding.
func chosen(t *testing.T, content, declared string) (Encoding, *Facts) {
	t.Helper()
	f, err := Survey(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	e, _, err := Choose(declared, "", f)
	if err != nil {
		t.Fatal(err)
	}
	return e, f
}

func TestWhatTheBytesSayComesBeforeWhatIsDeclared(t *testing.T) {
	for _, c := range []struct{ name, content, declared, want string }{
		{"a mark", "\xef\xbb\xbfa", "cp850", "utf-8"},
		{"a mark of two bytes", "\xfe\xff\x00a", "cp850", "utf-16be"},
		{"NUL bytes", "a\x00b\x00;\x00\n\x00", "cp850", "utf-16le"},
		{"UTF-8", "Muñoz", "cp850", "utf-8"},
		{"ASCII alone", "Munoz", "cp850", "cp850"},
		{"ASCII alone, nothing declared", "Munoz", "", "utf-8"},
		{"declared", "Mu\xa4oz", "dos", "cp850"},
		{"half a character at the end", "Mu\xc3\xb1oz\xc3", "latin1", "iso-8859-1"},
	} {
		if e, _ := chosen(t, c.content, c.declared); e.name != c.want {
			t.Errorf("%s: %s, want %s", c.name, e.name, c.want)
		}
	}
	if _, err := Named("klingon"); err == nil {
		t.Error("there is an encoding that nobody knows")
	}
	for _, name := range []string{"windows-1255", "CP1256", "windows-1258", "windows-874", "cp860", "cp862", "iso-8859-16", "koi8-u", "GBK", "gb2312", "Big5", "Shift_JIS", "EUC-JP", "EUC-KR", "ISO-2022-JP"} {
		if _, err := Named(name); err != nil {
			t.Error(err)
		}
	}
}

// The survey takes pieces of a file as they come; a character may be in two.
func TestASurveyDoesNotDependOnThePieces(t *testing.T) {
	text := strings.Repeat("x", 256<<10-1) + "ñ" + strings.Repeat("y", 100) + "\r"
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text))} {
		f, err := Survey(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if !f.utf8 || f.ascii || !f.CROnly || len(f.Head) != headBytes {
			t.Errorf("%s: UTF-8 %v, ASCII %v, CR alone %v, %d bytes of head", name, f.utf8, f.ascii, f.CROnly, len(f.Head))
		}
	}
	broken := errors.New("broken")
	if _, err := Survey(t.Context(), iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

func TestALineThatIsInAnotherEncodingIsFlagged(t *testing.T) {
	utf, _ := Named("utf-8")
	old, _ := Named("windows-1252")
	for _, c := range []struct {
		e           Encoding
		line, want  string
		code        adapters.Code
		description string
	}{
		{utf, "Mu\xc3\xb1oz", "Muñoz", "", "UTF-8"},
		{utf, "Mu\xf1oz", "Muñoz", adapters.EncodingInvalid, "an old row in a new file"},
		{old, "Mu\xf1oz", "Muñoz", "", "Windows-1252"},
		{old, "Mu\xc3\xb1oz", "Muñoz", adapters.MojibakeSuspected, "a new row in an old file"},
		{old, "Mu\x81oz", "Mu\ufffdoz", adapters.EncodingInvalid, "a byte that stands for nothing"},
		{utf, "MuÃ±oz", "MuÃ±oz", adapters.MojibakeSuspected, "encoded twice"},
		{utf, "itâ€™s", "itâ€™s", adapters.MojibakeSuspected, "an apostrophe encoded twice"},
	} {
		if got, code := c.e.Text([]byte(c.line)); got != c.want || code != c.code {
			t.Errorf("%s: %q %q, want %q %q", c.description, got, code, c.want, c.code)
		}
	}
}

// XML says its encoding itself; that it is in two bytes a character it says in one.
func TestWhatSaysItsEncodingIsReadByIt(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"Shift_JIS": {"\x96\xbc", "名"}, "windows-1252": {"\xf1", "ñ"}, "UTF-16": {"ñ", "ñ"},
	} {
		e, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(e.Declared(strings.NewReader(c.content))); string(b) != c.want || err != nil {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

func TestReadersGiveUTF8(t *testing.T) {
	for _, c := range []struct{ encoding, content string }{
		{"utf-8", "\xef\xbb\xbfMuñoz"},
		{"utf-16le", "\xff\xfeM\x00u\x00\xf1\x00o\x00z\x00"},
		{"utf-16be", "\x00M\x00u\x00\xf1\x00o\x00z"},
		{"cp850", "Mu\xa4oz"},
		{"utf-32", "\xff\xfe\x00\x00M\x00\x00\x00u\x00\x00\x00\xf1\x00\x00\x00o\x00\x00\x00z\x00\x00\x00"},
		{"cp860", "Mu\xa4oz"},
		{"GB18030", "Mu\x81\x30\x8a\x39oz"},
	} {
		e, err := Named(c.encoding)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(iotest.OneByteReader(e.Characters(e.Reader(strings.NewReader(c.content)))))
		if string(b) != "Muñoz" || err != nil {
			t.Errorf("%s: %q, %v", c.encoding, b, err)
		}
	}
}
