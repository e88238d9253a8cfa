package store_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"casehub/internal/s3test"
	"casehub/node/backup/store"
)

// identity opens what the tests seal.
func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func sealed(id *age.X25519Identity, b []byte) *store.Sealed {
	return store.Seal(func(w io.Writer) error { _, err := w.Write(b); return err }, id.Recipient())
}

func settings(s *s3test.Server, prefix string) store.S3Settings {
	return store.S3Settings{Endpoint: s.Endpoint, Bucket: s.Bucket, Prefix: prefix, Region: s.Region, CredentialsFile: s.CredentialsFile}
}

func openS3(t *testing.T, s store.S3Settings) *store.S3 {
	t.Helper()
	place, err := store.NewS3(s)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// Whatever kind of place it is, it keeps to the same contract.
func TestPlacesKeepTheContract(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) store.Store{
		"folder": func(t *testing.T) store.Store { return store.Folder{Path: t.TempDir()} },
		"s3":     func(t *testing.T) store.Store { return openS3(t, settings(s3test.Start(t), "an-office")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contract(t, open(t))
		})
	}
}

func contract(t *testing.T, s store.Store) {
	ctx, id, other, me := t.Context(), store.NewID(), store.NewID(), identity(t)
	big := bytes.Repeat([]byte("forty megabytes of a paper. "), 40<<20/28)
	name := store.Name{Sequence: 7, Kind: store.Main}
	if err := s.Put(ctx, id, name, sealed(me, nil)); !errors.Is(err, store.ErrUnclaimed) {
		t.Errorf("before the claim: %v, want ErrUnclaimed", err)
	}
	for range 2 {
		if err := s.Claim(ctx, id); err != nil {
			t.Fatalf("claiming: %v", err)
		}
	}
	if err := s.Claim(ctx, other); !errors.Is(err, store.ErrForeign) {
		t.Errorf("another's claim: %v, want ErrForeign", err)
	}
	for what, err := range map[string]error{
		"put": s.Put(ctx, other, name, sealed(me, nil)), "remove": s.Remove(ctx, other, name), "sweep": s.Sweep(ctx, other),
	} {
		if !errors.Is(err, store.ErrForeign) {
			t.Errorf("another's %s: %v, want ErrForeign", what, err)
		}
	}
	what := sealed(me, big)
	if err := s.Put(ctx, id, name, what); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(ctx, id, name, sealed(me, nil)); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second time: %v, want ErrExists", err)
	}
	comesBack(t, s, me, name, what, big)
	broken := errors.New("the source broke")
	next := store.Name{Sequence: 8, Kind: store.Keys}
	err := s.Put(ctx, id, next, store.Seal(func(w io.Writer) error {
		_, err := w.Write(big)
		return errors.Join(err, broken)
	}, me.Recipient()))
	if !errors.Is(err, broken) {
		t.Errorf("a source that breaks: %v", err)
	}
	list, err := s.List(ctx)
	if err != nil || len(list) != 1 || list[0].Name != name || list[0].Size != what.File().Size {
		t.Errorf("list %v (%v): half a file is listed, or a whole one is not", list, err)
	}
	if err := s.Sweep(ctx, id); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := s.Remove(ctx, id, name); err != nil {
			t.Errorf("removing: %v", err)
		}
	}
	if _, err := s.Get(ctx, name); !errors.Is(err, store.ErrMissing) {
		t.Errorf("after removing: %v, want ErrMissing", err)
	}
}

func comesBack(t *testing.T, s store.Store, me *age.X25519Identity, name store.Name, what *store.Sealed, want []byte) {
	t.Helper()
	in, err := s.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	raw, err := io.ReadAll(in)
	if err != nil || int64(len(raw)) != what.File().Size || bytes.Contains(raw, []byte("megabytes")) {
		t.Errorf("%d bytes, want %d of ciphertext (%v)", len(raw), what.File().Size, err)
	}
	plain, err := age.Decrypt(bytes.NewReader(raw), me)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(plain); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back, want %d (%v)", len(got), len(want), err)
	}
}

func TestS3SaysWhatIsWrong(t *testing.T) {
	server := s3test.Start(t)
	id := store.NewID()
	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte(s3test.Access+"\nnothing-at-all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := settings(server, "x")
	for name, c := range map[string]struct {
		change func(*store.S3Settings)
		want   error
	}{
		"wrong key":   {func(s *store.S3Settings) { s.CredentialsFile = wrong }, store.ErrRefused},
		"no bucket":   {func(s *store.S3Settings) { s.Bucket = "not-there" }, store.ErrGone},
		"no server":   {func(s *store.S3Settings) { s.Endpoint = "http://127.0.0.1:1" }, store.ErrGone},
		"not claimed": {func(s *store.S3Settings) { s.Prefix = "elsewhere" }, store.ErrUnclaimed},
	} {
		one := good
		c.change(&one)
		s, err := store.NewS3(one)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Ready(t.Context(), id); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, endpoint := range []string{"http://backup.example", "ftp://127.0.0.1", "127.0.0.1:9000", "", "https://host/path"} {
		one := good
		one.Endpoint = endpoint
		if _, err := store.NewS3(one); !errors.Is(err, store.ErrAddress) {
			t.Errorf("endpoint %q: %v, want ErrAddress", endpoint, err)
		}
	}
}

// A server that dies in the middle of an upload is told, and nothing of it counts.
func TestS3ServerDiesMidway(t *testing.T) {
	server := s3test.Start(t)
	s, id, me := openS3(t, settings(server, "dies")), store.NewID(), identity(t)
	if err := s.Claim(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := s.Put(t.Context(), id, store.Name{Sequence: 1, Kind: store.Main}, store.Seal(func(w io.Writer) error {
		for {
			if n++; n == 40 {
				server.Stop()
			}
			if n > 400 {
				return nil
			}
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
		}
	}, me.Recipient()))
	if !errors.Is(err, store.ErrGone) {
		t.Errorf("error %v, want ErrGone", err)
	}
}
