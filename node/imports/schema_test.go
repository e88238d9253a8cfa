package imports_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"casehub/adapters/spreadsheet"
	"casehub/internal/codelist"
	"casehub/node/imports"
)

// schema returns the schema of mapping files, which editors read.
func schema(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("mapping.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// compiled returns it ready to check a mapping.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mapping.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mapping.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bySchema reports what the schema says of a mapping file.
func bySchema(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		return err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// byProgram reports what the program says of it, the settings of the source
// included.
func byProgram(text string) error {
	m, err := imports.ParseMapping([]byte(text), codelist.National())
	if err != nil {
		return err
	}
	if m.SourceType != "spreadsheet" && m.SourceType != "keyvalue" {
		return nil // where all sources are known, their settings are read
	}
	var s spreadsheet.Settings
	return m.DecodeSource(&s)
}

// good is a mapping to spoil.
const good = `mapping: good/1
instance: office
source:
  type: spreadsheet
  tables: {visits: {delimiter: ";", nulls: ["n/a"]}}
defaults: {date_order: dmy, currency: ZAR, locale: en-ZA}
streams:
  client:
    to: client
    key: [No]
    fields:
      surname: {col: Name, fn: [trim, {part: {separator: ",", side: before, alone: true}}]}
      sex: {col: Sex, codes: {F: female}, unknown: report}
      phones: {col: Tel, fn: [{split: "/"}, phone]}
  case:
    to: case
    key: {columns: [No], fn: [upper], missing: content}
    fields:
      client: {ref: client}
      case_type: {col: Matter, codes: {x: 1101}, unknown: 1102}
      opened_on: {col: In, fn: [{date: {order: dmy, not_before: "2000-01-01"}}]}
      closed_on: Out
      outcome: {const: 5201}
  recovery:
    to: recovery
    key: content
    when: {col: Paid, is: filled}
    fields:
      case: {ref: {stream: case, columns: [No]}}
      kind: {const: 4101}
      received_on: In
      amount: {col: Paid, fn: [{money: {decimal: ","}}]}
`

func TestTheSchemaTakesTheMappingsThatAreShipped(t *testing.T) {
	s := compiled(t)
	texts := map[string]string{"good": good, "register": register}
	for _, name := range imports.ShippedNames() {
		b, _ := imports.Shipped(name)
		texts[name] = string(b)
	}
	files, err := filepath.Glob(filepath.Join(samples, "*.yaml"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%d samples, %v", len(files), err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[f] = string(b)
	}
	for name, text := range texts {
		if err := byProgram(text); err != nil {
			t.Errorf("%s: the program refuses it: %v", name, err)
		}
		if err := bySchema(t, s, text); err != nil {
			t.Errorf("%s: the schema refuses it: %v", name, err)
		}
	}
}

// spoilt replaces a part of the good mapping. The place is where the program
// says the fault is.
var spoilt = []struct {
	name, old, new string
	line, column   int
}{
	{"unknown key at the top", "instance: office", "instance: office\ncolour: red", 3, 1},
	{"key twice", "instance: office", "instance: office\ninstance: other", 3, 1},
	{"no version", "good/1", "good", 1, 10},
	{"no instance", "instance: office\n", "", 1, 1},
	{"unknown key of a stream", "key: [No]", "kee: [No]", 10, 5},
	{"unknown target", "to: client", "to: person", 9, 9},
	{"no key", "    key: [No]\n", "", 8, 3},
	{"no fields of a case", "case_type: {col", "summary: {col", 0, 0},
	{"unknown field", "surname: {col: Name,", "family: {col: Name,", 12, 7},
	{"derived field", "surname: {col: Name,", "birth_precision: {col: Name,", 12, 7},
	{"unknown key of a field", "{col: Sex, codes", "{column: Sex, codes", 13, 13},
	{"unknown function", "fn: [trim, {part", "fn: [trimm, {part", 12, 33},
	{"function that does not fit", "phones: {col: Tel, fn: [{split: \"/\"}, phone]}", "phones: {col: Tel, fn: [money]}", 14, 31},
	{"unknown parameter", "side: before", "sides: before", 12, 63},
	{"parameter missing", "{separator: \",\", side: before, alone: true}", "{separator: \",\"}", 12, 47},
	{"word that is none", "F: female", "F: woman", 13, 34},
	{"constant that is no leaf", "{const: 5201}", "{const: nothing}", 23, 24},
	{"constant and column", "{const: 5201}", "{const: 5201, col: End}", 0, 0},
	{"unknown without codes", ", codes: {x: 1101}", "", 0, 0},
	{"reference without ref", "client: {ref: client}", "client: Client", 0, 0},
	{"closing without outcome", "      outcome: {const: 5201}\n", "", 0, 0},
	{"condition without a test", "{col: Paid, is: filled}", "{col: Paid}", 0, 0},
	{"two tests in a condition", "{col: Paid, is: filled}", "{col: Paid, is: filled, in: [x]}", 0, 0},
	{"currency in small letters", "currency: ZAR", "currency: zar", 6, 39},
	{"no locale", "locale: en-ZA", "locale: spanish", 6, 52},
	{"no time zone", "locale: en-ZA", "timezone: UTC+2:00", 6, 54},
	{"share past 1", "defaults:", "limits: {failed_share: 2}\ndefaults:", 6, 24},
	{"batch of none", "defaults:", "limits: {batch: 0}\ndefaults:", 6, 17},
	{"key of a table", "nulls: [", "nil: [", 5, 0},
	{"name of a table", "{visits: {", "{Visits: {", 5, 12},
	{"streams empty", good[strings.Index(good, "streams:"):], "streams: {}\n", 0, 0},
	{"a list for a map", "defaults: {date_order: dmy, currency: ZAR, locale: en-ZA}", "defaults: [dmy]", 6, 11},
	{"no YAML", "mapping: good/1", "mapping: [", 0, 0},
}

func TestSchemaAndProgramAgreeOnWhatIsWrong(t *testing.T) {
	s := compiled(t)
	for _, c := range spoilt {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("the good mapping has no %q", c.old)
			}
			text := strings.Replace(good, c.old, c.new, 1)
			err := byProgram(text)
			var at *imports.MappingError
			if !errors.As(err, &at) {
				t.Fatalf("the program says %v", err)
			}
			if c.line > 0 && at.Line != c.line || c.column > 0 && at.Column != c.column {
				t.Errorf("the program says %v, want line %d, column %d", at, c.line, c.column)
			}
			if bySchema(t, s, text) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

// What only the program can know, a schema cannot: what a name refers to and
// which numbers are in the code lists.
func TestTheProgramKnowsMoreThanTheSchema(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"stream that is not there", "{ref: client}", "{ref: clients}", "is not there"},
		{"stream of another target", "{ref: client}", "{ref: recovery}", "makes no client"},
		{"number that is no leaf", "{const: 5201}", "{const: 1101}", "cannot be"},
		{"number of a category", "codes: {x: 1101}", "codes: {x: 1100}", "cannot be"},
		{"table that is not there", "    to: case\n", "    to: case\n    from: other\n", "is not one of"},
		{"partner that is not there", "    to: case\n", "    to: case\n    only_with: other\n", "only_with"},
		{"pattern that does not hold", `split: "/"`, `split: "("`, "pattern"},
		{"day that is none", `"2000-01-01"`, `"2000-13-01"`, "not_before"},
		{"no currency", "currency: ZAR, ", "", "currency"},
		{"another number of columns", "columns: [No]}}", "columns: [No, Part]}}", "number of columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.new, 1)
			if err := byProgram(text); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "mapping line ") {
				t.Errorf("%v, want something on %q", err, c.want)
			}
		})
	}
}

// Every key and word that the schema knows is one that the program knows, and
// the other way round.
func TestSchemaAndProgramKnowTheSameKeys(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(schema(t), &doc); err != nil {
		t.Fatal(err)
	}
	for path, want := range imports.KeysForTest() {
		got := keysAt(t, doc, path)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the program %v", path, got, want)
		}
	}
}

// keysAt returns the names of the properties at a path of the schema.
func keysAt(t *testing.T, doc map[string]any, path string) []string {
	t.Helper()
	var v any = doc
	for _, p := range strings.Split(path, "/") {
		switch x := v.(type) {
		case map[string]any:
			v = x[p]
		case []any:
			var i int
			if _, err := fmt.Sscan(p, &i); err != nil || i >= len(x) {
				t.Fatalf("%s leads nowhere", path)
			}
			v = x[i]
		}
	}
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%s is no map of the schema", path)
	}
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
