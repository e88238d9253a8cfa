package primero

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
	"casehub/adapters/primero/consent"
)

func noEnv(string) string { return "" }

// shown writes records out, the names without values aside.
func shown(t testing.TB, path string, s Settings, env func(string) string) string {
	t.Helper()
	src, err := Open(place.On(path), s, env)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	err = src.Read(t.Context(), Records, "", func(r adapters.Record) error {
		write(&b, r)
		b.WriteByte('\n')
		return nil
	}, func(adapters.Cursor) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func write(b *strings.Builder, r adapters.Record) {
	fmt.Fprintf(b, "%s%v{", r.Key, r.AltKeys)
	for _, p := range r.Problems {
		b.WriteString(string(p.Code) + "(" + p.Column + ") ")
	}
	if r.Skip != "" {
		b.WriteString(r.Skip)
	}
	for i, n := range r.Header.Names() {
		v := r.At(i)
		if v.Null {
			continue
		}
		b.WriteString(n + "=" + v.Raw)
		for _, e := range v.List {
			b.WriteString("<" + e.Raw + ">")
		}
		b.WriteByte(' ')
	}
	for _, n := range slices.Sorted(maps.Keys(r.Children)) {
		for _, c := range r.Children[n] {
			write(b, c)
		}
	}
	b.WriteByte('}')
}

// workbook writes tabs: the name of each, and its rows.
func workbook(t testing.TB, tabs ...[][]any) string {
	t.Helper()
	var sheets []adaptertest.Sheet
	for _, rows := range tabs {
		sheets = append(sheets, adaptertest.Sheet{Name: rows[0][0].(string), Rows: rows[1:]})
	}
	return adaptertest.Workbook(t, sheets...)
}

func cases(t testing.TB) string {
	return workbook(t,
		[][]any{{"Basic Identity"}, {"ID", "Name", "Age", "Concerns", "Note"}, {"aaaaaaa", "*****", 13, "Separated ||| '=Other", "'=cmd"}, {"bbbbbbb", "Zoë", 4, "", "''tis"}, {"ccccccc", "X", 5, "", "'x"}},
		[][]any{{"Services-Basic Identity"}, {"ID", "Type"}, {"aaaaaaa", "Legal aid"}, {"aaaaaaa", "'-"}, {"ccccccc", "Shelter"}},
		[][]any{{"Family"}, {"ID", "Name"}, {"ccccccc", "c"}, {"aaaaaaa", "a1"}, {"aaaaaaa", "a2"}},
		[][]any{{"Record Owner"}, {"ID", "Agency"}, {"aaaaaaa", "P"}, {"ccccccc", "Q"}, {"ddddddd", "R"}, {"", "nobody"}},
		[][]any{{"Empty"}},
	)
}

func TestTabsBecomeRecords(t *testing.T) {
	got := shown(t, adaptertest.File(t, "cases.xlsx", cases(t)), Settings{}, noEnv)
	want := `aaaaaaa[]{ID=aaaaaaa Basic Identity/Age=13 Basic Identity/Concerns=<Separated><=Other> Basic Identity/Note==cmd Record Owner/Agency=P aaaaaaa/Family[1][]{Name=a1 }aaaaaaa/Family[2][]{Name=a2 }aaaaaaa/Services-Basic Identity[1][]{Type=Legal aid }aaaaaaa/Services-Basic Identity[2][]{Type=- }}
bbbbbbb[]{ID=bbbbbbb Basic Identity/Name=Zoë Basic Identity/Age=4 Basic Identity/Note=''tis }
ccccccc[]{ID=ccccccc Basic Identity/Name=X Basic Identity/Age=5 Basic Identity/Note='x Record Owner/Agency=Q ccccccc/Family[1][]{Name=c }ccccccc/Services-Basic Identity[1][]{Type=Shelter }}
ddddddd[]{ID=ddddddd Record Owner/Agency=R }
[]{required_missing() }
`
	want = strings.Replace(want, "[]{required_missing() }", "[]{required_missing() }", 1)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestCSVReadsWhatRubyPrints(t *testing.T) {
	content := `id,short_id,name,concerns,family_details_section,services,note
u-1,aaaaaaa,'@x,"[""a"", nil, ""b => c""]","[{""relation""=>""mother"", ""age""=>41, ""alive""=>true}]","[{""type"": ""x"", ""dates"": [""2020-01-01""]}]",[sic]
u-2,bbbbbbb,*****,[],"{:from=>""a"", to: nil}",,"'+27"
`
	got := shown(t, adaptertest.File(t, "cases.csv", content), Settings{}, noEnv)
	want := `u-1[aaaaaaa]{concerns=<a><><b => c> id=u-1 name=@x note=[sic] short_id=aaaaaaa u-1/family_details_section[1][]{age=41 alive=true relation=mother }u-1/services[1][]{dates=<2020-01-01> type=x }}
u-2[bbbbbbb]{family_details_section.from=a id=u-2 note=+27 short_id=bbbbbbb }
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestJSONIsReadFromExportsAndReplies(t *testing.T) {
	want := "u-1[c-1 aaaaaaa]{age=13 case_id=c-1 id=u-1 short_id=aaaaaaa u-1/services[1][]{type=x }}\nu-2[]{disabled_at_source}\n"
	for name, content := range map[string]string{
		"export": `[{"id":"u-1","data":{"age":13,"short_id":"aaaaaaa","case_id":"c-1","name":"*****","services":[{"type":"x"}]}},{"id":"u-2","data":{"record_state":false}}]`,
		"reply":  `{"data":[{"id":"u-1","age":13,"short_id":"aaaaaaa","case_id":"c-1","services":[{"type":"x"}]},{"id":"u-2","record_state":false}],"metadata":{"total":2,"per":20,"page":1}}`,
	} {
		if d := cmp.Diff(want, shown(t, adaptertest.File(t, "cases.json", content), Settings{}, noEnv)); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}

func TestRecordsWithoutConsentAreLeftOut(t *testing.T) {
	path := adaptertest.File(t, "cases.json", `[{"id":"1","data":{"ok":true,"n":"a"}},{"id":"2","data":{"ok":false,"n":"Canary"}},{"id":"3","data":{"n":"c"}}]`)
	if d := cmp.Diff("1[]{id=1 n=a ok=true }\n2[]{no_consent}\n3[]{no_consent}\n", shown(t, path, Settings{Consent: consent.Rule{Fields: []string{"ok"}}}, noEnv)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if d := cmp.Diff("1[]{id=1 n=a ok=true }\n2[]{no_consent}\n3[]{id=3 n=c }\n", shown(t, path, Settings{Consent: consent.Rule{Fields: []string{"ok"}, Missing: "take"}}, noEnv)); d != "" {
		t.Errorf("missing taken (-want +got)\n%s", d)
	}
}

// protected is an archive as Info-ZIP makes it, with the password "s3cret pw".
const protected = "UEsDBBQACQAIACeddl0h57g4KgAAACEAAAAKABwAZXhwb3J0LmNzdlVUCQADWkUDa1pFA2t1eAsAAQQAAAAABAAAAABnIKnaP73u42GTVdGen5RkcxFcLppdH31y4R+6ri11NqGVlldPl9UNq4lQSwcIIee4OCoAAAAhAAAAUEsBAh4DFAAJAAgAJ512XSHnuDgqAAAAIQAAAAoAGAAAAAAAAQAAAKSBAAAAAGV4cG9ydC5jc3ZVVAUAA1pFA2t1eAsAAQQAAAAABAAAAABQSwUGAAAAAAEAAQBQAAAAfgAAAAAA"

func TestPasswordsOpenArchives(t *testing.T) {
	env := func(name string) string {
		return map[string]string{"CASEHUB_SOURCE_GOOD": "s3cret pw", "CASEHUB_SOURCE_BAD": "wrong"}[name]
	}
	secret := adaptertest.File(t, "secret", "s3cret pw\n")
	content, err := base64.StdEncoding.DecodeString(protected)
	if err != nil {
		t.Fatal(err)
	}
	path := adaptertest.File(t, "export.csv.zip", string(content))
	for _, s := range []Settings{{PasswordEnv: "CASEHUB_SOURCE_GOOD"}, {PasswordFile: secret}} {
		if d := cmp.Diff("1[]{id=1 name=Canary }\n2[]{id=2 name=Canary, two }\n", shown(t, path, s, env)); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
	for password, want := range map[string]error{"CASEHUB_SOURCE_BAD": adapters.ErrPassword, "CASEHUB_SOURCE_NONE": adapters.ErrPasswordMissing, "": adapters.ErrPasswordMissing, "CASEHUB_PASSWORD": adapters.ErrSecretName} {
		src, err := Open(place.On(path), Settings{PasswordEnv: password}, env)
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Check(t.Context()); !errors.Is(err, want) || strings.Contains(err.Error(), "wrong") {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}

func TestSourceKeepsTheContract(t *testing.T) {
	at := func(at place.Place) (adapters.Source, error) {
		return Open(at, Settings{PasswordEnv: "CASEHUB_SOURCE_X"}, func(string) string { return "Canary" })
	}
	opener := func(name, content string) func() (adapters.Source, error) {
		path := adaptertest.File(t, name, content)
		return func() (adapters.Source, error) { return at(place.On(path)) }
	}
	rows, sub := [][]any{{"Case"}, {"ID", "Name"}}, [][]any{{"Visits"}, {"ID", "On"}}
	var csv, js strings.Builder
	csv.WriteString("id,name,list\n")
	js.WriteString("[")
	for i := range 1500 {
		id := fmt.Sprintf("%07x", i)
		rows = append(rows, []any{id, "Canary"})
		sub = append(sub, []any{id, i}, []any{id, "Canary"})
		fmt.Fprintf(&csv, "%s,Canary,\"[\"\"Canary\"\"]\"\n", id)
		fmt.Fprintf(&js, "%s{\"id\":%q,\"data\":{\"name\":\"Canary\"}}", strings.Repeat(",", min(i, 1)), id)
	}
	js.WriteString("]")
	old, err := base64.StdEncoding.DecodeString(protected)
	if err != nil {
		t.Fatal(err)
	}
	hostile := map[string]func() (adapters.Source, error){
		"nothing": opener("a.csv", ""), "no JSON": opener("a.json", "[Canary"), "a zip that is none": opener("a.zip", "PK\x03\x04Canary"),
		"an archive of nothing": opener("a.zip", adaptertest.Zip(t, [2]string{"a.txt", "Canary"})), "outside": opener("a.zip", adaptertest.Zip(t, [2]string{"../../a.csv", "id,name\n1,Canary\n"})),
		"a bomb": opener("a.zip", adaptertest.Zip(t, [2]string{"a.csv", strings.Repeat("id,Canary\n", 11<<20)})), "no ID": opener("a.xlsx", workbook(t, [][]any{{"A"}, {"Name"}, {"Canary"}})),
		"the password is a value": opener("a.zip", string(old)), "7-Zip": opener("a.7z", "7z\xbc\xaf\x27\x1cCanary"),
		"brackets": opener("a.csv", "id,list\n1,"+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+"\n2,\"{Canary=>[nil,:a,{b: nil}\"\n"),
	}
	for name, path := range map[string]string{
		"workbook": adaptertest.File(t, "a.xlsx", workbook(t, rows, sub)), "CSV": adaptertest.File(t, "a.csv", csv.String()), "JSON": adaptertest.File(t, "a.json", js.String()),
		"in an archive": adaptertest.File(t, "a.zip", adaptertest.Zip(t, [2]string{"cases.json", js.String()})),
	} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Run(t, adaptertest.Harness{File: path, At: at, Hostile: hostile, Canary: "Canary"})
		})
		hostile = nil
	}
}

func TestFixtures(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "fixtures", "primero")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	src, err := Open(place.On(filepath.Join(dir, "cases_open_synthetic_exporter_layout.xlsx")), Settings{}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	st := cat.Streams[0]
	children := map[string]int64{}
	for _, c := range st.Children {
		children[c.Name] = c.Records
	}
	if d := cmp.Diff(map[string]int64{"Nationality(ies)-Basic Identity": 47, "Services-Services": 25}, children); d != "" || st.Records != 25 {
		t.Errorf("%d records (-want +got)\n%s", st.Records, d)
	}
	if got := strings.Count(shown(t, filepath.Join(dir, "registry_sample.csv"), Settings{}, noEnv), "\n"); got != 7 {
		t.Errorf("%d records of the registry", got)
	}
}
