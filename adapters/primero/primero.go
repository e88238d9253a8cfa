// Package primero reads what Primero exports: workbooks with a tab for each form
// and subform, CSV files of the top level, JSON with everything, and any of them
// in a ZIP file that a password protects.
//
// There is one stream, "records". In a workbook its fields are named TAB/COLUMN,
// and the rows of a subform are children by the name of the tab. In CSV and JSON
// fields have their internal names, and subforms are children by theirs.
//
// What was enciphered is deciphered in memory and never lies on a disk. Records of
// people who did not consent are left out where the mapping says what consent is.
//
// Settings and consent are here, the format of an export is told in format.go, and CSV
// and JSON are read in plain.go; workbooks are read by package tabs.
package primero

import (
	"context"
	"fmt"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/primero/consent"
	"casehub/adapters/pull"
)

// Records is the name of the only stream.
const Records = "records"

// Settings declares how an export is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "primero-export": it says which source the settings are for.
	Type string `yaml:"type"`
	// PasswordEnv names the environment variable that holds the password of the ZIP
	// file, PasswordFile the file that does. The password itself is never in a
	// mapping.
	PasswordEnv  string `yaml:"password_env"`
	PasswordFile string `yaml:"password_file"`
	// Subforms names the tabs of a workbook that are subforms, beside those that
	// show it by their name or by two rows of one record.
	Subforms []string `yaml:"subforms"`
	// Consent says whose records may be taken.
	Consent consent.Rule `yaml:"consent"`
}

// Open makes a source of the export at a place. env looks up environment variables,
// as os.Getenv does. It checks the settings and does not read.
func Open(at place.Place, s Settings, env func(string) string) (*pull.Source, error) {
	switch {
	case s.Type != "" && s.Type != "primero-export":
		return nil, fmt.Errorf("source type %q is not primero-export", s.Type)
	case s.PasswordEnv != "" && s.PasswordFile != "":
		return nil, fmt.Errorf("password_env and password_file exclude each other")
	}
	if err := s.Consent.Check(); err != nil {
		return nil, err
	}
	return pull.New(&export{at: at, settings: s, env: env}), nil
}

// export is one export. It implements pull.File.
type export struct {
	pull.NoDocuments
	at       place.Place
	settings Settings
	env      func(string) string
	format   format
}

// format opens the records of one format of export.
type format interface {
	Fingerprint(ctx context.Context) (string, error)
	Rows(ctx context.Context) (pull.Rows, error)
}

// Streams names the one stream.
func (x *export) Streams(context.Context) ([]adapters.Stream, error) {
	if err := x.prepare(); err != nil {
		return nil, err
	}
	_, loose := x.format.(plainJSON)
	return []adapters.Stream{{Name: Records, Loose: loose}}, nil
}

// Fingerprint returns the SHA-256 of what was read in hexadecimal.
func (x *export) Fingerprint(ctx context.Context) (string, error) { return x.format.Fingerprint(ctx) }

// Rows opens the export at its first record.
func (x *export) Rows(ctx context.Context, stream string) (pull.Rows, error) {
	if stream != Records {
		return nil, adapters.ErrStream.With("table", stream)
	}
	if err := x.prepare(); err != nil {
		return nil, err
	}
	r, err := x.format.Rows(ctx)
	if err != nil {
		return nil, adapters.Named(err, x.at.Name(), Records)
	}
	return judged{r, x.settings.Consent}, nil
}

// prepare finds out what the export is.
func (x *export) prepare() error {
	if x.format != nil {
		return nil
	}
	f, err := x.formatOf()
	if err != nil {
		return adapters.Named(err, x.at.Name(), Records)
	}
	x.format = f
	return nil
}

// judged leaves out the records of people who did not consent.
type judged struct {
	pull.Rows
	rule consent.Rule
}

// Next returns the next record.
func (j judged) Next() (adapters.Record, error) {
	rec, err := j.Rows.Next()
	if err == nil {
		j.rule.Judge(&rec)
	}
	return rec, err
}
