package people

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPasswordsThatEverybodyTriesAreRefused(t *testing.T) {
	for password, want := range map[string]error{
		"short words":                  ErrShort,
		"eleven char":                  ErrShort,
		"ñandú ñandú!":                 nil, // twelve characters, not bytes
		strings.Repeat("a b", 100):     ErrLong,
		"password1234":                 ErrCommon,
		"P@ssw0rd2026!":                ErrCommon,
		"Contraseña2026":               ErrCommon,
		"contraseña segura":            ErrCommon,
		"passwordpassword":             ErrCommon,
		"Liverpool2025!!":              ErrCommon,
		"teamoteamoteamo":              ErrCommon,
		"jesusteama123":                ErrCommon,
		"correct horse battery staple": ErrCommon,
		"aaaaaaaaaaaaaa":               ErrCommon,
		"abcabcabcabcabc":              ErrCommon,
		"123456789012":                 ErrCommon,
		"098765432109":                 ErrCommon,
		"qwertyuiop1234":               ErrCommon,
		"1qaz2wsx3edc4rfv":             ErrCommon,
		"sunshine-princess":            ErrCommon,
		"Miriam-Dlamini-1":             ErrObvious,
		"kleinfontein network":         ErrObvious,
		"m.dlamini.2026":               ErrObvious,
		"bad \x00 characters in it":    ErrUnreadable,
		"broken \xff encoding in it":   ErrUnreadable,
		"seven grey herons wade":       nil,
		"cuatro gatos verdes bailan":   nil,
		"dlamini likes green mangoes":  nil,
		"x7#kQ!v9z@Lp":                 nil,
		"ｓｅｖｅｎ ｇｒｅｙ ｈｅｒｏｎｓ": nil, // full width
	} {
		if err := CheckPassword(password, "m.dlamini", "Miriam Dlamini", "Kleinfontein Network"); !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}

func TestTheListIsLongEnough(t *testing.T) {
	long := 0
	for word := range common {
		if len(word) >= passwordLeast {
			long++
		}
		if word != fold(word) && word != strings.ToLower(word) {
			t.Errorf("%q is never found: it is folded to %q", word, fold(word))
		}
	}
	if len(common) < 2000 || long < 1000 {
		t.Errorf("%d entries, %d of them long enough to be chosen", len(common), long)
	}
}

// Every entry of the list is refused, however it is dressed up, unless it is too
// short to be chosen at all.
func TestEveryEntryIsRefused(t *testing.T) {
	for word := range common {
		for _, p := range []string{word, strings.ToUpper(word), word + "2026", word + "!", "1" + word} {
			if err := CheckPassword(p); err == nil {
				t.Errorf("%q goes through", p)
			}
		}
	}
}

// The two normal forms of one text are one password, and nothing typed panics.
func TestKeyboardsAgree(t *testing.T) {
	if ready("contrase\u00f1a") != ready("contrasen\u0303a") || ready("ﬁne") != ready("fine") {
		t.Error("one text is two passwords")
	}
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.String().Draw(t, "password")
		if err := CheckPassword(p, rapid.String().Draw(t, "name")); err == nil && ready(ready(p)) != ready(p) {
			t.Fatalf("%q changes again", p)
		}
	})
}
