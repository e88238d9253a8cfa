package formfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
	"casehub/adapters/xlsform"
)

// form has what people do in forms.
const form = `"survey",,,,,,
,"type","name","label:English (en)"," label::Español (es)","hint","required","relevant"
,,,,,,,
,"begin group","who","Who","Quién",,,
,"text","name","Canary name","Nombre","As in the ID","yes",
,"select one from sex","sex","Sex","Sexo",,,
,"select_multiple needs or_other","needs","Needs","Necesidades",,,"${sex} != ''"
,"end group",,,,,,
,"begin_repeat","kids","Children","Hijos",,,
,"integer","age","Age","Edad",,"true()",
,"begin group","more","","",,,
,"Begin  Repeat","kids","Calls","Llamadas",,,
,"date","on","On","Fecha",,,
,"end repeat",,,,,,
,"end group",,,,,,
,"end_repeat",,,,,,
,"add select one prompt using sex","sex2","Again","Otra vez",,,
,"note","thanks","Thanks","Gracias",,,
"choices",,,,,,
,"list name","name","label:English (en)","label::Español (es)",,,
,"sex","f","Female","Femenino",,,
,"sex","m","Male","",,,
,"needs","legal aid","Legal aid","Ayuda legal",,,
,"needs","aid","Aid","Ayuda",,,
"settings",,,,,,
,"form_title","form_id","version","default_language",,,
,"Intake","intake_1","7","Español (es)",,,
`

func TestAFormIsAnInstrument(t *testing.T) {
	in, err := Read(t.Context(), place.On(adaptertest.File(t, "form.csv", form)))
	if err != nil {
		t.Fatal(err)
	}
	if in.ID != "intake_1" || in.Title != "Intake" || in.Version != "7" || in.Default != 1 || fmt.Sprintf("%q", in.Languages) != `["English (en)" "Español (es)" ""]` {
		t.Errorf("the form is %q %q %q, default %d of %q", in.ID, in.Title, in.Version, in.Default, in.Languages)
	}
	var got []string
	for _, q := range in.Questions {
		got = append(got, fmt.Sprintf("%s:%s %s %s %v", q.Repeat, q.Name, q.Type, q.List, q.Required))
	}
	want := []string{
		":who begin_group  false", ":who/name text  true", ":who/sex select_one sex false", ":who/needs select_multiple needs false", ":who/needs_other text  false",
		":kids begin_repeat  false", "kids:age integer  true", "kids:more begin_group  false", "kids:more/kids begin_repeat  false", "kids/kids:on date  false",
		":sex2 select_one sex false", ":thanks note  false",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("questions\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if q := in.Questions[1]; adapters.Label(q.Labels, 1) != "Nombre" || adapters.Label(q.Hints, 0) != "As in the ID" || in.Questions[3].Relevant == "" {
		t.Errorf("the question is %+v", q)
	}
	if len(in.Choices) != 4 || in.Choices[1].Labels[1] != "" || adapters.Label(in.Choices[1].Labels, 1) != "Male" {
		t.Errorf("choices %+v", in.Choices)
	}
	all := []adapters.Instrument{in}
	if v := xlsform.Value("aid legal aid aid", xlsform.NewIndex(all).Find("", "who/needs"), xlsform.NewLists(all)); len(v.List) != 3 || v.List[1].Raw != "legal aid" {
		t.Errorf("the answer is %d choices", len(v.List))
	}
	if r := xlsform.Repeats(all, ""); len(r) != 1 || r[0].Name != "kids" || len(r[0].Children) != 1 || r[0].Children[0].Fields[0].Name != "on" || len(xlsform.Fields(all, "")) != 5 {
		t.Errorf("repeats %+v", r)
	}
}

func TestTheSourceKeepsTheContract(t *testing.T) {
	long := strings.Replace(form, "\"choices\"", strings.Repeat(",\"text\",\"q\",\"Canary\",,,,\n", 1500)+"\"choices\"", 1)
	open := func(text string) func() (adapters.Source, error) {
		path := adaptertest.File(t, "form.csv", text)
		return func() (adapters.Source, error) { return Open(place.On(path), Settings{}) }
	}
	adaptertest.Run(t, adaptertest.Harness{File: adaptertest.File(t, "form.csv", long), At: func(at place.Place) (adapters.Source, error) { return Open(at, Settings{}) }, Canary: "Canary", Hostile: map[string]func() (adapters.Source, error){
		"nothing": open(""), "no survey": open("a,b\nCanary,1\n"), "a sheet alone": open("survey,,\n"), "ends alone": open("survey,,\n,type,name\n,end group,\n,end repeat,Canary\n"),
		"a zip that is none": open("PK\x03\x04Canary"), "open groups": open("survey,,\n,type,name\n" + strings.Repeat(",begin repeat,Canary\n", 500)),
	}})
}

func TestRealForms(t *testing.T) {
	dir := "../../../../shared/fixtures/kobo"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	for name, want := range map[string][3]int{
		"synthetic_legal_aid/legal_aid_intake.xlsx": {35, 24, 2}, "unicef_hope/kobo-template-valid.xlsx": {0, 0, 0},
		"xlsform/group.csv": {4, 0, 1}, "xlsform/loop.xlsx": {0, 0, 0}, "xlsform/or_other.xlsx": {0, 0, 0},
		"xlsform/widgets.xls": {0, 0, 0}, "legacy_kobocat/transportation.xls": {0, 0, 0},
	} {
		in, err := Read(t.Context(), place.On(filepath.Join(dir, name)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := [3]int{len(in.Questions), len(in.Choices), len(in.Languages)}; want != [3]int{} && got != want || len(in.Questions) == 0 {
			t.Errorf("%s has %d questions, %d choices, %d languages, want %v", name, got[0], got[1], got[2], want)
		}
	}
}

// A form that a server sends is read in memory: what lies on a disk stays there when
// the program is killed.
func TestAFormIsReadWithoutATemporaryFile(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, none)
	}
	in, err := Read(t.Context(), place.Bytes("form.csv", []byte(form)))
	if err != nil || len(in.Questions) == 0 {
		t.Errorf("%d questions, %v", len(in.Questions), err)
	}
}
