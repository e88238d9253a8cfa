// Package documents keeps the papers of a case: scans, photographs, letters.
//
// The content of a document is one file, encrypted with the key of its case as
// it arrives; it is never on the disk in the clear and never whole in memory.
// What it is called stands in the database alone. What kind of file it is
// follows from its bytes; what the sender says of that is not looked at. A
// document goes out as a download and is never shown inside a page.
//
// A file is noted before it is begun and before it is removed, so that after a
// crash at any moment the next start takes away what nothing names.
//
// Rules are in documents.go, operations in service.go, SQL in sql.go, and pages
// in http.go with the templates beside it.
package documents

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"strings"
	"time"

	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/text"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/vault"
)

// Errors of documents.
var (
	// ErrNotFound reports an identifier that no document has, or not for this
	// person.
	ErrNotFound = errs.New(errs.NotFound, "documents.not-found")
	// ErrChanged reports that somebody saved the document since it was read.
	ErrChanged = errs.New(errs.Conflict, "documents.changed")
	// ErrNoContent reports a document whose file is gone or damaged. Its value
	// "reference" names the document.
	ErrNoContent = errs.New(errs.Unavailable, "documents.no-content")
	// ErrNoFile reports a form without a file.
	ErrNoFile = errs.New(errs.Invalid, "documents.file-missing").On("file")
	// ErrEmpty reports a file without content.
	ErrEmpty = errs.New(errs.Invalid, "documents.file-empty").On("file")

	errName = errs.New(errs.Invalid, "documents.name-missing").On("name")
)

// nameLimit is the most characters of a name.
const nameLimit = 200

// ID names a document within its node: a UUID.
type ID string

// NewID returns an identifier for a new document.
func NewID() ID { return ID(reference.NewID()) }

// Reference is what people read out, and what an error names a document by.
func (id ID) Reference() string { return reference.Short("D", string(id), reference.Shortest) }

// Document is one paper of a case.
type Document struct {
	ID     ID
	CaseID cases.ID
	File   vault.FileID
	// Name is what people call it, "Letter of dismissal.pdf".
	Name string
	// Type is the media type that the bytes show, "application/pdf".
	Type   string
	Size   int64 // bytes
	SHA256 [32]byte
	// AddedBy is the identifier of a person.
	AddedBy string
	AddedAt time.Time
	// Version counts saves, from 1.
	Version int
}

// Check reports what is wrong with the name.
func (d Document) Check() error {
	if strings.TrimSpace(d.Name) == "" {
		return errName
	}
	return text.Line("name", d.Name, nameLimit)
}

// named returns the document under a new name. The ending stays, since it tells
// other programs what the file is.
func (d Document) named(name string) Document {
	ending := path.Ext(d.Name)
	if name != "" && ending != "" && !strings.EqualFold(path.Ext(name), ending) {
		name += ending
	}
	d.Name = name
	return d
}

// changes lists what differs between two states of a document, for the audit.
func changes(old, d Document) []audit.Change {
	return audit.Diff(
		audit.Field("document_name", old.Name, d.Name),
		audit.Field("document_type", old.Type, d.Type),
		audit.Field("document_size", old.Size, d.Size),
	)
}

// noContent names a document whose file cannot be read, whatever the reason.
func noContent(id ID, err error) error {
	if errors.Is(err, vault.ErrNoFile) || errors.Is(err, vault.ErrFileDamaged) || errors.Is(err, vault.ErrNoCaseKey) {
		return ErrNoContent.With("reference", id.Reference())
	}
	return fmt.Errorf("reading document %s: %w", id, err)
}

// LogValue lets a log show the identifier and nothing else.
func (d Document) LogValue() slog.Value { return slog.StringValue(string(d.ID)) }

// Format writes the identifier, whatever the verb.
func (d Document) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(d.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (d Document) MarshalText() ([]byte, error) { return []byte(d.ID), nil }
