package survey

import (
	"bytes"
	"io"
)

// marks looks for the marks with which programs begin and end a dump.
type marks struct {
	r     io.Reader
	carry []byte // the last bytes of what came before
	open  bool   // a dump began and did not end so far
}

// begins and ends are those marks.
var (
	begins = [][]byte{[]byte("-- MySQL dump "), []byte("-- MariaDB dump "), []byte("-- PostgreSQL database dump\n"), []byte("-- PostgreSQL database dump\r")}
	ends   = [][]byte{[]byte("-- Dump completed"), []byte("-- PostgreSQL database dump complete")}
)

func (m *marks) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	m.carry = append(m.carry, b[:n]...)
	begin, end := last(m.carry, begins), last(m.carry, ends)
	if begin >= 0 || end >= 0 {
		m.open = begin > end
	}
	m.carry = append(m.carry[:0], m.carry[max(0, len(m.carry)-64):]...)
	return n, err
}

// last returns the last place of any of some marks, -1 where there is none.
func last(b []byte, marks [][]byte) int {
	at := -1
	for _, mark := range marks {
		if bytes.Contains(b, mark) { // much faster than to look from behind
			at = max(at, bytes.LastIndex(b, mark))
		}
	}
	return at
}
