package imports

import (
	"encoding/json"
	"regexp"
	"strings"
)

// secret are names of settings under which a secret would stand. The sources take the
// name of a variable or of a file in place of each.
var secret = regexp.MustCompile(`(?i)^(.*_)?(token|password|passwd|secret|api_?key|dsn|user_?key|site_?key)$`)

// secretIn returns the name of the first setting that would hold a secret itself, or an
// address with one in it.
func secretIn(settings []byte) string {
	var all any
	if json.Unmarshal(settings, &all) != nil {
		return ""
	}
	var walk func(name string, v any) string
	walk = func(name string, v any) string {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				if found := walk(name, e); found != "" {
					return found
				}
			}
		case map[string]any:
			for _, key := range sortedNames(v) {
				if found := walk(key, v[key]); found != "" {
					return found
				}
			}
		case string:
			if v != "" && (secret.MatchString(name) || credentials.MatchString(v)) {
				return name
			}
		}
		return ""
	}
	return walk("", all)
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
		var tree any
		if json.Unmarshal(settings, &tree) == nil {
			secretsIn(tree, &variables, &files)
		}
	}
	return variables, files
}

func secretsIn(v any, variables, files *[]string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			secretsIn(e, variables, files)
		}
	case map[string]any:
		for _, key := range sortedNames(v) {
			name, isText := v[key].(string)
			switch {
			case !isText:
				secretsIn(v[key], variables, files)
			case key == "env" || strings.HasSuffix(key, "_env"):
				*variables = append(*variables, name)
			case strings.HasSuffix(key, "_file"):
				*files = append(*files, name)
			}
		}
	}
}
