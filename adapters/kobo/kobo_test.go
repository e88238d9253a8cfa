package kobo

import (
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

// at opens a source by settings wherever its file lies.
func at(s Settings) func(place.Place) (adapters.Source, error) {
	return func(p place.Place) (adapters.Source, error) { return Open(p, s) }
}

func opener(path string, s Settings) func() (adapters.Source, error) {
	return func() (adapters.Source, error) { return Open(place.On(path), s) }
}

func read(t testing.TB, path string, s Settings) []adapters.Record {
	t.Helper()
	src, err := Open(place.On(path), s)
	if err != nil {
		t.Fatal(err)
	}
	return adaptertest.Records(t, src, Stream)
}

// csv makes an export as KoBo writes it.
func csv(rows ...string) string {
	return strings.Join(rows, "\r\n") + "\r\n"
}

const form = "survey,,,,\n,type,name,label::English,label::Español\n,begin group,who,Who,Quién\n,text,name,Name,Nombre\n,select_one sex,sex,Sex,Sexo\n,end group,,,\n" +
	",begin group,them,Them,Ellos\n,text,name,Name,Nombre\n,end group,,,\n,select_multiple needs,needs,Needs,Necesidades\n,integer,age,Age,Edad\n" +
	"choices,,,,\n,list_name,name,label::English,label::Español\n,sex,f,Female,Mujer\n,needs,food,Food aid,Ayuda\n,needs,law,Law,Ley\n,needs,lawfood,Law Food aid,Todo\n"

func TestEveryWayToNameColumns(t *testing.T) {
	for name, c := range map[string]struct {
		text, want, formed string
	}{
		"names, both": {
			csv(`"name";"sex";"name";"needs";"needs/food";"needs/law";"age";"_id";"_uuid";"__version__";"_index"`, `"Ana";"f";"Eva";"law food";"1";"1";"4";"7";"u7";"v1";"1"`),
			"name=Ana sex=f name#2=Eva needs=[food,law] age=4", "who/name=Ana who/sex=f them/name=Eva needs=[food,law] age=4",
		},
		"names with groups, details": {
			csv(`"who.name";"who.sex";"them.name";"needs.food";"needs.law";"age";"_id";"_uuid";"_index"`, `"Ana";"f";"Eva";"0";"1";"4";"7";"u7";"1"`),
			"who.name=Ana who.sex=f them.name=Eva age=4 needs=[law]", "who/name=Ana who/sex=f them/name=Eva age=4 needs=[law]",
		},
		"labels with groups, both": {
			csv(`"Who/Name";"Who/Sex";"Them/Name";"Needs";"Needs/Food aid";"Needs/Law";"Age";"_id";"_uuid";"_index"`, `"Ana";"Female";"Eva";"Law Food aid";"1";"1";"4";"7";"u7";"1"`),
			"Who/Name=Ana Who/Sex=Female Them/Name=Eva Needs=[Food aid,Law] Age=4", "who/name=Ana who/sex=f them/name=Eva needs=[food,law] age=4",
		},
		"labels, summary, another language": {
			csv(`"Nombre";"Sexo";"Nombre";"Necesidades";"Edad";"_id";"_uuid";"_index"`, `"Ana";"Mujer";"Eva";"Ley Ayuda";"4";"7";"u7";"1"`),
			"Nombre=Ana Sexo=Mujer Nombre#2=Eva Necesidades=Ley Ayuda Edad=4", "who/name=Ana who/sex=f them/name=Eva needs=[food,law] age=4",
		},
		"labels, summary that is two things": {
			csv(`"Name";"Sex";"Name";"Needs";"Age";"_id";"_uuid";"_index"`, `"Ana";"Female";"Eva";"Law Food aid";"4";"7";"u7";"1"`),
			"Name=Ana Sex=Female Name#2=Eva Needs=Law Food aid Age=4", "who/name=Ana who/sex=f them/name=Eva needs=Law Food aid age=4",
		},
		"tags below the header": {
			csv(`"name";"sex";"name";"needs";"age";"_id";"_uuid";"_index"`, `"#person";"#sex";"#person+2";"#need";"#age";"";"";""`, `"Ana";"f";"Eva";"law food";"4";"7";"u7";"1"`),
			"name=Ana sex=f name#2=Eva needs=law food age=4", "who/name=Ana who/sex=f them/name=Eva needs=[food,law] age=4",
		},
	} {
		path := adaptertest.File(t, "export.csv", c.text)
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "form.csv"), []byte(form), 0o600); err != nil {
			t.Fatal(err)
		}
		for settings, want := range map[string]string{"": c.want, "form.csv": c.formed} {
			all := slices.DeleteFunc(read(t, path, Settings{Form: settings}), func(r adapters.Record) bool { return r.Skip != "" })
			if len(all) != 1 || all[0].Key != "7" {
				t.Fatalf("%s: %d records", name, len(all))
			}
			var got []string
			for i, n := range all[0].Header.Names() {
				if strings.HasPrefix(n, "_") || strings.HasPrefix(n, "needs/") || strings.HasPrefix(n, "Needs/") || strings.HasPrefix(n, "needs.") {
					continue
				}
				got = append(got, n+"="+adaptertest.Text(all[0].At(i)))
			}
			if g := strings.Join(got, " "); g != want {
				t.Errorf("%s, form %q:\n%s\nwant\n%s", name, settings, g, want)
			}
		}
	}
}

