package consents

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/clients"
)

// form is an answer as somebody typed it.
type form struct {
	web.Typed

	Client                                              clients.ID
	Purpose, Answer, AnsweredOn, Manner, Guardian, Note string

	noted bool // whether the form has a note and a guardian
	today civil.Date
}

// LogValue lets a log show the identifier of the client and nothing else.
func (f form) LogValue() slog.Value { return slog.StringValue(string(f.Client)) }

// Format writes the identifier of the client, whatever the verb.
func (f form) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, string(f.Client)) }

// MarshalText returns the identifier of the client, so that no encoder writes
// the rest.
func (f form) MarshalText() ([]byte, error) { return []byte(f.Client), nil }

// Fields returns the inputs of the form.
func (f form) Fields() []web.Field {
	purpose := f.choice("consents.purpose", web.Words("consents.purpose-", Purpose(f.Purpose), Purposes()...))
	purpose.Choose = "consents.purpose-choose"
	answer := f.choice("consents.answer", web.Words("consents.answer-", Answer(f.Answer), Answers()...))
	answer.Type = "radio"
	on := f.Field("consent", "consents.answered-on", f.AnsweredOn)
	on.Type, on.Max = "date", string(f.today)
	manner := f.choice("consents.manner", web.Words("consents.manner-", Manner(f.Manner), Manners()...))
	manner.Choose = "consents.manner-choose"
	all := []web.Field{purpose, answer, on, manner}
	if !f.noted {
		return all
	}
	guardian, note := f.Field("consent", "consents.guardian", f.Guardian), f.Field("consent", "consents.note", f.Note)
	guardian.Hint, guardian.Limit = "consents.guardian-hint", guardianLimit
	note.Lines, note.Limit, note.Full = 2, noteLimit, true
	return append(all, guardian, note)
}

func (f form) choice(label string, options []web.OptionGroup) web.Field {
	in := f.Field("consent", label, "")
	in.Options = options
	return in
}

func readForm(r *http.Request) form {
	value := func(name string) string { return text.Clean(r.PostFormValue(name)) }
	return form{
		Purpose: value("purpose"), Answer: value("answer"), AnsweredOn: value("answered_on"), Manner: value("manner"),
		Guardian: value("guardian"), Note: value("note"),
	}
}

func (f form) consent(id clients.ID) Consent {
	return Consent{
		ClientID: id, Purpose: Purpose(f.Purpose), Answer: Answer(f.Answer), AnsweredOn: civil.Date(f.AnsweredOn),
		Manner: Manner(f.Manner), Guardian: f.Guardian, Note: f.Note,
	}
}

// capturer returns the identifier of the person who wrote the answer down, "" for
// what no person did.
func (c Consent) capturer() string {
	kind, id, _ := strings.Cut(c.CapturedBy, ":")
	if kind != "person" {
		return ""
	}
	return id
}

func number(n int) string { return strconv.Itoa(n) }

// readNumber reads a number that somebody typed; -1 for what is none.
func readNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
