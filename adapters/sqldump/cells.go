package sqldump

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/sqldump/lex"
	"casehub/adapters/sqldump/values"
	"casehub/adapters/tables"
)

// role is what the declared type of a column makes of its cells.
type role byte

const (
	plain    role = iota
	bits          // bytes that are a number, the highest first
	binaries      // bytes, however they are written
	geometry      // bytes of a place
	bytea         // bytes in hexadecimal
	array
	padded // a text with blanks behind it
)

func roleOf(declared string, d lex.Dialect) role {
	base, _, _ := strings.Cut(declared, "(")
	base, _, _ = strings.Cut(base, " ")
	switch {
	case strings.HasSuffix(declared, "[]"):
		return array
	case base == "bytea":
		return bytea
	case d == lex.Postgres && (base == "character" && !strings.HasPrefix(declared, "character varying") || base == "bpchar"):
		return padded
	case d != lex.MySQL:
		return plain
	}
	switch base {
	case "bit":
		return bits
	case "blob", "tinyblob", "mediumblob", "longblob", "binary", "varbinary":
		return binaries
	case "geometry", "point", "linestring", "polygon", "multipoint", "multipolygon", "multilinestring", "geometrycollection":
		return geometry
	}
	return plain
}

// number reads the bytes of a column of bits.
func number(b []byte) string {
	n := uint64(0)
	for _, x := range b[max(0, len(b)-8):] {
		n = n<<8 | uint64(x)
	}
	return strconv.FormatUint(n, 10)
}

// pointOf writes the bytes in which MySQL keeps a point as a server shows it.
func pointOf(b []byte) (string, bool) {
	if len(b) != 25 || b[4] != 1 || binary.LittleEndian.Uint32(b[5:]) != 1 {
		return "", false
	}
	at := func(i int) string {
		return strconv.FormatFloat(math.Float64frombits(binary.LittleEndian.Uint64(b[i:])), 'f', -1, 64)
	}
	return "POINT(" + at(9) + " " + at(17) + ")", true
}

// short writes a number as a database file has it, where the shell of SQLite wrote more
// digits than it has.
func (r *reader) short(s string) string {
	if r.survey.Dialect == lex.SQLite {
		s = strings.TrimSuffix(s, ".0")
	}
	if r.survey.Dialect != lex.SQLite || len(s) < 18 || !strings.ContainsAny(s, ".e") {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// put makes the value of a cell.
func (r *reader) put(row *tables.Row, at int, c values.Cell) {
	name := r.table.Columns[at].Name
	problem := func(code adapters.Code) {
		row.Problems = append(row.Problems, adapters.Problem{Code: code, Column: name})
	}
	if c.Cut {
		problem(adapters.RowTooLong)
		return
	}
	b := r.from.Bytes(c)
	raw := c.Sort == values.Bytes || c.Sort == values.Text
	switch {
	case c.Sort == values.Null:
		return
	case raw && r.roles[at] == bits:
		row.Values[at] = tables.Typed(number(b), adapters.Number)
		return
	case raw && r.roles[at] == geometry:
		if s, ok := pointOf(b); ok {
			row.Values[at] = adapters.Value{Raw: s}
			return
		}
		r.binary(row, at, b, problem)
		return
	case c.Sort == values.Bytes, raw && r.roles[at] == binaries:
		r.binary(row, at, b, problem)
		return
	case c.Sort == values.Number:
		row.Values[at] = tables.Typed(r.short(string(b)), adapters.Number)
		if r.kinds[at] == adapters.Bool || c.As == "bit" {
			row.Values[at] = tables.Typed(string(b), adapters.Bool)
		}
		return
	case c.Sort == values.Bool:
		row.Values[at] = tables.Typed(string(b), adapters.Bool)
		return
	}
	s, code := r.from.Decoder.Text(b)
	if code != "" {
		problem(code)
	}
	if c.Sort == values.Other { // it was worked out when the dump was played in
		problem(adapters.NoFormulaValue)
		row.Values[at] = adapters.Value{Raw: s, Kind: adapters.Bad}
		return
	}
	r.typed(row, at, s, c.As)
}

// typed makes the value of a text.
func (r *reader) typed(row *tables.Row, at int, s, as string) {
	switch r.roles[at] {
	case bytea:
		if digits, ok := strings.CutPrefix(s, `\x`); ok {
			if b, err := hex.DecodeString(digits); err == nil {
				r.binary(row, at, b, func(adapters.Code) {})
				return
			}
		}
	case array:
		if v, ok := tables.Array(s); ok {
			row.Values[at] = v
			return
		}
	case padded:
		s = strings.TrimRight(s, " ")
	}
	k := r.kinds[at]
	if as != "" && k == adapters.Text {
		k = tables.KindOf(as)
	}
	row.Values[at] = tables.Typed(s, k)
}

// binary keeps bytes that are text as text, and all others as a document of the
// row.
func (r *reader) binary(row *tables.Row, at int, b []byte, problem func(adapters.Code)) {
	err := row.Bytes(&r.table.Table, at, b, r.raw, func(b []byte) {
		s, code := r.from.Decoder.Text(b)
		if code != "" {
			problem(code)
		}
		r.typed(row, at, s, "")
	})
	if r.failed == nil {
		r.failed = err
	}
}
