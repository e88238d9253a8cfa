package casebox

import (
	"cmp"
	"context"
	"path"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/tables"
	"casehub/adapters/tables/system"
)

func itoa(n int) string { return strconv.Itoa(n) }

// plain is a stream that is not made of a template's nodes.
type plain struct {
	core  *core
	as    string
	head  *adapters.Header
	about []string
	rows  func(ctx context.Context, fn func(adapters.Record) error) error
}

func (p *plain) name() string { return p.as }

// Header names the columns.
func (p *plain) Header() *adapters.Header { return p.head }

// Notes says how the stream was read.
func (p *plain) Notes() []string { return p.about }

// Changed returns when a file was written last; the other streams do not say.
func (p *plain) Changed(r *adapters.Record) string { return written(r) }

// Tell adds what the core says of a field.
func (p *plain) Tell(f *adapters.Field) {
	if f.Name == "case_id" {
		(&nodes{core: p.core, of: &template{}}).Tell(f)
	}
}

// Each gives the records in the order of the table.
func (p *plain) Each(ctx context.Context, fn func(adapters.Record) error) error {
	no := int64(0)
	return p.rows(ctx, func(r adapters.Record) error {
		no++
		r.Stream, r.Header = p.as, p.head
		r.Loc = adapters.Locator{File: p.core.db.Name(), Sheet: p.as, Row: no}
		r.Seal()
		return fn(r)
	})
}

// content is one stored document.
type content struct{ size, kind, path, md5 string }

// version is an earlier state of a file.
type version struct{ content, name, date string }

// fileHead names the columns of the files.
var fileHead = adapters.NewHeader([]string{"id", "case_id", "pid", "name", "title", "date", "type", "size", "document", "author", "created", "changed"})

var versionHead = adapters.NewHeader([]string{"name", "date", "document"})

// fileStream is the stream of files with their versions; nil where the core has
// no table of them.
func (c *core) fileStream(all []tables.Table) stream {
	if t := tables.Find(all, "files"); t == nil || t.Rows == 0 {
		return nil
	}
	return &plain{core: c, as: "files", head: fileHead, rows: func(ctx context.Context, fn func(adapters.Record) error) error {
		contents := map[string]content{}
		err := c.scan(ctx, all, "files_content", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
			contents[get("id")] = content{get("size"), get("type"), get("path"), get("md5")}
			return nil
		})
		if err != nil {
			return err
		}
		versions := map[string][]version{}
		err = c.scan(ctx, all, "files_versions", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
			id := get("file_id")
			versions[id] = append(versions[id], version{get("content_id"), get("name"), cmp.Or(get("date"), get("cdate"))})
			return nil
		})
		if err != nil {
			return err
		}
		return c.scan(ctx, all, "files", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
			return fn(c.file(get, contents, versions[get("id")]))
		})
	}}
}

// file makes the record of a file.
func (c *core) file(get func(string) string, contents map[string]content, earlier []version) adapters.Record {
	id := get("id")
	r := adapters.Record{Key: id, Header: fileHead, Values: make([]adapters.Value, len(fileHead.Names()))}
	for i := range r.Values {
		r.Values[i].Null = true
	}
	n := c.nodes[id]
	if n == nil {
		n = &node{}
	}
	r.Skip, r.Deleted = n.skip("file")
	x := contents[get("content_id")]
	for name, v := range map[string]string{
		"id": id, "case_id": n.caseID, "pid": n.pid, "name": get("name"), "title": get("title"), "type": x.kind, "author": c.users[get("cid")],
	} {
		put(&r, name, plainText(v))
	}
	put(&r, "date", tables.Typed(get("date"), adapters.Date))
	put(&r, "created", tables.Typed(get("cdate"), adapters.Date))
	put(&r, "changed", tables.Typed(get("udate"), adapters.Date))
	put(&r, "size", tables.Typed(x.size, adapters.Number))
	if d, ok := document(get("content_id"), get("name"), contents); ok {
		put(&r, "document", plainText(string(d.Blob)))
		r.Documents = append(r.Documents, d)
		c.missing(&r, d)
	}
	for i, v := range earlier {
		child := adapters.Record{Stream: "files", Key: id + "/versions[" + itoa(i+1) + "]", Header: versionHead, Loc: adapters.Locator{File: c.db.Name(), Sheet: "files_versions"}}
		child.Values = []adapters.Value{plainText(v.name), tables.Typed(v.date, adapters.Date), {Null: true}}
		if d, ok := document(v.content, v.name, contents); ok {
			child.Values[2] = plainText(string(d.Blob))
			child.Documents = append(child.Documents, d)
		}
		child.Seal()
		if r.Children == nil {
			r.Children = map[string][]adapters.Record{}
		}
		r.Children["versions"] = append(r.Children["versions"], child)
	}
	return r
}

