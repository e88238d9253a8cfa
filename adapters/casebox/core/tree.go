package core

import (
	"context"

	"casehub/adapters"
	"casehub/adapters/tables"
)

func (c *Core) readTree(ctx context.Context) error {
	return c.Scan(ctx, "tree", func(get func(string) string, r *tables.Row, t *tables.Table) error {
		if len(c.Order) >= maxNodes {
			return adapters.ErrTooManyCells.With("file", c.DB.Name()).With("table", "tree").With("rows", maxNodes).With("columns", len(t.Columns))
		}
		at := func(column string) adapters.Value {
			if i := t.Index(column); i >= 0 && i < len(r.Values) {
				return r.Values[i]
			}
			return adapters.Value{Null: true}
		}
		n := &Node{
			ID: get("id"), PID: get("pid"), Template: get("template_id"), Name: get("name"), Date: at("date"), DateEnd: at("date_end"),
			CID: get("cid"), OID: get("oid"), CDate: get("cdate"), UDate: get("udate"), Target: get("target_id"),
			dstatus: get("dstatus"), draft: get("draft"), system: get("system") != "" && get("system") != "0",
		}
		if n.ID == "" || c.Nodes[n.ID] != nil {
			return nil
		}
		c.Nodes[n.ID] = n
		c.Order = append(c.Order, n)
		return nil
	})
}

// maxNodes keeps the tree within the memory.
const maxNodes = 400_000

// caseOf walks up the tree to the nearest node whose template is that of a case.
func (c *Core) caseOf(n *Node) string {
	var path []*Node
	for at := n; at != nil && len(path) < 1000; at = c.Nodes[at.PID] {
		if at.inspected {
			n.CaseID = at.CaseID
			break
		}
		path = append(path, at)
		if t := c.Templates[at.Template]; t != nil && t.Kind == "case" {
			n.CaseID = at.ID
			break
		}
	}
	for _, p := range path {
		p.CaseID, p.inspected = n.CaseID, true
	}
	return n.CaseID
}

// readInfo compares what the core keeps of the cases with where the nodes stand.
func (c *Core) readInfo(ctx context.Context) error {
	for _, n := range c.Order {
		c.caseOf(n)
	}
	return c.Scan(ctx, "tree_info", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		if n := c.Nodes[get("id")]; n != nil && n.CaseID != get("case_id") {
			c.Stale++
		}
		return nil
	})
}

// place counts the nodes of each template and finds what stands below each case.
func (c *Core) place() {
	for _, n := range c.Order {
		t := c.Templates[n.Template]
		if t == nil {
			if n.Template != "" {
				c.Strays++
			}
			continue
		}
		t.Count++
		if n.CaseID != "" && n.CaseID != n.ID && n.live() {
			if c.Below[n.CaseID] == nil {
				c.Below[n.CaseID] = map[string][]string{}
			}
			c.Below[n.CaseID][t.Name] = append(c.Below[n.CaseID][t.Name], n.ID)
		}
	}
}

func (n *Node) live() bool { return (n.dstatus == "" || n.dstatus == "0") && !n.isDraft() && !n.system }

func (n *Node) isDraft() bool { return n.draft != "" && n.draft != "0" }

// Skip says why a node is left out, and whether it is gone.
func (n *Node) Skip(kind string) (string, bool) {
	switch {
	case n.dstatus == "1":
		return "deleted at source", true
	case n.dstatus == "2":
		return "deleted at source with what it was in", true
	case n.dstatus == "3":
		return "merged into another at source", true
	case n.isDraft():
		return "draft", false
	case n.system:
		return "part of the system", false
	case kind == "shortcut":
		return "shortcut to another record", false
	}
	return "", false
}
