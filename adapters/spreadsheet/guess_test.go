package spreadsheet

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"casehub/adapters"
	"casehub/adapters/place"
)

// speech has words of some languages with the letters that are special in them.
var speech = map[string]string{
	"es": "José Muñoz pidió información sobre su pensión; la señora Peña también vino. Niñez, razón, acción, según, aquí, número, teléfono, público, «cita» – después",
	"pt": "João não recebeu a pensão; a reclamação da Conceição é de março. São Paulo, ação, útil, você, três, órgão, informações, saúde, orçamento",
	"fr": "Hélène a reçu la décision; le père a été licencié à Noël. Été, hôpital, août, où, français, garçon, procès, règlement, créé",
	"af": "Môre kom hulle oor die geëis; sê vir hom hy moet dié brief lê. Reën, oë, wêreld, skêr, hoër, reël, geïn, naïef",
	"pl": "Święta Zosia złożyła skargę; pracownik wypłacił część należności. Źródło, łódź, mąż, żona, ćwiczenie, wrzesień, odwołanie, głód",
	"cs": "Příliš žluťoučký kůň; žádost o dávky byla zamítnuta. Čtvrtek, řízení, šest, děti, náhrada, účet, ještě, město",
	"ru": "Иванова подала жалобу на увольнение; работодатель не выплатил зарплату. Решение суда, алименты, пособие, жильё, земля, обращение, помощь",
	"el": "Η αίτηση υποβλήθηκε εγκαίρως; ο εργοδότης δεν πλήρωσε μισθούς. Απόφαση, σύνταξη, κατοικία, βοήθεια, εργασία, διατροφή, δικαστήριο",
}

func TestGuessReadsWhatPeopleWrote(t *testing.T) {
	for _, c := range []struct {
		language string
		enc      string
		hint     string
		m        *charmap.Charmap
	}{
		{"es", "windows-1252", "", charmap.Windows1252},
		{"es", "cp850", "", charmap.CodePage850},
		{"es", "cp437", "", charmap.CodePage437},
		{"es", "mac-roman", "", charmap.Macintosh},
		{"pt", "windows-1252", "", charmap.Windows1252},
		{"pt", "cp850", "", charmap.CodePage850},
		{"pt", "mac-roman", "", charmap.Macintosh},
		{"fr", "windows-1252", "", charmap.Windows1252},
		{"fr", "cp850", "", charmap.CodePage850},
		{"fr", "mac-roman", "", charmap.Macintosh},
		{"af", "windows-1252", "", charmap.Windows1252},
		{"af", "cp850", "", charmap.CodePage850},
		{"pl", "windows-1250", "pl", charmap.Windows1250},
		{"pl", "iso-8859-2", "pl", charmap.ISO8859_2},
		{"cs", "windows-1250", "cs", charmap.Windows1250},
		{"ru", "windows-1251", "", charmap.Windows1251},
		{"ru", "iso-8859-5", "", charmap.ISO8859_5},
		{"ru", "koi8-r", "ru", charmap.KOI8R},
		{"ru", "cp866", "", charmap.CodePage866},
		{"el", "iso-8859-7", "", charmap.ISO8859_7},
	} {
		t.Run(c.language+" in "+c.enc, func(t *testing.T) {
			text := strings.NewReplacer("«", "\"", "»", "\"", "–", "-").Replace(speech[c.language])
			if c.enc == "windows-1252" {
				text = speech[c.language]
			}
			b, err := c.m.NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			facts, err := surveyOf(t.Context(), strings.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			e, why, err := choose("", c.hint, facts)
			if err != nil {
				t.Fatal(err)
			}
			if got := decode([]byte(b), e.table); got != text {
				t.Errorf("%s, so it reads %q\nwant %q", why, got, text)
			}
		})
	}
}

func TestMarksBeatWhatWasDeclared(t *testing.T) {
	text := "name;born\nZoë Muñoz;1990\n"
	wide := func(e unicode.Endianness, bom unicode.BOMPolicy) string {
		b, err := unicode.UTF16(e, bom).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, content := range map[string]string{
		"UTF-8 with mark":        "\xef\xbb\xbf" + text,
		"UTF-8":                  text,
		"UTF-16LE with mark":     wide(unicode.LittleEndian, unicode.UseBOM),
		"UTF-16BE with mark":     wide(unicode.BigEndian, unicode.UseBOM),
		"UTF-16LE without mark":  wide(unicode.LittleEndian, unicode.IgnoreBOM),
		"UTF-16BE without mark":  wide(unicode.BigEndian, unicode.IgnoreBOM),
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
