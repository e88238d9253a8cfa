package odk

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
)

// download is an export with n submissions. When it is shuffled, the repeats stand
// in another order than the submissions.
func download(n int, shuffled bool) map[string]string {
	var root, kids, calls, other strings.Builder
	root.WriteString("SubmissionDate,who-name,who-needs,who-needs/a,who-needs/b,spot-Latitude,spot-Longitude,spot-Altitude,spot-Accuracy,photo,meta-instanceID,KEY,Status,FormVersion\n")
	kids.WriteString("age,PARENT_KEY,KEY\n")
	calls.WriteString("note,PARENT_KEY,KEY\n")
	other.WriteString("x,PARENT_KEY,KEY\n")
	for i := range n {
		status := ""
		if i == 3 {
			status = "not decrypted"
		}
		fmt.Fprintf(&root, "2024-01-02T03:04:05.000Z,Canary,a b,1,1,-26.1,28,0,5,p%d.jpg,uuid:edit%d,uuid:%d,%s,7\n", i%2, i, i, status)
		k := i
		if shuffled {
			k = n - 1 - i
		}
		fmt.Fprintf(&kids, "3,uuid:%d,uuid:%d/kids[1]\n\n4,uuid:%d,uuid:%d/kids[2]\n", k, k, k, k)
		fmt.Fprintf(&calls, "\"Canary\ntwo\",uuid:%d/kids[2],uuid:%d/kids[2]/calls[1]\n", k, k)
		fmt.Fprintf(&other, "1,uuid:%d,uuid:%d/kids[1]\n", k, k)
	}
	kids.WriteString("9,uuid:nobody,uuid:nobody/kids[1]\n")
	return map[string]string{
		"intake.csv": root.String(), "intake-kids.csv": kids.String(), "intake-calls.csv": calls.String(), "intake-kids~1.csv": other.String(),
		"media/p0.jpg": "the photo",
	}
}

// at opens a source by settings wherever its file lies.
func at(s Settings) func(place.Place) (adapters.Source, error) {
	return func(p place.Place) (adapters.Source, error) { return Open(p, s) }
}

func opener(path string, s Settings) func() (adapters.Source, error) {
	return func() (adapters.Source, error) { return Open(place.On(path), s) }
}

func TestTheSourceKeepsTheContract(t *testing.T) {
	path := adaptertest.ZipFile(t, "intake.zip", download(501, true))
	hostile := map[string]func() (adapters.Source, error){}
	for name, files := range map[string]map[string]string{
		"nothing": {}, "no submissions": {"a.csv": "x,y\nCanary,1\n"}, "repeats alone": {"a-b.csv": "x,PARENT_KEY,KEY\nCanary,1,2\n"},
		"out of the folder": {"../../a.csv": "KEY,x\n1,Canary\n"}, "empty files": {"a.csv": "", "b.csv": "\n"},
		"keys that meet": {"a.csv": "KEY,x\n1,Canary\n1,2\n,3\n", "a-b.csv": "PARENT_KEY,KEY\n1/b[1],1/b[1]\n,\n1,1/b\n"},
		"a bomb":         {"a.csv": "KEY,x\n1," + strings.Repeat("0", 3<<20) + "\n"},
	} {
		hostile[name] = opener(adaptertest.ZipFile(t, "x.zip", files), Settings{})
	}
	adaptertest.Run(t, adaptertest.Harness{File: path, At: at(Settings{}), Canary: "Canary", Hostile: hostile})
}

