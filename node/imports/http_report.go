package imports

import (
	"fmt"
	"html/template"
	"io"
)

// WriteHTML writes the report as a page of its own that needs nothing else: to be
// shown, printed and kept. It holds no values of the source.
func (r *Report) WriteHTML(w io.Writer) error {
	if err := reportPage.Execute(w, r); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"skipped": func(s StreamReport) int64 { return s.skips() },
	"dry":     func(r *Report) bool { return r.Mode == "dry_run" },
}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Import of {{.Source.Name}}</title>
<style>body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{border-bottom:1px solid #bbb;padding:.3rem .6rem;text-align:right}th:first-child,td:first-child,td.l,th.l{text-align:left}.bad{color:#a00}</style>
<h1>{{if dry .}}Dry run{{else}}Import{{end}} of {{.Source.Name}}</h1>
<p>By {{.Mapping}} into {{.Instance}}{{if .Run}}, run {{.Run}}{{end}}.{{if dry .}} Nothing was written.{{end}}</p>
{{if .Refused}}<p class="bad"><strong>Refused: {{.Refused}}. Nothing was written.</strong></p>{{end}}
<table><tr><th>stream</th><th>read</th><th>created</th><th>updated</th><th>unchanged</th><th>skipped</th><th>quarantined</th><th>gone</th></tr>
{{range .Streams}}<tr><td>{{.Stream}}</td><td>{{.Read}}</td><td>{{.Created}}</td><td>{{.Updated}}</td><td>{{.Unchanged}}</td><td>{{skipped .}}</td><td>{{.Quarantined}}</td><td>{{.Gone}}</td></tr>
{{range $reason, $n := .Skipped}}<tr><td>· {{$reason}}</td><td colspan="4"></td><td>{{$n}}</td><td colspan="2"></td></tr>
{{end}}{{if .Linked}}<tr><td>· of clients who were here before</td><td></td><td>{{.Linked}}</td><td colspan="5"></td></tr>
{{end}}{{if .Duplicates}}<tr><td>· created, and perhaps here before</td><td></td><td>{{.Duplicates}}</td><td colspan="5"></td></tr>
{{end}}{{end}}</table>
<p>{{if .Balanced}}Every row was counted exactly once.{{else}}<strong class="bad">The rows do not add up.</strong>{{end}}</p>
{{if .Problems}}<h2>What was wrong</h2><table><tr><th>where</th><th class="l">code</th><th class="l">effect</th><th>rows</th></tr>
{{range .Problems}}<tr><td>{{.Stream}}{{if .Field}}.{{.Field}}{{end}}</td><td class="l">{{.Code}}</td><td class="l">{{.Severity}}</td><td>{{.Count}}</td></tr>
{{end}}</table>{{end}}
{{if .Unmapped}}<h2>Not in the codes</h2><table><tr><th>field</th><th>rows</th></tr>{{range $f, $n := .Unmapped}}<tr><td>{{$f}}</td><td>{{$n}}</td></tr>{{end}}</table>{{end}}
{{if .Fields}}<h2>Fields</h2><table><tr><th>field</th><th>filled</th><th>empty</th><th>wrong</th></tr>{{range $f, $c := .Fields}}<tr><td>{{$f}}</td><td>{{$c.Filled}}</td><td>{{$c.Empty}}</td><td>{{$c.Wrong}}</td></tr>{{end}}</table>{{end}}
{{if .Places}}<h2>The first places</h2><table><tr><th>place</th><th class="l">column</th><th class="l">code</th></tr>
{{range .Places}}<tr><td>{{.Loc}}</td><td class="l">{{.Column}}</td><td class="l">{{.Code}}</td></tr>
{{end}}</table>{{if .MorePlaces}}<p>And {{.MorePlaces}} more.</p>{{end}}{{end}}
{{with .Earlier}}<p>{{.Cases}} new cases were opened before {{.Next.Dash}}, the month of the next release, the first on {{.First}}.</p>{{end}}
</html>
`))
