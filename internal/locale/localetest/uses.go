package localetest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"text/template/parse"
)

// uses are the keys that sources certainly use, each with a place, and every
// string that might be a key or the beginning of one.
type uses struct {
	keys  map[string]string
	words map[string]bool
}

// shape is how a key looks: "cases.closed-on".
var shape = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$`)

// used reports whether any source holds the key, or a beginning of it that
// ends in a dot or a dash and is completed when the program runs.
func (u *uses) used(key string) bool {
	if u.words[key] {
		return true
	}
	for i := range key {
		if (key[i] == '.' || key[i] == '-') && u.words[key[:i+1]] {
			return true
		}
	}
	return false
}

// template reads the calls of t in a template.
func (u *uses) template(name, text string) error {
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	set := map[string]*parse.Tree{}
	if _, err := t.Parse(text, "", "", set); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	for _, tree := range set {
		u.node(name, tree.Root)
	}
	return nil
}

func (u *uses) node(name string, n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, c := range n.Nodes {
			u.node(name, c)
		}
	case *parse.ActionNode:
		u.pipe(name, n.Pipe)
	case *parse.TemplateNode:
		u.pipe(name, n.Pipe)
	case *parse.IfNode:
		u.branch(name, n.BranchNode)
	case *parse.RangeNode:
		u.branch(name, n.BranchNode)
	case *parse.WithNode:
		u.branch(name, n.BranchNode)
	}
}

func (u *uses) branch(name string, b parse.BranchNode) {
	u.pipe(name, b.Pipe)
	u.node(name, b.List)
	u.node(name, b.ElseList)
}

func (u *uses) pipe(name string, p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		says := false
		if f, ok := c.Args[0].(*parse.IdentifierNode); ok {
			says = f.Ident == "t"
		}
		for i, a := range c.Args {
			switch a := a.(type) {
			case *parse.StringNode:
				u.words[a.Text] = true
				if says && i == 1 {
					u.keys[a.Text] = name
				}
			case *parse.PipeNode:
				u.pipe(name, a)
			}
		}
	}
}

// keyed are the functions that take a key, and the place of it among their
// arguments.
var keyed = map[string]int{"New": 1, "Text": 1, "Say": 2}

// golang reads string constants, and calls and values that certainly name a key:
// errs.New, Catalog.Text, web.Say, and fields of the kit's types.
func (u *uses) golang(name string, text []byte) error {
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if s, ok := constant(n); ok {
				u.words[s] = true
			}
		case *ast.CallExpr:
			u.call(name, n)
		case *ast.CompositeLit:
			u.literal(name, n)
		}
		return true
	})
	return nil
}

func (u *uses) call(name string, c *ast.CallExpr) {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	i, ok := keyed[sel.Sel.Name]
	if !ok || i >= len(c.Args) {
		return
	}
	if pkg, ok := sel.X.(*ast.Ident); sel.Sel.Name == "New" && (!ok || pkg.Name != "errs") {
		return
	}
	u.key(name, c.Args[i])
}

// literal takes the keys of web.NavItem, web.Empty, web.Tab and web.Tabs. A Need
// is an action and no message.
func (u *uses) literal(name string, l *ast.CompositeLit) {
	sel, ok := l.Type.(*ast.SelectorExpr)
	if pkg, is := selected(sel, ok); !is || pkg != "web" {
		return
	}
	for _, e := range l.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if field, ok := kv.Key.(*ast.Ident); !ok || field.Name != "Need" {
			u.key(name, kv.Value)
		}
	}
}

func selected(sel *ast.SelectorExpr, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", false
	}
	return id.Name, true
}

func (u *uses) key(name string, e ast.Expr) {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return
	}
	if s, ok := constant(lit); ok && shape.MatchString(s) && !strings.HasPrefix(s, "/") {
		u.keys[s] = name
	}
}

func constant(l *ast.BasicLit) (string, bool) {
	if l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}
