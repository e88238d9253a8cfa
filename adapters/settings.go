package adapters

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// EachSetting calls fn with each text inside settings, which are JSON, and with the key
// that it stands under, in the order of the keys; texts of a list stand under the key of
// the list. It fails with ErrSettings for what is no JSON, and with what fn fails with.
func EachSetting(settings []byte, fn func(key, value string) error) error {
	var all any
	if err := json.Unmarshal(settings, &all); err != nil {
		return ErrSettings.With("setting", "source")
	}
	return eachSetting("", all, fn)
}

func eachSetting(key string, v any, fn func(key, value string) error) error {
	switch v := v.(type) {
	case string:
		return fn(key, v)
	case []any:
		for _, e := range v {
			if err := eachSetting(key, e, fn); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if err := eachSetting(k, v[k], fn); err != nil {
				return err
			}
		}
	}
	return nil
}

// IsVariable reports a setting that names an environment variable: "env", or one that
// ends with "_env".
func IsVariable(key string) bool { return strings.EqualFold(key, "env") || endsWith(key, "_env") }

// IsFile reports a setting that names a file: one that ends with "_file".
func IsFile(key string) bool { return endsWith(key, "_file") }

// IsFolder reports a setting that names a folder: one that ends with "_dir".
func IsFolder(key string) bool { return endsWith(key, "_dir") }

// endsWith reports a key that ends so as settings are read: whatever the case of its
// letters.
func endsWith(key, end string) bool {
	runes := []rune(key)
	n := utf8.RuneCountInString(end)
	return len(runes) >= n && strings.EqualFold(string(runes[len(runes)-n:]), end)
}
