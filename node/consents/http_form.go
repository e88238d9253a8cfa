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
	Client                                              clients.ID
	Purpose, Answer, AnsweredOn, Manner, Guardian, Note string
	Problem                                             error

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
	purpose := f.choice("purpose", "consents.purpose", "consents.purpose-", f.Purpose, texts(Purposes()))
	purpose.Choose = "consents.purpose-choose"
	answer := f.choice("answer", "consents.answer", "consents.answer-", f.Answer, texts(Answers()))
	answer.Type = "radio"
	on := web.Field{Form: "consent", Name: "answered_on", Label: "consents.answered-on", Type: "date", Value: f.AnsweredOn, Max: string(f.today), Problem: f.Problem}
	manner := f.choice("manner", "consents.manner", "consents.manner-", f.Manner, texts(Manners()))
	manner.Choose = "consents.manner-choose"
	all := []web.Field{purpose, answer, on, manner}
	if !f.noted {
		return all
	}
	return append(
		all,
		web.Field{Form: "consent", Name: "guardian", Label: "consents.guardian", Hint: "consents.guardian-hint", Value: f.Guardian, Limit: guardianLimit, Problem: f.Problem},
		web.Field{Form: "consent", Name: "note", Label: "consents.note", Value: f.Note, Lines: 2, Limit: noteLimit, Full: true, Problem: f.Problem},
	)
}

func (f form) choice(name, label, words, value string, all []string) web.Field {
	var g web.OptionGroup
	for _, v := range all {
		g.Options = append(g.Options, web.Option{Value: v, Key: words + v, Chosen: v == value})
	}
	return web.Field{Form: "consent", Name: name, Label: label, Options: []web.OptionGroup{g}, Problem: f.Problem}
}

func texts[T ~string](all []T) []string {
	list := make([]string, len(all))
	for i, v := range all {
		list[i] = string(v)
	}
	return list
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
