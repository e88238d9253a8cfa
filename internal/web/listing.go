package web

import (
	"net/url"
	"strings"

	"casehub/internal/civil"
)

// Listing is the data of block "listing": a page with a list of records that can be
// narrowed by what is chosen, and read page by page. Title, Lead, Columns and the
// words for nothing are keys.
type Listing struct {
	Title, Lead string
	// Path is the page's own address, Add that of a new record with the key AddKey,
	// "" for who may not make one.
	Path        string
	Add, AddKey string
	// Filters narrow the list: lists to choose from, and days.
	Filters []Field
	Columns []string
	Rows    []Line
	// Next marks the page that follows, "" after the last.
	Next string
	// Later says that this is not the first page.
	Later bool
	// Icon, None and NoneBody stand where there is no record at all.
	Icon, None, NoneBody string
}

// Line is one record of a listing; the first cell heads it.
type Line struct{ Cells []Cell }

// Cell is one value of a line: a text, a day, a number, or a word by its key; the
// zero Cell is empty. Path makes it a link.
type Cell struct {
	Text, Key, Path string
	Day             civil.Date
	// Numbered says that the cell shows Number.
	Number   int
	Numbered bool
	// Code sets the text in letters that are told apart.
	Code bool
	// Withheld says that the value is not for the reader.
	Withheld bool
}

// Tile is the data of block "waiting-tile" on the first page: how many records of a list
// wait for somebody. Key says what they are, and Path is where they stand.
type Tile struct {
	Key, Path string
	Number    int
}

// Narrowed reports whether anything is chosen.
func (l Listing) Narrowed() bool {
	for _, f := range l.Filters {
		if f.Value != "" {
			return true
		}
	}
	return false
}

// More returns the address of the page that follows.
func (l Listing) More() string {
	q := url.Values{"after": {l.Next}}
	for _, f := range l.Filters {
		if f.Value != "" {
			q.Set(f.Name, f.Value)
		}
	}
	return l.Path + "?" + q.Encode()
}

// Narrow returns an input by which a list is narrowed, as the address has it.
func Narrow(label string, asked func(string) string) Field {
	_, name, _ := strings.Cut(strings.ReplaceAll(label, "-", "_"), ".")
	return Field{Form: "narrow", Name: name, Label: label, Value: asked(name)}
}
