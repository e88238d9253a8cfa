// Package setup is the first run of a node: the pages on which whoever installs
// it says whose node it is, and is shown the recovery key.
//
// Only somebody who sees the terminal gets in: it prints a one-time code, and
// the pages are on the loopback. Nothing is on disk before the organisation is
// described, and nothing counts before words of the recovery key were typed
// back: without that key a lost password would lose every client. The package
// knows no area; the node makes what was described.
//
// Rules are in setup.go, the code in code.go, pages in http.go with the
// templates beside it.
package setup

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"casehub/internal/errs"
)

// Plan is what the first run asks for.
type Plan struct {
	Organisation string
	// Language is of the organisation and of its first director, BCP 47.
	Language string
	Offices  []Office
	Director Director
}

// Office is one advice office of the organisation. Region may be "".
type Office struct{ Name, Region string }

// Director is the first person who signs in. Office is the name of one of the
// offices.
type Director struct{ Name, Login, Password, Office string }

// LogValue lets a log show nothing of a plan: it holds a password.
func (p Plan) LogValue() slog.Value { return slog.StringValue("plan(hidden)") }

// Format writes nothing of a plan, whatever the verb.
func (p Plan) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "plan(hidden)") }

// Maker makes the node that a plan describes.
type Maker interface {
	// Begin makes the node apart from where it will stand, and returns the words
	// of its recovery key. It throws away what an earlier Begin made. Errors of
	// kind errs.Invalid name the field of the form.
	Begin(ctx context.Context, p Plan) ([]string, error)
	// Finish puts the node that was begun in its place. The pages end then.
	Finish(ctx context.Context) error
}

// Most and longest of what a plan may hold.
const (
	mostOffices = 500
	longestName = 120
)

var (
	errOrganisation = errs.New(errs.Invalid, "setup.organisation-missing").On("organisation")
	errNoOffice     = errs.New(errs.Invalid, "setup.office-missing").On("offices")
	errTwice        = errs.New(errs.Invalid, "setup.office-twice").On("offices")
	errManyOffices  = errs.New(errs.Invalid, "setup.offices-many").On("offices").With("most", mostOffices)
	errLongOffice   = errs.New(errs.Invalid, "setup.name-long").On("offices").With("limit", longestName)
	errLongName     = errs.New(errs.Invalid, "setup.name-long").With("limit", longestName)
	errDirector     = errs.New(errs.Invalid, "setup.director-missing").On("director")
	errLogin        = errs.New(errs.Invalid, "setup.login-wrong").On("login")
	errPasswords    = errs.New(errs.Invalid, "setup.passwords-differ").On("again")
	errLanguage     = errs.New(errs.Invalid, "setup.language-wrong").On("language")
	errWords        = errs.New(errs.Invalid, "setup.words-wrong").On("words")
	errCode         = errs.New(errs.Invalid, "setup.code-wrong").On("code")
)

// languages are those in which a node speaks.
var languages = []string{"en", "es"}

var login = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,31}$`)

// Check checks what can be checked without a node; whether the password is good
// enough the Maker says.
func (p Plan) Check() error {
	switch {
	case p.Organisation == "":
		return errOrganisation
	case utf8.RuneCountInString(p.Organisation) > longestName:
		return errLongName.On("organisation")
	case !slices.Contains(languages, p.Language):
		return errLanguage
	case p.Director.Name == "":
		return errDirector
	case utf8.RuneCountInString(p.Director.Name) > longestName:
		return errLongName.On("director")
	case !login.MatchString(p.Director.Login):
		return errLogin
	}
	return checkOffices(p.Offices)
}

func checkOffices(all []Office) error {
	seen := map[string]bool{}
	for _, o := range all {
		name := strings.ToLower(o.Name)
		if seen[name] {
			return errTwice
		}
		seen[name] = true
		if max(utf8.RuneCountInString(o.Name), utf8.RuneCountInString(o.Region)) > longestName {
			return errLongOffice
		}
	}
	switch {
	case len(all) == 0:
		return errNoOffice
	case len(all) > mostOffices:
		return errManyOffices
	}
	return nil
}

// ReadOffices reads offices as they are typed: one a line, with the region after
// a semicolon.
func ReadOffices(typed string) []Office {
	var all []Office
	for line := range strings.Lines(typed) {
		name, region, _ := strings.Cut(line, ";")
		if name = tidy(name); name != "" {
			all = append(all, Office{Name: name, Region: tidy(region)})
		}
	}
	return all
}

// tidy drops what cannot be seen, and spaces at the ends and in rows.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
