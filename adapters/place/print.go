package place

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
)

// Fingerprint returns the SHA-256 of a file in hexadecimal.
func (p Place) Fingerprint(ctx context.Context) (string, error) {
	f, err := p.Open()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	buf := make([]byte, 256<<10)
	for err == nil {
		var n int
		n, err = f.Read(buf)
		sum.Write(buf[:n])
		if cause := ctx.Err(); cause != nil {
			err = cause
		}
	}
	if e := f.Close(); !errors.Is(err, io.EOF) || e != nil {
		return "", errors.Join(err, e)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Head returns the first bytes of a file, fewer where it is shorter.
func (p Place) Head(most int) ([]byte, error) {
	f, err := p.Open()
	if err != nil {
		return nil, err
	}
	head := make([]byte, most)
	n, err := io.ReadFull(f, head)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], errors.Join(err, f.Close())
}
