// Package wire is what passes between a program that reads a source and the one that
// asks it: frames of four bytes of length, one that says the kind, and the content.
// Values pass byte by byte and are never written as anything else.
//
// Frames are in wire.go, records in record.go, errors in errors.go.
package wire

import (
	"bufio"
	"encoding/binary"
	"io"

	"casehub/adapters"
)

// MaxFrame is the most bytes of one frame's content.
const MaxFrame = 64 << 20

// Kind says what a frame is.
type Kind byte

// Frames of the asking side.
const (
	AskOpen     Kind = 'O' // settings: JSON
	AskCheck    Kind = 'C'
	AskDiscover Kind = 'D'
	AskRead     Kind = 'R' // place: JSON
	AskKeys     Kind = 'K' // place
	AskDocument Kind = 'B' // place
	AskStop     Kind = 'S' // what is being answered
)

// Frames of the answering side.
const (
	SayCatalog Kind = 'c' // JSON
	SayRecord  Kind = 'r'
	SayCursor  Kind = 'u'
	SayKey     Kind = 'k'
	SayOpened  Kind = 'o'
	SayBytes   Kind = 'b'
	SayEnd     Kind = 'e' // error as JSON, or nothing
)

// Place says what a question is about.
type Place struct {
	Stream string
	After  adapters.Cursor
	Blob   adapters.Blob
}

// WriteFrame writes a frame.
func WriteFrame(w io.Writer, k Kind, content []byte) error {
	var head [5]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(content)))
	head[4] = byte(k)
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

// ReadFrame reads a frame. The content is valid until the next one is read.
func ReadFrame(r *bufio.Reader, buf *[]byte) (Kind, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > MaxFrame {
		return 0, nil, ErrFrame
	}
	if cap(*buf) < int(n) {
		*buf = make([]byte, n)
	}
	b := (*buf)[:n]
	if _, err := io.ReadFull(r, b); err != nil {
		return 0, nil, err
	}
	return Kind(head[4]), b, nil
}
