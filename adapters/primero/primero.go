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
// Opening and consent are here, workbooks in tabs.go, CSV and JSON in plain.go,
// values in values.go, and passwords in zipcrypt.go.
package primero

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/primero/consent"
	"casehub/adapters/spreadsheet"
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

// Source reads one export. It implements adapters.Source.
type Source struct {
	at       place.Place
	settings Settings
	env      func(string) string
	made     maker
}

// maker opens the records of one format of export.
type maker interface {
	fingerprint(ctx context.Context) (string, error)
	open(ctx context.Context) (puller, error)
}

// puller gives records one by one.
type puller interface {
	next() (adapters.Record, error)
	notes() []string
	Close() error
}

var _ adapters.Source = (*Source)(nil)

// Open makes a source of the export at a place. env looks up environment variables,
// as os.Getenv does. It checks the settings and does not read.
func Open(at place.Place, s Settings, env func(string) string) (*Source, error) {
	switch {
	case s.Type != "" && s.Type != "primero-export":
		return nil, fmt.Errorf("source type %q is not primero-export", s.Type)
	case s.PasswordEnv != "" && s.PasswordFile != "":
		return nil, fmt.Errorf("password_env and password_file exclude each other")
	}
	if err := s.Consent.Check(); err != nil {
		return nil, err
	}
	return &Source{at: at, settings: s, env: env}, nil
}

// Check reports whether the export can be read and begins as one does.
func (s *Source) Check(ctx context.Context) error {
	r, err := s.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(adapters.Began(r.next), r.Close())
}

// Open fails: exports hold no documents.
func (s *Source) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

// Discover lists the fields and subforms of the first 5,000 records. It returns no
// values.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	r, err := s.open(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	defer r.Close()
	st := adapters.Stream{Name: Records, Notes: r.notes()}
	_, st.Loose = s.made.(*plainJSON)
	var tally adapters.Tally
	if err := st.Look(ctx, &tally, r.next); err != nil {
		return adapters.Catalog{}, err
	}
	print, err := s.made.fingerprint(ctx)
	return adapters.Catalog{Fingerprint: print, Streams: []adapters.Stream{st}}, err
}

// Read gives the records of the export.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	if stream != Records {
		return adapters.ErrStream.With("table", stream)
	}
	r, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	print, err := s.made.fingerprint(ctx)
	if err != nil {
		return err
	}
	return adapters.Replay(ctx, stream, print, after, func() (adapters.Record, error) {
		rec, err := r.next()
		if err == nil {
			s.settings.Consent.Judge(&rec)
		}
		return rec, err
	}, record, checkpoint)
}

// open opens the export at its first record.
func (s *Source) open(ctx context.Context) (puller, error) {
	if s.made == nil {
		m, err := s.make()
		if err != nil {
			return nil, adapters.Named(err, s.at.Name(), Records)
		}
		s.made = m
	}
	r, err := s.made.open(ctx)
	if err != nil {
		return nil, adapters.Named(err, s.at.Name(), Records)
	}
	return r, nil
}

// make finds out what the export is.
func (s *Source) make() (maker, error) {
	f, err := s.at.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 4)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(head[:n]) == "PK\x03\x04" {
		if m, err := s.fromZip(f); m != nil || err != nil {
			return m, err
		}
	}
	first, err := firstByte(io.MultiReader(bytes.NewReader(head[:n]), f))
	if err != nil {
		return nil, err
	}
	return s.byContent(s.at, first, head[:n])
}

// firstByte returns the first byte that is neither a mark nor a blank.
func firstByte(r io.Reader) (byte, error) {
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return 0, err
	}
	head = bytes.TrimLeft(bytes.TrimLeft(head[:n], "\xef\xbb\xbf\xff\xfe"), " \t\r\n\x00")
	if len(head) == 0 {
		return 0, nil
	}
	return head[0], nil
}

// byContent makes the reader of a format, which is told by the first byte that is
// no blank and by the very first bytes.
func (s *Source) byContent(at place.Place, first byte, head []byte) (maker, error) {
	open := func(t spreadsheet.Settings) (*spreadsheet.Source, error) { return spreadsheet.Open(at, t) }
	switch {
	case first == '[' || first == '{':
		return newPlainJSON(at)
	case bytes.HasPrefix(head, []byte("PK")), bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return &tabs{opener: open, declared: s.settings.Subforms}, nil
	}
	return newPlainCSV(open), nil
}

// fromZip opens the export inside a ZIP file; nil for a workbook, which is one
// itself.
func (s *Source) fromZip(f place.File) (maker, error) {
	z, err := zip.NewReader(f, f.Size())
	if err != nil {
		return nil, place.Fault(err, errZip)
	}
	files, err := spreadsheet.SafeFiles(z)
	if err != nil {
		return nil, err
	}
	var inside []*zip.File
	for _, e := range files {
		switch strings.ToLower(path.Ext(e.Name)) {
		case ".rels":
			return nil, nil //nolint:nilnil // a workbook
		case ".xlsx", ".xls", ".csv", ".json":
			inside = append(inside, e)
		}
	}
	if len(inside) != 1 {
		return nil, adapters.ErrNoFiles
	}
	content, err := s.content(inside[0])
	if err != nil {
		return nil, err
	}
	first, err := firstByte(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return s.byContent(place.Bytes(path.Base(inside[0].Name), content), first, content)
}

// content returns a file of the archive, deciphered where it must be.
func (s *Source) content(f *zip.File) ([]byte, error) {
	if f.Flags&1 != 0 {
		password, err := s.password()
		if err != nil {
			return nil, err
		}
		return decipher(f, password)
	}
	if f.UncompressedSize64 > maxExport {
		return nil, adapters.ErrTooLarge.With("megabytes", maxExport>>20)
	}
	r, err := f.Open()
	if err != nil {
		return nil, place.Fault(err, errZip)
	}
	b, err := io.ReadAll(io.LimitReader(r, maxExport+1))
	if err = errors.Join(err, r.Close()); err != nil || len(b) > maxExport {
		return nil, place.Fault(err, errZip)
	}
	return b, nil
}

// password returns the password that the settings name.
func (s *Source) password() (string, error) {
	switch {
	case s.settings.PasswordEnv != "":
		if !adapters.IsSecretName(s.settings.PasswordEnv) {
			return "", adapters.ErrSecretName.With("setting", "password_env")
		}
		if p := s.env(s.settings.PasswordEnv); p != "" {
			return p, nil
		}
	case s.settings.PasswordFile != "":
		b, err := secretIn(s.settings.PasswordFile)
		if err != nil {
			return "", adapters.ErrSecret.With("setting", "password_file")
		}
		if p := strings.TrimRight(string(b), "\r\n"); p != "" {
			return p, nil
		}
	}
	return "", adapters.ErrPasswordMissing
}

// maxSecret is the most bytes of a password.
const maxSecret = 16 << 10

func secretIn(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSecret))
}
