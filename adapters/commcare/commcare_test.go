package commcare

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
)

func forms(n int) map[string]string {
	var root, kids, calls strings.Builder
	root.WriteString("number,formid,form.name,form.when,form.when,received_on\n")
	kids.WriteString("number,number__0,number__1,form.kids.age\n")
	calls.WriteString("number,number__0,number__1,number__2,note\n")
	for i := range n {
		fmt.Fprintf(&root, "%d,f%d,Canary,---,2024-01-02,2024-01-02 03:04:05\n", i, i)
		fmt.Fprintf(&kids, "%d.0,%d,0,3\n%d.1,%d,1,---\n", i, i, i, i)
		fmt.Fprintf(&calls, "%d.1.0,%d,1,0,Canary\n", i, i)
	}
	return map[string]string{"Forms.csv": root.String(), "Repeat- kids.csv": kids.String(), "Repeat- kids calls.csv": calls.String()}
}

// at opens a source wherever its file lies.
func at() func(place.Place) (adapters.Source, error) {
	return func(p place.Place) (adapters.Source, error) { return Open(p, Settings{}) }
}

func opener(path string) func() (adapters.Source, error) {
	return func() (adapters.Source, error) { return Open(place.On(path), Settings{}) }
}

func read(t testing.TB, path, stream string) (all []adapters.Record) {
	t.Helper()
	s, err := Open(place.On(path), Settings{})
	if err == nil {
		err = s.Read(t.Context(), stream, "", func(r adapters.Record) error { all = append(all, r); return nil }, func(adapters.Cursor) error { return nil })
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheSourceKeepsTheContract(t *testing.T) {
	hostile := map[string]func() (adapters.Source, error){}
	for name, files := range map[string]map[string]string{
		"nothing": {}, "repeats alone": {"a.csv": "number,number__0\nCanary,1\n"}, "rows of nobody": {"a.csv": "number,formid\n0,Canary\n", "b.csv": "number,number__0,number__1\n9.1,9,1\nCanary,,\n"},
		"one key": {"a.csv": "number,caseid\n0,Canary\n1,Canary\n"},
	} {
		hostile[name] = opener(adaptertest.ZipFile(t, "export.zip", files))
	}
	adaptertest.Run(t, adaptertest.Harness{File: adaptertest.ZipFile(t, "export.zip", forms(1010)), At: at(), Canary: "Canary", Hostile: hostile})
}

func TestRepeatsStandUnderTheirForm(t *testing.T) {
	all := read(t, adaptertest.ZipFile(t, "export.zip", forms(3)), "Forms")
	r := all[1]
	kids := r.Children["Repeat- kids"]
	if len(all) != 3 || r.Key != "f1" || len(kids) != 2 || kids[1].Key != "f1/Repeat- kids[2]" || !kids[1].Value("form.kids.age").Null || len(kids[1].Children["Repeat- kids calls"]) != 1 {
		t.Errorf("%d forms, %q has %v", len(all), r.Key, kids)
	}
	if !r.Value("form.when").Null || r.Value("form.when#2").Raw != "2024-01-02" {
		t.Errorf("%q", r.Header.Names())
	}
}

func TestTheFixturesHaveTheTrueCounts(t *testing.T) {
	dir := "../../../shared/fixtures"
	b, err := os.ReadFile(filepath.Join(dir, "EXPECTED.json"))
	if err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	var all map[string]json.RawMessage
	want := map[string]int{}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all["commcare/synthetic"], &want); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"client", "legal_case"} {
		got := read(t, filepath.Join(dir, "commcare/synthetic/case_export_"+kind+".csv"), "cases")
		ids := map[string]bool{}
		got = slices.DeleteFunc(got, func(r adapters.Record) bool { return r.Skip == "changed_while_read" })
		for _, r := range got {
			ids[r.Key] = true
			if len(r.Problems) > 0 {
				t.Errorf("%s: %v", r, r.Problems)
			}
		}
		if len(got) != want[kind] || len(ids) != want[kind] {
			t.Errorf("%s: %d rows of %d cases, want %d", kind, len(got), len(ids), want[kind])
		}
	}
	if rows := read(t, filepath.Join(dir, "commcare/009_expected_form_data.csv"), "rows"); len(rows) == 0 || rows[0].Key == "" {
		t.Errorf("%d rows of the export tool", len(rows))
	}
}
