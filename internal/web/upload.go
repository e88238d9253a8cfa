package web

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"casehub/internal/errs"
)

// errNoFiles reports a form for files that was sent in another way.
var errNoFiles = errs.New(errs.Invalid, "error.no-file")

const (
	// maxName is the most bytes that are kept of the name of a file.
	maxName = 200
	// uploadPause is how long a sender of a file may be silent, and uploadLasts
	// how long all of it may take: 100 MB over a line of half a megabit.
	uploadPause = 30 * time.Second
	uploadLasts = 30 * time.Minute
)

// HandleUpload registers a handler for a form with files that are too large to
// be held in memory, up to most bytes together. When it runs, the token was
// checked and the fields that stand before the first file can be read with
// r.PostFormValue; the files come one by one from NextFile, as they arrive. A
// template with such a form has {{csrf}} before its first file.
//
// What a handler does not read is never read: it may refuse first.
func (s *Site) HandleUpload(pattern string, need Need, most int64, h Handler) {
	if most <= 0 {
		panic("web: the route " + pattern + " takes files without a limit")
	}
	s.uploads[pattern] = most
	s.Handle(pattern, need, h)
}

// upload returns the limit of a route that takes files as they come.
func (s *Site) upload(r *http.Request) (int64, bool) {
	if len(s.uploads) == 0 {
		return 0, false
	}
	_, pattern := s.mux.Handler(r)
	most, ok := s.uploads[pattern]
	return most, ok
}

// stream is a form with files that is being read.
type stream struct {
	parts  *multipart.Reader
	next   *multipart.Part // the file that was come upon, not handed out yet
	room   int64           // bytes left for fields
	fields int
}

// maxFields is how many fields a form with files may have.
const maxFields = 100

// receive reads a form up to its first file, and checks the token.
func (s *Site) receive(w http.ResponseWriter, r *http.Request, most int64) error {
	// The parts have headers and lines between them, and fields beside them.
	r.Body = http.MaxBytesReader(w, slowly(w, r.Body), most+s.o.MaxForm)
	parts, err := r.MultipartReader()
	if err != nil {
		return errNoFiles
	}
	u := &stream{parts: parts, room: s.o.MaxForm}
	r.PostForm, r.Form = url.Values{}, maps.Clone(r.URL.Query())
	of(r).stream = u
	if err := u.advance(r); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return s.ours(r)
}

// advance reads fields up to the next file.
func (u *stream) advance(r *http.Request) error {
	for {
		p, err := u.parts.NextPart()
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		if err != nil {
			return tooLarge(err)
		}
		if p.FileName() != "" || p.Header.Get("Content-Type") != "" {
			u.next = p
			return nil
		}
		if err := u.field(r, p); err != nil {
			return err
		}
	}
}

// field keeps one field of the form.
func (u *stream) field(r *http.Request, p *multipart.Part) error {
	b, err := io.ReadAll(io.LimitReader(p, u.room+1))
	if err != nil {
		return tooLarge(err)
	}
	u.fields++
	u.room -= int64(len(b)) + int64(len(p.FormName()))
	if u.room < 0 || u.fields > maxFields {
		return errTooLarge
	}
	r.PostForm.Add(p.FormName(), string(b))
	r.Form.Add(p.FormName(), string(b))
	return nil
}

// File is one file of a form, as it arrives. The kind that its sender claims is
// left out: look at the bytes.
type File struct {
	// Field is the name of the input.
	Field string
	// Name is what the sender calls the file, without folders and control
	// characters, 200 bytes at most; "" when there is none. It is personal data,
	// and no name for a file of ours.
	Name string

	part *multipart.Part
}

// Read reads on. It fails with an error of kind errs.Invalid when the form is
// larger than the route allows or was cut off.
func (f *File) Read(b []byte) (int, error) {
	n, err := f.part.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = tooLarge(err)
	}
	return n, err
}

// NextFile returns the next file of a form that came to HandleUpload, and io.EOF
// after the last. An input in which no file was chosen is passed over. What is
// left of the file before is skipped; fields that stand behind it can be read
// then.
func NextFile(r *http.Request) (*File, error) {
	u := of(r).stream
	if u == nil {
		return nil, fmt.Errorf("reading a file of %s: %w", r.Pattern, errNoFiles)
	}
	for {
		if u.next == nil {
			if err := u.advance(r); err != nil {
				return nil, err
			}
		}
		p := u.next
		u.next = nil
		if p.FileName() != "" {
			return &File{Field: p.FormName(), Name: fileName(p.FileName()), part: p}, nil
		}
	}
}

// fileName keeps of a sender's name for a file what can be shown: no folder of
// either kind of system, nothing that changes how the line is read.
func fileName(s string) string {
	s = path.Base(strings.ReplaceAll(strings.ToValidUTF8(s, ""), `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	for len(s) > maxName {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	if s = strings.TrimSpace(s); s == "." || s == ".." || s == "/" {
		return ""
	}
	return s
}

func tooLarge(err error) error {
	return fmt.Errorf("%w: reading a form with files: %w", errTooLarge, err)
}

// patient is a body whose sender may pause, but not for long.
type patient struct {
	io.ReadCloser
	control *http.ResponseController
	end     time.Time
}

// slowly gives the sender of a large body more time with every piece.
func slowly(w http.ResponseWriter, body io.ReadCloser) io.ReadCloser {
	return &patient{body, http.NewResponseController(w), time.Now().Add(uploadLasts)}
}

func (p *patient) Read(b []byte) (int, error) {
	due := time.Now().Add(uploadPause)
	if due.After(p.end) {
		due = p.end
	}
	_ = p.control.SetReadDeadline(due) // a test's writer has none
	n, err := p.ReadCloser.Read(b)
	if err != nil {
		_ = p.control.SetReadDeadline(time.Time{}) // the handler may take its time
	}
	return n, err
}
