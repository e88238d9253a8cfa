// Package pipe lets a source live in a program of its own: Serve answers in that
// program, and a Source in the other one asks it, over the program's standard input
// and output.
//
// What is said travels in frames: four bytes of length, one that says the kind, and
// the content. One question is answered at a time; its answer ends with a frame that
// may hold an error. A program whose input ends, ends: none outlives the one that
// started it. Values pass byte by byte and are never written as anything else.
//
// Frames are in pipe.go, records in record.go, errors in errors.go, the answering
// side in serve.go, the asking side in source.go.
package pipe

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"

	"casehub/adapters"
)

// maxFrame is the most bytes of one frame's content.
const maxFrame = 64 << 20

// kind says what a frame is.
type kind byte

// Frames of the asking side.
const (
	askOpen     kind = 'O' // settings: JSON
	askCheck    kind = 'C'
	askDiscover kind = 'D'
	askRead     kind = 'R' // place: JSON
	askKeys     kind = 'K' // place
	askDocument kind = 'B' // place
	askStop     kind = 'S' // what is being answered
)

// Frames of the answering side.
const (
	sayCatalog kind = 'c' // JSON
	sayRecord  kind = 'r'
	sayCursor  kind = 'u'
	sayKey     kind = 'k'
	sayOpened  kind = 'o'
	sayBytes   kind = 'b'
	sayEnd     kind = 'e' // error as JSON, or nothing
)

// place says what a question is about.
type place struct {
	Stream string
	After  adapters.Cursor
	Blob   adapters.Blob
}

// writeFrame writes a frame.
func writeFrame(w io.Writer, k kind, content []byte) error {
	var head [5]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(content)))
	head[4] = byte(k)
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

// readFrame reads a frame. The content is valid until the next one is read.
func readFrame(r *bufio.Reader, buf *[]byte) (kind, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return 0, nil, errFrame
	}
	if cap(*buf) < int(n) {
		*buf = make([]byte, n)
	}
	b := (*buf)[:n]
	if _, err := io.ReadFull(r, b); err != nil {
		return 0, nil, err
	}
	return kind(head[4]), b, nil
}

func encode(v any) ([]byte, error) { return json.Marshal(v) }
