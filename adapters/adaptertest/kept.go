package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/errs"
)

// keeper keeps a file in memory, as one that was uploaded is kept sealed.
type keeper struct {
	content []byte
	broken  int64        // the place at which reading fails; -1 nowhere
	short   bool         // what is behind that place is not there, instead
	open    atomic.Int32 // contents that are open
}

var errKeeper = errors.New("the keeper failed")

// kept is the place of a file that a keeper has.
func (k *keeper) kept(name string) place.Place {
	return place.Kept(name, int64(len(k.content)), func() (place.Content, error) {
		k.open.Add(1)
		return &content{k, bytes.NewReader(k.content), false}, nil
	})
}

type content struct {
	keeper *keeper
	*bytes.Reader
	closed bool
}

func (o *content) ReadAt(b []byte, at int64) (int, error) {
	n, err := o.Reader.ReadAt(b, at)
	if broken := o.keeper.broken; broken >= 0 && at+int64(n) > broken {
		if o.keeper.short {
			return max(int(broken-at), 0), io.EOF
		}
		return 0, errKeeper
	}
	return n, err
}

func (o *content) Close() error {
	if !o.closed {
		o.closed = true
		o.keeper.open.Add(-1)
	}
	return nil
}

// kept checks that a file reads alike wherever it lies, and that one whose keeper
// fails, or has less than it told, ends in an error with a code.
func (c *checker) kept(ctx context.Context, streams []adapters.Stream) {
	all, err := os.ReadFile(c.h.File)
	if err != nil {
		c.broke("kept", "%v", err)
		return
	}
	name := filepath.Base(c.h.File)
	k := &keeper{content: all, broken: -1}
	for _, st := range streams {
		here := c.read(ctx, st.Name, "", -1)
		there := c.readFrom(ctx, func() (adapters.Source, error) { return c.h.At(k.kept(name)) }, st.Name, "", -1)
		if there.err != nil || !same(here.records, there.records) {
			c.broke("kept", "stream %s is another one where the file is kept: %v", st.Name, there.err)
		}
	}
	if n := k.open.Load(); n != 0 {
		c.broke("kept", "%d contents stay open", n)
	}
	for _, at := range []int{0, len(all) / 2, len(all) - 1} {
		for _, short := range []bool{false, true} {
			k := &keeper{content: all, broken: int64(at), short: short}
			r := c.readFrom(ctx, func() (adapters.Source, error) { return c.h.At(k.kept(name)) }, streams[0].Name, "", -1)
			if errs.As(r.err) == nil {
				c.broke("kept", "a keeper that fails at byte %d of %d gives %v, which has no code", at, len(all), r.err)
			}
			if n := k.open.Load(); n != 0 {
				c.broke("kept", "a keeper that fails at byte %d leaves %d contents open", at, n)
			}
		}
	}
}
