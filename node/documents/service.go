package documents

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/text"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/vault"
)

// Actions of the policy.
const (
	reading = "documents.read"
	editing = "documents.edit"
)

// header is how much of a file is looked at to tell what it is.
const header = 3072

// Files keeps the content of documents: vault.Files, or a test's.
type Files interface {
	WriteAs(ctx context.Context, caseID string, id vault.FileID, r io.Reader) (int64, [32]byte, error)
	Open(ctx context.Context, caseID string, id vault.FileID) (io.ReadCloser, error)
	Remove(id vault.FileID) error
}

// Service does what the office does with documents. Every operation asks the
// gate and leaves one audit entry.
type Service struct {
	db    *sqlite.DB
	gate  *access.Gate
	files Files
	now   func() time.Time
}

// NewService returns the service. Call Tidy before it is used.
func NewService(db *sqlite.DB, gate *access.Gate, files Files, now func() time.Time) *Service {
	return &Service{db: db, gate: gate, files: files, now: now}
}

// Tidy removes the files of uploads and removals that a crash interrupted. No
// upload may run meanwhile.
func (s *Service) Tidy(ctx context.Context) error {
	left, err := leftovers(ctx, s.db)
	if err != nil {
		return fmt.Errorf("looking for leftover files: %w", err)
	}
	for _, f := range left {
		if err := s.remove(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// remove takes a file away that nothing names any more.
func (s *Service) remove(ctx context.Context, f vault.FileID) error {
	if err := s.files.Remove(f); err != nil {
		return err
	}
	return deleteLeftover(ctx, s.db, f)
}

// Add keeps what r gives as a new document of a case. It fails with ErrEmpty,
// with what reading r fails with, and as the gate does; then nothing is left.
func (s *Service) Add(ctx context.Context, who actor.Actor, id cases.ID, name string, r io.Reader) (Document, error) {
	if err := s.allowed(ctx, s.db, who, editing, id); err != nil {
		return Document{}, err
	}
	d := Document{ID: NewID(), CaseID: id, File: vault.NewFileID(), Name: text.Clean(name), AddedBy: who.ID, Version: 1}
	if err := d.Check(); err != nil {
		return Document{}, err
	}
	start := bufio.NewReaderSize(r, header)
	head, err := start.Peek(header)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return Document{}, err
	case len(head) == 0:
		return Document{}, ErrEmpty
	}
	d.Type = mimetype.Detect(head).String()
	if err := insertLeftover(ctx, s.db, d.File); err != nil {
		return Document{}, fmt.Errorf("beginning a document: %w", err)
	}
	if d, err = s.keep(ctx, who, d, start); err != nil {
		// The request may have ended; what it began is taken away all the same.
		return Document{}, errors.Join(err, s.remove(context.WithoutCancel(ctx), d.File))
	}
	return d, nil
}

// keep writes the file and then the row that names it.
func (s *Service) keep(ctx context.Context, who actor.Actor, d Document, r io.Reader) (Document, error) {
	var err error
	if d.Size, d.SHA256, err = s.files.WriteAs(ctx, string(d.CaseID), d.File, r); err != nil {
		return d, fmt.Errorf("keeping a document: %w", err)
	}
	now := s.now()
	d.AddedAt = sqlite.Stamp(now)
	return d, s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		// The upload may have taken long: whoever was shut out meanwhile is.
		if err := s.allowed(ctx, tx, who, editing, d.CaseID); err != nil {
			return err
		}
		if err := insertDocument(ctx, tx, d); err != nil {
			return fmt.Errorf("keeping a document: %w", err)
		}
		if err := deleteLeftover(ctx, tx, d.File); err != nil {
			return err
		}
		return audit.RecordWithin(ctx, tx, now, who, "document.added", string(d.ID), string(d.CaseID), changes(Document{}, d)...)
	})
}

// allowed reports whether somebody may do something to the documents of a case.
// Who reads or names them reads what the case is about.
func (s *Service) allowed(ctx context.Context, q sqlite.Querier, who actor.Actor, action string, id cases.ID) error {
	if err := s.gate.Case(ctx, q, who, action, string(id)); err != nil {
		return err
	}
	may, err := s.gate.Classes(ctx, q, who, string(id))
	if err == nil && (!may.Narrative || !may.Sensitive) {
		err = access.ErrForbidden
	}
	return err
}

// OfCase returns the documents of a case, the newest first; withheld says that
// they are not for the person. It fails as the gate does for who may not see the
// case.
func (s *Service) OfCase(ctx context.Context, who actor.Actor, id cases.ID) (all []Document, withheld bool, err error) {
	may, err := access.Allowed(s.allowed(ctx, s.db, who, reading, id))
	if err != nil || !may {
		return nil, true, err
	}
	all, err = ofCase(ctx, s.db, id)
	return all, false, err
}

