package setup

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"casehub/internal/web"
)

// form is a plan as somebody typed it.
type form struct {
	Organisation, Language, Offices string
	Director, Login                 string
	Problem                         error

	password, again string
}

// LogValue lets a log show nothing of a form: it holds a password.
func (f form) LogValue() slog.Value { return slog.StringValue("form(hidden)") }

// Format writes nothing of a form, whatever the verb.
func (f form) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "form(hidden)") }

func readForm(r *http.Request) form {
	return form{
		Organisation: tidy(r.PostFormValue("organisation")), Language: r.PostFormValue("language"),
		Offices: r.PostFormValue("offices"), Director: tidy(r.PostFormValue("director")),
		Login:    strings.ToLower(tidy(r.PostFormValue("login"))),
		password: r.PostFormValue("password"), again: r.PostFormValue("again"),
	}
}

func (f form) check() error {
	if err := f.plan().Check(); err != nil {
		return err
	}
	if f.password != f.again {
		return errPasswords
	}
	return nil
}

func (f form) plan() Plan {
	p := Plan{
		Organisation: f.Organisation, Language: f.Language, Offices: ReadOffices(f.Offices),
		Director: Director{Name: f.Director, Login: f.Login, Password: f.password},
	}
	if len(p.Offices) > 0 {
		p.Director.Office = p.Offices[0].Name
	}
	return p
}

// Whose returns the inputs about the organisation.
func (f form) Whose() []web.Field {
	language := web.OptionGroup{}
	for _, l := range languages {
		language.Options = append(language.Options, web.Option{Value: l, Key: "kit.language-" + l, Chosen: l == f.Language})
	}
	offices := f.field("offices", f.Offices)
	offices.Lines, offices.Hint, offices.Full = 4, "setup.offices-hint", true
	lang := f.field("language", f.Language)
	lang.Options = []web.OptionGroup{language}
	return []web.Field{f.field("organisation", f.Organisation), lang, offices}
}

// Who returns the inputs about the first director.
func (f form) Who() []web.Field {
	login := f.field("login", f.Login)
	login.Hint, login.Limit = "setup.login-hint", 40
	password, again := f.field("password", ""), f.field("again", "")
	password.Type, password.Hint, password.Autocomplete = "password", "setup.password-hint", "new-password"
	again.Type, again.Autocomplete = "password", "new-password"
	return []web.Field{f.field("director", f.Director), login, password, again}
}

func (f form) field(name, value string) web.Field {
	return web.Field{Form: "setup", Name: name, Label: "setup." + name, Value: value, Limit: 0, Required: true, Problem: f.Problem}
}
