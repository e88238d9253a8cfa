package imports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/errs"
)

// Errors of mending.
var (
	// ErrNoRow reports a row that is not in quarantine any more, or not for the reader.
	ErrNoRow = errs.New(errs.NotFound, "held.no-row")
	// ErrOtherInstance reports a mapping for another source than the rows are of.
	ErrOtherInstance = errs.New(errs.Invalid, "held.other-instance").On("mapping")
	// ErrNoOriginal reports rows whose mapping looks values up in the file that they
	// came from, which is not here any more, or not for that mapping or that person.
	ErrNoOriginal = errs.New(errs.NotFound, "held.no-original")
	// ErrNoMarks reports a table in which no row has the column that tells the rows of a
	// quarantine.
	ErrNoMarks = errs.New(errs.Invalid, "held.no-marks").On("file")
	errLong    = errs.New(errs.Invalid, "held.too-long")
)

// MappingOf returns the mapping that a run was made by, "" where only its digest is
// known.
func (s *Service) MappingOf(ctx context.Context, who actor.Actor, run int64) (string, error) {
	if err := s.gate.May(ctx, who, "imports.run"); err != nil {
		return "", err
	}
	text, _, err := s.mappingOf(ctx, run)
	return text, err
}

// mappingOf returns the mapping of a run and what the run read.
func (s *Service) mappingOf(ctx context.Context, run int64) (text, upload string, err error) {
	hash, text, upload, err := selectMapping(ctx, s.db, run)
	if err != nil || text != "" {
		return text, upload, err
	}
	for _, name := range ShippedNames() {
		b, _ := Shipped(name)
		if m, err := ParseMapping(b, s.reg); err == nil && m.Hash == hash {
			return string(b), upload, nil
		}
	}
	return "", upload, nil
}

// Mend starts a job that imports the rows that a run's file left in quarantine as they
// were mended, by the same path as any other import, until nothing is held. Mapping is
// that of the run where it is "". It fails as Jobs.Start, and with ErrOtherInstance.
func (j *Jobs) Mend(ctx context.Context, who actor.Actor, run int64, mapping string) (JobID, error) {
	p, err := j.svc.toEdit(ctx, who, run)
	if err != nil {
		return 0, err
	}
	known, upload, err := j.svc.mappingOf(ctx, p.ID)
	if err != nil {
		return 0, fmt.Errorf("reading the mapping of an import: %w", err)
	}
	if mapping == "" {
		mapping = known
	}
	m, err := ParseMapping([]byte(mapping), j.svc.reg)
	if err != nil {
		return 0, err
	}
	if m.Instance != p.Instance {
		return 0, ErrOtherInstance.With("instance", p.Instance)
	}
	// Rows that are tried one by one until they hold are no sign of a wrong file.
	return j.Start(ctx, who, Job{Mapping: mapping, Upload: upload, Name: p.Source, Mends: p.ID, Accept: true})
}

// mended returns the rows of the quarantine as they were mended, and what closes the
// source that they came from.
func (j *Jobs) mended(ctx context.Context, who actor.Actor, m *Mapping, job Job) (adapters.Source, io.Closer, error) {
	p, err := j.svc.toEdit(ctx, who, job.Mends)
	if err != nil {
		return nil, nil, err
	}
	var rows heldMarks
	sum := sha256.New()
	all := map[string]mendable{}
	var tables remembered
	for _, t := range tablesOf(m.streams) {
		if t != "" {
			tables = append(tables, t)
		}
	}
	err = j.svc.eachEdit(ctx, who, p, nil, func(r EditRow) error {
		row := r.mendedRow()
		rows.marks, all[r.Mark] = append(rows.marks, r.Mark), mendable{row, r.Loc}
		text, err := row.text()
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s\x00%s\x00", r.Mark, text)
		if !slices.Contains(tables, row.Table) {
			tables = append(tables, row.Table)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	rows.fingerprint = hex.EncodeToString(sum.Sum(nil))
	original, err := j.original(ctx, who, m, job)
	switch {
	case err == nil:
	case m.asksOriginal():
		return nil, nil, errors.Join(ErrNoOriginal, err)
	default:
		original = tables
	}
	closer, _ := original.(io.Closer)
	return &mended{Source: original, run: p, file: rows, rows: all}, closer, nil
}

// original opens what the rows of a run came from, by the mapping of the run alone: what
// another mapping reads of it, nobody has said whose it is. It fails with ErrNoOriginal.
func (j *Jobs) original(ctx context.Context, who actor.Actor, m *Mapping, job Job) (adapters.Source, error) {
	hash, _, _, err := selectMapping(ctx, j.svc.db, job.Mends)
	if err != nil {
		return nil, fmt.Errorf("reading the mapping of an import: %w", err)
	}
	if hash != m.Hash {
		return nil, ErrNoOriginal
	}
	return j.o.Source(ctx, who, m, job.Upload)
}

// asksOriginal reports whether a mapping needs the source that rows came from beside the
// rows: to look values up, and for documents.
func (m *Mapping) asksOriginal() bool {
	return m.brings(toDocument) || slices.ContainsFunc(m.streams, func(s *stream) bool {
		return slices.ContainsFunc(s.fields, func(r *rule) bool { return r.lookup != nil })
	})
}

// heldMarks is a table of nothing but the marks of rows, with the digest of what the rows
// hold now: an interrupted job is known by it.
type heldMarks struct {
	marks       []string
	fingerprint string
}

func (heldMarks) Check(context.Context) error { return nil }

func (k heldMarks) Discover(context.Context) (adapters.Catalog, error) {
	return adapters.Catalog{Fingerprint: k.fingerprint, Streams: []adapters.Stream{{Name: "marks"}}}, nil
}

func (k heldMarks) Read(_ context.Context, _ string, _ adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	head := adapters.NewHeader([]string{errorColumn})
	for _, mark := range k.marks {
		if err := record(adapters.Record{Header: head, Values: []adapters.Value{{Raw: mark + " | "}}}); err != nil {
			return err
		}
	}
	return checkpoint("")
}

func (heldMarks) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

// remembered stands for a source that is not here any more: the names of its tables, and
// no record.
type remembered []string

func (remembered) Check(context.Context) error { return nil }

func (r remembered) Discover(context.Context) (adapters.Catalog, error) {
	var cat adapters.Catalog
	for _, table := range r {
		cat.Streams = append(cat.Streams, adapters.Stream{Name: table, Records: -1})
	}
	return cat, nil
}

func (remembered) Read(_ context.Context, _ string, _ adapters.Cursor, _ func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	return checkpoint("")
}

func (remembered) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}
