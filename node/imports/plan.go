package imports

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"casehub/adapters"
)

// action is what the plan does to the node for one record.
type action uint8

const (
	nothingToDo action = iota
	create
	merge  // put new values in by the three-way rule
	vanish // the source says that it is gone
	linkTo // the record is one that was there before
)

// step is what a run does for one draft. Only steps that change something are
// kept in the plan.
type step struct {
	stream   uint16 // place in the mapping
	action   action
	resolve  bool // what quarantine holds about the record is settled
	key      string
	loc      adapters.Locator
	values   []string
	problems []problem
	local    string   // with linkTo: which record
	fill     bool     // with linkTo: what the record has empty is filled
	alts     []string // other keys of the record
	pairs    []pair   // with create and linkTo: clients who may be the same person
}

// held reports whether the step holds its record back.
func (s *step) held() bool {
	return slices.ContainsFunc(s.problems, func(p problem) bool { return p.held })
}

// plan keeps the steps of a run between deciding and applying them: a file of
// sealed pieces whose key is in memory alone, so that nothing of a record is
// left on the disk when the process dies.
type plan struct {
	file   *os.File
	seal   cipher.AEAD
	pieces uint64
	buf    []byte
	rows   int64 // rows with steps
}

// pieceSize is about how many bytes are sealed at a time.
const pieceSize = 256 << 10

func newPlan(path string) (*plan, error) {
	var key [32]byte
	_, _ = rand.Read(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making room for the plan: %w", err)
	}
	return &plan{file: f, seal: seal}, nil
}

// Close removes the plan.
func (p *plan) Close() error {
	return errors.Join(p.file.Close(), os.Remove(p.file.Name()))
}

// add adds the steps of one row.
func (p *plan) add(steps []step) error {
	p.rows++
	p.buf = binary.AppendUvarint(p.buf, uint64(len(steps)))
	for i := range steps {
		p.buf = appendStep(p.buf, &steps[i])
	}
	if len(p.buf) >= pieceSize {
		return p.flush()
	}
	return nil
}

// nonce numbers the pieces; the key is used for one plan only.
func nonce(n uint64) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint64(b[4:], n)
	return b
}

func (p *plan) flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(len(p.buf)+p.seal.Overhead()))
	sealed := p.seal.Seal(head, nonce(p.pieces), p.buf, nil)
	p.pieces++
	p.buf = p.buf[:0]
	if _, err := p.file.Write(sealed); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// each calls fn with the steps of each row, in their order.
func (p *plan) each(fn func([]step) error) error {
	if err := p.flush(); err != nil {
		return err
	}
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading the plan: %w", err)
	}
	var head [4]byte
	for n := range p.pieces {
		if _, err := io.ReadFull(p.file, head[:]); err != nil {
			return fmt.Errorf("reading the plan: %w", err)
		}
		sealed := make([]byte, binary.BigEndian.Uint32(head[:]))
		if _, err := io.ReadFull(p.file, sealed); err != nil {
			return fmt.Errorf("reading the plan: %w", err)
		}
		piece, err := p.seal.Open(sealed[:0], nonce(n), sealed, nil)
		if err != nil {
			return errors.New("the plan was changed by somebody else")
		}
		if err := eachRow(&reader{b: piece}, fn); err != nil {
			return err
		}
	}
	return nil
}

func eachRow(r *reader, fn func([]step) error) error {
	for len(r.b) > 0 && !r.bad {
		steps := make([]step, r.number())
		for i := range steps {
			r.step(&steps[i])
		}
		if r.bad {
			break
		}
		if err := fn(steps); err != nil {
			return err
		}
	}
	if r.bad {
		return errors.New("the plan cannot be read")
	}
	return nil
}

func appendStep(b []byte, s *step) []byte {
	b = binary.AppendUvarint(b, uint64(s.stream))
	b = append(b, byte(s.action), flag(s.resolve))
	b = appendText(b, s.key)
	b = appendText(b, s.loc.File)
	b = appendText(b, s.loc.Sheet)
	b = binary.AppendUvarint(b, uint64(s.loc.Row))
	b = binary.AppendUvarint(b, uint64(len(s.values)))
	for _, v := range s.values {
		b = appendText(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(s.problems)))
	for _, p := range s.problems {
		b = appendText(b, string(p.code))
		b = appendText(b, p.field)
		b = appendText(b, p.column)
		b = appendText(b, excerpt(p.raw))
		b = appendText(b, p.row)
		b = append(b, flag(p.held))
	}
	b = binary.AppendUvarint(b, uint64(len(s.alts)))
	for _, alt := range s.alts {
		b = appendText(b, alt)
	}
	if s.action == linkTo {
		b = append(appendText(b, s.local), flag(s.fill))
	}
	if s.action == create || s.action == linkTo {
		b = binary.AppendUvarint(b, uint64(len(s.pairs)))
		for _, p := range s.pairs {
			b = appendText(appendText(b, p.with), p.in)
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// reader takes values from the front of a piece.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > 1<<40 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) text() string {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) step(s *step) {
	s.stream = uint16(r.number())
	s.action, s.resolve = action(r.byte()), r.byte() == 1
	s.key = r.text()
	s.loc = adapters.Locator{File: r.text(), Sheet: r.text(), Row: int64(r.number())}
	if n := r.number(); n > 0 && !r.bad {
		s.values = make([]string, n)
		for i := range s.values {
			s.values[i] = r.text()
		}
	}
	if n := r.number(); n > 0 && !r.bad {
		s.problems = make([]problem, n)
		for i := range s.problems {
			s.problems[i] = problem{code: adapters.Code(r.text()), field: r.text(), column: r.text(), raw: r.text(), row: r.text(), held: r.byte() == 1}
		}
	}
	if n := r.number(); n > 0 && !r.bad {
		s.alts = make([]string, n)
		for i := range s.alts {
			s.alts[i] = r.text()
		}
	}
	if s.action == linkTo {
		s.local, s.fill = r.text(), r.byte() == 1
	}
	if s.action != create && s.action != linkTo {
		return
	}
	if n := r.number(); n > 0 && !r.bad {
		s.pairs = make([]pair, n)
		for i := range s.pairs {
			s.pairs[i] = pair{with: r.text(), in: r.text()}
		}
	}
}
