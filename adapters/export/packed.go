package export

import (
	"context"
	"io"
	"path"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/xlsform/formfile"
)

// mostForm is the size that a form in an archive may unpack to.
const mostForm = 32 << 20

// packed returns the form that lies in the ZIP file of an export: the one that a setting
// names, or with "" the only workbook outside of the folder of media, where that is a form.
// It reports whether there is one.
func packed(ctx context.Context, file place.Place, form string) (adapters.Instrument, bool, error) {
	name, err := workbookIn(file, form)
	if err != nil || name == "" {
		return adapters.Instrument{}, false, err
	}
	r, err := place.Member(file, name, mostForm)
	if err != nil {
		return adapters.Instrument{}, false, err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		return adapters.Instrument{}, false, err
	}
	in, err := formfile.Read(ctx, place.Bytes(path.Base(name), content))
	if form == "" && err != nil && ctx.Err() == nil {
		return adapters.Instrument{}, false, nil // a document like any other
	}
	return in, err == nil, err
}

// workbookIn returns the name that the form has in a ZIP file, "" where the file is none or
// has no such member.
func workbookIn(file place.Place, form string) (string, error) {
	head, err := file.Head(4)
	if err != nil || string(head) != "PK\x03\x04" {
		return "", err
	}
	z, err := place.Zip(file)
	if err != nil {
		return "", err
	}
	defer z.Close()
	var all []string
	for _, m := range z.File {
		book := slices.Contains([]string{".xlsx", ".xls"}, strings.ToLower(path.Ext(m.Name))) // a CSV file there is a table of the export
		switch {
		case m.Name == "xl/workbook.xml":
			return "", nil // the file is a workbook itself
		case book && m.Name == form:
			return m.Name, nil
		case book && form == "" && !strings.Contains(m.Name, "/"):
			all = append(all, m.Name)
		}
	}
	if len(all) != 1 {
		return "", nil
	}
	return all[0], nil
}
