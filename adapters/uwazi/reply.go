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
// label where there is one. What has parts, as a place, keeps their names.
func values(flat *jsontree.Flat, name string, list []adapters.Record) {
	var all []adapters.Value
	for i := range list {
		c := &list[i]
		switch {
		case c.Value("label").Raw != "":
			all = append(all, c.Value("label"))
		case c.Value("value").Raw != "":
			all = append(all, c.Value("value"))
		case c.Value("originalname").Raw != "":
			all = append(all, c.Value("originalname"))
		default:
			for k, n := range c.Header.Names() {
				if part, ok := strings.CutPrefix(n, "value."); ok && i == 0 {
					flat.Values[name+"."+part] = c.At(k)
				}
			}
		}
	}
	switch len(all) {
	case 0:
	case 1:
		flat.Values[name] = all[0]
	default:
		flat.Values[name] = adapters.Value{List: all}
	}
}
