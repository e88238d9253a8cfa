package ingest

import (
	"bytes"
	"context"
	"encoding/binary"

	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/jackc/pgx/v5"
)

// copyBuffer holds facts in Postgres's binary COPY format. It is written by
// hand, because every column is an integer of fixed size.
type copyBuffer struct {
	b    []byte
	rows int
}

const copySignature = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

// add appends the groups of a release, one row each.
func (c *copyBuffer) add(r *releasev1.Release) {
	if c.b == nil {
		c.b = append(make([]byte, 0, 64<<10), copySignature...)
	}
	for _, t := range r.GetTables() {
		for _, g := range t.GetGroups() {
			c.b = binary.BigEndian.AppendUint16(c.b, 8)
			c.int4(r.GetOrgUnit())
			c.int4(r.GetSequence())
			c.int4(g.GetCategoryOption())
			c.int2(uint16(t.GetDataSet()))
			c.int2(uint16(g.GetLevel()))
			c.int4(g.GetFromPeriod())
			c.int4(g.GetValue())
			c.int4(g.GetAmountHundreds())
			c.rows++
		}
	}
}

func (c *copyBuffer) int4(v uint32) {
	c.b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(c.b, 4), v)
}

func (c *copyBuffer) int2(v uint16) {
	c.b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(c.b, 2), v)
}

// copyFacts writes the facts of one transaction.
func copyFacts(ctx context.Context, tx pgx.Tx, c *copyBuffer) error {
	return copyInto(ctx, tx, "facts", c)
}

func copyInto(ctx context.Context, tx pgx.Tx, table string, c *copyBuffer) error {
	if c.rows == 0 {
		return nil
	}
	end := append(c.b, 0xff, 0xff)
	_, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(end), `
COPY `+table+` (org_unit, sequence, category_option, data_set, level, from_period, value, amount_hundreds)
FROM STDIN (FORMAT binary)`)
	return err
}
