package sqlite

import (
	"reflect"
	"strings"
)

// Condition is a condition of a statement with its parameters; the zero Condition
// holds always.
type Condition struct {
	sql  string
	args Args
}

// If returns a condition on a parameter, which holds always for the zero value:
// what nobody chose does not narrow a list.
func If[T ~string | ~int | ~int64 | ~uint32](condition, name string, value T) Condition {
	v := reflect.ValueOf(value)
	switch {
	case v.IsZero():
		return Condition{}
	case v.CanInt():
		return Condition{condition, Args{name: v.Int()}}
	case v.CanUint():
		return Condition{condition, Args{name: int64(v.Uint())}} // a uint32
	}
	return Condition{condition, Args{name: v.String()}}
}

// Past returns the condition on the page that follows one row of a list, which
// stands in the falling order of one column and the rising order of ids; without an
// id it is the first page.
func Past(column, id string, last any, lastID string) Condition {
	if lastID == "" {
		return Condition{}
	}
	return Condition{
		column + " <= @past AND (" + column + " < @past OR " + id + " > @past_id)",
		Args{"past": last, "past_id": lastID},
	}
}

// Narrow returns what a list adds to its WHERE clause, with the parameters, among
// them @limit: one row more than the page, which tells whether another follows.
func Narrow(limit int, conditions ...Condition) (string, Args) {
	var b strings.Builder
	args := Args{"limit": limit + 1}
	for _, c := range conditions {
		if c.sql == "" {
			continue
		}
		b.WriteString("\n    AND " + c.sql)
		for name, value := range c.args {
			args[name] = value
		}
	}
	return b.String(), args
}
