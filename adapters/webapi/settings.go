package webapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
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
// ErrSecretHost for all others, with adapters.ErrSettings for the name of a file that may
// have another, and else as Read does.
func (s Secret) ReadFor(setting string, c *Client) (string, error) {
	if !isPlain(s.File) {
		return "", adapters.ErrSettings.With("setting", setting)
	}
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
	if only := strings.Fields(hosts); len(only) > 0 && !slices.ContainsFunc(only, c.isAt) {
		return "", ErrSecretHost.With("setting", setting).With("host", c.Host())
	}
	return secret, nil
}

// isPlain reports the name of a file that stands for one file alone, and with something
// behind it for one beside that. Windows passes over points and blanks at the end, reads
// parts of a file behind a colon, and gives long names a short one such as TOKEN~1. The
// names are judged alike on every system.
func isPlain(file string) bool {
	if len(file) > 1 && file[1] == ':' && (file[0]|0x20 >= 'a' && file[0]|0x20 <= 'z') {
		if file = file[2:]; file == "" {
			return false
		}
	}
	base := file[strings.LastIndexAny(file, `/\`)+1:]
	return file == "" || base != "" && !strings.Contains(file, ":") && !strings.ContainsAny(base[len(base)-1:], ". ") && !shortName.MatchString(base)
}

// shortName is in the names that Windows makes of long ones.
var shortName = regexp.MustCompile(`~[0-9]`)

// isAt reports a name of the server; its usual port may be left out.
func (c *Client) isAt(host string) bool {
	usual := ":443"
	if c.base.Scheme == "http" {
		usual = ":80"
	}
	return strings.EqualFold(strings.TrimSuffix(host, usual), strings.TrimSuffix(c.base.Host, usual))
}
