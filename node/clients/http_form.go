package clients

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"casehub/internal/civil"
	"casehub/internal/locale"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/access"
)

// form is a client as somebody typed it.
type form struct {
	web.Typed

	ID        ID
	Reference string
	Version   int

	Surname, GivenNames       string
	BirthDate, BirthPrecision string
	Sex                       string
	IDNumber                  string
	Phones                    string
	ContactSafety             string
	Address                   string
	Language                  string
	Notes                     string

	// May says which fields the form has.
	May access.Classes
	// Duplicates are clients who may be the same person.
	Duplicates []Line
}

// LogValue lets a log show the identifier and nothing else.
func (f form) LogValue() slog.Value { return slog.StringValue(string(f.ID)) }

// Format writes the identifier, whatever the verb.
func (f form) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, string(f.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (f form) MarshalText() ([]byte, error) { return []byte(f.ID), nil }

func readForm(r *http.Request) form {
	value := func(name string) string { return text.Clean(r.PostFormValue(name)) }
	version, _ := strconv.Atoi(value("version"))
	f := form{
		ID: ID(r.PathValue("id")), Version: version,
		Surname: value("surname"), GivenNames: value("given_names"),
		BirthDate: value("birth_date"), BirthPrecision: value("birth_precision"),
		Sex: value("sex"), IDNumber: value("id_number"), Phones: value("phones"),
		ContactSafety: value("contact_safety"), Address: value("address"),
		Language: value("language"), Notes: value("notes"),
	}
	if f.BirthDate == "" {
		f.BirthPrecision = ""
	}
	return f
}

func formOf(c Client, may access.Classes) form {
	return form{
		May: may,
		ID:  c.ID, Reference: c.Reference, Version: c.Version,
		Surname: c.Surname, GivenNames: c.GivenNames,
		BirthDate: string(c.BirthDate), BirthPrecision: string(c.BirthPrecision),
		Sex: string(c.Sex), IDNumber: c.IDNumber, Phones: c.Phones,
		ContactSafety: string(c.ContactSafety), Address: c.Address,
		Language: c.Language, Notes: c.Notes,
	}
}

// client returns what the form says. A birth date of which the month or the
// year is known moves to the first day; without a date nothing is known.
func (f form) client() Client {
	c := Client{
		ID: f.ID, Version: f.Version,
		Surname: f.Surname, GivenNames: f.GivenNames,
		Sex: Sex(f.Sex), IDNumber: f.IDNumber, Phones: f.Phones,
		ContactSafety: Safety(f.ContactSafety), Address: f.Address,
		Language: f.Language, Notes: f.Notes,
	}
	if f.BirthDate == "" {
		return c
	}
	c.BirthDate, c.BirthPrecision = civil.Date(f.BirthDate), Precision(f.BirthPrecision)
	if first := FirstDay(c.BirthDate, c.BirthPrecision); first != "" {
		c.BirthDate = first
	}
	return c
}

// beside returns the form with what is saved now where that differs, and with
// the version that saving again puts it over.
func (f form) beside(saved Client) form {
	now := formOf(saved, f.May)
	f.Reference, f.Version = now.Reference, now.Version
	f.Beside(f.values(), now.values())
	return f
}

// values returns what the inputs of the form hold, by their names.
func (f form) values() map[string]string {
	v := map[string]string{
		"surname": f.Surname, "given_names": f.GivenNames, "birth_date": f.BirthDate, "birth_precision": f.BirthPrecision,
		"sex": f.Sex, "id_number": f.IDNumber, "language": f.Language,
	}
	if f.May.Contact {
		v["phones"], v["contact_safety"], v["address"] = f.Phones, f.ContactSafety, f.Address
	}
	if f.May.Narrative {
		v["notes"] = f.Notes
	}
	return v
}

// Person returns the inputs that say who the client is.
func (f form) Person() []web.Field {
	name := f.Field("client", "clients.given-names", f.GivenNames)
	name.Limit, name.Hint = nameLimit, "clients.name-hint"
	surname := f.Field("client", "clients.surname", f.Surname)
	surname.Limit = nameLimit
	birth := f.Field("client", "clients.birth-date", f.BirthDate)
	birth.Type, birth.Hint = "date", "clients.birth-hint"
	number := f.Field("client", "clients.id-number", f.IDNumber)
	number.Limit = idLimit
	return []web.Field{
		name, surname, birth,
		f.choice("clients.birth-precision", "clients.birth-precision-", f.BirthPrecision, string(Day), string(Month), string(Year), string(About)),
		f.choice("clients.sex", "clients.sex-", f.Sex, "", string(Female), string(Male), string(OtherSex)),
		number, f.tongue(),
	}
}

// Contact returns the inputs about how the client is reached, the safety first.
func (f form) Contact() []web.Field {
	if !f.May.Contact {
		return nil
	}
	safety := f.choice("clients.contact-safety", "clients.contact-safety-", f.ContactSafety, string(SafetyUnknown), string(Safe), string(Unsafe))
	safety.Type, safety.Full = "radio", true
	phones := f.Field("client", "clients.phones", f.Phones)
	phones.Lines, phones.Limit, phones.Hint = 2, blockLimit, "clients.phones-hint"
	address := f.Field("client", "clients.address", f.Address)
	address.Lines, address.Limit = 2, blockLimit
	return []web.Field{safety, phones, address}
}

// Remarks returns the input of the notes.
func (f form) Remarks() web.Field {
	notes := f.Field("client", "clients.notes", f.Notes)
	notes.Lines, notes.Limit, notes.Full = 5, notesLimit, true
	return notes
}

// choice returns an input that chooses among values. Their keys begin with keys
// and end with the value, "none" for the empty one.
func (f form) choice(label, keys, chosen string, values ...string) web.Field {
	in := f.Field("client", label, chosen)
	in.Options = web.Words(keys, chosen, values...)
	return in
}

// tongue returns the input of the language, with one that is not among the
// tongues if the client has it.
func (f form) tongue() web.Field {
	in := f.Field("client", "clients.language", f.Language)
	g, found := web.OptionGroup{}, f.Language == ""
	for _, t := range locale.Tongues() {
		g.Options = append(g.Options, web.Option{Value: t.Code, Label: t.Name, Chosen: t.Code == f.Language})
		found = found || t.Code == f.Language
	}
	if !found {
		g.Options = append(g.Options, web.Option{Value: f.Language, Label: f.Language, Chosen: true})
	}
	in.Options, in.Choose = []web.OptionGroup{g}, "clients.language-none"
	return in
}

// Tongue returns the own name of the client's language, or its code.
func (c Client) Tongue() string { return locale.Tongue(c.Language) }
