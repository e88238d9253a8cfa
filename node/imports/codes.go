package imports

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"casehub/adapters"
	"casehub/internal/text"
)

// codesFile reads a code list from a CSV file beside the mapping: the source's word
// and the node's value, a line each. A first line "from,to" is a header.
func (p *mappingReader) codesFile(f *field, r *rule, n ast.Node) error {
	if f.kind != asCode && f.kind != asWord && f.kind != asLine {
		return wrong(n, "%s takes no codes", f.name)
	}
	name, err := scalar(n, "codes_file")
	if err != nil {
		return err
	}
	if p.files == nil || !fs.ValidPath(name) {
		return wrong(n, "codes_file names no file beside the mapping")
	}
	b, err := fs.ReadFile(p.files, name)
	if err != nil {
		return wrong(n, "codes_file cannot be read")
	}
	_, _ = p.hash.Write(b)
	if r.codes == nil {
		r.codes = map[string]string{}
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	reader.FieldsPerRecord, reader.Comment = -1, '#'
	for line := 1; ; line++ {
		cells, err := reader.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil || len(cells) < 2:
			return wrong(n, "line %d of the codes file is no pair of values", line)
		case line == 1 && cells[0] == "from" && cells[1] == "to":
			continue
		}
		from, to := text.Clean(cells[0]), strings.TrimSpace(cells[1])
		if to != "" && !f.holds(p.reg, to) {
			return wrong(n, "line %d of the codes file: %s cannot be %q", line, f.name, to)
		}
		r.codes[from] = to
	}
}

// readLookup reads how another table of the source translates a value.
func (p *mappingReader) readLookup(n ast.Node) (*lookupRule, error) {
	all, err := entries(n, "lookup", lookupKeys)
	if err != nil {
		return nil, err
	}
	l := &lookupRule{}
	for _, e := range all {
		switch e.key {
		case "table":
			l.table, err = scalar(e.value, e.key)
		case "from":
			l.from, err = scalar(e.value, e.key)
		case "to":
			l.to, err = scalar(e.value, e.key)
		case "fn":
			l.steps, err = p.textFunctions(e.value)
		}
		if err != nil {
			return nil, err
		}
	}
	if l.table == "" || l.from == "" || l.to == "" {
		return nil, wrong(n, `lookup needs "table", "from" and "to"`)
	}
	return l, nil
}

// lookupLimit is the most rows of a table that values are looked up in.
const lookupLimit = 200_000

// readLookups reads the tables by which a mapping translates values, each once.
func (m *Mapping) readLookups(ctx context.Context, src adapters.Source) error {
	byTable := map[string][]*lookupRule{}
	for _, s := range m.streams {
		for _, r := range s.fields {
			if r.lookup != nil {
				r.lookup.values = map[string]string{}
				byTable[r.lookup.table] = append(byTable[r.lookup.table], r.lookup)
			}
		}
	}
	if m, ok := src.(*mended); ok {
		src = m.aside()
	}
	for table, rules := range byTable {
		rows := 0
		err := src.Read(ctx, table, "", func(rec adapters.Record) error {
			if rows++; rows > lookupLimit {
				return adapters.ErrTooManyCells.With("table", table)
			}
			for _, l := range rules {
				l.add(&rec)
			}
			return nil
		}, func(adapters.Cursor) error { return ctx.Err() })
		if err != nil {
			return fmt.Errorf("reading the table %s: %w", table, err)
		}
	}
	return nil
}

// add takes one row of the table; of two with one code the first counts.
func (l *lookupRule) add(rec *adapters.Record) {
	if rec.Skip != "" {
		return
	}
	from, code := through(l.steps, text.Clean(asText(rec.Value(l.from))))
	if _, there := l.values[from]; code != "" || from == "" || there {
		return
	}
	l.values[from] = text.Clean(asText(rec.Value(l.to)))
}
