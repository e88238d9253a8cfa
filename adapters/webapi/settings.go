package webapi

import (
	"os"
	"strings"

	"casehub/adapters"
)

// Secret says where a secret is; it never stands in a mapping itself.
type Secret struct {
	// Env is the name of an environment variable.
	Env string
	// File holds the secret and nothing else.
	File string
}

// maxSecret is the most bytes of a secret.
const maxSecret = 16 << 10

// Read returns the secret. It fails with adapters.ErrSettings when neither place is
// named, or both, and with adapters.ErrSecret when nothing is there. The setting is
// the one that names it.
func (s Secret) Read(setting string) (string, error) {
	if (s.Env == "") == (s.File == "") {
		return "", adapters.ErrSettings.With("setting", setting)
	}
	text := os.Getenv(s.Env)
	if s.File != "" {
		f, err := os.Open(s.File)
		if err != nil {
			return "", adapters.ErrSecret.With("setting", setting)
		}
		defer f.Close()
		b := make([]byte, maxSecret)
		n, _ := f.Read(b)
		text = string(b[:n])
	}
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text, "\r\n\x00") {
		return "", adapters.ErrSecret.With("setting", setting)
	}
	return text, nil
}
