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
	path := adaptertest.File(t, "resaved.csv", "name;_id;_uuid;_index\nAna;1,23457E+08;u-1;1\nEva;1.23457E+08;u-2;2\nIda;123456791;u-3;3\nUma;77.0;u-4;4\nNia;1,2E+08;;5\n")
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
	path := adaptertest.File(t, "export.xlsx", adaptertest.Workbook(t,
		adaptertest.Sheet{Name: "Pivot", Rows: [][]any{{"Sex", "Count"}, {"f", 2}}},
		adaptertest.Sheet{Name: "Intake", Rows: [][]any{{"name", "_id", "_uuid", "_submission_time", "_index"}, {"Ana", 7, "u-1", "2024-01-03T08:39:00", 1}}},
		adaptertest.Sheet{Name: "kids", Rows: [][]any{{"kids/age", "_index", "_parent_table_name", "_parent_index", "_submission__id"}, {4, 1, "Intake", 1, 7}}},
	))
	equal(t, "behind a pivot", lines(t, path, Settings{}), []string{"7{name=Ana _id=7 _uuid=u-1 _submission_time=2024-01-03T08:39:00 _index=1 kids:7/kids[1]{age=4}}"})
	if got := notes(t, path); !strings.Contains(got, "Pivot") {
		t.Errorf("notes %q", got)
	}
}

// nested is a workbook with repeats in repeats, whose sheets' names are cut.
func nested(t testing.TB, root []any, link ...string) string {
	long := "household_members_who_live_here_now"
	cut := long[:31]
	columns := func(own ...any) []any {
		own = append(own, "_index", "_parent_table_name", "_parent_index")
		for _, l := range link {
			own = append(own, l)
		}
		return own
	}
	row := func(id string, own ...any) []any {
		for _, l := range link {
			if strings.HasSuffix(l, "_uuid") {
				own = append(own, "u-"+id)
			} else {
				own = append(own, id)
			}
		}
		return own
	}
	return adaptertest.Workbook(t,
		adaptertest.Sheet{Name: "Intake with a title that is...", Rows: [][]any{
			root, {"Ana", "https://kf.example.org/1", "7", "u-7", "1", "v1"}, {"Eva", "", "8", "u-8", "2", "v2"},
		}},
		adaptertest.Sheet{Name: cut, Rows: [][]any{
			columns(long+"/age", long+"/needs", long+"/needs/food", long+"/needs/law"),
			row("7", "4", "food", "1", "0", "1", "Intake with a title that is far too long", "1"),
			row("7", "5", "", "", "", "2", "Intake with a title that is far too long", "1"),
			row("8", "6", "food law", "1", "1", "3", "Intake with a title that is far too long", "2"),
		}},
		adaptertest.Sheet{Name: "calls", Rows: [][]any{
			columns(long + "/calls/on"), row("8", "2024-01-02", "1", long, "3"), row("8", "2024-01-03", "2", long, "3"), row("9", "2024-01-04", "3", long, "9"),
		}},
	)
}

func TestRepeatsInSheetsOfTheirOwn(t *testing.T) {
	member := "household_members_who_live_here"
	want := []string{
		"7{name=Ana photo_URL=https://kf.example.org/1 _id=7 _uuid=u-7 _index=1 __version__=v1 " + member + ":7/" + member + "[1]{age=4 needs=[food] needs/food=1 needs/law=0}" + member + ":7/" + member + "[2]{age=5}}",
		"8{name=Eva _id=8 _uuid=u-8 _index=2 __version__=v2 " + member + ":8/" + member + "[1]{age=6 needs=[food,law] needs/food=1 needs/law=1 calls:8/" + member + "[1]/calls[1]{on=2024-01-02}calls:8/" + member + "[1]/calls[2]{on=2024-01-03}}}",
	}
	root := []any{"name", "photo_URL", "_id", "_uuid", "_index", "__version__"}
	for _, link := range [][]string{{"_submission__id", "_submission__uuid"}, {"_submission__uuid"}, nil} {
		all := read(t, adaptertest.File(t, "export.xlsx", nested(t, root, link...)), Settings{})
		var got []string
		versions := map[string]string{}
		strangers := 0
		for _, r := range all {
			if len(r.Problems) == 1 && r.Problems[0].Code == adapters.ReferenceMissing {
				strangers++
				continue
			}
			got = append(got, adaptertest.Line(&r))
			versions[r.Key] = r.Version
			if !slices.Contains(r.AltKeys, "u-"+r.Key) {
				t.Errorf("%s has the other keys %q", r.Key, r.AltKeys)
			}
		}
		equal(t, strings.Join(link, " "), got, want)
		if strangers != 1 {
			t.Errorf("%d rows of nobody, want 1", strangers)
		}
		if versions["7"] != "v1" || versions["8"] != "v2" {
			t.Errorf("versions %q", versions)
		}
	}
}

// Two versions of a form in one export have columns of their own where a question was
// moved; with labels both are called alike.
func TestVersionsInOneExport(t *testing.T) {
	path := adaptertest.File(t, "export.csv", csv(`"Name";"Age";"Age";"Needs";"Needs/Food";"Needs/Law";"_id";"_uuid";"_index";"__version__"`,
		`"Ana";"4";"";"Food";"1";"0";"7";"u-7";"1";"v1"`, `"Eva";"";"5";"";"";"";"8";"u-8";"2";"v2"`))
	equal(t, "versions", lines(t, path, Settings{}), []string{
		"7{Name=Ana Age=4 Needs=[Food] Needs/Food=1 Needs/Law=0 _id=7 _uuid=u-7 _index=1 __version__=v1}",
		"8{Name=Eva Age#2=5 _id=8 _uuid=u-8 _index=2 __version__=v2}",
	})
}

func TestAnExportWithoutWhatTellsSubmissionsApartSaysSo(t *testing.T) {
	path := adaptertest.File(t, "export.csv", csv(`"name";"age"`, `"Ana";"4"`))
	if got := notes(t, path); !strings.Contains(got, "no column tells submissions apart") {
		t.Errorf("notes %q", got)
	}
}
