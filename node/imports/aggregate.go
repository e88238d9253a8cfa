package imports

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"casehub/adapters"
	"casehub/internal/civil"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
)

// An aggregate import serves a network that keeps its own system: it brings events
// for the ledger and nothing of a person but a pseudonym, by which the ledger counts
// distinct people. A key of the source is kept as its HMAC with a secret of the node,
// which nobody can undo who knows all keys there could be and not the secret. Texts
// are refused by the mapping, days become the first of their month, and of what is
// held back the place and the code are kept, without the value.

// aggregated are the kinds of fields that an aggregate import brings.
func aggregated(f field) bool {
	switch f.kind {
	case asCode, asMoney, asCurrency, asReference, asNumber:
		return true
	case asDay:
		return f.name != "birth_date"
	}
	return f.name == "progress"
}

// withoutPeople are the targets that have nothing without texts.
var withoutPeople = map[string]bool{toVisit: true, toAnswer: true, toDocument: true}

// keyed returns a key as the node keeps it.
func (m *Mapping) keyed(instance, stream, key string) string {
	if m.secret == nil || key == "" {
		return key
	}
	h := hmac.New(sha256.New, m.secret)
	_, _ = h.Write([]byte(instance + "\x00" + stream + "\x00" + key))
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// pseudonym returns the identifier that follows from such a key: a UUID of version 8,
// which the ledger takes for a person of their own.
func pseudonym(instance, stream, key string) string {
	return reference.Pseudonym(instance, stream, key)
}

// coarse makes the days of a draft the first of their month.
func (f *draft) coarse() {
	for i, fl := range f.stream.to.fields {
		if fl.kind == asDay && f.values[i] != "" {
			f.values[i] = string(civil.Date(f.values[i]).Month().First())
		}
	}
}

// displace takes from the place of the nth record of an aggregate import what the source
// calls it by.
func (d *decider) displace(rec *adapters.Record, n int64) {
	switch {
	case d.m.aggregate && d.run.sourceHash == "":
		numbered(rec, n)
	case d.m.aggregate:
		d.unnamed(rec)
	}
}

// numbered gives a record of a source that is no file its number in this reading for
// its place: there the place is often the key that the source has. What stands inside
// the record stands at its place.
func numbered(rec *adapters.Record, n int64) {
	rec.Loc = adapters.Locator{File: rec.Loc.File, Row: n, Hidden: rec.Loc.Hidden}
	for _, children := range rec.Children {
		for i := range children {
			unplaced(&children[i])
		}
	}
}

// unnamed gives the files inside of a folder or an archive, and the sheets that the mapping
// does not name, their numbers in this reading for their names: somebody's form may be
// called as they are.
func (d *decider) unnamed(rec *adapters.Record) {
	if f := rec.Loc.File; f != "" && f != d.run.sourceName {
		rec.Loc.File = d.member("file", f)
	}
	if sheet := rec.Loc.Sheet; sheet != "" && !d.m.mentions(sheet) {
		rec.Loc.Sheet = d.member("sheet", sheet)
	}
	for _, children := range rec.Children {
		for i := range children {
			d.unnamed(&children[i])
		}
	}
}

// member returns the number of a file or a sheet by the order in which they were met.
func (d *decider) member(kind, name string) string {
	of := d.members[kind]
	if of == nil {
		of = map[string]string{}
		d.members[kind] = of
	}
	if of[name] == "" {
		of[name] = numberOf(len(of))
	}
	return of[name]
}

// mentions reports whether a mapping names a table or a sheet.
func (m *Mapping) mentions(name string) bool {
	for _, s := range m.streams {
		if s.table == name || s.from == name {
			return true
		}
	}
	return m.settingsHave[name]
}

func unplaced(rec *adapters.Record) {
	rec.Loc = adapters.Locator{}
	for _, children := range rec.Children {
		for i := range children {
			unplaced(&children[i])
		}
	}
}

// silent returns problems without what the source has there.
func silent(all []problem) []problem {
	kept := make([]problem, len(all))
	for i, p := range all {
		p.raw, p.row = "", ""
		if p.unmapped {
			p.column = ""
		}
		kept[i] = p
	}
	return kept
}

// secretOf returns the node's secret. A dry run makes none: without one nothing was
// imported before, and any does.
func (s *Service) secretOf(ctx context.Context, dry bool) ([]byte, error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	var err error
	if dry {
		secret, err = readSecret(ctx, s.db, secret)
	} else {
		err = s.db.Tx(ctx, func(tx *sqlite.Tx) error {
			if err := insertSecret(ctx, tx, secret); err != nil {
				return err
			}
			secret, err = readSecret(ctx, tx, nil)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("reading the secret of imports: %w", err)
	}
	return secret, nil
}
