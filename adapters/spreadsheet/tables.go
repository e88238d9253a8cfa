package spreadsheet

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/internal/errs"
)

// namedTable is a table with the name of its stream.
type namedTable struct {
	name string
	Table
	// found is true for a sheet that nobody declared and that may hold no table.
	found bool
}

// tables lists the tables that are declared, or else those that there are.
func (s *Source) tables(ctx context.Context) ([]namedTable, error) {
	if err := s.survey(ctx); err != nil {
		return nil, err
	}
	if len(s.settings.Tables) > 0 {
		var all []namedTable
		for name, t := range s.settings.Tables {
			all = append(all, namedTable{name: name, Table: t})
		}
		slices.SortFunc(all, func(a, b namedTable) int { return strings.Compare(a.name, b.name) })
		return all, nil
	}
	if len(s.parts) > 1 && !s.at.Pattern() {
		return tablesOfParts(s.parts), nil
	}
	return tablesOfSheets(s.parts)
}

// tablesOfParts makes a table of each file, named without its ending where that
// tells them apart.
func tablesOfParts(parts []*part) []namedTable {
	times := map[string]int{}
	for _, p := range parts {
		times[shortName(p)]++
	}
	var all []namedTable
	for _, p := range parts {
		name := shortName(p)
		if times[name] > 1 {
			if name = p.member; name == "" {
				name = p.name
			}
		}
		all = append(all, namedTable{name: name, Table: Table{File: escaped(p)}})
	}
	return all
}

func shortName(p *part) string { return strings.TrimSuffix(p.name, path.Ext(p.name)) }

// escaped returns the pattern that fits one file alone.
func escaped(p *part) string {
	name := p.member
	if name == "" {
		name = p.name
	}
	return strings.NewReplacer("*", "\\*", "?", "\\?", "[", "\\[", "\\", "\\\\").Replace(name)
}

// tablesOfSheets makes a table of the first visible sheet and one of each other.
func tablesOfSheets(parts []*part) ([]namedTable, error) {
	all := []namedTable{{name: OnlyTable}}
	if len(parts) != 1 || parts[0].kind == kindText {
		return all, nil
	}
	book, err := openBook(parts[0])
	if err != nil {
		return nil, inFile(err, parts[0].name)
	}
	first, err := findSheet(book.sheets(), "")
	if err != nil {
		return nil, errors.Join(inFile(err, parts[0].name), book.Close())
	}
	seen := map[string]bool{OnlyTable: true}
	for i, sheet := range book.sheets() {
		if name := strings.TrimSpace(sheet.name); i != first && name != "" && !seen[name] {
			seen[name] = true
			all = append(all, namedTable{name: name, Table: Table{Sheet: sheet.name}, found: true})
		}
	}
	return all, book.Close()
}

// table returns the settings of a table. It fails with adapters.ErrStream when
// there is none of that name.
func (s *Source) table(ctx context.Context, name string) (Table, error) {
	if t, ok := s.settings.Tables[name]; ok {
		return t, s.survey(ctx)
	}
	all, err := s.tables(ctx)
	if err != nil {
		return Table{}, err
	}
	for _, t := range all {
		if t.name == name {
			return t.Table, nil
		}
	}
	return Table{}, adapters.ErrStream.With("table", name)
}

// partsFor returns the files that a table is in.
func (s *Source) partsFor(t Table) ([]*part, error) {
	if t.File == "" {
		return s.parts, nil
	}
	var all []*part
	for _, p := range s.parts {
		if p.fits(t.File) {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil, adapters.ErrNoFiles
	}
	return all, nil
}

// fits reports a name that a pattern means, whatever the case of its letters.
func (p *part) fits(pattern string) bool {
	for _, name := range []string{p.name, strings.ReplaceAll(p.member, "\\", "/"), p.at.Name()} {
		if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(name)); err == nil && ok && name != "" {
			return true
		}
	}
	return false
}

// inFile adds the name of the file to an error that a person can do something
// about and that does not name one.
func inFile(err error, file string) error {
	e := errs.As(err)
	if e == nil {
		return err
	}
	if _, named := e.Args()["file"]; named {
		return e
	}
	return e.With("file", file)
}

// chain gives the records of a table that is in several files, one after the
// other. Each file has a header of its own.
type chain struct {
	rest  []*part
	open  func(*part) (records, error)
	now   records
	files int
	says  []string
}

// advance opens the next file; it returns io.EOF after the last.
func (c *chain) advance() error {
	if len(c.rest) == 0 {
		return io.EOF
	}
	r, err := c.open(c.rest[0])
	if err != nil {
		return err
	}
	c.rest, c.now = c.rest[1:], r
	if c.files++; c.files == 1 {
		c.says = r.notes()
	}
	return nil
}

func (c *chain) next() (adapters.Record, error) {
	for {
		rec, err := c.now.next()
		if !errors.Is(err, io.EOF) {
			return rec, err
		}
		if len(c.rest) == 0 {
			return rec, err
		}
		if err := c.now.Close(); err != nil {
			return rec, err
		}
		if err := c.advance(); err != nil {
			return rec, err
		}
	}
}

func (c *chain) header() *adapters.Header { return c.now.header() }

func (c *chain) notes() []string {
	if all := c.files + len(c.rest); all > 1 {
		return append([]string{"files: " + strconv.Itoa(all)}, c.says...)
	}
	return c.now.notes()
}

func (c *chain) hidden() bool { return c.now.hidden() }

func (c *chain) Close() error { return c.now.Close() }
