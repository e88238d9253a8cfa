package civiapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/webapi"
)

// path is below that of CiviCRM.
func (s *Source) path(parts ...string) string {
	return webapi.Path(append(strings.Split(s.settings.Path, "/"), parts...)...)
}

// question makes one of an entity, an action and parameters.
func (s *Source) question(entity, action string, params map[string]any) (webapi.Ask, error) {
	b, err := json.Marshal(params)
	return webapi.Ask{Path: s.path("ajax", "api4", entity, action), Form: url.Values{"params": {string(b)}}}, err
}

// values gives the records of an answer, and the rest of it.
func (s *Source) values(body []byte, each func(json.RawMessage) error) (jsontree.Node, error) {
	rest, err := jsontree.Elements(body, "values", each)
	if err != jsontree.ErrJSON {
		return rest, err
	}
	// Sites before 2022 tell of a fault with status 200.
	n, err := jsontree.Parse(body)
	if code, _ := strconv.Atoi(n.Get("error_code").Text); err == nil && (code == http.StatusUnauthorized || code == http.StatusForbidden) {
		return n, adapters.ErrSignIn.With("host", s.client.Host())
	}
	return n, s.strange()
}

// count asks how many records a stream has, the deleted ones included.
func (s *Source) count(ctx context.Context, stream string) (int64, error) {
	a, err := s.question(kinds[stream].name, "get", map[string]any{"select": []string{"row_count"}, "where": both(stream)})
	if err != nil {
		return 0, err
	}
	answer, err := s.client.Get(ctx, a)
	if err != nil {
		return 0, err
	}
	rest, err := s.values(answer.Body, func(json.RawMessage) error { return nil })
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(rest.Get("count").Text, 10, 64)
	if err != nil || n < 0 {
		return 0, s.strange()
	}
	return n, nil
}

// both are conditions that name the flags of a stream, so that the API adds none of
// its own.
func both(stream string) []any {
	where := []any{}
	for _, flag := range kinds[stream].both {
		where = append(where, []any{flag, "IN", []bool{false, true}})
	}
	return where
}

// sidePage is how many rows are asked for at once beside the records of a page.
const sidePage = 2000

// all gives every row of an entity that conditions hold for, in the order of their
// numbers. A row that does not go on from the one before ends it.
func (s *Source) all(ctx context.Context, entity string, fields []string, where []any, each func(jsontree.Node) error) error {
	limit, last := sidePage, int64(0)
	for {
		from := append([]any{[]any{"id", ">", last}}, where...)
		n := 0
		answer, err := s.client.Page(ctx, &limit, func(limit int) webapi.Ask {
			a, _ := s.question(entity, "get", map[string]any{"select": fields, "where": from, "orderBy": map[string]string{"id": "ASC"}, "limit": limit})
			return a
		})
		if err != nil {
			return err
		}
		_, err = s.values(answer.Body, func(raw json.RawMessage) error {
			row, err := jsontree.Parse(raw)
			id, bad := strconv.ParseInt(row.Get("id").Text, 10, 64)
			if err != nil || bad != nil || id <= last {
				return s.strange()
			}
			n, last = n+1, id
			return each(row)
		})
		if err != nil || n == 0 || n < limit {
			return err
		}
	}
}

// entity is what a site says of the records of a stream.
type entity struct {
	fields map[string]field
	// selected are what is asked for of each record.
	selected []string
	dated    bool // the site keeps when a record was modified
}

type field struct{ label, kind string }

// entity asks what fields the records of a stream have.
func (s *Source) entity(ctx context.Context, stream string) (*entity, error) {
	if e := s.entities[stream]; e != nil {
		return e, nil
	}
	a, err := s.question(kinds[stream].name, "getFields", map[string]any{"select": []string{"name", "label", "title", "data_type", "options", "custom_field_id"}})
	if err != nil {
		return nil, err
	}
	answer, err := s.client.Get(ctx, a)
	if err != nil {
		return nil, err
	}
	e := &entity{fields: map[string]field{}, selected: []string{"*", "custom.*"}}
	for _, name := range kinds[stream].labels {
		e.selected = append(e.selected, name+":label")
	}
	if stream == "relationships" {
		e.selected = append(e.selected, "relationship_type_id.label_b_a")
	}
	_, err = s.values(answer.Body, func(raw json.RawMessage) error {
		n, err := jsontree.Parse(raw)
		if err != nil {
			return s.strange()
		}
		name, label := n.Get("name").Text, n.Get("label").Text
		if label == "" {
			label = n.Get("title").Text
		}
		e.fields[name] = field{label, n.Get("data_type").Text}
		e.dated = e.dated || name == "modified_date"
		if custom := n.Get("custom_field_id").Text; custom != "" && custom != "0" && n.Get("options").Text != "false" && n.Get("options").Kind != jsontree.Null {
			e.selected = append(e.selected, name+":label")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.entities[stream] = e
	return e, nil
}
