package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// web are imports that only a file of pages may have.
var web = []string{"net/http", "html/template", Module + "/internal/web"}

// databases are imports that a file of rules may not have.
var databases = []string{"database/sql", Module + "/internal/sqlite", "github.com/jackc/pgx"}

// statement recognises SQL by how a statement begins.
var statement = regexp.MustCompile(`(?is)^\s*(SELECT\s+\S|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX|VIEW|TRIGGER|TEMP|UNIQUE)\b|WITH\s+(RECURSIVE\s+)?\w+[^;]*?\bAS\b\s*(MATERIALIZED\s*)?\()`)

// area reports whether a file is code of a domain area, node/<area> or hub/<area>.
func area(f *File) bool {
	part, name := path.Split(f.Dir())
	return (part == "node/" || part == "hub/") && name != "migrations" && name != "locale"
}

// role returns what a file of an area is for, by its name: "http", "sql",
// "rules" for the file that bears the area's name, or "" for any other.
func role(f *File) string {
	name := strings.TrimSuffix(f.Base(), ".go")
	for _, r := range []string{"http", "sql"} {
		if name == r || strings.HasPrefix(name, r+"_") || strings.HasSuffix(name, "_"+r) {
			return r
		}
	}
	switch name {
	case path.Base(f.Dir()):
		return "rules"
	case "metrics":
		return "http"
	}
	return ""
}

func roles(t *Tree) []Finding {
	files, split := map[string]int{}, map[string]bool{}
	for _, f := range t.Go {
		if !f.Test {
			files[f.Dir()]++
		}
		if f.Base() == "service.go" {
			split[f.Dir()] = true
		}
	}
	var found []Finding
	for _, f := range t.Go {
		// A small area that is one file has no roles to keep apart.
		if f.Test || f.Generated || !area(f) || files[f.Dir()] == 1 {
			continue
		}
		found = append(found, importsOfRole(f, split[f.Dir()])...)
		if role(f) != "sql" {
			for _, s := range statements(f.AST) {
				found = append(found, Finding{"roles", f.Path, fmt.Sprintf("holds SQL (%q); it belongs in sql.go", s)})
			}
		}
	}
	return found
}

// importsOfRole finds imports that a file's role does not allow. Where an area
// has no service.go, its operations stand in the file of its name.
func importsOfRole(f *File, split bool) []Finding {
	var found []Finding
	for _, i := range f.Imports {
		if role(f) != "http" && slices.Contains(web, i) {
			found = append(found, Finding{"roles", f.Path, fmt.Sprintf("imports %s; pages belong in http.go", i)})
		}
		if split && role(f) == "rules" && slices.ContainsFunc(databases, func(d string) bool { return i == d || strings.HasPrefix(i, d+"/") }) {
			found = append(found, Finding{"roles", f.Path, fmt.Sprintf("imports %s; the file of rules has no input or output", i)})
		}
	}
	return found
}

// statements returns the beginnings of all SQL in a file.
func statements(file *ast.File) []string {
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		if text := strings.Trim(lit.Value, "`\""); statement.MatchString(text) {
			all = append(all, strings.Join(strings.Fields(text)[:2], " "))
		}
		return true
	})
	return all
}