func TestRepeatsStandUnderTheirSubmission(t *testing.T) {
	for _, shuffled := range []bool{false, true} {
		s, err := Open(place.On(adaptertest.ZipFile(t, "intake.zip", download(6, shuffled))), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		records, strangers, blank := 0, 0, 0
		for _, r := range adaptertest.Records(t, s, Stream) {
			switch {
			case r.Skip != "":
				blank++
				continue
			case r.Key == "":
				strangers++
				if len(r.Problems) != 1 || r.Problems[0].Code != adapters.ReferenceMissing {
					t.Errorf("a row of no submission has %v", r.Problems)
				}
				continue
			}
			i := records
			records++
			kids := r.Children["kids"]
			if r.Key != fmt.Sprintf("uuid:%d", i) || len(kids) != 2 || kids[1].Key != r.Key+"/kids[2]" || len(kids[1].Children["calls"]) != 1 || len(r.Children["kids~1"]) != 1 {
				t.Fatalf("%s has %d kids: %v", r.Key, len(kids), r.Children)
			}
			if v := r.Value("who-needs"); len(v.List) != 2 || r.Value("spot").Raw != "-26.1 28 0 5" || r.Version != "7" || r.AltKeys[0] != fmt.Sprintf("uuid:edit%d", i) {
				t.Errorf("%q %#v %q", r.Header.Names(), v, r.AltKeys)
			}
			if encrypted := len(r.Problems) == 1 && r.Problems[0] == (adapters.Problem{Code: adapters.EncryptedRecord}); encrypted != (i == 3) {
				t.Errorf("%s has %v", r.Key, r.Problems)
			}
			if (len(r.Documents) == 1) != (i%2 == 0) {
				t.Errorf("%s has %d documents", r.Key, len(r.Documents))
			}
			for _, d := range r.Documents {
				f, err := s.Open(t.Context(), d.Blob)
				if err != nil {
					t.Fatal(err)
				}
				if b, err := io.ReadAll(f); err != nil || string(b) != "the photo" || f.Close() != nil {
					t.Errorf("the document is %q, %v", b, err)
				}
			}
		}
		if records != 6 || strangers != 1 || blank != 6 {
			t.Errorf("shuffled %v: %d records, %d strangers, %d blank", shuffled, records, strangers, blank)
		}
	}
}

func TestTheFormNamesTheColumns(t *testing.T) {
	path := adaptertest.ZipFile(t, "intake.zip", download(2, false))
	form := "survey,,,\n,type,name,label\n,begin group,who,\n,text,name,\n,select_multiple l,needs,\n,end group,,\n,geopoint,spot,\n,image,photo,\n,begin repeat,kids,\n,integer,age,Age\n,end repeat,,\n"
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "form.csv"), []byte(form), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(place.On(path), Settings{Form: "form.csv"})
	if err != nil {
		t.Fatal(err)
	}
	all := slices.DeleteFunc(adaptertest.Records(t, s, Stream), func(r adapters.Record) bool { return r.Key == "" })
	if all[0].Value("who/name").Raw != "Canary" || len(all[0].Value("who/needs").List) != 2 || all[0].Children["kids"][0].Value("age").Kind != adapters.Number || all[0].Value("spot").Raw == "" {
		t.Errorf("%q", all[0].Header.Names())
	}
	if p := all[1].Problems; len(p) != 1 || p[0] != (adapters.Problem{Code: adapters.AttachmentMissing, Column: "photo"}) {
		t.Errorf("a photo that is not there: %v", p)
	}
	cat, err := s.Discover(t.Context())
	if err != nil || len(cat.Streams[0].Instruments) != 1 || len(cat.Streams[0].Children) != 2 {
		t.Errorf("%+v, %v", cat, err)
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
	if err := json.Unmarshal(all["odk-central/synthetic_legal_aid"], &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"submissions.csv.zip", "submissions_groupPaths-false_split.csv.zip"} {
		s, err := Open(place.On(filepath.Join(dir, "odk-central/synthetic_legal_aid", name)), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, r := range adaptertest.Records(t, s, Stream) {
			got["Submissions"]++
			for _, p := range r.Children["parties"] {
				got["Submissions.parties"]++
				got["Submissions.parties.contactlog"] += len(p.Children["contactlog"])
			}
			if len(r.Problems) > 0 {
				t.Errorf("%s: %v", r, r.Problems)
			}
		}
		for table, n := range want {
			if got[table] != n {
				t.Errorf("%s: %s has %d, want %d", name, table, got[table], n)
			}
		}
	}
	s, err := Open(place.On(filepath.Join(dir, "odk-central/published/submissions.csv")), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(adaptertest.Records(t, s, Stream)); n == 0 {
		t.Error("the file of the form alone is empty")
	}
}
