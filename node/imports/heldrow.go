package imports

import (
	"encoding/json"

	"casehub/adapters"
)

// heldRow is a whole row of a source as the quarantine keeps it, so that a person can
// mend it and give back just the rows that were held back. It is personal data.
type heldRow struct {
	Table   string `json:"table"`
	Key     string `json:"key,omitempty"`     // the source's own
	Content string `json:"content,omitempty"` // what it is told by where the mapping names no key
	Version string `json:"version,omitempty"`
	// Names and Cells stand side by side. A cell is a text, null, or a list.
	Names []string `json:"names,omitempty"`
	Cells []any    `json:"cells,omitempty"`
	// Kinds of the values, a digit each.
	Kinds    string               `json:"kinds,omitempty"`
	Children map[string][]heldRow `json:"children,omitempty"`
}

// heldRowOf returns a record as the quarantine keeps it.
func heldRowOf(rec *adapters.Record, table, content string) heldRow {
	h := heldRow{Table: table, Key: rec.Key, Content: content, Version: rec.Version}
	if rec.Header != nil {
		h.Names = rec.Header.Names()
	}
	kinds := make([]byte, len(h.Names))
	for i := range h.Names {
		v := rec.At(i)
		h.Cells, kinds[i] = append(h.Cells, cellOf(v)), '0'+byte(v.Kind)
	}
	h.Kinds = string(kinds)
	for name, children := range rec.Children {
		if h.Children == nil {
			h.Children = map[string][]heldRow{}
		}
		for i := range children {
			h.Children[name] = append(h.Children[name], heldRowOf(&children[i], "", ""))
		}
	}
	return h
}

func cellOf(v adapters.Value) any {
	switch {
	case v.List != nil:
		list := make([]any, len(v.List))
		for i, e := range v.List {
			list[i] = cellOf(e)
		}
		return list
	case v.Null:
		return nil
	}
	return v.Raw
}

func valueOf(cell any, kind adapters.Kind) adapters.Value {
	switch c := cell.(type) {
	case string:
		return adapters.Value{Raw: c, Kind: kind}
	case []any:
		v := adapters.Value{List: make([]adapters.Value, len(c))}
		for i, e := range c {
			v.List[i] = valueOf(e, kind)
		}
		return v
	}
	return adapters.Value{Null: true}
}

// record returns the row as its source gave it, with the texts of some cells in the
// place of those that it had.
func (h heldRow) record(mended map[string]string) adapters.Record {
	rec := adapters.Record{Stream: h.Table, Key: h.Key, Version: h.Version, Header: adapters.NewHeader(h.Names)}
	for i := range h.Names {
		kind := adapters.Text
		if i < len(h.Kinds) {
			kind = adapters.Kind(h.Kinds[i] - '0')
		}
		var v adapters.Value
		if i < len(h.Cells) {
			v = valueOf(h.Cells[i], kind)
		}
		if text, ok := mended[h.Names[i]]; ok && text != asText(v) {
			v = adapters.Value{Raw: text, Null: text == ""}
		}
		rec.Values = append(rec.Values, v)
	}
	for name, children := range h.Children {
		if rec.Children == nil {
			rec.Children = map[string][]adapters.Record{}
		}
		for _, c := range children {
			rec.Children[name] = append(rec.Children[name], c.record(nil))
		}
	}
	rec.Seal()
	return rec
}

// text returns the row as the database has it.
func (h heldRow) text() (string, error) {
	b, err := json.Marshal(h)
	return string(b), err
}
