package spreadsheet

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/charset"
)

// delimiters that are tried, in the order that breaks ties.
var delimiters = []byte{';', ',', '\t', '|'}

// dialectRows is the number of filled rows that the guess of a delimiter looks
// at, among the first dialectLines.
const (
	dialectRows  = 200
	dialectLines = 2000
)

// dialect is how the rows of a delimited file are cut.
type dialect struct {
	delim byte
	width int  // cells that most rows have
	said  bool // the first line is "sep=;", which says the delimiter
}

// guessDialect returns the one of the delimiters by which rows have the most
// regular number of cells.
func guessDialect(open func() (*lineReader, error), among []byte) (dialect, error) {
	best, top := dialect{}, -1.0
	for _, d := range among {
		lines, err := open()
		if err != nil {
			return best, err
		}
		score, width, err := regularity(&splitter{lines: lines, delim: d})
		if err != nil {
			return best, err
		}
		if score > top {
			best, top = dialect{delim: d, width: width}, score
		}
	}
	return best, nil
}

// regularity is the share of rows with the commonest number of cells, weighed
// by that number, which it returns as well; a single cell counts nothing.
func regularity(s *splitter) (score float64, width int, err error) {
	counts := map[int]int{}
	rows := 0
	for i := 0; i < dialectLines && rows < dialectRows; i++ {
		r, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, 0, err
		}
		if !blankTexts(r.cells) {
			counts[len(r.cells)]++
			rows++
		}
	}
	score, width = -1, 1
	for w, n := range counts {
		if x := float64(n) / float64(rows) * math.Log(float64(w)); x > score || x == score && w > width {
			score, width = x, w
		}
	}
	return max(score, 0), width, nil
}

func blankTexts(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// textRows gives the rows of a delimited file.
type textRows struct {
	file  io.Closer
	split *splitter
	about []string
}

// openText opens a delimited file and settles its dialect.
func openText(p *part, t Table) (*textRows, error) {
	enc, why, err := charset.Choose(t.Encoding, t.Language, p.facts)
	if err != nil {
		return nil, err
	}
	d, err := dialectOf(p, t, enc)
	if err != nil {
		return nil, err
	}
	f, err := p.open()
	if err != nil {
		return nil, err
	}
	lines := newLineReader(f, enc, p.facts.CROnly)
	if d.said {
		if _, err := lines.next(); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return &textRows{
		file: f, split: &splitter{lines: lines, delim: d.delim, width: width(t, d)},
		about: []string{why, fmt.Sprintf("delimiter %q", d.delim)},
	}, nil
}

// width returns the number of cells that a row should have, or 0 where rows
// differ by nature.
func width(t Table, d dialect) int {
	switch {
	case t.Format == KeyValue:
		return 0
	case len(t.Columns) > 0:
		return len(t.Columns)
	}
	return d.width
}

// dialectOf settles the dialect of a file: what is declared, then what its
// first line says, then the guess.
func dialectOf(p *part, t Table, enc charset.Encoding) (d dialect, err error) {
	var files []io.Closer
	defer func() {
		for _, f := range files {
			err = errors.Join(err, f.Close())
		}
	}()
	open := func() (*lineReader, error) {
		f, err := p.open()
		if err != nil {
			return nil, err
		}
		files = append(files, f)
		return newLineReader(f, enc, p.facts.CROnly), nil
	}
	lines, err := open()
	if err != nil {
		return d, err
	}
	first, err := lines.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return d, err
	}
	declared, err := t.delimiter()
	if err != nil {
		return d, err
	}
	among := delimiters
	after, said := strings.CutPrefix(strings.ToLower(first.text), "sep=")
	said = said && len(after) == 1
	switch {
	case declared != 0:
		among = []byte{declared}
	case said:
		among = []byte{after[0]}
	}
	d, err = guessDialect(open, among)
	d.said = said
	return d, err
}

func (t *textRows) next() (row, error) {
	r, err := t.split.next()
	if err != nil {
		return row{}, err
	}
	values := make([]adapters.Value, len(r.cells))
	for i, c := range r.cells {
		values[i].Raw = c
	}
	out := row{no: r.no, cells: values, code: r.code}
	if r.code == adapters.EncodingInvalid || r.code == adapters.MojibakeSuspected {
		out.code = ""
		out.cellAt = strangeCells(r.cells, r.code)
	}
	return out, nil
}

// strangeCells blames the cells with characters beyond ASCII: only they can
// have been read in a wrong encoding.
func strangeCells(cells []string, code adapters.Code) []cellProblem {
	var all []cellProblem
	for i, c := range cells {
		if strings.ContainsFunc(c, func(r rune) bool { return r > unicode.MaxASCII }) {
			all = append(all, cellProblem{i, code})
		}
	}
	return all
}

func (t *textRows) notes() []string { return t.about }

func (t *textRows) Close() error { return t.file.Close() }