func TestSomeColumnsOnlyLookLikeChoices(t *testing.T) {
	path := adaptertest.File(t, "export.csv", csv(`"age";"age_known";"needs";"needs_other";"_id";"_uuid";"_index"`, `"31";"1";"law other";"";"1";"a";"1"`, `"4";"0";"other";"1";"2";"b";"2"`))
	for _, r := range read(t, path, Settings{}) {
		if r.Value("age").List != nil || r.Value("needs").List != nil {
			t.Errorf("%q", r.Header.Names())
		}
	}
}

func TestOldFilesHaveRepeatsInTheirColumns(t *testing.T) {
	wide := csv("name,nets[1]/size,nets[1]/who[1]/n,nets[1]/who[2]/n,nets[2]/size,web/a,web/b,meta/instanceID,_uuid", "Ana,2,x,y,3,True,False,uuid:u1,u1", "Eva,n/a,n/a,n/a,n/a,n/a,n/a,uuid:u2,u2")
	all := read(t, adaptertest.File(t, "wide.csv", wide), Settings{})
	nets := all[0].Children["nets"]
	if len(all) != 2 || all[0].Key != "u1" || len(nets) != 2 || len(nets[0].Children["who"]) != 2 || nets[0].Children["who"][1].Key != "u1/nets[1]/who[2]" || nets[0].Value("size").Raw != "2" {
		t.Errorf("%d records, %v", len(all), nets)
	}
	if adaptertest.Text(all[0].Value("web")) != "[a]" || len(all[1].Children) != 0 || !all[1].Value("web").Null {
		t.Errorf("%q %q", adaptertest.Text(all[0].Value("web")), all[1].Children)
	}
	flat := csv("name,nets/size,nets/kind,meta/instanceID", "Ana,2,a,uuid:u1", "Ana,3,b,uuid:u1", "Eva,n/a,n/a,uuid:u2")
	all = read(t, adaptertest.File(t, "flat.csv", flat), Settings{})
	nets = all[0].Children["nets"]
	if len(all) != 2 || len(nets) != 2 || nets[1].Key != "u1/nets[2]" || nets[1].Value("kind").Raw != "b" || all[0].Header.Index("nets/size") >= 0 || len(all[1].Children) != 0 {
		t.Errorf("%d records, %v", len(all), nets)
	}
	differ := csv("name,nets/size,meta/instanceID", "Ana,2,uuid:u1", "Eva,3,uuid:u1")
	if all = read(t, adaptertest.File(t, "differ.csv", differ), Settings{}); len(all) != 2 {
		t.Errorf("rows that differ in more than a repeat are %d records", len(all))
	}
}

