package uwazi

import (
	"context"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsonfile"
	"casehub/adapters/jsontree"
	"casehub/adapters/place"
	"casehub/adapters/pull"
)

// reply reads what the API answers: rows of entities, each in one language.
type reply struct {
	*jsonfile.File
	settings Settings
	table    string // of the file; "" before it was looked for
}

func newReply(at place.Place, s Settings) (*reply, error) {
	f, err := jsonfile.New(at, jsonfile.Settings{Encoding: s.Encoding, Tables: map[string]jsonfile.Table{
		"rows": {At: "/rows/*"}, "list": {At: ""},
	}})
	return &reply{File: f, settings: s}, err
}

// Rows opens the rows of the reply, or the whole where there are none.
func (r *reply) Rows(ctx context.Context) (pull.Rows, error) {
	if r.table == "" {
		table := "list"
		if rows, err := r.File.Rows(ctx, "rows"); err == nil {
			if _, err := rows.Next(); err == nil {
				table = "rows"
			}
			if err := rows.Close(); err != nil {
				return nil, err
			}
		}
		r.table = table
	}
	rows, err := r.File.Rows(ctx, r.table)
	if err != nil {
		return nil, err
	}
	return &replyRows{rows, r.settings, &jsontree.Rules{Separator: "."}}, nil
}

type replyRows struct {
	pull.Rows
	settings Settings
	rules    *jsontree.Rules
}

// skipLanguage leaves an entity out that is there in the wanted language too.
const skipLanguage = "other_language"

// Notes says nothing: every reply is alike.
func (r *replyRows) Notes() []string { return nil }

// Next returns the next entity.
func (r *replyRows) Next() (adapters.Record, error) {
	raw, err := r.Rows.Next()
	if err != nil {
		return raw, err
	}
	if len(raw.Problems) > 0 {
		raw.Stream = Entities
		raw.Seal()
		return raw, nil
	}
	flat := &jsontree.Flat{Values: map[string]adapters.Value{}}
	for i, n := range raw.Header.Names() {
		flat.Values[strings.TrimPrefix(n, "metadata.")] = raw.At(i)
	}
	for name, list := range raw.Children {
		values(flat, name, list)
	}
	rec := r.rules.Record(flat, Entities, raw.Value("sharedId").Raw, raw.Loc)
	if id := raw.Value("_id").Raw; id != "" && id != rec.Key {
		rec.AltKeys = []string{id}
	}
	if l := raw.Value("language").Raw; r.settings.Language != "" && l != "" && l != r.settings.Language {
		rec.Skip = skipLanguage
	}
	jsontree.SealAll(&rec)
	return rec, nil
}

// values makes one value of a property, which is a list of values with labels: the
// label where there is one, with the values as NAME.id beside it, the labels above it
// as NAME.parent and what is inherited through a relation as NAME.inherited. What has
// parts, as a place, keeps their names, each with as many values as there are.
func values(flat *jsontree.Flat, name string, list []adapters.Record) {
	several := map[string][]adapters.Value{}
	for i := range list {
		c := &list[i]
		label := shown(c)
		if label.Raw != "" {
			several[name] = append(several[name], label)
		}
		placed(several, name+".id", i, c.Value("value"), c.Value("label").Raw != "")
		placed(several, name+".parent", i, c.Value("parent.label"), true)
		for _, in := range c.Children["inheritedValue"] {
			several[name+".inherited"] = append(several[name+".inherited"], shown(&in))
		}
		for k, n := range c.Header.Names() {
			part, ok := strings.CutPrefix(n, "value.")
			placed(several, name+"."+part, i, c.At(k), ok && label.Raw == "")
		}
	}
	for name, all := range several {
		if v := oneOf(all, len(list)); !v.Null {
			flat.Values[name] = v
		}
	}
}

// shown is what a person sees of a value.
func shown(c *adapters.Record) adapters.Value {
	for _, n := range []string{"label", "value", "originalname"} {
		if v := c.Value(n); v.Raw != "" {
			return v
		}
	}
	return adapters.Value{Null: true}
}

// placed puts what a value has at its place among those of the others.
func placed(several map[string][]adapters.Value, name string, at int, v adapters.Value, wanted bool) {
	if !wanted || v.Null && v.List == nil {
		return
	}
	for len(several[name]) < at {
		several[name] = append(several[name], adapters.Value{Null: true})
	}
	several[name] = append(several[name], v)
}

// oneOf makes one value of several: itself where there is one alone, and a list where
// places count.
func oneOf(all []adapters.Value, places int) adapters.Value {
	if len(all) == 1 && places == 1 {
		return all[0]
	}
	var list []adapters.Value
	for _, v := range all {
		if v.List != nil {
			list = append(list, v.List...)
		} else {
			list = append(list, v)
		}
	}
	switch {
	case len(list) == 0:
		return adapters.Value{Null: true}
	case len(list) == 1:
		return list[0]
	}
	return adapters.Value{List: list}
}
