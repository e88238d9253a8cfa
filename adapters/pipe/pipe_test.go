package pipe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/internal/errs"
)

// list is a source in memory that has everything a record can have.
type list struct {
	n    int
	wait bool // after the first checkpoint, until the context ends
}

func (l list) Check(context.Context) error { return nil }

func (l list) Discover(context.Context) (adapters.Catalog, error) {
	st := adapters.Stream{Name: "people", Fields: []adapters.Field{{Name: "name", Kind: adapters.Date}}, Children: []adapters.Stream{{Name: "calls"}}}
	st.Instruments = []adapters.Instrument{{ID: "f", Languages: []string{"", "es"}, Questions: []adapters.Question{{Name: "name", Labels: []string{"", "Nombre"}}}}}
	return adapters.Catalog{Fingerprint: "ab", Streams: []adapters.Stream{st}}, nil
}

func (l list) Open(_ context.Context, b adapters.Blob) (io.ReadCloser, error) {
	switch b {
	case "large":
		return io.NopCloser(io.LimitReader(zeros{}, 300_000)), nil
	case "broken":
		return io.NopCloser(io.MultiReader(strings.NewReader("half"), broken{})), nil
	}
	return nil, adapters.ErrBlob
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, adapters.ErrTooLarge.With("megabytes", 7) }

func (l list) Keys(_ context.Context, stream string, key func(string) error) error {
	for i := range l.n {
		if err := key(strconv.Itoa(i)); err != nil {
			return err
		}
	}
	return nil
}

func (l list) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	start, err := strconv.Atoi(string(after))
	switch {
	case stream == "panic":
		panic("Canary")
	case stream != "people":
		return adapters.ErrStream.With("table", stream)
	case after != "" && err != nil:
		return adapters.ErrCursor
	}
	for i := start; i < l.n; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := record(example(i)); err != nil {
			return err
		}
		if i%10 == 9 {
			if err := checkpoint(adapters.Cursor(strconv.Itoa(i + 1))); err != nil {
				return err
			}
			if l.wait {
				<-ctx.Done()
				return ctx.Err()
			}
		}
	}
	return checkpoint(adapters.Cursor(strconv.Itoa(l.n)))
}

// example has a header of its own for every record.
func example(i int) adapters.Record {
	head := adapters.NewHeader([]string{"name", "column " + strconv.Itoa(i)})
	r := adapters.Record{
		Stream: "people", Key: strconv.Itoa(i), AltKeys: []string{"a", ""}, Header: head, Version: "v1", Deleted: i%7 == 0,
		Loc:    adapters.Locator{File: "list", Sheet: "s", Row: int64(i + 1), Hidden: i%2 == 0},
		Values: []adapters.Value{{Raw: "Canary \xff\x00 " + strconv.Itoa(i)}, {List: []adapters.Value{{Raw: "1", Kind: adapters.Number}, {Null: true}}}},
		Documents: []adapters.Document{
			{Blob: "large", Column: "name", Name: "ñ.jpg", Type: "image/jpeg", Size: -1, MD5: "00"}, {Blob: "x", Size: 12},
		},
		Problems: []adapters.Problem{{Code: adapters.BadJSON, Column: "name"}},
	}
	child := adapters.Record{Stream: "people", Key: r.Key + "/calls[1]", Loc: r.Loc, Header: adapters.NewHeader([]string{"on"}), Values: []adapters.Value{{Raw: "2024-01-02"}}}
	child.Children = map[string][]adapters.Record{"empty": nil}
	child.Seal()
	r.Children = map[string][]adapters.Record{"calls": {child, child}}
	r.Seal()
	return r
}

// joined is both ends of a program in memory.
type joined struct {
	io.Reader
	io.WriteCloser
	done chan error
}

func (j joined) Close() error {
	err := j.WriteCloser.Close()
	<-j.done
	return err
}

// inMemory starts a server that reads a source.
func inMemory(src adapters.Source, err error) io.ReadWriteCloser {
	asked, ask := io.Pipe()
	answer, answers := io.Pipe()
	j := joined{answer, ask, make(chan error, 1)}
	go func() {
		err := Serve(context.Background(), asked, answers, func([]byte) (adapters.Source, error) { return src, err })
		_ = answers.Close()
		_ = asked.Close()
		j.done <- err
		close(j.done)
	}()
	return j
}

