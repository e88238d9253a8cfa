package imports

import (
	"bytes"
	_ "embed" // the page of a report
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/internal/errs"
	catalogs "casehub/internal/locale"
	"casehub/internal/web"
)

// Reasons lists why rows are left out, as sources and imports say it; a mapping can have
// others, in its author's words.
func Reasons() []string {
	return []string{
		"blank", "changed_while_read", "deleted at source", "deleted at source with what it was in", "deleted_at_source", "disabled_at_source", "draft",
		"earlier revision", "merged into another at source", "no_amount", "no_case", "no_consent", "nobody", "not_done", "not_of_the_quarantine", "not_referred", "other_language",
		"other_record_type", "parent_record", "part of the system", "repeated", "repeated_differently", "repeated_header", "section",
		"shortcut to another record", "signature", "system_log", "tags", "test", "total", "units", "zero_amount",
	}
}

// dashed writes a word of a list as the end of a key.
func dashed(s string) string { return strings.NewReplacer("_", "-", " ", "-").Replace(s) }

// targetKey returns the key of what the records of a target are called.
func targetKey(target string) string { return "runs.to-" + dashed(target) }

// reportView is a report in words.
type reportView struct {
	*Report
	Lang  string
	words *catalogs.Catalog
}

func newReportView(r *Report, lang string, words *catalogs.Catalog) reportView {
	return reportView{r, lang, words}
}

// T says a message of the catalogue.
func (v reportView) T(key string, args ...any) string { return v.words.Text(v.Lang, key, args...) }

// N writes a number.
func (v reportView) N(n int64) string { return v.words.Number(v.Lang, n) }

// Chart draws what became of the rows.
func (v reportView) Chart() template.HTML { return v.drawn() }

// To says what the records of a stream are.
func (v reportView) To(s StreamReport) string { return v.T(targetKey(s.To)) }

// Skipped adds the rows of a stream that were skipped, and Rest those that were there
// before and stay.
func (v reportView) Skipped(s StreamReport) int64 { return skippedIn(s) }

// Rest is how many rows of a stream are of records that stay as they are.
func (v reportView) Rest(s StreamReport) int64 {
	return s.sum() - s.Created - s.Updated - s.Quarantined - skippedIn(s)
}

// Left is why some rows of a stream were left out.
type Left struct {
	Stream, Why string
	Rows        int64
}

// LeftOut lists why rows were left out, in the order of the streams.
func (v reportView) LeftOut() (all []Left) {
	for _, s := range v.Streams {
		for _, reason := range slices.Sorted(maps.Keys(s.Skipped)) {
			all = append(all, Left{s.Stream, v.Reason(reason), s.Skipped[reason]})
		}
	}
	return all
}

// Reason says why a row is left out.
func (v reportView) Reason(reason string) string {
	if slices.Contains(Reasons(), reason) {
		return v.T("runs.skip-" + dashed(reason))
	}
	if stream, ok := strings.CutPrefix(reason, "without_"); ok {
		return v.T("runs.skip-without", "stream", stream)
	}
	return v.T("runs.skip-own", "reason", strings.ReplaceAll(reason, "_", " "))
}

// Meaning says what a code means.
func (v reportView) Meaning(c adapters.Code) string { return v.T(CodeKey(c)) }

// Effect says what becomes of a record with a problem.
func (v reportView) Effect(severity string) string { return v.T("runs.effect-" + severity) }

// Where names the stream and the field of a problem, behind what pages call the field.
func (v reportView) Where(stream, field string) string {
	where := strings.TrimSuffix(stream+"."+field, ".")
	if choice := v.Stream(stream).To + "." + field; slices.Contains(pointed, v.Stream(stream).To) && fieldOf(choice) != nil {
		return v.T(labelOf(choice)) + " (" + where + ")"
	}
	return where
}

// Words are the fields with values that the codes do not have, with how many rows.
func (v reportView) Words() (all []Left) {
	for _, name := range slices.Sorted(maps.Keys(v.Unmapped)) {
		all = append(all, Left{Stream: name, Rows: v.Unmapped[name]})
	}
	return all
}

// Gone adds the records that the source has no more.
func (v reportView) Gone() (n int64) {
	for _, s := range v.Streams {
		n += s.Gone
	}
	return n
}

