package civiapi

import (
	"context"

	"casehub/adapters/jsontree"
)

// both are conditions that name the flags of a stream, so that the API adds none of
// its own.
func both(stream string) []any {
	where := []any{}
	for _, flag := range kinds[stream].both {
		where = append(where, []any{flag, "IN", []int{0, 1}})
	}
	return where
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
	e := &entity{fields: map[string]field{}, selected: []string{"*", "custom.*"}}
	for _, name := range kinds[stream].labels {
		e.selected = append(e.selected, name+":label")
	}
	if stream == "relationships" {
		e.selected = append(e.selected, "relationship_type_id.label_b_a")
	}
	err := s.client.Fields(ctx, kinds[stream].name, func(n jsontree.Node) error {
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
