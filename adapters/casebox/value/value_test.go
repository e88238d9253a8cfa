package value

import (
	"strings"
	"testing"
)

func TestValuesHaveThreeShapes(t *testing.T) {
	m, err := Decode(`{"a":1,"b":"x","c":{"value":2,"info":"i"},"d":[1,{"value":"2"},null],"e":{"lat":1},"f":[],"g":{},"h":true,"i":[[1,2]]}`)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "1", "b": "x", "c": "2/i", "d": "1,2", "e": `{"lat":1}`, "f": "", "g": "", "h": "1", "i": "[1,2]"} {
		var got []string
		for _, it := range Flatten(m[name]) {
			s := it.Value
			if it.Info != "" {
				s += "/" + it.Info
			}
			got = append(got, s)
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for in, want := range map[string]string{"2013-04-07": "2013-04-07", "2013-04-07 00:00:00": "2013-04-07", "2013-04-06T22:00:00Z": "2013-04-07", "2013-04-07T04:00:00Z": "2013-04-07", "2013-12-31T23:00:00Z": "2014-01-01", "x": "x", "0000-00-00": "0000-00-00"} {
		if got := Of("date", Item{Value: in}).Raw; got != want {
			t.Errorf("%s is the day %s, want %s", in, got, want)
		}
	}
}
