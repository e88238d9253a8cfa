package imports_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/node/imports"
	nodelocale "casehub/node/locale"
)

// reasonsIn collects the texts by which the program's own sources say that a row is left
// out: what is given to a field Skip or Older, what a function skip returns first, what
// leaveOut takes, and the reasons of shipped mappings.
func reasonsIn(t *testing.T, roots ...string) map[string]string {
	t.Helper()
	all, set := map[string]string{}, token.NewFileSet()
	for _, root := range roots {
		packages := map[string][]*ast.File{}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(set, path, nil, 0)
			packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], f)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for dir, files := range packages {
			constants := map[string]string{}
			for _, f := range files {
				ast.Inspect(f, func(n ast.Node) bool {
					if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == len(v.Names) {
						for i := range v.Names {
							name := v.Names[i].Name
							if text, ok := literal(v.Values[i]); ok {
								constants[name] = text
								if strings.HasPrefix(name, "drop") || strings.HasPrefix(strings.ToLower(name), "skip") {
									all[text] = dir
								}
							}
						}
					}
					return true
				})
			}
			add := func(e ast.Expr) {
				text, ok := literal(e)
				if id, is := e.(*ast.Ident); is {
					text, ok = constants[id.Name], constants[id.Name] != ""
				}
				if ok && text != "" {
					all[text] = dir
				}
			}
			for _, f := range files {
				ast.Inspect(f, func(n ast.Node) bool { gather(n, add); return true })
			}
		}
	}
	return all
}

func literal(e ast.Expr) (string, bool) {
	b, ok := e.(*ast.BasicLit)
	if !ok || b.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(b.Value)
	return text, err == nil
}

// gather adds what one node says of a row that is left out.
func gather(n ast.Node, add func(ast.Expr)) {
	says := func(name string) bool { return name == "Skip" || name == "Older" }
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if s, ok := left.(*ast.SelectorExpr); ok && says(s.Sel.Name) && i < len(n.Rhs) {
				add(n.Rhs[i])
			}
		}
	case *ast.KeyValueExpr:
		if k, ok := n.Key.(*ast.Ident); ok && says(k.Name) {
			add(n.Value)
		}
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		if name == "leaveOut" && len(n.Args) == 1 {
			add(n.Args[0])
		}
	case *ast.FuncDecl:
		if n.Name.Name != "skip" && n.Name.Name != "drop" {
			return
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) > 0 {
				add(r.Results[0])
			}
			return true
		})
	}
}

// TestEveryReasonAndCodeHasWords: whatever a report counts is told in words, in each
// language.
func TestEveryReasonAndCodeHasWords(t *testing.T) {
	words, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	found := reasonsIn(t, ".", filepath.Join("..", "..", "adapters"))
	if len(found) < 15 || found["no_consent"] == "" || found["units"] == "" || found["zero_amount"] == "" {
		t.Fatalf("only %d reasons were found: %v", len(found), found)
	}
	for reason, dir := range found {
		if !slices.Contains(imports.Reasons(), reason) {
			t.Errorf("%s leaves rows out as %q, which has no words", dir, reason)
		}
	}
	keys := []string{"runs.skip-own", "runs.skip-without", "runs.effect-error", "runs.effect-warning", "runs.effect-info", "runs.refused-too-many-failed", "runs.refused-too-many-gone", "runs.refused-incomplete", "wizard.refused-incomplete"}
	for _, reason := range imports.Reasons() {
		keys = append(keys, "runs.skip-"+strings.NewReplacer("_", "-", " ", "-").Replace(reason))
	}
	for _, c := range adapters.Codes() {
		keys = append(keys, imports.CodeKey(c))
	}
	for _, target := range imports.TargetsForTest() {
		keys = append(keys, "runs.to-"+strings.ReplaceAll(target, "_", "-"))
	}
	for _, s := range []imports.JobStatus{
		imports.JobRunning, imports.JobDone, imports.JobRefused, imports.JobFailed, imports.JobStopped, imports.JobReplaced, imports.JobInterrupted,
	} {
		keys = append(keys, "runs.job-"+string(s))
	}
	for _, k := range imports.AlertKinds() {
		keys = append(keys, "schedules.alert-"+string(k))
	}
	for _, why := range []string{"edited", "imported-again", "gone", "built-on"} {
		keys = append(keys, "runs.way-"+why)
	}
	for _, key := range keys {
		for _, lang := range words.Languages() {
			if !words.HasKey(lang, key) {
				t.Errorf("%s: no words in %q", key, lang)
			}
		}
	}
}

// TestAReportIsAPageInEachLanguage: nothing of a report is left as a word of the program.
func TestAReportIsAPageInEachLanguage(t *testing.T) {
	words, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	r := imports.Report{
		Mode: "import", Mapping: "register/1", Instance: "office", Balanced: true, Source: imports.SourceReport{Type: "spreadsheet", Name: "register.csv"},
		Streams:  []imports.StreamReport{{Stream: "case", To: "case", Read: 9, Created: 2, Linked: 1, Duplicates: 1, Unchanged: 1, Skipped: map[string]int64{"no_consent": 2, "units": 1, "without_client": 1, "our_own": 1}}},
		Problems: []imports.ProblemReport{{Stream: "case", Field: "opened_on", Code: adapters.DateAmbiguous, Severity: "error", Count: 3}},
		Unmapped: map[string]int64{"client.sex": 4}, Places: []imports.Place{{Loc: "register.csv:4", Stream: "case", Code: adapters.DateAmbiguous}}, MorePlaces: 2,
	}
	for lang, want := range map[string][]string{
		"en": {"The person did not agree", "A row of units", "As the mapping says: our own", "Day and month could be", "exactly once", "1 row is of a client who was here before", "1 new client may be here already"},
		"es": {"La persona no aceptó", "Una fila de unidades", "Como dice la correspondencia: our own", "Cada fila se contó", `lang="es"`},
	} {
		var page strings.Builder
		if err := r.WriteHTML(&page, words, lang); err != nil {
			t.Fatal(err)
		}
		for _, w := range append(want, "register.csv") {
			if !strings.Contains(page.String(), w) {
				t.Errorf("%s: the page does not say %q", lang, w)
			}
		}
		for _, raw := range []string{"no_consent", "date_ambiguous", "runs.", "imports.code"} {
			if strings.Contains(page.String(), raw) {
				t.Errorf("%s: the page says %q", lang, raw)
			}
		}
	}
}
