package referrals

import (
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/cases"
)

// form is a referral as somebody typed it.
type form struct {
	web.Typed

	ID            ID
	Version       int
	Case          cases.ID
	CaseReference string

	Destination codelist.Code
	ReferredOn  string
	Note        string
	// The result is asked for once the referral is saved.
	Result               codelist.Code
	ResultOn, ResultNote string

	// Agreed says what to do first where the client has not agreed to a referral.
	Agreed template.HTML

	opened, today civil.Date
	list, results *codelist.List
	lang          string
}

// LogValue lets a log show the identifier and nothing else.
func (f form) LogValue() slog.Value { return slog.StringValue(string(f.ID)) }

// Format writes the identifier, whatever the verb.
func (f form) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, string(f.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (f form) MarshalText() ([]byte, error) { return []byte(f.ID), nil }

// Fields returns the inputs of the form.
func (f form) Fields() []web.Field {
	to := f.Field("referral", "referrals.destination", web.CodeValue(f.Destination))
	to.Options, to.Choose = web.Codes(f.list, f.lang, f.Destination), "referrals.destination-choose"
	on := f.Field("referral", "referrals.referred-on", f.ReferredOn)
	on.Type, on.Min, on.Max = "date", string(f.opened), string(f.today)
	note := f.Field("referral", "referrals.note", f.Note)
	note.Lines, note.Limit, note.Hint, note.Full = 2, noteLimit, "referrals.note-hint", true
	if f.ID == "" {
		return []web.Field{to, on, note}
	}
	result := f.Field("referral", "referrals.result", web.CodeValue(f.Result))
	result.Options, result.Choose = web.Codes(f.results, f.lang, f.Result), "referrals.result-none"
	learned := f.Field("referral", "referrals.result-on", f.ResultOn)
	learned.Type, learned.Min, learned.Max = "date", f.ReferredOn, string(f.today)
	became := f.Field("referral", "referrals.result-note", f.ResultNote)
	became.Lines, became.Limit, became.Full = 2, noteLimit, true
	return []web.Field{to, on, note, result, learned, became}
}

// read fills a form with what was sent.
func (f form) read(r *http.Request) form {
	f.Destination = web.ReadCode(r.PostFormValue("destination"))
	f.Version, _ = strconv.Atoi(r.PostFormValue("version"))
	f.ReferredOn, f.Note = text.Clean(r.PostFormValue("referred_on")), text.Clean(r.PostFormValue("note"))
	f.Result = web.ReadCode(r.PostFormValue("result"))
	f.ResultOn, f.ResultNote = text.Clean(r.PostFormValue("result_on")), text.Clean(r.PostFormValue("result_note"))
	return f
}

// fill fills a form with what is saved.
func (f form) fill(v Referral) form {
	f.ID, f.Version = v.ID, v.Version
	f.Destination, f.ReferredOn, f.Note = v.Destination, string(v.ReferredOn), v.Note
	f.Result, f.ResultOn, f.ResultNote = v.Result, string(v.ResultOn), v.ResultNote
	return f
}

// beside returns the form with what is saved now where that differs, and with
// the version that saving again puts it over.
func (f form) beside(saved Referral) form {
	now := f.fill(saved)
	f.Version = now.Version
	f.Beside(f.values(), now.values())
	return f
}

// values returns what the inputs of the form hold, by their names.
func (f form) values() map[string]string {
	return map[string]string{
		"destination": web.CodeValue(f.Destination), "referred_on": f.ReferredOn, "note": f.Note,
		"result": web.CodeValue(f.Result), "result_on": f.ResultOn, "result_note": f.ResultNote,
	}
}

func (f form) referral() Referral {
	return Referral{
		ID: f.ID, Version: f.Version, CaseID: f.Case,
		Destination: f.Destination, ReferredOn: civil.Date(f.ReferredOn), Note: f.Note,
		Result: f.Result, ResultOn: civil.Date(f.ResultOn), ResultNote: f.ResultNote,
	}
}
