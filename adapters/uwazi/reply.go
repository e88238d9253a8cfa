package uwazi

import (
	"context"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsonfile"
	"casehub/adapters/jsontree"
	"casehub/adapters/place"
)

// reply reads what the API answers: rows of entities, each in one language.
type reply struct {
	source   *jsonfile.Source
	settings Settings
	at       string
}

func newReply(at place.Place, s Settings) (*reply, error) {
	src, err := jsonfile.Open(at, jsonfile.Settings{Encoding: s.Encoding, Tables: map[string]jsonfile.Table{
		"rows": {At: "/rows/*"}, "list": {At: ""},
	}})
	return &reply{source: src, settings: s}, err
}

func (r *reply) fingerprint(ctx context.Context) (string, error) { return r.source.Fingerprint(ctx) }

func (r *reply) open(ctx context.Context) (puller, error) {
	if r.at == "" {
		r.at = "list"
		if next, done, err := r.source.Pull(ctx, "rows"); err == nil {
			if _, err := next(); err == nil {
				r.at = "rows"
			}
			if err := done.Close(); err != nil {
				return nil, err
			}
		}
	}
	next, done, err := r.source.Pull(ctx, r.at)
	if err != nil {
		return nil, err
	}
	return &replyRows{next, done, r.settings, &jsontree.Rules{Separator: "."}}, nil
}

type replyRows struct {
	pull     func() (adapters.Record, error)
	done     io.Closer
	settings Settings
	rules    *jsontree.Rules
}

// skipLanguage leaves an entity out that is there in the wanted language too.
const skipLanguage = "other_language"

func (r *replyRows) notes() []string { return nil }

func (r *replyRows) Close() error { return r.done.Close() }

func (r *replyRows) next() (adapters.Record, error) {
	raw, err := r.pull()
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
