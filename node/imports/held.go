package imports

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"casehub/adapters"
)

// LogValue shows the place and the code, and nothing of the row.
func (h Held) LogValue() slog.Value { return slog.StringValue(h.String()) }

// String returns the place and the code, and nothing of the row.
func (h Held) String() string {
	return fmt.Sprintf("%s: %s", h.Loc, h.Code)
}

// heldOf returns a problem as an entry of the quarantine.
func heldOf(loc adapters.Locator, stream, key string, p problem) Held {
	return Held{
		Stream: stream, Key: key, Field: p.field, Code: p.code, Severity: p.severity(), Loc: loc, Column: p.column, Raw: excerpt(p.raw),
	}
}

// severity is "error" for what holds the record back, "warning" for what leaves a field
// out, and "info" for what is only told.
func (p problem) severity() string {
	switch {
	case p.held:
		return "error"
	case p.code == adapters.ConflictLocal, p.code == adapters.IDCheck, p.code == adapters.MoneyWords:
		return "info"
	}
	return "warning"
}

// past returns a run by its number, or the newest for 0.
func (s *Service) past(ctx context.Context, run int64) (PastRun, error) {
	all, err := selectRuns(ctx, s.db, run, 1)
	switch {
	case err != nil:
		return PastRun{}, fmt.Errorf("looking for the run: %w", err)
	case len(all) == 0 && run == 0:
		return PastRun{}, ErrNoRuns
	case len(all) == 0:
		return PastRun{}, ErrNoRun.With("run", run)
	}
	return all[0], nil
}

// HeldFile writes entries of the quarantine as a CSV table for people: in UTF-8
// with a byte order mark, without which spreadsheet programs show strange
// letters. The table holds personal data.
type HeldFile struct {
	out io.Writer
	w   *csv.Writer
	// meaning says what a code means, by its message key.
	meaning func(key string) string
	rows    int64
}

// NewHeldFile begins a table on w. Meaning gives the message of a key such as
// "imports.code-date-impossible".
func NewHeldFile(w io.Writer, meaning func(key string) string) (*HeldFile, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	f := newHeldFile(w, meaning)
	return f, f.w.Write([]string{"file", "sheet", "row", "column", "stream", "field", "code", "meaning", "effect", "value"})
}

func newHeldFile(w io.Writer, meaning func(key string) string) *HeldFile {
	return &HeldFile{out: w, w: csv.NewWriter(w), meaning: meaning}
}

// Add adds an entry.
func (f *HeldFile) Add(h Held) error {
	f.rows++
	row := ""
	if h.Loc.Row > 0 {
		row = strconv.FormatInt(h.Loc.Row, 10)
	}
	effect := map[string]string{"error": "record-held-back", "info": "told-alone"}[h.Severity]
	if effect == "" {
		effect = "field-left-out"
	}
	cells := []string{h.Loc.File, h.Loc.Sheet, row, h.Column, h.Stream, h.Field, string(h.Code), f.meaning(CodeKey(h.Code)), effect, h.Raw}
	for i := range cells {
		cells[i] = harmless(cells[i])
	}
	return f.w.Write(cells)
}

// Rows is the number of entries so far.
func (f *HeldFile) Rows() int64 { return f.rows }

// Close writes what is left. It leaves the writer below open.
func (f *HeldFile) Close() error {
	f.w.Flush()
	return f.w.Error()
}

// harmless keeps a spreadsheet program from running a text of the foreign file
// as a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// CodeKey returns the key of the message that says what a code means.
func CodeKey(c adapters.Code) string {
	return "imports.code-" + strings.ReplaceAll(string(c), "_", "-")
}
