package imports

import (
	"errors"
	"io"
	"regexp"

	"casehub/adapters"
)

// secret are names of settings under which a secret would stand. The sources take the
// name of a variable or of a file in place of each.
var secret = regexp.MustCompile(`(?i)^(.*_)?(token|password|passwd|secret|api_?key|dsn|user_?key|site_?key)$`)

// secretIn returns the name of the first setting that would hold a secret itself, or an
// address with one in it.
func secretIn(settings []byte) (name string) {
	err := adapters.EachSetting(settings, func(key, value string) error {
		if value != "" && (secret.MatchString(key) || credentials.MatchString(value)) {
			name = key
			return io.EOF
		}
		return nil
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return "source"
	}
	return name
}

// credentials are an address with somebody's password in it.
var credentials = regexp.MustCompile(`://[^/@\s:]*:[^/@\s]+@`)

// Secrets lists the environment variables and the files by which a mapping names its
// secrets.
func (s Schedule) Secrets() (variables, files []string) {
	doc, err := document([]byte(s.Mapping))
	if err != nil {
		return nil, nil
	}
	all, err := entries(doc, "a mapping", nil)
	if err != nil {
		return nil, nil
	}
	for _, e := range all {
		if e.key != "source" {
			continue
		}
		settings, err := (&Mapping{source: e.value}).SourceJSON()
		if err != nil {
			return nil, nil
		}
		err = adapters.EachSetting(settings, func(key, name string) error {
			switch {
			case adapters.IsVariable(key):
				variables = append(variables, name)
			case adapters.IsFile(key):
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			return nil, nil
		}
	}
	return variables, files
}
