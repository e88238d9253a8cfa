// Package settings reads the settings file of a program: TOML, strictly. A key
// that the program does not know is an error that names it, because a setting
// that is silently not read is worse than none.
package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
)

// Read reads the file at path into settings, a pointer to a struct whose zero
// value works. A path of "" leaves the zero value. Its errors name the key and,
// where the file is no TOML, the line.
func Read(path string, settings any) error {
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no settings file %s", path)
	}
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	return Parse(string(b), settings)
}

// Parse reads settings from text, as Read does from a file.
func Parse(text string, settings any) error {
	meta, err := toml.Decode(text, settings)
	var syntax toml.ParseError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("the settings, line %d: %s", syntax.Position.Line, syntax.Message)
	case err != nil:
		return fmt.Errorf("the settings: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		names := make([]string, len(unknown))
		for i, k := range unknown {
			names[i] = k.String()
		}
		return fmt.Errorf("the settings have keys that are not known: %s", strings.Join(names, ", "))
	}
	return nil
}
