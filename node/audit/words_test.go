package audit_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/node/audit"
	nodelocale "casehub/node/locale"
)

// TestEveryActionAndFieldHasWords walks the source of the node: whatever an area
// records, the page has words for it in every language.
func TestEveryActionAndFieldHasWords(t *testing.T) {
	c, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	actions, fields := recorded(t, os.DirFS(".."))
	if len(actions) < 12 || len(fields) < 20 {
		t.Fatalf("found %d actions and %d fields: the walk looks in the wrong place", len(actions), len(fields))
	}
	for _, lang := range c.Languages() {
		for action, where := range actions {
			// What is a key itself is an error's, beside a call that is given no literal.
			if !c.HasKey(lang, audit.KeyOf(action)) && !c.HasKey(lang, action) {
				t.Errorf("%s records %q, which has no words in %q: add %s", where, action, lang, audit.KeyOf(action))
			}
		}
		for field, where := range fields {
			if key := "audit-field." + strings.ReplaceAll(field, "_", "-"); !c.HasKey(lang, key) {
				t.Errorf("%s records the field %q, which has no words in %q: add %s", where, field, lang, key)
			}
		}
	}
}

// action is how an action looks: "case.closed".
var action = regexp.MustCompile(`^[a-z]+\.[a-z]+(-[a-z]+)*$`)

// recorded returns the actions and fields in the source, each with a file. Where
// a call of Record is given no literal, every literal of the file that looks
// like an action counts.
func recorded(t *testing.T, source fs.FS) (actions, fields map[string]string) {
	t.Helper()
	needs := allowances(t)
	actions, fields = map[string]string{audit.ReadAction: "audit", audit.ErasedAction: "audit"}, map[string]string{}
	err := fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || path.Dir(name) == "audit" {
			return err
		}
		text, err := fs.ReadFile(source, name)
		if err != nil || !strings.Contains(string(text), "audit.") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		any, handed := false, false
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				switch called(n) {
				case "audit.Record", "audit.RecordWithin":
					if s, ok := literal(n.Args[4]); ok {
						actions[s] = name
					} else {
						any = true
					}
				case "audit.Field":
					if s, ok := literal(n.Args[0]); ok {
						fields[s] = name
					} else {
						handed = true
					}
				}
			case *ast.KeyValueExpr:
				if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Field" {
					if s, ok := literal(n.Value); ok {
						fields[s] = name
					}
				}
			}
			return true
		})
		if handed { // a helper takes the name of the field
			before := len(fields)
			ast.Inspect(file, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok && len(c.Args) > 0 {
					if _, own := c.Fun.(*ast.Ident); own {
						if s, ok := literal(c.Args[0]); ok {
							fields[s] = name
						}
					}
				}
				return true
			})
			if len(fields) == before {
				t.Errorf("%s: the name of a field is no literal", name)
			}
		}
		if any {
			ast.Inspect(file, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok {
					if s, ok := literal(e); ok && action.MatchString(s) && !needs[s] {
						actions[s] = name
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return actions, fields
}

// allowances returns the actions of the access policy, which look like those of
// the audit.
func allowances(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../policy/access/data.json")
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Actions map[string]any `json:"actions"`
	}
	if err := json.Unmarshal(text, &data); err != nil || len(data.Actions) == 0 {
		t.Fatalf("%d actions of the policy, %v", len(data.Actions), err)
	}
	all := map[string]bool{}
	for a := range data.Actions {
		all[a] = true
	}
	return all
}

func called(c *ast.CallExpr) string {
	if s, ok := c.Fun.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name + "." + s.Sel.Name
		}
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}
