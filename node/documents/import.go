package documents

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gabriel-vasile/mimetype"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/text"
	"casehub/node/cases"
	"casehub/node/vault"
)

// Import keeps what r gives as the document with an identifier, as an import has
// it: it asks no gate and writes no audit entry. What the content is, is told by its
// bytes. Where the document is there already nothing is read. It fails with ErrEmpty
// and with what reading r fails with; then nothing is left.
func (s *Service) Import(ctx context.Context, who actor.Actor, id ID, of cases.ID, name string, r io.Reader) error {
	if _, err := documentByID(ctx, s.db, id); !errors.Is(err, ErrNotFound) {
		return err
	}
	d := Document{ID: id, CaseID: of, File: vault.NewFileID(), Name: text.Clean(name), AddedBy: who.ID, Version: 1}
	if err := d.Check(); err != nil {
		return err
	}
	start := bufio.NewReaderSize(r, header)
	head, err := start.Peek(header)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case len(head) == 0:
		return ErrEmpty
	}
	d.Type = mimetype.Detect(head).String()
	if err := insertLeftover(ctx, s.db, d.File); err != nil {
		return fmt.Errorf("beginning a document: %w", err)
	}
	if err := s.imported(ctx, d, start); err != nil {
		return errors.Join(err, s.remove(context.WithoutCancel(ctx), d.File))
	}
	return nil
}

// imported writes the file and then the row that names it.
func (s *Service) imported(ctx context.Context, d Document, r io.Reader) error {
	var err error
	if d.Size, d.SHA256, err = s.files.WriteAs(ctx, string(d.CaseID), d.File, r); err != nil {
		return fmt.Errorf("keeping a document: %w", err)
	}
	d.AddedAt = sqlite.Stamp(s.now())
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := insertDocument(ctx, tx, d); err != nil {
			return fmt.Errorf("keeping a document: %w", err)
		}
		return deleteLeftover(ctx, tx, d.File)
	})
}
