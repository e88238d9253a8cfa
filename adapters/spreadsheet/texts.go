package spreadsheet

import (
	"archive/zip"
	"context"

	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/archive"
	"casehub/adapters/spreadsheet/files"
)

// TextFile is one file of text; see package files.
type TextFile = files.TextFile

// TextFiles lists the files of text at a place; see files.Texts.
func TextFiles(ctx context.Context, at place.Place, declared string, endings ...string) ([]*TextFile, string, error) {
	return files.Texts(ctx, at, declared, endings...)
}

// SafeFiles returns the files in an archive; see archive.SafeFiles.
func SafeFiles(z *zip.Reader) ([]*zip.File, error) { return archive.SafeFiles(z) }
