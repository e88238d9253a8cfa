package kobo

import (
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
)

// lines writes out the records of an export, those left out aside.
func lines(t testing.TB, path string, s Settings) (all []string) {
	t.Helper()
	for _, r := range read(t, path, s) {
		if r.Skip == "" {
			all = append(all, adaptertest.Line(&r))
		}
	}
	return all
}

func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// notes returns the remarks of the catalogue.
func notes(t testing.TB, path string) string {
	t.Helper()
	src, err := Open(place.On(path), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(cat.Streams[0].Notes, "; ")
}

func TestANumberThatASpreadsheetDestroyedIsNoKey(t *testing.T) {
	path := file(t, "resaved.csv", "name;_id;_uuid;_index\nAna;1,23457E+08;u-1;1\nEva;1.23457E+08;u-2;2\nIda;123456791;u-3;3\nUma;77.0;u-4;4\nNia;1,2E+08;;5\n")
	all := read(t, path, Settings{})
	var keys []string
	for _, r := range all {
		keys = append(keys, r.Key)
	}
	equal(t, "keys", keys, []string{"u-1", "u-2", "123456791", "77", ""})
	last := all[len(all)-1]
	if len(last.Problems) != 1 || last.Problems[0] != (adapters.Problem{Code: adapters.IDDestroyed, Column: "_id"}) {
		t.Errorf("without a uuid: %v", last.Problems)
	}
	if got := notes(t, path); !strings.Contains(got, "_uuid") {
		t.Errorf("notes %q", got)
	}
}

func TestTheSubmissionsAreFoundByTheirColumns(t *testing.T) {
	path := file(t, "export.xlsx", adaptertest.Workbook(t,
		adaptertest.Sheet{Name: "Pivot", Rows: [][]any{{"Sex", "Count"}, {"f", 2}}},
		adaptertest.Sheet{Name: "Intake", Rows: [][]any{{"name", "_id", "_uuid", "_submission_time", "_index"}, {"Ana", 7, "u-1", "2024-01-03T08:39:00", 1}}},
		adaptertest.Sheet{Name: "kids", Rows: [][]any{{"kids/age", "_index", "_parent_table_name", "_parent_index", "_submission__id"}, {4, 1, "Intake", 1, 7}}},
	))
	equal(t, "behind a pivot", lines(t, path, Settings{}), []string{"7{name=Ana _id=7 _uuid=u-1 _submission_time=2024-01-03T08:39:00 _index=1 kids:7/kids[1]{age=4}}"})
	if got := notes(t, path); !strings.Contains(got, "Pivot") {
		t.Errorf("notes %q", got)
	}
}
