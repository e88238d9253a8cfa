package walk_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/jsonfile/walk"
)

// found lists the values that a pointer leads to.
func found(text, pointer string, lines *bool) (all []string, err error) {
	w := walk.New(strings.NewReader(text), walk.Parse(pointer), lines)
	for {
		f, err := w.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, fmt.Sprintf("%s %q %s:%d %q", f.Raw, f.Rest, f.Where, f.Place, f.Name))
	}
}

func TestPointersLeadToValues(t *testing.T) {
	for _, c := range []struct {
		text, pointer string
		want          []string
	}{
		{`[1,"a"]`, "", []string{`1 [] :1 ""`, `"a" [] :2 ""`}},
		{`{"data":[{"a":1},{"a":2}],"more":[3]}`, "/data/*", []string{`{"a":1} [] /data:1 ""`, `{"a":2} [] /data:2 ""`}},
		{`{"a/b":{"~":7}}`, "/a~1b/~0", []string{`7 [] /a~1b:1 "~"`}},
		{`{"x":{"n":1},"y":{"n":2}}`, "/*", []string{`{"n":1} [] :1 "x"`, `{"n":2} [] :2 "y"`}},
		// What is around a record further in is given with it.
		{`[{"v":[1,2]}]`, "/*/v/*", []string{`{"v":[1,2]} ["v" "*"] :1 ""`}},
		{"{\"a\":1}\n{broken}\n{\"a\":2}\n", "", []string{`{"a":1} [] :1 ""`, `{broken} [] :2 ""`, `{"a":2} [] :3 ""`}},
		{"{\"a\":1}{\"a\":2}\n\n{\"a\":3}", "", []string{`{"a":1} [] :1 ""`, `{"a":2} [] :1 ""`, `{"a":3} [] :3 ""`}},
		{`{"a":1} {"a":2}`, "", []string{`{"a":1} [] :1 ""`, `{"a":2} [] :1 ""`}},
	} {
		got, err := found(c.text, c.pointer, nil)
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			t.Errorf("%s in %s: %v (-want +got)\n%s", c.pointer, c.text, err, d)
		}
	}
}

func TestTextAroundValuesMustBeJSON(t *testing.T) {
	for text, pointer := range map[string]string{
		`{"data":[1 2]}`: "/data/*", `{"data":[1}`: "/data/*", `{data:[1]}`: "/data/*",
	} {
		if got, err := found(text, pointer, new(bool)); !errors.Is(err, adapters.ErrUnreadable) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for text, pointer := range map[string]string{`{"data":[{"a":1}`: "/data/*", `{"data"`: "/data/*", `[`: "/*", `[{"a":1},{"a`: ""} {
		if got, err := found(text, pointer, new(bool)); !errors.Is(err, adapters.ErrDamaged) {
			t.Errorf("%s, which ends in the middle: %v, %v", text, got, err)
		}
	}
}
