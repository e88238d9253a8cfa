package site

import (
	"strings"

	"casehub/adapters"
)

// separator stands around and between the values of a list.
const separator = "\x01"

// Split returns the values of a list.
func Split(s string) []string {
	if !strings.Contains(s, separator) {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	var list []string
	for v := range strings.SplitSeq(s, separator) {
		if v != "" {
			list = append(list, v)
		}
	}
	return list
}

// Value makes one value of several texts: the text itself where there is one.
func Value(list []string) adapters.Value {
	switch len(list) {
	case 0:
		return adapters.Value{Null: true}
	case 1:
		return adapters.Value{Raw: list[0]}
	}
	v := adapters.Value{List: make([]adapters.Value, len(list))}
	for i, s := range list {
		v.List[i] = adapters.Value{Raw: s}
	}
	return v
}
