// Package sources opens what a node imports from: files in the program itself, other
// systems through casehub-source, a program that lies beside it and is handed nothing of
// the node. It holds a mapping to naming none of the node's own files and secrets.
//
// The choice of files is in sources.go and dumps.go, the other program in live.go, what
// is the node's own in own.go.
package sources

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/commcare"
	"casehub/adapters/jsonfile"
	"casehub/adapters/kobo"
	"casehub/adapters/odk"
	"casehub/adapters/place"
	"casehub/adapters/primero"
	"casehub/adapters/pull"
	"casehub/adapters/spreadsheet"
	"casehub/adapters/sqldump"
	"casehub/adapters/uwazi"
	"casehub/adapters/xlsform/formfile"
	"casehub/node/imports"
)

// sourceOpener opens the file or folder at a place by the settings of a mapping.
type sourceOpener func(m *imports.Mapping, at place.Place) (adapters.Source, error)

// fileSources open what is read in this program, by the type that a mapping names.
var fileSources = map[string]sourceOpener{
	"spreadsheet":     fileSource(spreadsheet.Open),
	"keyvalue":        fileSource(spreadsheet.Open),
	"json":            fileSource(jsonfile.Open),
	"xlsform":         fileSource(formfile.Open),
	"sqldump":         fileSource(sqldump.Open),
	"casebox-dump":    fileSource(openCasebox),
	"civicrm-dump":    fileSource(openCivi),
	"commcare-export": fileSource(commcare.Open),
	"kobo-export":     fileSource(kobo.Open),
	"odk-export":      fileSource(odk.Open),
	"primero-export": fileSource(func(at place.Place, s primero.Settings) (*pull.Source, error) {
		return primero.Open(at, s, os.Getenv)
	}),
	"uwazi-export": fileSource(uwazi.Open),
}

// fileSource makes an opener of the one of an adapter, which takes settings of its
// own.
func fileSource[S any, A adapters.Source](open func(at place.Place, s S) (A, error)) sourceOpener {
	return func(m *imports.Mapping, at place.Place) (adapters.Source, error) {
		var s S
		if err := m.DecodeSource(&s); err != nil {
			return nil, err
		}
		return open(at, s)
	}
}

// Open opens the source that a mapping is for. A place is for those that are
// read in this program; casehub-source finds the others by the mapping alone. It
// fails with adapters.ErrFileNeeded and adapters.ErrNoFile for a place too few or
// too many.
func (o Own) Open(ctx context.Context, m *imports.Mapping, at place.Place) (adapters.Source, error) {
	settings, err := m.SourceJSON()
	if err != nil {
		return nil, err
	}
	open, ok := fileSources[m.SourceType]
	switch {
	case isLive(m.SourceType) && m.SourceType != byTools && !at.Nowhere():
		return nil, adapters.ErrNoFile.With("type", m.SourceType)
	case (ok || m.SourceType == byTools) && at.Nowhere():
		return nil, adapters.ErrFileNeeded.With("type", m.SourceType)
	}
	if err := o.check(settings, at); err != nil {
		return nil, err
	}
	switch {
	case m.SourceType == byTools:
		if settings, err = withFile(settings, at); err != nil {
			return nil, err
		}
		return openLive(ctx, settings)
	case isLive(m.SourceType):
		return openLive(ctx, settings)
	case ok:
		return open(m, at)
	}
	return nil, imports.ErrSource.With("type", m.SourceType).With("types", strings.Join(slices.Sorted(maps.Keys(fileSources)), ", "))
}

// byTools is the type of source that casehub-source reads from a file, through other
// programs.
const byTools = "access"

// withFile names the file at a place in settings; a mapping names none itself. It fails
// with adapters.ErrNotHere for what is kept elsewhere: another program can read only
// what lies on the disk.
func withFile(settings []byte, at place.Place) ([]byte, error) {
	path, err := at.Path()
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return nil, err
	}
	all := map[string]any{}
	if err := json.Unmarshal(settings, &all); err != nil {
		return nil, err
	}
	if _, named := all["file"]; named {
		return nil, adapters.ErrSettings.With("setting", "file")
	}
	all["file"] = path
	return json.Marshal(all)
}

// Close ends a source that has something to end, and adds what that says to
// an error.
func Close(src adapters.Source, err *error) {
	if c, ok := src.(io.Closer); ok {
		*err = errors.Join(*err, c.Close())
	}
}
