package webapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"casehub/adapters"
)

// Decode reads settings, which are JSON, into a struct. It fails with
// adapters.ErrSettings for what is not one of its keys.
func Decode(settings []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(settings))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		return nil
	}
	name := "source"
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		name = wrong.Field
	} else if _, quoted, ok := strings.Cut(err.Error(), "unknown field "); ok {
		name = strings.Trim(quoted, `"`)
	}
	return adapters.ErrSettings.With("setting", name)
}

// Secret says where a secret is; it never stands in a mapping itself.
type Secret struct {
	// Env is the name of an environment variable, which begins with CASEHUB_SOURCE_.
	Env string
	// File holds the secret and nothing else.
	File string
}

// maxSecret is the most bytes of a secret.
const maxSecret = 16 << 10

// Read returns the secret. It fails with adapters.ErrSettings when neither place is
// named, or both, with adapters.ErrSecretName for a variable that is no source's, and
// with adapters.ErrSecret when nothing is there, or more than a secret. The setting is the one that names it.
func (s Secret) Read(setting string) (string, error) {
	if (s.Env == "") == (s.File == "") {
		return "", adapters.ErrSettings.With("setting", setting)
	}
	if s.Env != "" && !adapters.IsSecretName(s.Env) {
		return "", adapters.ErrSecretName.With("setting", setting)
	}
	text := os.Getenv(s.Env)
	if s.File != "" {
		f, err := os.Open(s.File)
		if err != nil {
			return "", adapters.ErrSecret.With("setting", setting)
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
		if err != nil || len(b) > maxSecret {
			return "", adapters.ErrSecret.With("setting", setting)
		}
		text = string(b)
	}
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text, "\r\n\x00") {
		return "", adapters.ErrSecret.With("setting", setting)
	}
	return text, nil
}
