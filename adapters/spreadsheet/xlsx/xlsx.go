// Package xlsx reads workbooks in Office Open XML. Sheets are streamed: only the
// shared texts are held in memory. The cell type and the number format decide
// what a value is, never the text that is shown.
//
// What holds for the whole workbook is in xlsx.go, texts in text.go, merged cells in
// merged.go, the rows of a sheet in feed.go, and what a cell holds in value.go.
package xlsx

import (
	"encoding/xml"
	"errors"
	"path"
	"strconv"
	"strings"

	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/archive"
	"casehub/adapters/spreadsheet/markup"
	"casehub/adapters/spreadsheet/sheet"
)

// book is an open workbook.
type book struct {
	pack     *archive.Pack
	list     []sheet.Info
	files    []string // of the sheets, by place
	calendar sheet.Calendar
	shared   []string
	days     []bool // by style: whether it shows a day
}

// Open opens a workbook, and closes f with it. It fails with adapters.ErrTooLarge
// when its texts do not fit into memory.
func Open(f place.File) (sheet.Book, error) {
	k, err := archive.OpenPack(f, "XLSX")
	if err != nil {
		return nil, err
	}
	b := &book{pack: k}
	if err := b.load(); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return b, nil
}

func (b *book) load() error {
	_, byType, err := b.relations("")
	if err != nil {
		return err
	}
	name := byType["officeDocument"]
	if name == "" {
		name = "xl/workbook.xml"
	}
	byID, byType, err := b.relations(name)
	if err != nil {
		return err
	}
	if err := b.loadBook(name, byID); err != nil {
		return err
	}
	if styles := byType["styles"]; b.pack.Has(styles) {
		if err := b.loadStyles(styles); err != nil {
			return err
		}
	}
	if shared := byType["sharedStrings"]; b.pack.Has(shared) {
		return b.loadShared(shared)
	}
	return nil
}

// relations returns the targets of a file's relations by their identifier, as
// names in the pack, and by the end of their type.
func (b *book) relations(of string) (byID, byType map[string]string, err error) {
	byID, byType = map[string]string{}, map[string]string{}
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	if !b.pack.Has(name) {
		return byID, byType, nil
	}
	return byID, byType, b.each(name, func(_ *markup.Reader, e xml.StartElement) error {
		if e.Name.Local != "Relationship" || markup.Attr(e, "TargetMode") == "External" {
			return nil
		}
		target := strings.ReplaceAll(markup.Attr(e, "Target"), "\\", "/")
		if !strings.HasPrefix(target, "/") {
			target = path.Join(dir, target)
		}
		target = strings.TrimPrefix(target, "/")
		byID[markup.Attr(e, "Id")] = target
		if kind := path.Base(markup.Attr(e, "Type")); byType[kind] == "" {
			byType[kind] = target
		}
		return nil
	})
}

// each calls fn for the beginning of each element of a file of the pack.
func (b *book) each(name string, fn func(*markup.Reader, xml.StartElement) error) error {
	r, err := b.pack.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	x := markup.New(r, "XLSX")
	return x.Each(func(e xml.StartElement) error { return fn(x, e) })
}

func (b *book) loadBook(name string, byID map[string]string) error {
	return b.each(name, func(_ *markup.Reader, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			b.calendar.From1904 = markup.On(e, "date1904")
		case "sheet":
			file := byID[relationID(e)]
			if small := strings.ToLower(file); !b.pack.Has(file) || !strings.Contains(small, "sheet") || strings.Contains(small, "chartsheets/") {
				return nil
			}
			state := markup.Attr(e, "state")
			b.list = append(b.list, sheet.Info{Name: markup.Attr(e, "name"), Hidden: state == "hidden" || state == "veryHidden"})
			b.files = append(b.files, file)
		}
		return nil
	})
}

// relationID returns the attribute r:id, whatever its prefix.
func relationID(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

func (b *book) loadStyles(name string) error {
	formats := map[int]string{}
	in := false
	return b.each(name, func(_ *markup.Reader, e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			if id, err := strconv.Atoi(markup.Attr(e, "numFmtId")); err == nil {
				formats[id] = markup.Attr(e, "formatCode")
			}
		case "cellXfs":
			in = true
		case "cellStyles", "dxfs", "cellStyleXfs":
			in = false
		case "xf":
			if in {
				id, _ := strconv.Atoi(markup.Attr(e, "numFmtId"))
				b.days = append(b.days, sheet.ShowsDay(id, formats[id]))
			}
		}
		return nil
	})
}

func (b *book) Sheets() []sheet.Info { return b.list }

func (b *book) Notes() []string { return b.calendar.Notes() }

func (b *book) Close() error { return b.pack.Close() }

// Open opens a sheet.
func (b *book) Open(at int) (sheet.Feed, error) {
	merged, err := b.loadMerged(b.files[at])
	if err != nil {
		return nil, err
	}
	r, err := b.pack.Open(b.files[at])
	if err != nil {
		return nil, err
	}
	return &feed{book: b, file: r, x: markup.New(r, "XLSX"), merged: merged}, nil
}
