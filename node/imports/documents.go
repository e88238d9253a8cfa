package imports

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/cases"
	"casehub/node/documents"
)

// Papers keeps the content of documents, as documents.Service does.
type Papers interface {
	Import(ctx context.Context, who actor.Actor, id documents.ID, of cases.ID, name string, r io.Reader) error
}

// documentsPart is the name under which the documents of a record stand as its
// children: a stream reads them from "TABLE/@documents".
const documentsPart = "@documents"

var documentHeader = adapters.NewHeader([]string{"blob", "name", "type", "column", "md5"})

// documentRows returns the documents of a record as children of it.
func documentRows(r *row) []*row {
	var rows []*row
	for i, d := range r.rec.Documents {
		rec := adapters.Record{Key: r.key() + "/@" + string(d.Blob), Header: documentHeader, Values: []adapters.Value{
			textValue(string(d.Blob)), textValue(d.Name), textValue(d.Type), textValue(d.Column), textValue(strings.ToLower(d.MD5)),
		}}
		rows = append(rows, &row{rec: &rec, up: r, name: documentsPart, position: i + 1})
	}
	return rows
}

// probe reports what is wrong with the content of a document: it is not there, or is
// another than the source said.
func probe(ctx context.Context, src adapters.Source, blob, sum string) (code adapters.Code, err error) {
	content, err := src.Open(ctx, adapters.Blob(blob))
	switch {
	case errors.Is(err, adapters.ErrBlob):
		return adapters.AttachmentMissing, nil
	case err != nil:
		return "", fmt.Errorf("opening a document of the source: %w", err)
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	first := make([]byte, 1)
	if _, err := io.ReadFull(content, first); errors.Is(err, io.EOF) {
		return adapters.AttachmentMissing, nil
	} else if err != nil {
		return "", fmt.Errorf("reading a document of the source: %w", err)
	}
	if sum == "" {
		return "", nil
	}
	h := md5.New()
	_, _ = h.Write(first)
	if _, err := io.Copy(h, content); err != nil {
		return "", fmt.Errorf("reading a document of the source: %w", err)
	}
	if hex.EncodeToString(h.Sum(nil)) != sum {
		return adapters.AttachmentHash, nil
	}
	return "", nil
}

// paper is a document whose content is still to be brought.
type paper struct {
	stream   *stream
	step     *step
	id, blob string
}

// bring reads the content of the documents of a batch, whose cases are there now,
// and remembers each.
func (a *applier) bring(ctx context.Context) error {
	for _, p := range a.papers {
		content, err := a.src.Open(ctx, adapters.Blob(p.blob))
		if err != nil {
			return fmt.Errorf("opening a document of %s: %w", p.step.loc, err)
		}
		err = a.docs.Import(ctx, a.who, documents.ID(p.id), cases.ID(p.step.values[0]), p.step.values[1], content)
		if err = errors.Join(err, content.Close()); err != nil {
			return fmt.Errorf("keeping a document of %s: %w", p.step.loc, err)
		}
		if err := a.at("document"); err != nil {
			return err
		}
		hash, fields := hashesOf(p.step.values)
		if err := a.db.Tx(ctx, func(tx *sqlite.Tx) error {
			return insertXref(ctx, tx, a.run, p.stream, p.step.key, p.id, hash, fields)
		}); err != nil {
			return fmt.Errorf("keeping a document of %s: %w", p.step.loc, err)
		}
	}
	a.papers = a.papers[:0]
	return nil
}
