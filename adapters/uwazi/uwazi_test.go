package uwazi

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
)

// shown writes the entities out.
func written(t testing.TB, path string, s Settings) string {
	t.Helper()
	src, err := Open(place.On(path), s)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	err = src.Read(t.Context(), Entities, "", func(r adapters.Record) error {
		fmt.Fprintf(&b, "%d %s%s{", r.Loc.Row, r.Key, r.Skip)
		for _, p := range r.Problems {
			fmt.Fprintf(&b, "%s(%s) ", p.Code, p.Column)
		}
		for i, n := range r.Header.Names() {
			if v := r.At(i); !v.Null {
				b.WriteString(n + "=" + v.Raw)
				for _, e := range v.List {
					b.WriteString("<" + e.Raw + ">")
				}
				b.WriteByte(' ')
			}
		}
		for _, d := range r.Documents {
			fmt.Fprintf(&b, "@%s:%s ", d.Column, d.Blob)
		}
		b.WriteString("}\n")
		return nil
	}, func(adapters.Cursor) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const table = ` Title , tags, geo_geolocation, site, place, related,2019

 one , a| b |c ,1|1,Our page|https://x.example/,-33.9|18.4,{{Case 7}}|{{ Case 8 }},x
two,a,,,,{{Case 9}},
 one , a| b |c ,1|1,Our page|https://x.example/,-33.9|18.4,{{Case 7}}|{{ Case 8 }},x
`

func TestImportFilesAreRead(t *testing.T) {
	want := `2 blank{}
3 {Title=one tags=<a><b><c> geo_geolocation=1|1 site=Our page|https://x.example/ place=-33.9|18.4 related=<Case 7><Case 8> 2019=x }
4 {Title=two tags=a related=Case 9 }
5 {duplicate_source_key() Title=one tags=<a><b><c> geo_geolocation=1|1 site=Our page|https://x.example/ place=-33.9|18.4 related=<Case 7><Case 8> 2019=x }
`
	path := adaptertest.File(t, "import.csv", table)
	if d := cmp.Diff(want, written(t, path, Settings{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := written(t, path, Settings{Duplicates: "take", Lists: []string{"geo_geolocation"}}); strings.Contains(got, "duplicate") || !strings.Contains(got, "geo_geolocation=<1><1>") || strings.Contains(got, "tags=<") {
		t.Error(got)
	}
}

func TestLanguagesHaveAPlainName(t *testing.T) {
	path := adaptertest.File(t, "import.csv", "id,Title__es,Title__en,note__en\n7,uno,one,n\n8,dos,,\n")
	if d := cmp.Diff("2 7{id=7 Title__es=uno Title__en=one note__en=n Title=one note=n }\n3 8{id=8 Title__es=dos Title=dos }\n", written(t, path, Settings{Language: "en"})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := written(t, path, Settings{}); !strings.Contains(got, "Title=uno") {
		t.Error(got)
	}
}

func TestDocumentsOfAnArchive(t *testing.T) {
	content := "Title,file__es,attachments,\none,1.pdf,a.doc|sub/b.doc,\ntwo,2.pdf,../import.csv|/etc/passwd|C:\\x,\n"
	path := adaptertest.File(t, "import.zip", adaptertest.Zip(t, [2]string{"import.csv", content}, [2]string{"1.pdf", "PDF one"}, [2]string{"a.doc", "A"}, [2]string{"sub/b.doc", "B"}, [2]string{"damaged.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}))
	want := "2 {Title=one file__es=1.pdf attachments=<a.doc><sub/b.doc> file=1.pdf @file__es:1.pdf @attachments:a.doc @attachments:sub/b.doc }\n" +
		"3 {attachment_missing(file__es) attachment_missing(attachments) attachment_missing(attachments) attachment_missing(attachments) Title=two file__es=2.pdf attachments=<../import.csv></etc/passwd><C:\\x> file=2.pdf }\n"
	if d := cmp.Diff(want, written(t, path, Settings{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	src, err := Open(place.On(path), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Open(t.Context(), "sub/b.doc")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil || string(b) != "B" {
		t.Errorf("%q, %v", b, err)
	}
	for _, name := range []string{"../import.csv", "/etc/passwd", "2.pdf", "", ".", "sub", "sub/../../x"} {
		if r, err := src.Open(t.Context(), adapters.Blob(name)); !errors.Is(err, adapters.ErrBlob) {
			t.Errorf("%q opens: %v", name, err)
			_ = r.Close()
		}
	}
}

// A folder may hold a link to a file outside of it: it is not followed.
func TestDocumentsOfAFolder(t *testing.T) {
	dir := t.TempDir()
	secret := adaptertest.File(t, "secret.pdf", "secret")
	for name, content := range map[string]string{"import.csv": "Title,file\none,1.pdf\ntwo,link.pdf\n", "1.pdf": "one"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(secret, filepath.Join(dir, "link.pdf")); err != nil {
		t.Skip("no links here")
	}
	want := "2 {Title=one file=1.pdf @file:1.pdf }\n3 {attachment_missing(file) Title=two file=link.pdf }\n"
	if d := cmp.Diff(want, written(t, dir, Settings{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	src, _ := Open(place.On(dir), Settings{})
	if r, err := src.Open(t.Context(), "link.pdf"); !errors.Is(err, adapters.ErrBlob) {
		t.Errorf("a link out of the folder opens: %v", err)
		_ = r.Close()
	}
	r, err := src.Open(t.Context(), "1.pdf")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
}

func TestRepliesAreRead(t *testing.T) {
	content := `{"rows":[
{"_id":"x1","sharedId":"s1","language":"es","title":"uno","metadata":{"tags":[{"value":"t1","label":"Despido"},{"value":"t2","label":"Salario"}],"on":[{"value":1577836800}],"geo":[{"value":{"lat":-33.9,"lon":18.4}}],"none":[]},"documents":[{"filename":"f.pdf","originalname":"carta.pdf"}]},
{"_id":"x2","sharedId":"s1","language":"en","title":"one","metadata":{}}],"totalRows":2}`
	want := `1 s1{_id=x1 documents=carta.pdf geo.lat=-33.9 geo.lon=18.4 language=es on=1577836800 sharedId=s1 tags=<Despido><Salario> tags.id=<t1><t2> title=uno }
2 s1other_language{_id=x2 language=en sharedId=s1 title=one }
`
	if d := cmp.Diff(want, written(t, adaptertest.File(t, "reply.json", content), Settings{Language: "es"})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestPropertiesWithSeveralValuesAreWhole(t *testing.T) {
	content := `[{"sharedId":"s","metadata":{"one":[{"value":{"lat":1,"lon":2}}],"more":[{"value":{"lat":1,"lon":2,"label":""}},{"value":{"lat":3,"lon":4,"label":"Paris"}}],
"spans":[{"value":{"from":null,"to":5}},{"value":{"from":6,"to":7}}],"kind":[{"value":"t1","label":"Eviction","parent":{"value":"p","label":"Housing"}}],
"who":[{"value":"v1","label":"Ana","inheritedValue":[{"value":"F","label":"Woman"}]},{"value":"v2","label":"Eva"}],"days":[{"value":1},{"value":2}]}}]`
	want := "1 s{days=<1><2> kind=Eviction kind.id=t1 kind.parent=Housing more.label=<><Paris> more.lat=<1><3> more.lon=<2><4> one.lat=1 one.lon=2 sharedId=s spans.from=<><6> spans.to=<5><7> who=<Ana><Eva> who.id=<v1><v2> who.inherited=Woman }\n"
	if d := cmp.Diff(want, written(t, adaptertest.File(t, "reply.json", content), Settings{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestSourceKeepsTheContract(t *testing.T) {
	at := func(at place.Place) (adapters.Source, error) { return Open(at, Settings{}) }
	opener := func(name, content string) func() (adapters.Source, error) {
		path := adaptertest.File(t, name, content)
		return func() (adapters.Source, error) { return at(place.On(path)) }
	}
	var csv, js strings.Builder
	csv.WriteString("Title,tags,file\n")
	js.WriteString(`{"rows":[`)
	for i := range 2200 {
		fmt.Fprintf(&csv, "Canary %d,a|b,%d.pdf\n", i/2, i)
		fmt.Fprintf(&js, "%s{\"sharedId\":\"%d\",\"title\":\"Canary\"}", strings.Repeat(",", min(i, 1)), i)
	}
	js.WriteString(`]}`)
	hostile := map[string]func() (adapters.Source, error){
		"nothing": opener("a.csv", ""), "a zip that is none": opener("a.zip", "PK\x03\x04Canary"), "no table": opener("a.zip", adaptertest.Zip(t, [2]string{"a.pdf", "Canary"})),
		"outside":  opener("a.zip", adaptertest.Zip(t, [2]string{"import.csv", "Title\nCanary\n"}, [2]string{"../../a.pdf", "x"})),
		"a bomb":   opener("a.zip", adaptertest.Zip(t, [2]string{"import.csv", strings.Repeat("Title,Canary\n", 8<<20)})),
		"bars":     opener("a.csv", "Title\n"+strings.Repeat("|", 500_000)+"\n"),
		"formulas": opener("a.csv", "Title,note\n=cmd|' /C calc'!A0,@SUM(1)\n"),
	}
	for name, path := range map[string]string{
		"a table": adaptertest.File(t, "a.csv", csv.String()), "an archive": adaptertest.File(t, "a.zip", adaptertest.Zip(t, [2]string{"import.csv", csv.String()}, [2]string{"1.pdf", "x"})), "a reply": adaptertest.File(t, "a.json", js.String()),
	} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Run(t, adaptertest.Harness{File: path, At: at, Hostile: hostile, Canary: "Canary"})
		})
		hostile = nil
	}
}

func TestFixture(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "fixtures", "uwazi", "test.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	got := written(t, path, Settings{})
	if strings.Count(got, "\n") != 4 || !strings.Contains(got, "Multi Select Label=<multivalue1><multivalue3>") || !strings.Contains(got, "geolocation_geolocation=1|1") {
		t.Error(got)
	}
}
