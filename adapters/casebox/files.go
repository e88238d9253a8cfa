package casebox

import (
	"cmp"
	"context"
	"path"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/casebox/core"
	"casehub/adapters/tables"
	"casehub/adapters/tables/system"
)

func itoa(n int) string { return strconv.Itoa(n) }

// plain is a stream that is not made of a template's nodes.
type plain struct {
	*source
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
		(&nodes{source: p.source, of: &core.Template{}}).Tell(f)
	}
}

// Each gives the records in the order of the table.
func (p *plain) Each(ctx context.Context, fn func(adapters.Record) error) error {
	no := int64(0)
	return p.rows(ctx, func(r adapters.Record) error {
		no++
		r.Stream, r.Header = p.as, p.head
		r.Loc = adapters.Locator{File: p.DB.Name(), Sheet: p.as, Row: no}
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

// files is the stream of files with their versions; nil where the core has
// no table of them.
func (s *source) files() stream {
	if t := s.Find("files"); t == nil || t.Rows == 0 {
		return nil
	}
	return &plain{source: s, as: "files", head: fileHead, rows: func(ctx context.Context, fn func(adapters.Record) error) error {
		contents := map[string]content{}
		err := s.Scan(ctx, "files_content", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
			contents[get("id")] = content{get("size"), get("type"), get("path"), get("md5")}
			return nil
		})
		if err != nil {
			return err
		}
		versions := map[string][]version{}
		err = s.Scan(ctx, "files_versions", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
			id := get("file_id")
			versions[id] = append(versions[id], version{get("content_id"), get("name"), cmp.Or(get("date"), get("cdate"))})
			return nil
		})
		if err != nil {
			return err
		}
		return s.Scan(ctx, "files", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
			return fn(s.file(get, contents, versions[get("id")]))
		})
	}}
}

// file makes the record of a file.
func (s *source) file(get func(string) string, contents map[string]content, earlier []version) adapters.Record {
	id := get("id")
	r := adapters.Record{Key: id, Header: fileHead, Values: make([]adapters.Value, len(fileHead.Names()))}
	for i := range r.Values {
		r.Values[i].Null = true
	}
	n := s.Nodes[id]
	if n == nil {
		n = &core.Node{}
	}
	r.Skip, r.Deleted = n.Skip("file")
	x := contents[get("content_id")]
	for name, v := range map[string]string{
		"id": id, "case_id": n.CaseID, "pid": n.PID, "name": get("name"), "title": get("title"), "type": x.kind, "author": s.Users[get("cid")],
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
		s.missing(&r, d)
	}
	for i, v := range earlier {
		child := adapters.Record{Stream: "files", Key: id + "/versions[" + itoa(i+1) + "]", Header: versionHead, Loc: adapters.Locator{File: s.DB.Name(), Sheet: "files_versions"}}
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
func (s *source) missing(r *adapters.Record, d adapters.Document) {
	if s.dir == "" {
		return
	}
	f, err := system.OpenBelow(s.dir, d.Blob)
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
func (s *source) thesauri() stream {
	if len(s.Labels) == 0 {
		return nil
	}
	return &plain{source: s, as: "thesauri", head: adapters.NewHeader([]string{"id", "pid", "folder", "label", "name"}), rows: s.eachItem}
}

// eachItem gives the items of the thesauri.
func (s *source) eachItem(_ context.Context, fn func(adapters.Record) error) error {
	for _, n := range s.Order {
		t := s.Templates[n.Template]
		if t == nil || !t.IsThesaurus() {
			continue
		}
		folder := ""
		if p := s.Nodes[n.PID]; p != nil {
			folder = p.Name
		}
		r := adapters.Record{Key: n.ID, Values: []adapters.Value{plainText(n.ID), plainText(n.PID), plainText(folder), plainText(cmp.Or(s.Labels[n.ID], n.Name)), plainText(n.Name)}}
		if _, gone := n.Skip(""); gone {
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

// table( gives a table as it is; nil where the core has none.
func (s *source) table(table, as string) stream {
	t := s.Find(table)
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
	return &plain{source: s, as: as, head: adapters.NewHeader(names), rows: func(ctx context.Context, fn func(adapters.Record) error) error {
		return s.Scan(ctx, table, func(get func(string) string, row *tables.Row, _ *tables.Table) error {
			r := adapters.Record{Key: get("id"), Values: make([]adapters.Value, len(names))}
			for i, f := range from {
				r.Values[i] = row.Values[f]
			}
			if at >= 0 {
				caseID := ""
				if n := s.Nodes[get("object_id")]; n != nil {
					caseID = n.CaseID
				}
				r.Values[at], r.Values[at+1] = plainText(caseID), plainText(s.Users[get("user_id")])
			}
			return fn(r)
		})
	}}
}