func TestTheSourceKeepsTheContract(t *testing.T) {
	var b strings.Builder
	b.WriteString("\"name\";\"needs\";\"needs/a\";\"needs/b\";\"_id\";\"_uuid\";\"_index\"\r\n")
	for i := range 1100 {
		fmt.Fprintf(&b, "\"Canary\nñ\";\"a\";\"1\";\"0\";\"%d\";\"u%d\";\"%d\"\r\n", i, i%1099, i+1)
	}
	hostile := map[string]func() (adapters.Source, error){}
	for name, text := range map[string]string{
		"nothing": "", "a header": "\"_id\";\"_index\"\n", "no numbers": csv(`"name";"_index"`, `"Canary";"1"`), "a zip that is none": "PK\x03\x04Canary",
		"places without end": csv("a[9999]/b[9999]/c,_uuid", "Canary,1"), "many like each other": strings.Repeat("a/", 3000) + "b\nCanary\n",
	} {
		hostile[name] = opener(adaptertest.File(t, "x.csv", text), Settings{})
		hostile[name+", form"] = opener(adaptertest.File(t, "x.csv", text), Settings{Form: "x.csv"})
	}
	adaptertest.Run(t, adaptertest.Harness{File: adaptertest.File(t, "export.csv", b.String()), At: at(Settings{}), Canary: "Canary", Hostile: hostile})
}

const fixtures = "../../../shared/fixtures/kobo"

func TestTheFixturesHaveTheTrueCounts(t *testing.T) {
	dir := filepath.Join(fixtures, "synthetic_legal_aid")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	form, err := filepath.Abs(filepath.Join(dir, "legal_aid_intake.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	exports, err := filepath.Glob(filepath.Join(dir, "export*"))
	if err != nil || len(exports) != 8 {
		t.Fatalf("%d exports, %v", len(exports), err)
	}
	for _, path := range exports {
		for _, s := range []Settings{{}, {Form: form}} {
			all := read(t, path, s)
			ids := map[string]bool{}
			twice, parties, calls, needs := 0, 0, 0, 0
			for _, r := range all {
				ids[r.Key] = true
				for _, p := range r.Problems {
					if p.Code == adapters.DuplicateUUID {
						twice++
					} else {
						t.Errorf("%s: %v", r, p)
					}
				}
				parties += len(r.Children["parties"])
				for _, p := range r.Children["parties"] {
					calls += len(p.Children["contactlog"])
					if s.Form != "" && p.Header.Index("party_name") < 0 {
						t.Errorf("a party has %q", p.Header.Names())
					}
				}
				if v := r.Value("client/vulnerability"); s.Form != "" && v.List != nil {
					needs++
					if strings.ContainsAny(adaptertest.Text(v), " /") {
						t.Errorf("codes %s", adaptertest.Text(v))
					}
				}
			}
			wantParties, wantCalls := 86, 61
			if strings.HasSuffix(path, ".csv") {
				wantParties, wantCalls = 0, 0
			}
			if len(all) != 60 || len(ids) != 60 || twice != 2 || parties != wantParties || calls != wantCalls || s.Form != "" && needs == 0 {
				t.Errorf("%s, form %v: %d records, %d keys, %d of one uuid, %d parties, %d calls, %d with needs", filepath.Base(path), s.Form != "", len(all), len(ids), twice, parties, calls, needs)
			}
		}
	}
}

func TestEveryPublishedExportIsRead(t *testing.T) {
	exports, err := filepath.Glob(filepath.Join(fixtures, "*", "*.csv"))
	more, err2 := filepath.Glob(filepath.Join(fixtures, "*", "*", "*-*.*"))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if len(exports) == 0 {
		t.Skip("the fixtures are not beside the repository")
	}
	for _, path := range append(exports, more...) {
		if strings.Contains(path, "xlsform") || strings.HasSuffix(path, ".json") {
			continue
		}
		src, err := Open(place.On(path), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = src.Read(t.Context(), Stream, "", func(r adapters.Record) error {
			if n++; r.Key == "" && r.Skip == "" {
				t.Errorf("%s has no key", r)
			}
			for _, p := range r.Problems {
				if p.Code != adapters.DuplicateUUID { // that some have
					t.Errorf("%s: %s %s", r, p.Code, p.Column)
				}
			}
			return nil
		}, func(adapters.Cursor) error { return nil })
		if err != nil || n == 0 {
			t.Errorf("%s: %d records, %v", filepath.Base(path), n, err)
		}
	}
}
