package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// Sealed is what may be stored. Its bytes are made while they are written, so
// it can be written once.
type Sealed struct {
	write func(io.Writer) error
	sum   File
	done  bool
}

// Seal encrypts what fill writes to every recipient, in the age format.
func Seal(fill func(io.Writer) error, recipients ...*age.X25519Recipient) *Sealed {
	return &Sealed{write: func(w io.Writer) error {
		all := make([]age.Recipient, len(recipients))
		for i, r := range recipients {
			if r == nil {
				return errors.New("a backup must have all its recipients")
			}
			all[i] = r
		}
		out, err := age.Encrypt(w, all...) // refuses none
		if err != nil {
			return fmt.Errorf("encrypting: %w", err)
		}
		if err := fill(out); err != nil {
			return err
		}
		return out.Close()
	}}
}

// File returns the size and hash of the bytes once they were stored.
func (s *Sealed) File() File { return s.sum }

// writeTo makes the bytes.
func (s *Sealed) writeTo(w io.Writer) error {
	if s.done {
		return errors.New("a sealed stream is written once")
	}
	s.done = true
	h := sha256.New()
	c := &counter{}
	if err := s.write(io.MultiWriter(w, h, c)); err != nil {
		return err
	}
	s.sum = fileOf(c.n, [32]byte(h.Sum(nil)))
	return nil
}

// reader makes the bytes for whoever pulls them. stop ends the making and waits
// for its end; it returns why it failed.
func (s *Sealed) reader() (r io.Reader, stop func() error) {
	in, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := s.writeTo(out)
		_ = out.CloseWithError(err) // nil is the end of the stream
		ended <- err
	}()
	return in, func() error {
		_ = in.CloseWithError(errStopped)
		return <-ended
	}
}

var errStopped = errors.New("nobody reads on")

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}
