package retention

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/access/accesstest"
)

// ofRequest is what each answer has anew: the token of its forms.
var ofRequest = regexp.MustCompile(`[A-Za-z0-9_-]{80,}`)

// A client's own data are the same file, but for what is in it, whoever makes it:
// it says that it may not be everything, and nothing tells its maker whether it
// is. Whoever sees everything is told when it was not, until there is a whole one.
func TestAFileThatHasNotEverythingIsMadeAgain(t *testing.T) {
	o := open(t)
	p := o.comes("Mark", 2, "2026-02-20")
	o.walls(o.sipho, string(p.cases[0]))
	path := "/clients/" + string(p.client) + "/own-data"
	s := o.site(miriam)
	page := func(who actor.Actor) string {
		s.who = who
		return ofRequest.ReplaceAllString(s.get(path).Body.String(), "")
	}
	panel := func(who actor.Actor) int { return len(must[[]Incomplete](t)(o.Incomplete(t.Context(), who))) }
	before := map[string]string{o.sipho.ID: page(o.sipho), miriam.ID: page(miriam)}
	make := func(who actor.Actor) OwnData {
		t.Helper()
		s.who = who
		files := s.unzip(s.post(path))
		var own OwnData
		o.ok(json.Unmarshal([]byte(files["own-data.json"]), &own))
		for _, notice := range own.Notice {
			if !strings.Contains(files["own-data.html"], "<p>"+notice+"</p>") {
				t.Errorf("the readable file does not say %q", notice)
			}
		}
		return own
	}
	partial := make(o.sipho)
	if panel(o.sipho) != 0 || page(o.sipho) != before[o.sipho.ID] {
		t.Error("whoever does not see everything is told that the file was not whole")
	}
	if panel(miriam) != 1 || !strings.Contains(page(miriam), "was made by sipho, who does not see all") {
		t.Error("whoever sees everything is not told that the file was not whole")
	}
	o.clock = o.clock.AddDate(0, 0, 1)
	whole := make(miriam)
	if panel(miriam) != 0 || strings.Contains(page(miriam), "has not got everything yet") {
		t.Error("a whole file is taken for one that is not")
	}
	if len(partial.Notice) != 3 || strings.Join(partial.Notice, "\n") != strings.Join(whole.Notice, "\n") || !strings.Contains(partial.Notice[0], "may not be everything") {
		t.Errorf("the files say %q and %q", partial.Notice, whole.Notice)
	}
	if a, b := len(partial.Sections[1].Records), len(whole.Sections[1].Records); a != 1 || b != 2 {
		t.Errorf("the files have %d and %d cases", a, b)
	}
	if page(o.sipho) != before[o.sipho.ID] {
		t.Error("a later whole file tells of itself")
	}
}

// What else than a wall keeps a part from the maker counts as well.
func TestWhatMakesAFileIncomplete(t *testing.T) {
	for name, c := range map[string]struct {
		grants  map[string]string // classes by action
		prepare string
		want    bool
	}{
		"everything":         {grants: map[string]string{}, want: true},
		"no documents":       {grants: map[string]string{"documents.read": "-"}},
		"no consents":        {grants: map[string]string{"consents.read": "-"}},
		"no contact data":    {grants: map[string]string{"clients.read": "narrative finance sensitive"}},
		"no sensitive cases": {grants: map[string]string{"cases.read": "contact narrative finance"}, prepare: `UPDATE cases SET case_type = 1401`},
		"an ordinary case":   {grants: map[string]string{"cases.read": "contact narrative finance"}, want: true},
		"a restricted case":  {grants: map[string]string{}, prepare: `UPDATE cases SET restricted = 1 WHERE id = (SELECT min(id) FROM cases)`},
	} {
		o := open(t)
		p := o.comes("Mark", 2, "2026-02-20")
		maker := accesstest.Hire(t, o.db, "maker", "")
		for _, action := range strings.Fields("clients.read clients.export cases.read documents.read consents.read") {
			classes, other := c.grants[action]
			if !other {
				classes = "contact narrative finance sensitive"
			}
			if classes != "-" {
				accesstest.Own(t, o.db, "makers", action, "organisation", classes)
			}
		}
		accesstest.Appoint(t, o.db, "maker", "makers", "")
		if c.prepare != "" {
			if _, err := o.db.Exec(t.Context(), c.prepare, nil); err != nil {
				t.Fatal(err)
			}
		}
		got := must[bool](t)(o.gate.ReadsWhole(t.Context(), o.db, maker, string(p.client)))
		if got != c.want {
			t.Errorf("%s: whole %v, want %v", name, got, c.want)
		}
		var n int
		o.ok(o.db.QueryRow(t.Context(), `SELECT count(*) FROM own_data_files`, sqlite.Args{}).Scan(&n))
		if n != 0 {
			t.Errorf("%s: asking noted a file", name)
		}
	}
}
