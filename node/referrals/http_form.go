package referrals

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/cases"
)

// form is a referral as somebody typed it.
type form struct {
	ID            ID
	Version       int
	Case          cases.ID
	CaseReference string

	Destination codelist.Code
	ReferredOn  string
	Note        string

	Problem error
	// Saved holds what is saved now in the fields where that differs, after
	// somebody else saved the referral meanwhile; nil otherwise.
	Saved map[string]string

	opened, today civil.Date
	list          *codelist.List
	lang          string
}

// LogValue lets a log show the identifier and nothing else.
func (f form) LogValue() slog.Value { return slog.StringValue(string(f.ID)) }

// Format writes the identifier, whatever the verb.
func (f form) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, string(f.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (f form) MarshalText() ([]byte, error) { return []byte(f.ID), nil }

// Conflict reports whether somebody else saved the referral meanwhile.
func (f form) Conflict() bool { return f.Saved != nil }

// Fields returns the inputs of the form.
func (f form) Fields() []web.Field {
	to := f.field("referrals.destination", web.CodeValue(f.Destination))
	to.Options, to.Choose = web.Codes(f.list, f.lang, f.Destination), "referrals.destination-choose"
	on := f.field("referrals.referred-on", f.ReferredOn)
	on.Type, on.Min, on.Max = "date", string(f.opened), string(f.today)
	note := f.field("referrals.note", f.Note)
	note.Lines, note.Limit, note.Hint, note.Full = 2, noteLimit, "referrals.note-hint", true
	return []web.Field{to, on, note}
}

func (f form) field(label, value string) web.Field {
	_, name, _ := strings.Cut(strings.ReplaceAll(label, "-", "_"), ".")
	saved, differs := f.Saved[name]
	return web.Field{
		Form: "referral", Name: name, Label: label,
		Value: value, Problem: f.Problem, Saved: saved, Differs: differs,
	}
}

// read fills a form with what was sent.
func (f form) read(r *http.Request) form {
	f.Destination = web.ReadCode(r.PostFormValue("destination"))
	f.Version, _ = strconv.Atoi(r.PostFormValue("version"))
	f.ReferredOn, f.Note = text.Clean(r.PostFormValue("referred_on")), text.Clean(r.PostFormValue("note"))
	return f
}

// fill fills a form with what is saved.
func (f form) fill(v Referral) form {
	f.ID, f.Version = v.ID, v.Version
	f.Destination, f.ReferredOn, f.Note = v.Destination, string(v.ReferredOn), v.Note
	return f
}

// beside returns the form with what is saved now where that differs, and with
// the version that saving again puts it over.
func (f form) beside(saved Referral) form {
	f.Version, f.Saved = saved.Version, map[string]string{}
	for name, v := range map[string][2]string{
		"destination": {web.CodeValue(f.Destination), web.CodeValue(saved.Destination)},
		"referred_on": {f.ReferredOn, string(saved.ReferredOn)}, "note": {f.Note, saved.Note},
	} {
		if v[0] != v[1] {
			f.Saved[name] = v[1]
		}
	}
	return f
}

func (f form) referral() Referral {
	return Referral{
		ID: f.ID, Version: f.Version, CaseID: f.Case,
		Destination: f.Destination, ReferredOn: civil.Date(f.ReferredOn), Note: f.Note,
	}
}
