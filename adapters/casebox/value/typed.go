package value

import (
	"strings"
	"time"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// Of makes the value of an item as the type of its field has it.
func Of(kind string, it Item) adapters.Value {
	if strings.TrimSpace(it.Value) == "" {
		return adapters.Value{Null: true}
	}
	switch kind {
	case "checkbox":
		return checkbox(it.Value)
	case "int", "float":
		return tables.Typed(it.Value, adapters.Number)
	case "date":
		return day(it.Value)
	case "datetime":
		return tables.Typed(it.Value, adapters.Date)
	}
	v := adapters.Value{Raw: it.Value}
	if it.number {
		v.Kind = adapters.Number
	}
	return v
}

// checkbox is yes for what is more than zero and no for what is less; zero is
// unknown.
func checkbox(s string) adapters.Value {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "0", "":
		return adapters.Value{Raw: s, Null: true}
	case "1", "true", "on", "yes":
		return adapters.Value{Raw: "true", Kind: adapters.Bool}
	case "-1", "false", "off", "no":
		return adapters.Value{Raw: "false", Kind: adapters.Bool}
	}
	return adapters.Value{Raw: s}
}

// day rounds a moment to the nearest day: browsers wrote a day as midnight of
// their own zone.
func day(s string) adapters.Value {
	v := tables.Typed(s, adapters.Date)
	if v.Kind != adapters.Date || len(v.Raw) < 13 {
		return v
	}
	hour := v.Raw[11:13]
	v.Raw = v.Raw[:10]
	if hour >= "12" {
		v.Raw = nextDay(v.Raw)
	}
	return v
}

// nextDay returns the day after.
func nextDay(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// Several makes one value of the items of a field: the value itself where there
// is one, else a list.
func Several(values []adapters.Value) adapters.Value {
	kept := values[:0:0]
	for _, v := range values {
		if !v.Null {
			kept = append(kept, v)
		}
	}
	switch len(kept) {
	case 0:
		return adapters.Value{Null: true}
	case 1:
		return kept[0]
	}
	return tables.List(kept)
}

// IDs splits the lists of ids that a field of references holds.
func IDs(items []Item) []string {
	var all []string
	for _, it := range items {
		for id := range strings.SplitSeq(strings.Trim(it.Value, "[]"), ",") {
			if id = strings.Trim(strings.TrimSpace(id), `"`); id != "" {
				all = append(all, id)
			}
		}
	}
	return all
}

// Texts makes one value of several texts.
func Texts(list []string) adapters.Value {
	values := make([]adapters.Value, len(list))
	for i, s := range list {
		values[i] = adapters.Value{Raw: s, Null: s == ""}
	}
	return Several(values)
}
