package spreadsheet

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"casehub/adapters"
	"casehub/adapters/place"
)

func TestMarksBeatWhatWasDeclared(t *testing.T) {
	text := "name;born\nZoë Muñoz;1990\n"
	wide := func(e binary.AppendByteOrder, mark string) string {
		var b []byte
		for _, unit := range utf16.Encode([]rune(mark + text)) {
			b = e.AppendUint16(b, unit)
		}
		return string(b)
	}
	for name, content := range map[string]string{
		"UTF-8 with mark":        "\xef\xbb\xbf" + text,
		"UTF-8":                  text,
		"UTF-16LE with mark":     wide(binary.LittleEndian, "\ufeff"),
		"UTF-16BE with mark":     wide(binary.BigEndian, "\ufeff"),
		"UTF-16LE without mark":  wide(binary.LittleEndian, ""),
		"UTF-16BE without mark":  wide(binary.BigEndian, ""),
		"CR alone":               strings.ReplaceAll(text, "\n", "\r"),
		"CRLF, NUL and Ctrl-Z":   strings.ReplaceAll(text, "\n", "\r\n") + "\x00\x1a",
		"sep= in the first line": "sep=;\n" + text,
	} {
		t.Run(name, func(t *testing.T) {
			got := readAll(t, content, Table{Encoding: "windows-1252"})
			if len(got) != 1 || got[0].Value("name").Raw != "Zoë Muñoz" || got[0].Value("born").Raw != "1990" || len(got[0].Problems) != 0 {
				t.Errorf("%d records, first %q", len(got), texts(got))
			}
		})
	}
}

func TestARowInAnotherEncodingIsFlaggedAndRead(t *testing.T) {
	got := readAll(t, "name;note\nJos\xe9;a\nJosÃ©;b\nJos\u00e9;c\n", Table{Encoding: "windows-1252"})
	if len(got) != 3 {
		t.Fatalf("%d records, want 3", len(got))
	}
	for i, want := range []string{"José", "JosÃ©", "José"} {
		if v := got[i].Value("name").Raw; v != want {
			t.Errorf("record %d reads %q, want %q", i+1, v, want)
		}
	}
	for i, want := range []bool{false, true, true} {
		if p := got[i].Problems; (len(p) == 1 && p[0] == adapters.Problem{Code: adapters.MojibakeSuspected, Column: "name"}) != want {
			t.Errorf("record %d has problems %v", i+1, p)
		}
	}
}

// open writes content into a file and opens it.
func open(t testing.TB, content string, table Table) *Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(place.On(path), Settings{Tables: map[string]Table{OnlyTable: table}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readAll returns the records of content, those left out as well.
func readAll(t testing.TB, content string, table Table) []adapters.Record {
	t.Helper()
	return recordsOf(t, open(t, content, table), OnlyTable)
}

func recordsOf(t testing.TB, s *Source, stream string) []adapters.Record {
	t.Helper()
	var all []adapters.Record
	err := s.Read(t.Context(), stream, "", func(r adapters.Record) error {
		all = append(all, r)
		return nil
	}, func(adapters.Cursor) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func texts(all []adapters.Record) string {
	var b bytes.Buffer
	for _, r := range all {
		b.WriteString(r.Skip)
		for _, v := range r.Values {
			b.WriteString("[" + v.Raw + "]")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