// missing reports a document that is not in the folder of files.
func (c *core) missing(r *adapters.Record, d adapters.Document) {
	if c.settings.FilesDir == "" {
		return
	}
	f, err := system.OpenBelow(c.settings.FilesDir, d.Blob)
	if err != nil {
		r.Problems = append(r.Problems, adapters.Problem{Code: adapters.AttachmentMissing, Column: "document"})
		return
	}
	_ = f.Close()
}

// document names stored content: PATH/ID below the folder of files. The md5 is
// kept with the size behind it.
func document(id, name string, contents map[string]content) (adapters.Document, bool) {
	x, ok := contents[id]
	if !ok || id == "" {
		return adapters.Document{}, false
	}
	size, err := strconv.ParseInt(x.size, 10, 64)
	if err != nil {
		size = -1
	}
	d := adapters.Document{Blob: adapters.Blob(path.Join(x.path, id)), Column: "document", Name: name, Type: x.kind, Size: size}
	if len(x.md5) >= 32 {
		d.MD5 = strings.ToLower(x.md5[:32])
	}
	return d, true
}

// thesauri is the stream of the items of the thesauri; nil where there are none.
func (c *core) thesauri() stream {
	if len(c.labels) == 0 {
		return nil
	}
	return &plain{core: c, as: "thesauri", head: adapters.NewHeader([]string{"id", "pid", "folder", "label", "name"}), rows: c.eachItem}
}

// eachItem gives the items of the thesauri.
func (c *core) eachItem(_ context.Context, fn func(adapters.Record) error) error {
	for _, n := range c.order {
		t := c.templates[n.template]
		if t == nil || !c.isThesaurus(t) {
			continue
		}
		folder := ""
		if p := c.nodes[n.pid]; p != nil {
			folder = p.name
		}
		r := adapters.Record{Key: n.id, Values: []adapters.Value{plainText(n.id), plainText(n.pid), plainText(folder), plainText(cmp.Or(c.labels[n.id], n.name)), plainText(n.name)}}
		if n.dstatus != "" && n.dstatus != "0" {
			r.Skip, r.Deleted = "deleted at source", true
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

// secret are columns that no import needs to see.
var secret = map[string]bool{"password": true, "salt": true, "recover_hash": true, "cfg": true, "data": true, "password_change": true}

// tableStream gives a table as it is; nil where the core has none.
func (c *core) tableStream(all []tables.Table, table, as string) stream {
	t := tables.Find(all, table)
	if t == nil || t.Rows == 0 {
		return nil
	}
	var names []string
	var from []int
	for i, column := range t.Columns {
		if table != "users_groups" || !secret[column.Name] {
			names, from = append(names, column.Name), append(from, i)
		}
	}
	at := -1
	if table == "action_log" {
		names, at = append(names, "case_id", "user"), len(names)
	}
	return &plain{core: c, as: as, head: adapters.NewHeader(names), rows: func(ctx context.Context, fn func(adapters.Record) error) error {
		return c.scan(ctx, all, table, func(get func(string) string, row *tables.Row, _ *tables.Table) error {
			r := adapters.Record{Key: get("id"), Values: make([]adapters.Value, len(names))}
			for i, f := range from {
				r.Values[i] = row.Values[f]
			}
			if at >= 0 {
				caseID := ""
				if n := c.nodes[get("object_id")]; n != nil {
					caseID = n.caseID
				}
				r.Values[at], r.Values[at+1] = plainText(caseID), plainText(c.users[get("user_id")])
			}
			return fn(r)
		})
	}}
}
