package odk

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
)

// lines writes out the records of a stream.
func lines(t testing.TB, path, stream string, s Settings) (all []string) {
	t.Helper()
	src, err := Open(place.On(path), s)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range adaptertest.Records(t, src, stream) {
		all = append(all, adaptertest.Line(&r))
	}
	return all
}

// Without groups before the names two questions are called alike; the form tells them by
// their order.
func TestNamesWithoutGroups(t *testing.T) {
	path := adaptertest.File(t, "submissions.csv", "SubmissionDate,name,sex,name,KEY\n2024-01-02T03:04:05.000Z,Ana,f,Eva,uuid:1\n")
	form := "survey,,,\n,type,name,label\n,begin group,who,\n,text,name,\n,text,sex,\n,end group,,\n,begin group,them,\n,text,name,\n,end group,,\n"
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "form.csv"), []byte(form), 0o600); err != nil {
		t.Fatal(err)
	}
	for settings, want := range map[string]string{
		"":         "uuid:1{SubmissionDate=2024-01-02T03:04:05.000Z name=Ana sex=f name#2=Eva KEY=uuid:1}",
		"form.csv": "uuid:1{SubmissionDate=2024-01-02T03:04:05.000Z who/name=Ana who/sex=f them/name=Eva KEY=uuid:1}",
	} {
		if got := lines(t, path, Stream, Settings{Form: settings}); len(got) != 1 || got[0] != want {
			t.Errorf("form %q: %q\nwant %q", settings, got, want)
		}
	}
}

// A list of entities is no submission: its rows are known by their own identifier.
func TestEntitiesAreAStream(t *testing.T) {
	path := adaptertest.File(t, "people.csv", "__id,label,first_name,__createdAt,__creatorId,__creatorName,__updates,__updatedAt,__version\ne-1,Ana M,Ana,2024-01-02T03:04:05.000Z,1,x,0,,1\ne-2,Eva,Eva,2024-01-02T03:04:05.000Z,1,x,2,2024-02-02T03:04:05.000Z,3\n")
	got := lines(t, path, Entities, Settings{})
	if len(got) != 2 || !strings.HasPrefix(got[0], "e-1{__id=e-1 label=Ana M first_name=Ana ") {
		t.Errorf("%q", got)
	}
}

// What Briefcase wrote, and what became of submissions: edited, without their form data,
// with columns of questions that are no more.
func TestOlderAndOddColumns(t *testing.T) {
	path := adaptertest.File(t, "x.zip", adaptertest.Zip(t,
		[2]string{"intake.csv", "SubmissionDate,name,gone,SET-OF-kids,meta-instanceID,KEY,Status,Edits\n\"Jan 2, 2024 3:04:05 AM\",Ana,,uuid:1/kids,uuid:1b,uuid:1,,1\n\"Jan 3, 2024 3:04:05 AM\",,,,,uuid:2,missing encrypted form data,0\n"},
		[2]string{"intake-kids.csv", "age,PARENT_KEY,KEY,SET-OF-kids\n4,uuid:1,uuid:1/kids[1],uuid:1/kids\n"},
	))
	want := []string{
		"uuid:1{SubmissionDate=Jan 2, 2024 3:04:05 AM name=Ana meta-instanceID=uuid:1b KEY=uuid:1 Edits=1 kids:uuid:1/kids[1]{age=4 KEY=uuid:1/kids[1]}}",
		"uuid:2{SubmissionDate=Jan 3, 2024 3:04:05 AM KEY=uuid:2 Status=missing encrypted form data Edits=0 encrypted_record()}",
	}
	if got := lines(t, path, Stream, Settings{}); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	src, err := Open(place.On(path), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if r := adaptertest.Records(t, src, Stream)[0]; !slices.Equal(r.AltKeys, []string{"uuid:1b"}) || r.Skip != "" {
		t.Errorf("an edited submission has the keys %q", r.AltKeys)
	}
}