func open(t testing.TB, src adapters.Source) *Source {
	t.Helper()
	s, err := Open(context.Background(), inMemory(src, nil), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestASourceBehindAPipeKeepsTheContract(t *testing.T) {
	adaptertest.Run(t, adaptertest.Harness{Open: func() (adapters.Source, error) { return open(t, list{n: 120}), nil }, Canary: "Canary"})
}

func TestNothingIsLostOnTheWay(t *testing.T) {
	s := open(t, list{n: 25})
	cat, err := s.Discover(t.Context())
	want, _ := list{}.Discover(t.Context())
	if a, b := fmt.Sprintf("%#v", want), fmt.Sprintf("%#v", cat); err != nil || a != b {
		t.Errorf("the catalogue came as\n%s, was\n%s, %v", b, a, err)
	}
	n := 0
	if err := s.Keys(t.Context(), "people", func(string) error { n++; return nil }); err != nil || n != 25 {
		t.Errorf("%d keys, %v", n, err)
	}
}

func TestErrorsAreToldAcross(t *testing.T) {
	s := open(t, list{n: 1})
	none := func(adapters.Record) error { return nil }
	mark := func(adapters.Cursor) error { return nil }
	err := s.Read(t.Context(), "nobody", "", none, mark)
	if !errors.Is(err, adapters.ErrStream) || errs.As(err).Args()["table"] != "nobody" {
		t.Errorf("%v", err)
	}
	if err := s.Read(t.Context(), "panic", "", none, mark); err == nil || strings.Contains(err.Error(), "Canary") {
		t.Errorf("a panic: %v", err)
	}
	if _, err := Open(t.Context(), inMemory(nil, adapters.ErrSettings.With("setting", "url")), nil); !errors.Is(err, adapters.ErrSettings) {
		t.Errorf("opening: %v", err)
	}
	if _, err := Open(t.Context(), inMemory(nil, errors.New("out of order")), nil); err == nil || !strings.HasPrefix(err.Error(), "out of order") {
		t.Errorf("opening: %v", err)
	}
}

func TestDocumentsComeWholeOrWithAnError(t *testing.T) {
	s := open(t, list{n: 1})
	d, err := s.Open(t.Context(), "large")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, errBusy) {
		t.Errorf("asked while a document is open: %v", err)
	}
	n, err := io.Copy(io.Discard, d)
	if err := errors.Join(err, d.Close()); n != 300_000 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	for _, blob := range []adapters.Blob{"broken", "large"} {
		d, err = s.Open(t.Context(), blob)
		if err != nil {
			t.Fatal(err)
		}
		if blob == "broken" {
			if _, err := io.ReadAll(d); !errors.Is(err, adapters.ErrTooLarge) {
				t.Errorf("a broken document: %v", err)
			}
		}
		if err := errors.Join(d.Close(), d.Close()); err != nil {
			t.Error(err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Errorf("after a document: %v", err)
		}
	}
}

// TestMain is the reading program when it is told to be.
func TestMain(m *testing.M) {
	if os.Getenv("CASEHUB_PIPE_CHILD") == "" {
		os.Exit(m.Run())
	}
	err := Serve(context.Background(), os.Stdin, os.Stdout, func([]byte) (adapters.Source, error) { return list{n: 3000, wait: true}, nil })
	if err != nil {
		os.Exit(1)
	}
}

// program is a real child.
type program struct {
	io.ReadCloser
	in  io.WriteCloser
	cmd *exec.Cmd
}

func (p program) Write(b []byte) (int, error) { return p.in.Write(b) }

func (p program) Close() error {
	err := p.in.Close()
	_ = p.cmd.Wait()
	return err
}

func start(t *testing.T) program {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{"CASEHUB_PIPE_CHILD=1"}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return program{out, in, cmd}
}

func TestAKilledProgramIsACleanError(t *testing.T) {
	p := start(t)
	s, err := Open(t.Context(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = s.Read(t.Context(), "people", "", func(adapters.Record) error { n++; return nil }, func(adapters.Cursor) error {
		return p.cmd.Process.Kill()
	})
	if !errors.Is(err, adapters.ErrEnded) || n != 10 {
		t.Errorf("after %d records: %v", n, err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, adapters.ErrEnded) {
		t.Errorf("asked again: %v", err)
	}
	_ = s.Close()
}

func TestAProgramEndsWithItsInput(t *testing.T) {
	p := start(t)
	s, err := Open(t.Context(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), "people", "", func(adapters.Record) error { return nil }, func(adapters.Cursor) error {
		return p.in.Close() // as when the asking side is killed
	})
	if !errors.Is(err, context.Canceled) && err == nil {
		t.Errorf("%v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Kill()
		t.Error("the program went on without its input")
	}
}

func TestAReadingEndsWithItsContext(t *testing.T) {
	s := open(t, list{n: 3000, wait: true})
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Read(ctx, "people", "", func(adapters.Record) error { return nil }, func(adapters.Cursor) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("after a reading that was given up: %v", err)
	}
}