// Met adds the rows of clients who were here before, which stand with those that stay as
// they are.
func (v reportView) Met() (n int64) {
	for _, s := range v.Streams {
		n += s.Linked
	}
	return n
}

// Alike adds the new clients who may be here already.
func (v reportView) Alike() (n int64) {
	for _, s := range v.Streams {
		n += s.Duplicates
	}
	return n
}

// RefusedWhy says why nothing was written.
func (v reportView) RefusedWhy() string { return v.T("runs.refused-" + dashed(v.Refused)) }

// Before says what becomes of cases from before the month of the next release.
func (v reportView) Before() string {
	e := v.Earlier
	if e == nil {
		return ""
	}
	return v.T("runs.earlier", "n", e.Cases, "month", v.words.Month(v.Lang, e.Next), "first", v.words.Date(v.Lang, e.First))
}

// Dir is the direction in which the language is written.
func (v reportView) Dir() string {
	if v.words.RightToLeft(v.Lang) {
		return "rtl"
	}
	return "ltr"
}

// errNoKind reports a kind of report that there is not.
var errNoKind = errs.New(errs.NotFound, "error.no-page")

// file answers GET /imports/runs/{id}/report/{what}: the report to be kept and shown.
func (p *RunPages) file(w http.ResponseWriter, r *http.Request) error {
	run, err := p.svc.RunByID(r.Context(), web.Actor(r), numberIn(r))
	if err != nil {
		return err
	}
	if !run.Told || run.Status != "done" {
		return ErrNoRun.With("run", run.ID)
	}
	v, kind := p.report(r, &run.Report), r.PathValue("what")
	var out bytes.Buffer
	media := ""
	switch kind {
	case "html":
		media, err = "text/html; charset=utf-8", v.WritePage(&out)
	case "json":
		media, err = "application/json", v.writeJSON(&out)
	case "csv":
		media, err = "text/csv; charset=utf-8", v.writeCSV(&out)
	default:
		return errNoKind
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="import-%d.%s"`, run.ID, kind))
	_, err = w.Write(out.Bytes())
	return err
}

func (v reportView) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v.Report)
}

// writeCSV writes the report as a table: a line for each count, in the reader's words.
func (v reportView) writeCSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	lines := [][]string{{v.T("runs.stream"), v.T("runs.outcome"), v.T("runs.code"), v.T("runs.rows")}}
	add := func(stream, what, code string, n int64) {
		lines = append(lines, []string{harmless(stream), harmless(what), harmless(code), strconv.FormatInt(n, 10)})
	}
	for _, s := range v.Streams {
		add(s.Stream, v.T("runs.read"), "", s.Read)
		add(s.Stream, v.T("runs.created"), "", s.Created)
		add(s.Stream, v.T("runs.updated"), "", s.Updated)
		add(s.Stream, v.T("runs.unchanged"), "", v.Rest(s))
		for _, reason := range slices.Sorted(maps.Keys(s.Skipped)) {
			add(s.Stream, v.T("runs.skipped")+": "+v.Reason(reason), reason, s.Skipped[reason])
		}
		add(s.Stream, v.T("runs.held"), "", s.Quarantined)
		add(s.Stream, v.T("runs.gone"), "", s.Gone)
	}
	for _, q := range v.Problems {
		add(v.Where(q.Stream, q.Field), v.Meaning(q.Code), string(q.Code), q.Count)
	}
	for _, u := range v.Words() {
		add(u.Stream, v.T("runs.unmapped"), "", u.Rows)
	}
	return out.WriteAll(lines)
}

// WritePage writes the report as a page of its own that needs nothing else: to be shown,
// printed and kept. It holds no values of the source.
func (v reportView) WritePage(w io.Writer) error {
	page, err := reportIn.Clone()
	if err == nil {
		err = page.Funcs(template.FuncMap{"t": v.T}).Execute(w, v)
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// WriteHTML writes the report as a page of its own, in a language of a catalogue.
func (r *Report) WriteHTML(w io.Writer, words *catalogs.Catalog, lang string) error {
	return newReportView(r, lang, words).WritePage(w)
}

//go:embed templates/report_page.html
var reportText string

// reportIn is the page of a report; t says a message in the language of the report.
var reportIn = template.Must(template.New("report").Funcs(template.FuncMap{"t": fmt.Sprint}).Parse(reportText))
