package web

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"runtime"
	"strings"
	"testing"
	"time"

	"casehub/internal/errs"
)

// part is a field, or a file when it has a name for one.
type part struct{ field, file, body string }

// sent is what a route for files saw.
type sent struct {
	fields map[string]string
	files  []part
	err    error
}

const limit = 4000

// takes makes a site with a route for files, that keeps what it saw.
func takes(t *testing.T) (*Site, *sent) {
	t.Helper()
	s, got := open(t, func(o *Options) { o.MaxForm = 500 }), &sent{}
	s.HandleUpload("POST /files/{id}", Anyone, limit, func(w http.ResponseWriter, r *http.Request) error {
		*got = sent{fields: map[string]string{"before": r.PostFormValue("before")}}
		for {
			f, err := NextFile(r)
			if errors.Is(err, io.EOF) {
				break
			}
			var body []byte
			if err == nil {
				body, err = io.ReadAll(f)
			}
			if err != nil {
				got.err = err
				return err
			}
			got.files = append(got.files, part{f.Field, f.Name, string(body)})
		}
		got.fields["after"] = r.PostFormValue("after")
		return GoTo(w, r, "/")
	})
	return s, got
}

func multi(t *testing.T, parts ...part) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf("form-data; name=%q", p.field)}}
		if p.file != "" {
			h.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q; filename=%q", p.field, strings.TrimSuffix(p.file, "none")))
			h.Set("Content-Type", "text/html")
		}
		w, err := m.CreatePart(h)
		if err == nil {
			_, err = io.WriteString(w, p.body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, m.FormDataContentType()
}

func sends(s *Site, body io.Reader, kind string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://localhost/files/7?q=1", body)
	r.Header.Set("Content-Type", kind)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestFilesAreHandedOnOneByOne(t *testing.T) {
	s, got := takes(t)
	tok, cookie := pageToken(t, s)
	body, kind := multi(t, part{tokenField, "", tok}, part{"before", "", "x"}, part{"scan", `C:\Users\N\order.pdf`, "%PDF"},
		part{"scan", "none", ""}, part{"scan", "../../etc/passwd", "root"}, part{"after", "", "y"})
	if w := sends(s, body, kind, "Cookie", cookie); w.Code != 303 || got.err != nil {
		t.Fatalf("%d %v", w.Code, got.err)
	}
	if fmt.Sprint(got.files) != "[{scan order.pdf %PDF} {scan passwd root}]" || got.fields["before"] != "x" || got.fields["after"] != "y" {
		t.Errorf("got %+v", got)
	}
}

func TestATokenComesBeforeTheFile(t *testing.T) {
	s, got := takes(t)
	tok, cookie := pageToken(t, s)
	file, token := part{"scan", "a.pdf", "%PDF"}, part{tokenField, "", tok}
	for _, row := range []struct {
		name   string
		parts  []part
		header []string
		want   int
	}{
		{"first", []part{token, file}, []string{"Cookie", cookie}, 303},
		{"in a header", []part{file}, []string{"Cookie", cookie, "X-Form-Token", tok}, 303},
		{"behind the file", []part{file, token}, []string{"Cookie", cookie}, 403},
		{"missing", []part{file}, []string{"Cookie", cookie}, 403},
		{"without the cookie", []part{token, file}, nil, 403},
		{"from another site", []part{token, file}, []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site"}, 403},
	} {
		*got = sent{}
		body, kind := multi(t, row.parts...)
		if w := sends(s, body, kind, row.header...); w.Code != row.want || (row.want == 403) != (got.fields == nil) {
			t.Errorf("%s: %d, want %d; the handler saw %+v", row.name, w.Code, row.want, got)
		}
	}
}

func TestFilesHaveALimit(t *testing.T) {
	s, got := takes(t)
	tok, cookie := pageToken(t, s)
	token, big := part{tokenField, "", tok}, strings.Repeat("x", limit)
	for name, row := range map[string]struct {
		parts []part
		want  int
	}{
		"as large as may be":      {[]part{token, {"scan", "a", big[:limit-200]}}, 303},
		"a file too large":        {[]part{token, {"scan", "a", big + big}}, 422},
		"two that are too large":  {[]part{token, {"scan", "a", big[:3000]}, {"scan", "b", big[:3000]}}, 422},
		"a field too large":       {[]part{token, {"before", "", big[:600]}, {"scan", "a", "x"}}, 422},
		"a field behind too much": {[]part{token, {"scan", "a", "x"}, {"after", "", big[:600]}}, 422},
	} {
		*got = sent{}
		body, kind := multi(t, row.parts...)
		w := sends(s, body, kind, "Cookie", cookie)
		if w.Code != row.want || row.want == 422 && got.err != nil && errs.KindOf(got.err) != errs.Invalid {
			t.Errorf("%s: %d, want %d; %v", name, w.Code, row.want, got.err)
		}
	}
	many := []part{token}
	for range 101 {
		many = append(many, part{"a", "", ""})
	}
	body, kind := multi(t, append(many, part{"scan", "a", "x"})...)
	if w := sends(s, body, kind, "Cookie", cookie); w.Code != 422 {
		t.Errorf("a hundred fields: %d", w.Code)
	}
}

func TestAFormForFilesThatIsNoneIsRefused(t *testing.T) {
	s, got := takes(t)
	tok, cookie := pageToken(t, s)
	whole, kind := multi(t, part{tokenField, "", tok}, part{"scan", "a", strings.Repeat("x", 1000)})
	b, err := io.ReadAll(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		body, kind string
		want       int
	}{
		"another kind of form": {"form_token=" + tok, "application/x-www-form-urlencoded", 422},
		"no border":            {string(b), "multipart/form-data", 422},
		"cut off in the file":  {string(b[:len(b)-500]), kind, 422},
		"empty":                {"", kind, 403},
	} {
		if w := sends(s, strings.NewReader(row.body), row.kind, "Cookie", cookie); w.Code != row.want {
			t.Errorf("%s: %d, want %d", name, w.Code, row.want)
		}
	}
	if errs.KindOf(got.err) != errs.Invalid {
		t.Errorf("a file that was cut off: %v", got.err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	if _, err := NextFile(r); err == nil {
		t.Error("a file came from a route without files")
	}
}

func TestNamesOfFilesAreCleaned(t *testing.T) {
	for name, want := range map[string]string{
		"order.pdf": "order.pdf", `C:\a\b.pdf`: "b.pdf", "../../x": "x", "..": "", ".": "", "/": "", "": "",
		"a\x00\r\nb.pdf": "ab.pdf", "gpj.\u202eexe": "gpj.exe", "  a b.pdf ": "a b.pdf", "\xff\xfea": "a", "niño.pdf": "niño.pdf",
		strings.Repeat("ñ", 150): strings.Repeat("ñ", 100),
	} {
		if got := fileName(name); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}

// TestALargeFileDoesNotSitInMemory sends 100 MB through a real connection.
func TestALargeFileDoesNotSitInMemory(t *testing.T) {
	const size = 100 << 20
	s, most := open(t), uint64(0)
	sum := sha256.New()
	s.HandleUpload("POST /files", Anyone, size, func(w http.ResponseWriter, r *http.Request) error {
		f, err := NextFile(r)
		if err != nil {
			return err
		}
		buffer := make([]byte, 64<<10)
		for n := 0; ; n++ {
			k, err := f.Read(buffer)
			sum.Write(buffer[:k])
			if n%200 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
			if errors.Is(err, io.EOF) {
				return GoTo(w, r, "/")
			}
			if err != nil {
				return err
			}
		}
	})
	l := opened(t, false, Place{})
	l.limits.body = time.Second // less than it takes on a slow machine
	address := serve(t, l, s)
	tok, cookie := pageToken(t, s)
	head, kind := multi(t, part{tokenField, "", tok}, part{"scan", "a", "@"})
	b, err := io.ReadAll(head)
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := bytes.Cut(b, []byte("@"))
	want := sha256.New()
	file := io.TeeReader(io.LimitReader(zeros{}, size-1<<10), want)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/files", io.MultiReader(bytes.NewReader(before), file, bytes.NewReader(after)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Cookie", cookie)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 303 || !bytes.Equal(sum.Sum(nil), want.Sum(nil)) {
		t.Errorf("%d, or other bytes", resp.StatusCode)
	}
	if most > 40<<20 {
		t.Errorf("%d MB of memory in use for a file of 100 MB", most>>20)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestALimitIsAsked(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a route for files without a limit was registered")
		}
	}()
	open(t).HandleUpload("POST /files", Anyone, 0, func(http.ResponseWriter, *http.Request) error { return nil })
}

// hurried notes how long a sender may take.
type hurried struct {
	http.ResponseWriter
	due time.Time
}

func (h *hurried) SetReadDeadline(t time.Time) error { h.due = t; return nil }

func TestASenderMayPauseButNotForLong(t *testing.T) {
	w := &hurried{ResponseWriter: httptest.NewRecorder()}
	body := slowly(w, io.NopCloser(strings.NewReader("ab"))).(*patient)
	read := func() time.Duration {
		if _, err := body.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		return time.Until(w.due)
	}
	if left := read(); left <= 0 || left > uploadPause {
		t.Errorf("a piece may take %v", left)
	}
	body.end = time.Now().Add(time.Second)
	if left := read(); left > time.Second {
		t.Errorf("near the end a piece may take %v", left)
	}
	if read(); !w.due.IsZero() {
		t.Error("behind the last piece there is a limit for the handler")
	}
}
