package sources

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/node/imports"
)

// Own are the paths of a node's own data and secrets. A mapping may come from a
// stranger who also says which server its secrets are sent to, and whoever writes
// one need not be allowed to see what the node keeps, so none may name them.
type Own []string

// check refuses settings of a source, as JSON, that name a variable or a file which
// is nothing of a source. Settings end with "_env" for the name of a variable, with
// "_file" for a file and with "_dir" for a folder; form is a file too. It fails with
// adapters.ErrSecretName, adapters.ErrOwnFile and, for a folder beside a file that
// is kept elsewhere, adapters.ErrNotHere.
func (o Own) check(settings []byte, at place.Place) error {
	return adapters.EachSetting(settings, func(key, value string) error {
		switch {
		case value == "":
			return nil
		case adapters.IsVariable(key) && !adapters.IsSecretName(value):
			return adapters.ErrSecretName.With("setting", key)
		case adapters.IsFolder(key):
			if _, err := at.Path(); err != nil && !at.Nowhere() {
				return err
			}
			return o.apart(key, value)
		case adapters.IsFile(key):
			return o.apart(key, value)
		case strings.EqualFold(key, "form"):
			if _, err := at.Path(); err == nil && !filepath.IsAbs(value) {
				path, _ := at.Path()
				value = filepath.Dir(path) + string(filepath.Separator) + value
			}
			return o.apart(key, value)
		}
		return nil
	})
}

// FromPages opens sources as Open does, for mappings that somebody typed on a
// page: they need no account on this computer, and say which server a secret is sent to.
// So the files and folders that they name are those that its keeper laid into one folder
// for it.
func (o Own) FromPages(folder string) imports.Opener {
	return func(ctx context.Context, m *imports.Mapping, at place.Place) (adapters.Source, error) {
		settings, err := m.SourceJSON()
		if err == nil {
			err = within(folder, settings)
		}
		if err != nil {
			return nil, err
		}
		return o.Open(ctx, m, at)
	}
}

// within refuses settings that name a file or a folder outside a folder. It fails with
// adapters.ErrSecretFolder, also while the folder is not there.
func within(folder string, settings []byte) error {
	there, missing := resolved(folder)
	if missing == nil {
		_, missing = os.Stat(there)
	}
	return adapters.EachSetting(settings, func(key, value string) error {
		if value == "" || !names(key) {
			return nil
		}
		if real, err := resolved(value); err != nil || missing != nil || !inside(real, there) {
			return adapters.ErrSecretFolder.With("setting", key)
		}
		return nil
	})
}

// names reports a setting that names a file or a folder.
func names(key string) bool {
	return adapters.IsFile(key) || adapters.IsFolder(key) || strings.EqualFold(key, "form")
}

// apart refuses a path that is one of the node's own, is inside one, or has one
// inside. Files are compared themselves and not by their names, so that links, ".."
// and letters of another case lead nowhere else.
func (o Own) apart(setting, path string) error {
	real, err := resolved(path)
	if err != nil {
		return adapters.ErrSecret.With("setting", setting)
	}
	for _, mine := range o {
		mine, err := resolved(mine)
		if err != nil || inside(real, mine) || inside(mine, real) {
			return adapters.ErrOwnFile.With("setting", setting)
		}
	}
	return nil
}

// resolved returns where a path leads as the system follows it: without links and
// "..", as far as it exists.
func resolved(path string) (string, error) {
	if !filepath.IsAbs(path) {
		here, err := os.Getwd()
		if err != nil {
			return "", err
		}
		path = here + string(filepath.Separator) + path // not cleaned: "link/.." is beside where the link leads
	}
	rest := ""
	for {
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		dir, last := filepath.Split(strings.TrimRightFunc(path, func(r rune) bool { return r < 0x80 && os.IsPathSeparator(byte(r)) }))
		if !errors.Is(err, fs.ErrNotExist) || last == "" || last == ".." {
			return "", err
		}
		path, rest = dir, filepath.Join(last, rest)
	}
}

// inside reports whether a resolved path is another one or below it.
func inside(path, folder string) bool {
	there, err := os.Stat(folder)
	if err != nil {
		return path == folder
	}
	for {
		if here, err := os.Stat(path); err == nil && os.SameFile(here, there) {
			return true
		}
		up := filepath.Dir(path)
		if up == path {
			return false
		}
		path = up
	}
}