// Edits reports whether somebody may add documents to a case.
func (s *Service) Edits(ctx context.Context, who actor.Actor, id cases.ID) (bool, error) {
	return access.Allowed(s.allowed(ctx, s.db, who, editing, id))
}

// ByID returns a document without its content. It fails with ErrNotFound.
func (s *Service) ByID(ctx context.Context, who actor.Actor, id ID) (Document, error) {
	return s.get(ctx, s.db, who, reading, id)
}

// get returns a document to which somebody may do something.
func (s *Service) get(ctx context.Context, q sqlite.Querier, who actor.Actor, action string, id ID) (Document, error) {
	d, err := documentByID(ctx, q, id)
	if err = access.GoOn(err, ErrNotFound); err != nil {
		return Document{}, err
	}
	return d, access.Hidden(s.allowed(ctx, q, who, action, d.CaseID), ErrNotFound)
}

// Open returns a document with its content, which the caller closes; reading
// fails when the file was cut off. A look at a document of a watched case is
// recorded. It fails with ErrNotFound and ErrNoContent.
func (s *Service) Open(ctx context.Context, who actor.Actor, id ID) (Document, io.ReadCloser, error) {
	d, err := s.ByID(ctx, who, id)
	if err != nil {
		return Document{}, nil, err
	}
	content, err := s.files.Open(ctx, string(d.CaseID), d.File)
	if err != nil {
		return Document{}, nil, noContent(id, err)
	}
	if err := s.noteRead(ctx, who, d); err != nil {
		return Document{}, nil, errors.Join(err, content.Close())
	}
	return d, content, nil
}

func (s *Service) noteRead(ctx context.Context, who actor.Actor, d Document) error {
	watched, err := s.gate.Watched(ctx, s.db, string(d.CaseID))
	if err != nil || !watched {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		return audit.RecordWithin(ctx, tx, s.now(), who, "document.read", string(d.ID), string(d.CaseID))
	})
}

// Rename gives the document that was seen at a version another name; its ending
// stays. It fails with ErrChanged and ErrNotFound.
func (s *Service) Rename(ctx context.Context, who actor.Actor, id ID, version int, name string) error {
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		old, err := s.get(ctx, tx, who, editing, id)
		if err != nil {
			return err
		}
		d := old.named(text.Clean(name))
		d.Version = version
		if err := d.Check(); err != nil {
			return err
		}
		if err := updateName(ctx, tx, d); err != nil {
			return fmt.Errorf("renaming document %s: %w", id, err)
		}
		return audit.RecordWithin(ctx, tx, s.now(), who, "document.renamed", string(id), string(d.CaseID), changes(old, d)...)
	})
}

// Remove takes a document out of its case and its content off the disk. It
// returns the case and fails with ErrNotFound.
func (s *Service) Remove(ctx context.Context, who actor.Actor, id ID) (cases.ID, error) {
	var d Document
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		var err error
		if d, err = s.get(ctx, tx, who, editing, id); err != nil {
			return err
		}
		if err := takeOut(ctx, tx, d); err != nil {
			return fmt.Errorf("removing document %s: %w", id, err)
		}
		return audit.RecordWithin(ctx, tx, s.now(), who, "document.removed", string(id), string(d.CaseID), changes(d, Document{})...)
	})
	if err != nil {
		return "", err
	}
	return d.CaseID, s.remove(context.WithoutCancel(ctx), d.File)
}

// EraseCase takes all documents of a case out of the database, for an erasure:
// without the gate and without an entry, which the erasure has of its own. It
// returns the files, which Discard removes after the commit.
func EraseCase(ctx context.Context, tx *sqlite.Tx, id cases.ID) ([]vault.FileID, error) {
	all, err := ofCase(ctx, tx, id)
	if err != nil {
		return nil, fmt.Errorf("erasing the documents of case %s: %w", id, err)
	}
	var files []vault.FileID
	for _, d := range all {
		if err := takeOut(ctx, tx, d); err != nil {
			return nil, fmt.Errorf("erasing the documents of case %s: %w", id, err)
		}
		files = append(files, d.File)
	}
	return files, nil
}

// Discard removes files that EraseCase returned. What it does not reach, Tidy
// removes at the next start.
func (s *Service) Discard(ctx context.Context, files []vault.FileID) error {
	for _, f := range files {
		if err := s.remove(ctx, f); err != nil {
			return err
		}
	}
	return nil
}
