package primeroapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/webapi"
)

// stored is how the address of a file begins. It expires, and is not a value.
const stored = "/rails/active_storage/"

// volatile are members that are about who asks or when, not about the record.
var volatile = []string{"record_in_scope", "alert_count", "photo", "attachment_url", "sync_status", "synced_at"}

func rules() jsontree.Rules {
	return jsontree.Rules{
		Separator: ".",
		Skip:      func(_, name string) bool { return slices.Contains(volatile, name) },
		Value: func(_, _ string, n jsontree.Node) (adapters.Value, bool) {
			return adapters.Value{Null: true}, hidden(n)
		},
	}
}

// hidden reports whether a text is what stands for a name that may not be seen.
func hidden(n jsontree.Node) bool {
	return n.Kind == jsontree.String && len(n.Text) >= 5 && strings.Trim(n.Text, "*") == ""
}

// full makes a record with what has to be asked for it.
func (s *Source) full(ctx context.Context, stream string, raw json.RawMessage) (adapters.Record, error) {
	rec, flat := s.record(stream, raw)
	if !s.settings.Referrals || flat == nil || s.settings.Streams[stream] != "cases" {
		return s.judged(rec), nil
	}
	answer, err := s.get(ctx, webapi.Ask{Path: api("cases", rec.Key, "referrals")})
	if err != nil {
		return rec, err
	}
	n, err := jsontree.Parse(answer.Body)
	if err != nil || n.Get("data").Kind != jsontree.Array {
		return rec, s.client.Strange()
	}
	more := s.rules.Flatten(jsontree.Node{Kind: jsontree.Object, Names: []string{"referrals"}, Items: []jsontree.Node{n.Get("data")}})
	if list := more.Children["referrals"]; len(list) > 0 && flat.Children["referrals"] == nil {
		if flat.Children == nil {
			flat.Children = map[string][]*jsontree.Flat{}
		}
		flat.Children["referrals"] = list
		rec = s.keyed(stream, flat, rec)
	}
	return s.judged(rec), nil
}

func (s *Source) judged(rec adapters.Record) adapters.Record {
	s.settings.Consent.Judge(&rec)
	rec.Deleted = rec.Value("record_state").Raw == "false" || rec.Skip == "disabled_at_source"
	return rec
}

// record makes a record of what the server has under data; flat is nil for one that
// cannot be read.
func (s *Source) record(stream string, raw json.RawMessage) (adapters.Record, *jsontree.Flat) {
	at := adapters.Locator{File: s.client.Host(), Sheet: stream}
	n, err := jsontree.Parse(raw)
	id := n.Get("id").Text
	if err != nil || n.Kind != jsontree.Object || id == "" {
		return jsontree.Bad(stream, id, at, adapters.BadJSON), nil
	}
	n, docs := s.documents(stream, id, n)
	flat := s.rules.Flatten(n)
	return s.keyed(stream, flat, adapters.Record{Key: id, Loc: at, Documents: docs}), flat
}

// keyed makes the record of a flat one, with the keys that people know.
func (s *Source) keyed(stream string, flat *jsontree.Flat, like adapters.Record) adapters.Record {
	rec := s.rules.Record(flat, stream, like.Key, like.Loc)
	rec.Documents = like.Documents
	for _, name := range []string{"case_id", "incident_id", "short_id", "case_id_display"} {
		if v := flat.Values[name].Raw; v != "" && v != rec.Key && !slices.Contains(rec.AltKeys, v) {
			rec.AltKeys = append(rec.AltKeys, v)
		}
	}
	jsontree.SealAll(&rec)
	return rec
}

// documents finds the files of a record: lists of objects that have an address, and of
// addresses alone, which are taken out.
func (s *Source) documents(stream, id string, n jsontree.Node) (jsontree.Node, []adapters.Document) {
	var docs []adapters.Document
	out := jsontree.Node{Kind: jsontree.Object}
	for i, name := range n.Names {
		item, bare := n.Items[i], false
		for k, e := range item.Items {
			address, which := e.Text, "#"+strconv.Itoa(k+1)
			if e.Kind == jsontree.Object {
				address, which = e.Get("attachment_url").Text, e.Get("id").Text
			} else if strings.HasPrefix(address, stored) {
				bare = true
			}
			if item.Kind != jsontree.Array || !strings.HasPrefix(address, stored) || which == "" {
				continue
			}
			d := adapters.Document{Blob: blob(s.settings.Streams[stream], id, name, which), Name: e.Get("file_name").Text, Type: e.Get("content_type").Text, Size: -1}
			if d.Name == "" {
				d.Name = last(address)
			}
			docs = append(docs, d)
		}
		if !bare && !(item.Kind == jsontree.String && strings.HasPrefix(item.Text, stored)) {
			out.Names, out.Items = append(out.Names, name), append(out.Items, item)
		}
	}
	return out, docs
}

// last is the name of a file at the end of its address.
func last(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "file"
	}
	return u.Path[strings.LastIndexByte(u.Path, '/')+1:]
}

// blob names a document by where it stands.
func blob(parts ...string) adapters.Blob {
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return adapters.Blob(strings.Join(parts, "/"))
}

// Open asks for the address of a document and then for its content.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	parts := strings.Split(string(b), "/")
	if len(parts) != 4 {
		return nil, adapters.ErrBlob
	}
	for i := range parts {
		var err error
		if parts[i], err = url.PathUnescape(parts[i]); err != nil || strings.Trim(parts[i], ".") == "" {
			return nil, adapters.ErrBlob
		}
	}
	if kinds[parts[0]] == "" {
		return nil, adapters.ErrBlob
	}
	answer, err := s.get(ctx, webapi.Ask{Path: api(parts[0], parts[1])})
	if errors.Is(err, adapters.ErrMissing) {
		return nil, adapters.ErrBlob
	}
	if err != nil {
		return nil, err
	}
	n, err := jsontree.Parse(answer.Body)
	if err != nil {
		return nil, s.client.Strange()
	}
	address, err := url.Parse(find(n.Get("data", parts[2]), parts[3]))
	if err != nil || address.Host != "" || !strings.HasPrefix(address.Path, stored) {
		return nil, adapters.ErrBlob
	}
	r, err := s.client.Open(ctx, webapi.Ask{Path: address.EscapedPath(), Query: address.Query()})
	if errors.Is(err, adapters.ErrMissing) {
		return nil, adapters.ErrBlob
	}
	return r, err
}

// find returns the address of one file of a field.
func find(list jsontree.Node, which string) string {
	for i, e := range list.Items {
		if e.Kind == jsontree.Object && e.Get("id").Text == which {
			return e.Get("attachment_url").Text
		}
		if e.Kind == jsontree.String && "#"+strconv.Itoa(i+1) == which {
			return e.Text
		}
	}
	return ""
}
