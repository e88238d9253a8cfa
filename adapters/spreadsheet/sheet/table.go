package sheet

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"casehub/adapters"
)

// table turns a feed into the lines of a table: rows and cells that the file
// left out stand in their places, a merged cell says the same in each place that
// it covers, what is outside the range is not there.
type table struct {
	book   Book
	feed   Feed
	info   Info
	within Area

	at     int     // the last row given
	ready  *Row    // the next one of the feed
	blank  []blank // rows without content that are given if another follows
	covers covers
	ended  bool
}

type blank struct {
	no     int
	hidden bool
}

// maxGap is how many rows without content may stand between two, in the file or left
// out of it: more is a stray cell at the bottom of the sheet, and none of them is given.
const maxGap = 20_000

// Table opens what is inside a range of a sheet: the one of a name, or else the
// first that is not hidden. It fails with adapters.ErrSheet when there is no such
// sheet. The lines close the book.
func Table(book Book, name string, within Area) (Lines, error) {
	at, err := Find(book, name)
	if err != nil {
		return nil, err
	}
	t := &table{book: book, info: book.Sheets()[at], within: within, at: within.Top - 1}
	if t.feed, err = book.Open(at); err != nil {
		return nil, err
	}
	return t, nil
}

// Find returns the place of a sheet by its name, blanks around it aside; "" is the
// first that is not hidden and holds something, or else the first that is not hidden.
func Find(book Book, name string) (int, error) {
	if name == "" {
		return first(book)
	}
	for i, s := range book.Sheets() {
		if strings.EqualFold(strings.TrimSpace(s.Name), strings.TrimSpace(name)) {
			return i, nil
		}
	}
	return 0, adapters.ErrSheet.With("sheet", name)
}

func first(book Book) (int, error) {
	found := -1
	for i, s := range book.Sheets() {
		if s.Hidden {
			continue
		}
		if found < 0 {
			found = i
		}
		if holds, err := Holds(book, i); holds || err != nil {
			return i, err
		}
	}
	if found < 0 {
		return 0, adapters.ErrUnreadable.With("expected", "XLSX")
	}
	return found, nil
}

// Holds reports a sheet with a cell that is not empty.
func Holds(book Book, at int) (bool, error) {
	f, err := book.Open(at)
	if err != nil {
		return false, err
	}
	for {
		r, err := f.Next()
		if errors.Is(err, io.EOF) {
			return false, f.Close()
		}
		if err != nil || len(r.Cells) > 0 {
			return err == nil, errors.Join(err, f.Close())
		}
	}
}

// Notes names the sheet and says what the book and the feed say.
func (t *table) Notes() []string {
	notes := []string{"sheet " + strconv.Quote(t.info.Name)}
	if t.info.Hidden {
		notes = append(notes, "the sheet is hidden")
	}
	return append(append(notes, t.book.Notes()...), t.feed.Notes()...)
}

func (t *table) Hidden() bool { return t.info.Hidden }

func (t *table) Close() error { return errors.Join(t.feed.Close(), t.book.Close()) }

// Next returns the next row inside the range.
func (t *table) Next() (Line, error) {
	for t.ready == nil {
		if err := t.read(); err != nil {
			return Line{}, err
		}
	}
	if len(t.blank) > 0 {
		b := t.blank[0]
		t.blank = t.blank[1:]
		t.at = b.no
		return Line{No: int64(b.no), Hidden: b.hidden}, nil
	}
	return t.give(), nil
}

// read takes a row of the feed.
func (t *table) read() error {
	if t.ended {
		return io.EOF
	}
	r, err := t.feed.Next()
	if err != nil {
		t.ended = errors.Is(err, io.EOF)
		return err
	}
	if r.No > t.within.Bottom {
		t.ended = true
		return io.EOF
	}
	t.covers.fill(&r, t.feed.Merged())
	if r.No < t.within.Top {
		return nil
	}
	if len(r.Cells) > 0 {
		t.ready = &r
	}
	if r.No-t.at > maxGap {
		t.blank = nil
		return nil
	}
	t.leaveOut(r.No)
	if t.ready == nil {
		t.blank = append(t.blank, blank{r.No, r.Hidden})
	}
	return nil
}

// leaveOut stands in for the rows that the file has not between the last one and
// this.
func (t *table) leaveOut(no int) {
	last := t.at
	if n := len(t.blank); n > 0 {
		last = t.blank[n-1].no
	}
	for last++; last < no; last++ {
		t.blank = append(t.blank, blank{no: last})
	}
}

// give turns the row that is ready into cells in their places.
func (t *table) give() Line {
	r := t.ready
	t.ready = nil
	t.at = r.No
	out := Line{No: int64(r.No), Hidden: r.Hidden}
	for _, c := range r.Cells {
		at := c.Col - t.within.Left
		if at < 0 || c.Col > t.within.Right {
			continue
		}
		for len(out.Cells) < at {
			out.Cells = append(out.Cells, adapters.Value{Null: true})
		}
		out.Cells = append(out.Cells, c.Value)
		if c.across {
			out.Across = append(out.Across, at)
		}
		if c.Code != "" {
			out.Faults = append(out.Faults, Fault{at, c.Code})
		}
	}
	return out
}
