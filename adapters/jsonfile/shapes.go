package jsonfile

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"casehub/adapters"
	"casehub/adapters/jsonfile/lists"
	"casehub/adapters/jsonfile/walk"
	"casehub/adapters/jsontree"
)

// namesOf reads the names of values where a pointer leads to them, in the file that is
// open; none where the first record has them.
func (r *rows) namesOf() ([]string, error) {
	if r.table.Header == "" || r.table.Header == lists.FirstRow {
		return nil, nil
	}
	in, err := r.file.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	found, err := walk.New(in, walk.Parse(r.table.Header), nil).Next()
	if errors.Is(err, io.EOF) {
		return nil, adapters.ErrHeader.With("file", r.file.Name).With("table", r.stream)
	}
	if err != nil {
		return nil, adapters.Named(err, r.file.Name, r.stream)
	}
	n, err := jsontree.Parse(found.Raw)
	if err != nil || n.Kind != jsontree.Array {
		return nil, adapters.ErrHeader.With("file", r.file.Name).With("table", r.stream)
	}
	return textsOf(n), nil
}

// textsOf reads names out of a list of them, or of objects that have one each. No two
// are alike.
func textsOf(n jsontree.Node) []string {
	names := []string{}
	for i, e := range n.Items {
		name := e.Text
		for _, k := range []string{"name", "field", "key", "id", "title", "label", "display_name"} {
			if v := e.Get(k); e.Kind == jsontree.Object && name == "" && v.Kind == jsontree.String {
				name = v.Text
			}
		}
		if name == "" {
			name = "column " + strconv.Itoa(i+1)
		}
		for free, k := name, 2; slices.Contains(names, name); k++ {
			name = free + "#" + strconv.Itoa(k)
		}
		names = append(names, name)
	}
	return names
}

// row names the values of a record that is a list.
func (r *rows) row(n jsontree.Node) jsontree.Node {
	out := jsontree.Node{Kind: jsontree.Object, Items: n.Items}
	for i := range n.Items {
		if i < len(r.names) {
			out.Names = append(out.Names, r.names[i])
		} else {
			out.Names = append(out.Names, "column "+strconv.Itoa(i+1))
		}
	}
	return out
}

// plain takes the wrapping off values as mongoexport writes them, which is another one
// for the same field of two records: {"$date": …}, {"$oid": …}, {"$numberLong": …}.
func plain(n jsontree.Node) jsontree.Node {
	if n.Kind == jsontree.Object && len(n.Names) == 1 {
		if v, ok := unwrapped(n.Names[0], n.Items[0]); ok {
			return v
		}
	}
	for i := range n.Items {
		n.Items[i] = plain(n.Items[i])
	}
	return n
}

func unwrapped(name string, v jsontree.Node) (jsontree.Node, bool) {
	switch name {
	case "$oid", "$uuid", "$symbol":
		return v, v.Kind == jsontree.String
	case "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal":
		return jsontree.Node{Kind: jsontree.Number, Text: v.Text}, v.Kind == jsontree.String
	case "$date":
		return instant(plain(v))
	}
	return v, false
}

// instant writes milliseconds since 1970 as a text; one that is a text stays.
func instant(v jsontree.Node) (jsontree.Node, bool) {
	if v.Kind != jsontree.Number {
		return v, v.Kind == jsontree.String
	}
	ms, err := strconv.ParseInt(v.Text, 10, 64)
	if err != nil {
		return v, false
	}
	layout := "2006-01-02T15:04:05Z"
	if ms%1000 != 0 {
		layout = "2006-01-02T15:04:05.000Z"
	}
	return jsontree.Node{Kind: jsontree.String, Text: time.UnixMilli(ms).UTC().Format(layout)}, true
}
