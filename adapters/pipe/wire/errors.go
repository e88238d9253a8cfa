package wire

import (
	"encoding/json"
	"errors"
	"math"

	"casehub/adapters"
	"casehub/internal/errs"
)

// ErrFrame reports what is no frame, or a frame that does not belong here.
var ErrFrame = errors.New("a frame of the reading program cannot be read")

// said is an error on its way.
type said struct {
	Kind        errs.Kind
	Key, Field  string         `json:",omitempty"`
	Args        map[string]any `json:",omitempty"`
	Text        string         `json:",omitempty"` // of an error without a key
	Unsupported bool           `json:",omitempty"`
}

// plain is an error without a key, as it arrives.
type plain string

func (p plain) Error() string { return string(p) }

// maxText is the most bytes of such an error's text.
const maxText = 500

// EncodeError returns an error as bytes: none for nil.
func EncodeError(err error) []byte {
	if err == nil {
		return nil
	}
	s := said{Unsupported: errors.Is(err, errors.ErrUnsupported)}
	if e := errs.As(err); e != nil {
		s.Kind, s.Key, s.Field, s.Args = errs.KindOf(e), e.Key(), e.Field(), e.Args()
	} else {
		s.Text = err.Error()
		s.Text = s.Text[:min(len(s.Text), maxText)]
	}
	b, err := json.Marshal(s)
	if err != nil {
		b, _ = json.Marshal(said{Text: "an error that cannot be told"})
	}
	return b
}

// DecodeError returns the error that EncodeError was given, as far as it was told.
func DecodeError(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	var s said
	if err := json.Unmarshal(b, &s); err != nil {
		return adapters.ErrEnded
	}
	switch {
	case s.Unsupported:
		return errors.ErrUnsupported
	case s.Key == "":
		return plain(s.Text)
	}
	e := errs.Again(s.Kind, s.Key)
	if s.Field != "" {
		e = e.On(s.Field)
	}
	for name, v := range s.Args {
		if x, ok := v.(float64); ok && x == math.Trunc(x) && math.Abs(x) < 1<<52 {
			v = int(x)
		}
		e = e.With(name, v)
	}
	return e
}
