package webapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/internal/errs"
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

// ErrSecretHost reports a secret whose keeper says that it is for other servers: setting,
// host.
var ErrSecretHost = errs.New(errs.Forbidden, "adapters.secret-host")

// What stands behind the name of a secret to name what says which servers it is for.
const (
	hostVariable = adapters.SecretHost
	hostFile     = ".host"
)

// ReadFor returns a secret that is sent to a server. A mapping says where to, and may be
// a stranger's: whoever keeps a secret may say which servers it is for, in a variable
// of its name with _HOST behind it, or a file of its name with .host, as names with
// blanks between them and a port where it is not the usual one. It fails with
// ErrSecretHost for all others, and else as Read does.
func (s Secret) ReadFor(setting string, c *Client) (string, error) {
	secret, err := s.Read(setting)
	if err != nil {
		return "", err
	}
	hosts := os.Getenv(s.Env + hostVariable)
	if s.File != "" {
		b, err := os.ReadFile(s.File + hostFile)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", adapters.ErrSecret.With("setting", setting)
		}
		hosts = string(b)
	}
	if only := strings.Fields(hosts); len(only) > 0 && !slices.ContainsFunc(only, func(host string) bool { return strings.EqualFold(host, c.base.Host) }) {
		return "", ErrSecretHost.With("setting", setting).With("host", c.Host())
	}
	return secret, nil
}
