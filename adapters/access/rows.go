package access

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// Rows gives the rows of a table in the order of the file.
func (d *db) Rows(ctx context.Context, q tables.Query, fn func(tables.Row) error) error {
	all, err := d.Tables(ctx)
	if err != nil {
		return err
	}
	t := tables.Find(all, q.Table)
	if t == nil {
		return adapters.ErrStream.With("table", q.Table)
	}
	text, done, err := d.start(ctx, "mdb-export", "-H", "-B", "-b", "hex", "-D", "%F", "-T", "%F %T", "--", d.path, t.Name)
	if err != nil {
		return d.named(err, q.Table)
	}
	r := &reader{from: bufio.NewReaderSize(text, 64<<10), table: t}
	err = r.all(ctx, q, fn)
	if e := done(); err == nil {
		err = e
	}
	if e := ctx.Err(); e != nil {
		return e
	}
	return d.named(err, q.Table)
}

// reader reads what mdb-export prints: cells with commas between, texts in quotes,
// a quote in them doubled, numbers, days and nothing at all bare.
type reader struct {
	from  *bufio.Reader
	table *tables.Table
	cells []cell
	held  int // bytes of this row
}

type cell struct {
	text   []byte
	quoted bool
}

// maxRow is the most bytes of one row, a document in hexadecimal included.
const maxRow = 256 << 20

func (r *reader) all(ctx context.Context, q tables.Query, fn func(tables.Row) error) error {
	for n := int64(1); ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := r.row()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n <= q.Skip {
			continue
		}
		row, err := r.made(n, q.Raw)
		if err != nil {
			return err
		}
		if err := fn(row); err != nil {
			return err
		}
	}
}

// row reads the cells of the next row. io.EOF is the end, and an end within a row is
// an unreadable file: the program stopped.
func (r *reader) row() error {
	if _, err := r.from.Peek(1); err != nil {
		return err
	}
	r.cells, r.held = r.cells[:0], 0
	for {
		last, err := r.cell()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = adapters.ErrUnreadable.With("expected", "Access")
			}
			return err
		}
		if last {
			break
		}
	}
	if len(r.cells) != len(r.table.Columns) {
		return adapters.ErrUnreadable.With("expected", "Access")
	}
	return nil
}

// cell reads one cell with what ends it, and reports whether that ends the row.
func (r *reader) cell() (last bool, err error) {
	c := cell{}
	for first := true; ; first = false {
		b, err := r.from.ReadByte()
		if err != nil {
			return false, err
		}
		switch {
		case b == '"' && first:
			c.quoted = true
			if c.text, err = r.quoted(); err != nil {
				return false, err
			}
		case b == ',' || b == '\n':
			r.cells = append(r.cells, c)
			return b == '\n', r.hold(1)
		default:
			c.text = append(c.text, b)
			if err := r.hold(1); err != nil {
				return false, err
			}
		}
	}
}

// quoted reads on to the quote that ends a text.
func (r *reader) quoted() ([]byte, error) {
	var text []byte
	for {
		part, err := r.from.ReadSlice('"')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		text = append(text, part...)
		if e := r.hold(len(part)); e != nil {
			return nil, e
		}
		if err != nil {
			continue
		}
		next, err := r.from.Peek(1)
		if err != nil {
			return nil, err
		}
		if next[0] != '"' {
			return text[:len(text)-1], nil
		}
		if _, err := r.from.Discard(1); err != nil {
			return nil, err
		}
	}
}

func (r *reader) hold(n int) error {
	if r.held += n; r.held > maxRow || len(r.cells) > maxColumns {
		return adapters.ErrTooLarge.With("megabytes", maxRow>>20)
	}
	return nil
}

// maxColumns is more than Access allows.
const maxColumns = 1024

// made makes a row of cells.
func (r *reader) made(n int64, raw func(int, []byte) error) (tables.Row, error) {
	row := tables.Row{No: n, Values: make([]adapters.Value, len(r.cells))}
	for i, c := range r.cells {
		column := r.table.Columns[i]
		switch {
		case len(c.text) == 0 && !c.quoted:
			row.Values[i] = adapters.Value{Null: true}
		case strings.HasPrefix(strings.ToLower(column.Type), "bytea"):
			if err := binary(&row, r.table, i, c.text, raw); err != nil {
				return row, err
			}
		default:
			row.Values[i] = value(string(bytes.ToValidUTF8(c.text, []byte("\uFFFD"))), column.Type)
			if bytes.ContainsRune(c.text, '\uFFFD') || !bytes.Equal(c.text, bytes.ToValidUTF8(c.text, nil)) {
				row.Problems = append(row.Problems, adapters.Problem{Code: adapters.EncodingInvalid, Column: column.Name})
			}
			if tables.KindOf(column.Type) == adapters.Date && row.Values[i].Kind != adapters.Date && !clock(row.Values[i].Raw) {
				row.Problems = append(row.Problems, adapters.Problem{Code: adapters.DateImpossible, Column: column.Name})
			}
		}
	}
	return row, nil
}

// noDay is the day that Access writes a time of day with.
const noDay = "1899-12-30 "

// value makes a value of a text. A day that has no time is a day alone, and a time
// without a day is a text: Access keeps both as moments.
func value(text, declared string) adapters.Value {
	kind := tables.KindOf(declared)
	if kind == adapters.Date {
		if day, whole := strings.CutSuffix(text, " 00:00:00"); whole {
			text = day
		} else if time, alone := strings.CutPrefix(text, noDay); alone {
			return adapters.Value{Raw: time}
		}
		if strings.HasPrefix(text, "0001-01-01") { // what it prints for a day that it cannot
			return adapters.Value{Raw: text}
		}
	}
	return tables.Typed(text, kind)
}

// clock reports a time of day.
func clock(s string) bool { return len(s) == 8 && s[2] == ':' && s[5] == ':' }

// binary makes a document of bytes in hexadecimal.
func binary(row *tables.Row, t *tables.Table, at int, text []byte, raw func(int, []byte) error) error {
	b := make([]byte, hex.DecodedLen(len(text)))
	if _, err := hex.Decode(b, text); err != nil || len(b) == 0 {
		row.Values[at] = adapters.Value{Null: true}
		if err != nil {
			row.Problems = append(row.Problems, adapters.Problem{Code: adapters.EncodingInvalid, Column: t.Columns[at].Name})
		}
		return nil
	}
	return row.Attach(t, at, unwrapped(b), raw)
}

// wrapping is how an OLE object begins in Access, and formats how files inside begin.
var (
	wrapping = []byte{0x15, 0x1c}
	formats  = [][]byte{[]byte("%PDF-"), []byte("PK\x03\x04"), {0xff, 0xd8, 0xff}, []byte("\x89PNG\r\n"), []byte("GIF8"), {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1}}
)

// maxWrapping is where a file inside has begun.
const maxWrapping = 4096

// unwrapped takes the header of an OLE object off a file of a known format.
func unwrapped(b []byte) []byte {
	if !bytes.HasPrefix(b, wrapping) {
		return b
	}
	head, best := b[:min(len(b), maxWrapping)], -1
	for _, f := range formats {
		if i := bytes.Index(head, f); i >= 0 && (best < 0 || i < best) {
			best = i
		}
	}
	if best < 0 {
		return b
	}
	return b[best:]
}
