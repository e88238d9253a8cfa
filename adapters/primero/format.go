package primero

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/primero/tabs"
	"casehub/adapters/primero/zipcrypt"
	"casehub/adapters/spreadsheet/archive"
)

// maxExport is the size of an export that is opened inside an archive, unpacked: it is
// held in memory.
const maxExport = 96 << 20

// errZip says that an archive is damaged.
var errZip = adapters.ErrUnreadable.With("expected", "ZIP")

// headBytes is how much of an export is looked at to tell its format.
const headBytes = 512

// formatOf finds out what the export is.
func (x *export) formatOf() (format, error) {
	head, err := x.at.Head(headBytes)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		if m, err := x.fromZip(); m != nil || err != nil {
			return m, err
		}
	}
	return x.byContent(x.at, head)
}

// byContent makes the reader of a format, which is told by the very first bytes and by
// the first that is neither a mark nor a blank.
func (x *export) byContent(at place.Place, head []byte) (format, error) {
	text := bytes.TrimLeft(bytes.TrimLeft(head[:min(len(head), headBytes)], "\xef\xbb\xbf\xff\xfe"), " \t\r\n\x00")
	switch {
	case len(text) > 0 && (text[0] == '[' || text[0] == '{'):
		return newPlainJSON(at)
	case bytes.HasPrefix(head, []byte("PK")), bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return tabs.New(at, Records, x.settings.Subforms), nil
	}
	return newPlainCSV(at)
}

// fromZip opens the export inside a ZIP file; nil for a workbook, which is one
// itself.
func (x *export) fromZip() (format, error) {
	z, err := place.Zip(x.at)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	files, err := archive.SafeFiles(z.Reader)
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
	content, err := x.content(inside[0])
	if err != nil {
		return nil, err
	}
	return x.byContent(place.Bytes(path.Base(inside[0].Name), content), content)
}

// content returns a file of the archive, deciphered where it must be.
func (x *export) content(f *zip.File) ([]byte, error) {
	if zipcrypt.Protected(f) {
		password, err := x.password()
		if err != nil {
			return nil, err
		}
		return zipcrypt.Read(f, password, maxExport)
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
func (x *export) password() (string, error) {
	switch {
	case x.settings.PasswordEnv != "":
		if !adapters.IsSecretName(x.settings.PasswordEnv) {
			return "", adapters.ErrSecretName.With("setting", "password_env")
		}
		if p := x.env(x.settings.PasswordEnv); p != "" {
			return p, nil
		}
	case x.settings.PasswordFile != "":
		b, err := secretIn(x.settings.PasswordFile)
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
