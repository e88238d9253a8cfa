package jsonfile

import (
	"fmt"
	"path"
	"strings"

	"casehub/adapters/jsonfile/lists"
	"casehub/adapters/jsonfile/walk"
)

// Settings declares how JSON files are read. The keys are those of the mapping
// file.
type Settings struct {
	// Type is "json": it says which source the settings are for.
	Type string `yaml:"type"`
	// Encoding of files that are neither UTF-8 nor UTF-16; guessed when empty.
	Encoding string `yaml:"encoding"`
	// Separator joins the names of nested objects; "." when empty.
	Separator string `yaml:"separator"`
	// Tables by name. Without any, lists of objects are looked for; where there is
	// one, its table is named "data".
	Tables map[string]Table `yaml:"tables"`
}

// Table declares where the records of a stream are.
type Table struct {
	// File is the name of the files that it is in, where the source is a folder or a
	// ZIP file, as "cases*.json".
	File string `yaml:"file"`
	// At is a JSON pointer to the records: "/data/*" is every element of the list
	// data, "/cases/*/visits/*" every visit of every case, "" the whole document, or
	// every element when it is a list.
	At string `yaml:"at"`
	// Header says, of records that are lists, where the names of their values stand: a
	// JSON pointer to a list of names, or of objects with a name each, as "/columns", or
	// "first" where the first record names the values of the others.
	Header string `yaml:"header"`
	// Lines says that each line is a document of its own, so that a broken one does
	// no harm to the next. Found out when absent.
	Lines *bool `yaml:"lines"`
	// Key names the fields that tell records apart.
	Key []string `yaml:"key"`
	// Name is the field that gets the name under which a record stands in an object.
	Name string `yaml:"name"`
	// With names fields of the objects around a record, which it gets as "../NAME".
	With []string `yaml:"with"`
}

func (s Settings) check() error {
	if s.Type != "" && s.Type != "json" {
		return fmt.Errorf("source type %q is not json", s.Type)
	}
	for name, t := range s.Tables {
		if t.At != "" && !strings.HasPrefix(t.At, "/") {
			return fmt.Errorf("table %s: at must be like /data/*", name)
		}
		if t.Header != "" && t.Header != lists.FirstRow && !strings.HasPrefix(t.Header, "/") {
			return fmt.Errorf("table %s: header must be like /columns, or first", name)
		}
		if _, err := path.Match(t.File, "x"); err != nil {
			return fmt.Errorf("table %s: file is not like cases*.json", name)
		}
		if len(walk.Parse(t.At)) > walk.MaxSteps {
			return fmt.Errorf("table %s: at has more than %d steps", name, walk.MaxSteps)
		}
	}
	return nil
}

func (s Settings) separator() string {
	if s.Separator == "" {
		return "."
	}
	return s.Separator
}

// where says where the records are.
func (t Table) where() string {
	if t.At == "" {
		return "the top"
	}
	return t.At
}
