package finance

import (
	"errors"
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

// form is a recovery as somebody typed it.
type form struct {
	ID            ID
	Version       int
	Case          cases.ID
	CaseReference string

	Kind       codelist.Code
	ReceivedOn string
	Amount     string
	Currency   string
	Note       string

	// Noted says whether the form has the note.
	Noted   bool
	Problem error
	// Saved holds what is saved now in the fields where that differs, after
	// somebody else saved the recovery meanwhile; nil otherwise.
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

// Conflict reports whether somebody else saved the recovery meanwhile.
func (f form) Conflict() bool { return f.Saved != nil }

// Fields returns the inputs of the form.
func (f form) Fields() []web.Field {
	kind := f.field("finance.kind", web.CodeValue(f.Kind))
	kind.Options, kind.Choose = web.Codes(f.list, f.lang, f.Kind), "finance.kind-choose"
	on := f.field("finance.received-on", f.ReceivedOn)
	on.Type, on.Min, on.Max = "date", string(f.opened), string(f.today)
	amount := f.field("finance.amount", f.Amount)
	amount.Limit, amount.Hint = 40, "finance.amount-hint"
	currency := f.field("finance.currency", f.Currency)
	currency.Limit = 3
	note := f.field("finance.note", f.Note)
	note.Lines, note.Limit, note.Full = 2, noteLimit, true
	if !f.Noted {
		return []web.Field{kind, on, amount, currency}
	}
	return []web.Field{kind, on, amount, currency, note}
}

func (f form) field(label, value string) web.Field {
	_, name, _ := strings.Cut(strings.ReplaceAll(label, "-", "_"), ".")
	saved, differs := f.Saved[name]
	return web.Field{
		Form: "recovery", Name: name, Label: label,
		Value: value, Problem: f.Problem, Saved: saved, Differs: differs,
	}
}

// read fills a form with what was sent.
func (f form) read(r *http.Request) form {
	f.Kind = web.ReadCode(r.PostFormValue("kind"))
	f.Version, _ = strconv.Atoi(r.PostFormValue("version"))
	f.Amount, f.Currency = text.Clean(r.PostFormValue("amount")), strings.ToUpper(text.Clean(r.PostFormValue("currency")))
	f.ReceivedOn, f.Note = text.Clean(r.PostFormValue("received_on")), text.Clean(r.PostFormValue("note"))
	return f
}

// fill fills a form with what is saved.
func (f form) fill(v Recovery) form {
	f.ID, f.Version = v.ID, v.Version
	f.Kind, f.ReceivedOn, f.Note = v.Kind, string(v.ReceivedOn), v.Note
	f.Amount, f.Currency = FormatPlain(v.Amount, v.Currency), v.Currency
	return f
}

// beside returns the form with what is saved now where that differs, and with
// the version that saving again puts it over.
func (f form) beside(saved Recovery) form {
	f.Version, f.Saved = saved.Version, map[string]string{}
	for name, v := range map[string][2]string{
		"kind": {web.CodeValue(f.Kind), web.CodeValue(saved.Kind)}, "currency": {f.Currency, saved.Currency},
		"amount":      {f.Amount, FormatPlain(saved.Amount, saved.Currency)},
		"received_on": {f.ReceivedOn, string(saved.ReceivedOn)}, "note": {f.Note, saved.Note},
	} {
		if v[0] != v[1] && (f.Noted || name != "note") {
			f.Saved[name] = v[1]
		}
	}
	return f
}

// recovery returns what the form says. When the amount cannot be read, the
// error says what else is wrong as well.
func (f form) recovery(reg *codelist.Registry) (Recovery, error) {
	r := Recovery{
		ID: f.ID, Version: f.Version, CaseID: f.Case,
		Kind: f.Kind, ReceivedOn: civil.Date(f.ReceivedOn), Currency: f.Currency, Note: f.Note,
	}
	var err error
	if r.Amount, err = ParseAmount(f.Amount, f.Currency); err != nil {
		return Recovery{}, errors.Join(err, r.Validate(reg, f.today))
	}
	return r, nil
}
