package web

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Typed is what a form knows of how it was taken the last time. Forms embed it;
// it never shows itself.
type Typed struct {
	// Problem is what is wrong with the form, nil where it holds.
	Problem error
	// Saved holds what is saved now, by the names of the inputs where that differs,
	// after somebody else saved the record meanwhile; nil otherwise.
	Saved map[string]string
}

// LogValue hides what was typed.
func (Typed) LogValue() slog.Value { return slog.StringValue("form") }

// Format hides what was typed, whatever the verb.
func (Typed) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "form") }

// MarshalText hides what was typed.
func (Typed) MarshalText() ([]byte, error) { return []byte("form"), nil }

// Conflict reports whether somebody else saved the record meanwhile.
func (t Typed) Conflict() bool { return t.Saved != nil }

// Field returns an input of a form, with what is wrong with it. Its name is the
// end of its label with low lines: "received_on" for "finance.received-on".
func (t Typed) Field(form, label, value string) Field {
	_, name, _ := strings.Cut(strings.ReplaceAll(label, "-", "_"), ".")
	saved, differs := t.Saved[name]
	return Field{Form: form, Name: name, Label: label, Value: value, Problem: t.Problem, Saved: saved, Differs: differs}
}

// Beside puts what is saved now beside what was typed where the two differ, both
// by the names of the inputs that the form has.
func (t *Typed) Beside(typed, saved map[string]string) {
	t.Saved = map[string]string{}
	for name, mine := range typed {
		if saved[name] != mine {
			t.Saved[name] = saved[name]
		}
	}
}

// Words returns options whose words are keys: keys begins each, and the value
// ends it, "none" for the empty one.
func Words[T ~string](keys string, chosen T, values ...T) []OptionGroup {
	var g OptionGroup
	for _, v := range values {
		key := keys + string(v)
		if v == "" {
			key = keys + "none"
		}
		g.Options = append(g.Options, Option{Value: string(v), Key: key, Chosen: v == chosen})
	}
	return []OptionGroup{g}
}
