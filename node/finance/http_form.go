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
	web.Typed

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
	Noted bool

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

// Fields returns the inputs of the form.
func (f form) Fields() []web.Field {
	kind := f.Field("recovery", "finance.kind", web.CodeValue(f.Kind))
	kind.Options, kind.Choose = web.Codes(f.list, f.lang, f.Kind), "finance.kind-choose"
	on := f.Field("recovery", "finance.received-on", f.ReceivedOn)
	on.Type, on.Min, on.Max = "date", string(f.opened), string(f.today)
	amount := f.Field("recovery", "finance.amount", f.Amount)
	amount.Limit, amount.Hint = 40, "finance.amount-hint"
	currency := f.Field("recovery", "finance.currency", f.Currency)
	currency.Limit = 3
	note := f.Field("recovery", "finance.note", f.Note)
	note.Lines, note.Limit, note.Full = 2, noteLimit, true
	if !f.Noted {
		return []web.Field{kind, on, amount, currency}
	}
	return []web.Field{kind, on, amount, currency, note}
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
	now := f.fill(saved)
	f.Version = now.Version
	f.Beside(f.values(), now.values())
	return f
}

// values returns what the inputs of the form hold, by their names.
func (f form) values() map[string]string {
	v := map[string]string{"kind": web.CodeValue(f.Kind), "received_on": f.ReceivedOn, "amount": f.Amount, "currency": f.Currency}
	if f.Noted {
		v["note"] = f.Note
	}
	return v
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
