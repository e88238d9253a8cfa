package imports

import (
	"context"
	"slices"
)

// BreakOff makes the service ask fn at each point of a run at which a process
// could die; an error ends the run there.
func (s *Service) BreakOff(fn func(point string) error) { s.fault = fn }

// RunsForTest returns the newest runs, newest first, at most limit.
func (s *Service) RunsForTest(ctx context.Context, limit int) ([]PastRun, error) {
	return selectRuns(ctx, s.db, 0, limit)
}

// KeysForTest returns the keys that the program takes, by where the schema has
// them.
func KeysForTest() map[string][]string {
	all := map[string][]string{
		"properties":                                             mappingKeys,
		"properties/defaults/properties":                         defaultsKeys,
		"properties/limits/properties":                           limitsKeys,
		"$defs/stream/properties":                                streamKeys,
		"$defs/identity/properties":                              identityKeys,
		"$defs/when/properties":                                  whenKeys,
		"$defs/key/anyOf/2/properties":                           keyKeys,
		"$defs/reference/properties":                             {"ref", "required", "on_error"},
		"$defs/reference/properties/ref/anyOf/1/properties":      refKeys,
		"$defs/dateStep/anyOf/1/properties/date/properties":      dateKeys,
		"$defs/moneyStep/anyOf/1/properties/money/properties":    moneyKeys,
		"$defs/textStep/anyOf/1/properties/part/properties":      partKeys,
		"$defs/textStep/anyOf/1/properties/replace/properties":   replaceKeys,
		"$defs/textStep/anyOf/1/properties/id_number/properties": idKeys,
	}
	without := func(keys []string, drop ...string) []string {
		return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return slices.Contains(drop, k) })
	}
	all["$defs/line/anyOf/1/properties"] = without(fieldKeys, "ref")
	all["$defs/day/anyOf/1/properties"] = without(fieldKeys, "ref", "codes", "codes_file", "unknown")
	for _, t := range targets {
		var names []string
		for _, f := range t.fields {
			if f.kind != asDerived {
				names = append(names, f.name)
			}
		}
		all["$defs/"+t.name+"Fields/properties"] = names
	}
	return all
}
