package xlsform

import (
	"fmt"
	"testing"

	"casehub/adapters"
)

func TestWordsOfTheTypeColumn(t *testing.T) {
	for text, want := range map[string]string{
		"select_one yes_no":                             "select_one yes_no false",
		"Select One  from  Yes_No":                      "select_one Yes_No false",
		"select all that apply from L or specify other": "select_multiple L true",
		"select_multiple a b or_other":                  "select_multiple a b true",
		"select one from or_list":                       "select_one or_list false",
		"select_one_from_file places.csv":               "select_one places.csv false",
		"rank L":                                        "rank L false",
		"phone number":                                  "text  false",
		"GPS":                                           "geopoint  false",
		"dateTime":                                      "datetime  false",
		"begin loop over L":                             "begin_loop L false",
		"end  group":                                    "end_group  false",
		"begin looped group":                            "begin_repeat  false",
		"":                                              "  false",
	} {
		kind, list, other := splitType(text)
		if got := fmt.Sprintf("%s %s %v", kind, list, other); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestALoopStandsOnceForEachChoice(t *testing.T) {
	in := adapters.Instrument{Choices: []adapters.Choice{{List: "l", Name: "bus"}, {List: "l", Name: "taxi"}}}
	in = Build(in, []Row{{Type: "begin loop over l", Name: "t"}, {Type: "integer", Name: "n"}, {Type: "end loop"}, {Type: "end group"}, {Type: "text", Name: "x"}})
	x := NewIndex([]adapters.Instrument{in})
	if x.Find("", "t/bus/n") == nil || x.Find("", "t/taxi/n") == nil || x.Find("", "t/n") != nil || x.Find("", "x") == nil {
		t.Errorf("%+v", in.Questions)
	}
}
