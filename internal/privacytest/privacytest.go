// Package privacytest shows whether a type with personal data keeps it out of
// logs and error texts.
package privacytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Hides fails the test when v, alone, by pointer, in a slice, in a map, or
// inside another struct, shows one of the secrets in any way of formatting that
// a log or an error could use. It fails as well when id is not shown.
func Hides[T any](t *testing.T, v T, id string, secrets ...string) {
	t.Helper()
	type holder struct {
		V T
		P *T
	}
	for name, value := range map[string]any{"value": v, "pointer": &v, "slice": []T{v}, "map": map[string]T{"k": v}, "holder": holder{v, &v}} {
		for how, shown := range shows(value) {
			for _, s := range secrets {
				if strings.Contains(strings.ToLower(shown), strings.ToLower(s)) {
					t.Errorf("%T as %s by %s shows a secret", v, name, how)
				}
			}
			if name == "value" && !strings.Contains(shown, id) {
				t.Errorf("%T by %s does not show its identifier", v, how)
			}
		}
	}
}

// shows returns v in every way of formatting.
func shows(v any) map[string]string {
	all := map[string]string{"panic text": fmt.Sprint(errors.New(fmt.Sprint(v)))}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		all[verb] = fmt.Sprintf(verb, v)
	}
	if b, err := json.Marshal(v); err == nil {
		all["json"] = string(b)
	}
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("shown", "v", v)
	slog.New(slog.NewJSONHandler(&js, nil)).Info("shown", slog.Any("v", v), slog.Group("g", "v", v))
	all["slog text"], all["slog json"] = text.String(), js.String()
	return all
}
