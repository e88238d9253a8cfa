package delimited

import (
	"errors"
	"io"
	"math"
	"strings"

	"casehub/adapters/spreadsheet/charset"
)

// delimiters that are tried, in the order that breaks ties, and those that are tried
// where by none of them most rows have two cells.
var (
	delimiters = []byte{';', ',', '\t', '|'}
	rareOnes   = []byte{'~', '^'}
)

// dialectRows is the number of filled rows that the guess of a delimiter looks
// at, among the first dialectLines.
const (
	dialectRows  = 200
	dialectLines = 2000
)

// even is the score from which on four of five rows have two cells.
var even = 0.8 * math.Log(2)

// dialect is how the rows of a delimited file are cut.
type dialect struct {
	delim byte
	width int // cells that a row should have; 0 where rows differ by nature
	score float64
	said  bool // the first line is "sep=;", which says the delimiter
}

// opener opens a file as often as its dialect needs.
type opener struct {
	file File
	enc  charset.Encoding
	// whole is true where each line is a quoted cell that is a row itself.
	whole bool
}

func (o *opener) open() (*lineReader, io.ReadCloser, error) {
	f, err := o.file.Open()
	if err != nil {
		return nil, nil, err
	}
	lines := newLineReader(f, o.enc, o.file.Facts.CROnly)
	lines.whole = o.whole
	return lines, f, nil
}

// dialect settles the dialect of a file: what is declared, then what its
// first line says, then the guess.
func (o *opener) dialect(s Settings) (dialect, error) {
	first, err := o.firstLine()
	if err != nil {
		return dialect{}, err
	}
	among := delimiters
	after, said := strings.CutPrefix(strings.ToLower(first), "sep=")
	said = said && len(after) == 1
	switch {
	case s.Delimiter != 0:
		among = []byte{s.Delimiter}
	case said:
		among = []byte{after[0]}
	}
	d, err := o.guess(among)
	if err == nil && d.score < even && !s.Loose {
		d, err = o.otherwise(d, s.Delimiter != 0 || said)
	}
	d.said = said
	switch {
	case s.Loose:
		d.width = 0
	case s.Width > 0:
		d.width = s.Width
	}
	return d, err
}

// otherwise tries other ways to cut a file of which few rows have two cells: as a row that
// was saved as one cell, and by rare delimiters where none is known.
func (o *opener) otherwise(found dialect, known bool) (dialect, error) {
	among := []byte{found.delim}
	if !known {
		among = delimiters
	}
	o.whole = true
	d, err := o.guess(among)
	if err != nil || d.score >= even {
		return d, err
	}
	o.whole = false
	if known {
		return found, nil
	}
	if d, err = o.guess(rareOnes); err != nil || d.score >= even {
		return d, err
	}
	return found, nil
}

func (o *opener) firstLine() (string, error) {
	lines, f, err := o.open()
	if err != nil {
		return "", err
	}
	first, err := lines.next()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return first.text, errors.Join(err, f.Close())
}

// guess returns the one of the delimiters by which rows have the most
// regular number of cells.
func (o *opener) guess(among []byte) (dialect, error) {
	best, top := dialect{}, -1.0
	for _, d := range among {
		lines, f, err := o.open()
		if err != nil {
			return best, err
		}
		score, width, err := regularity(&splitter{lines: lines, delim: d})
		if err = errors.Join(err, f.Close()); err != nil {
			return best, err
		}
		if score > top {
			best, top = dialect{delim: d, width: width, score: score}, score
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
