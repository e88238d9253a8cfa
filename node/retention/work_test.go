package retention

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"casehub/internal/sqlite"
	"casehub/node/access/accesstest"
)

// works records what an office does for a client beside the files, with a mark in
// every text: one record of each kind that hangs on the first case, and what stands
// in none.
func (o *office) works(p person, mark string) {
	o.t.Helper()
	for _, statement := range []string{
		`INSERT INTO consultations (id, client_id, case_type, held_on, case_id, worker_id, note, created_at, updated_at) VALUES ('became', @client, 1102, '2026-02-01', @case, 'sipho', 'Advice' || @mark, 0, 0)`,
		`INSERT INTO consultations (id, client_id, case_type, held_on, note, created_at, updated_at) VALUES ('alone', @client, 1102, '2026-02-01', 'Told' || @mark, 0, 0)`,
		`INSERT INTO services (id, client_id, case_id, kind, given_on, created_at, updated_at) VALUES ('in-case', @client, @case, 8101, '2026-02-01', 0, 0)`,
		`INSERT INTO services (id, client_id, consultation_id, kind, given_on, created_at, updated_at) VALUES ('in-other', @client, 'alone', 8101, '2026-02-01', 0, 0)`,
		`INSERT INTO services (id, client_id, consultation_id, kind, given_on, created_at, updated_at) VALUES ('before', @client, 'became', 8101, '2026-02-01', 0, 0)`,
		`INSERT INTO turn_aways (id, reason, came_on, client_id, note, created_at, updated_at) VALUES ('away', 9101, '2026-02-01', @client, 'Away' || @mark, 0, 0)`,
		`INSERT INTO complaints (id, case_id, institution, filed_on, number, progress, note, created_at, updated_at) VALUES ('filed', @case, 9201, '2026-02-01', 'No' || @mark, 'filed', 'Filed' || @mark, 0, 0)`,
		`INSERT INTO surveys (id, case_id, answered_on, rating, lawyers, comment, created_at, updated_at) VALUES ('asked', @case, '2026-02-20', 11104, 'better', 'Thanks' || @mark, 0, 0)`,
		`INSERT INTO quality_samples (id, month, seed, files, size, drawn_by, drawn_at) VALUES ('sample', 202602, 'seed', 1, 1, 'node', 0)`,
		`INSERT INTO quality_checks (id, sample_id, case_id, wrong, note, created_at, updated_at) VALUES ('checked', 'sample', @case, 'dates', 'Checked' || @mark, 0, 0)`,
		`UPDATE referrals SET result = 13101, result_on = '2026-02-21', result_note = 'Heard' || @mark WHERE case_id = @case`,
	} {
		args := sqlite.Args{}
		for name, value := range map[string]string{"client": string(p.client), "case": string(p.cases[0]), "mark": mark} {
			if strings.Contains(statement, "@"+name) {
				args[name] = value
			}
		}
		if len(args) == 0 {
			args = nil
		}
		if _, err := o.db.Exec(o.t.Context(), statement, args); err != nil {
			o.t.Fatal(err)
		}
	}
}

// A client's own data have everything that the office did, with what was written
// down in words only where a reason is given.
func TestOwnDataHaveWhatWasDone(t *testing.T) {
	o := open(t)
	p := o.comes("Mark", 1, "2026-02-20")
	o.works(p, "Mark")
	s := o.site(miriam)
	path := "/clients/" + string(p.client) + "/own-data"
	words := []string{"AdviceMark", "ToldMark", "AwayMark", "FiledMark", "CheckedMark", "HeardMark"}
	plain := s.unzip(s.post(path))["own-data.json"]
	for _, word := range words {
		if strings.Contains(plain, word) {
			t.Errorf("%s is given without a reason", word)
		}
	}
	given := s.unzip(s.post(path, "notes", "yes", "why", "The client asks for everything"))
	for _, word := range append(words, "ThanksMark", "NoMark") {
		if !strings.Contains(given["own-data.json"], word) || !strings.Contains(given["own-data.html"], word) {
			t.Errorf("%s is missing", word)
		}
	}
	var own OwnData
	o.ok(json.Unmarshal([]byte(given["own-data.json"]), &own))
	if got, want := kinds(own.Sections), "client cases(referrals(),amounts(),services(),complaints(),survey(),quality_checks(),documents(),) "+
		"consultations(services(),services(),) turnaways() consents() readers() "; got != want {
		t.Errorf("the sections are\n%s, want\n%s", got, want)
	}
}

// kinds lists sections with those within.
func kinds(all []Section) string {
	out := ""
	for _, s := range all {
		out += s.Kind
		if s.Kind != "client" {
			out += "("
			for _, r := range s.Records {
				for _, k := range r.Parts {
					out += k.Kind + "(),"
				}
			}
			out += ")"
		}
		out += " "
	}
	return out
}

// Whoever decides about an erasure is told of everything that goes with it.
func TestWhatGoesIsCountedWhole(t *testing.T) {
	o := open(t)
	p := o.comes("one", 2, "2026-02-20")
	o.works(p, "one")
	v := must[View](t)(o.Preview(t.Context(), miriam, o.asks(p).ID))
	if got := []int{v.Consultations, v.Services, v.TurnAways, v.Complaints, v.Answers, v.QualityChecks}; !slices.Equal(got, []int{2, 3, 1, 1, 1, 1}) {
		t.Errorf("the client: %v", got)
	}
	o = open(t)
	p = o.comes("one", 2, "2026-02-20")
	o.works(p, "one")
	half := must[Request](t)(o.Ask(t.Context(), miriam, Request{ClientID: string(p.client), CaseID: string(p.cases[0]), AskedOn: "2026-03-02"}))
	v = must[View](t)(o.Preview(t.Context(), miriam, half.ID))
	if got := []int{v.Consultations, v.Services, v.TurnAways, v.Complaints, v.Answers, v.QualityChecks}; !slices.Equal(got, []int{1, 2, 0, 1, 1, 1}) {
		t.Errorf("one case: %v", got)
	}
}

// A file is not whole where its maker does not read what stands in no case.
func TestAFileWithoutWhatStandsInNoCaseIsNotWhole(t *testing.T) {
	const away = `INSERT INTO turn_aways (id, reason, came_on, client_id, created_at, updated_at) SELECT 'away', 9101, '2026-02-01', id, 0, 0 FROM clients`
	const secret = `INSERT INTO consultations (id, client_id, case_type, held_on, created_at, updated_at) SELECT 'secret', id, 1401, '2026-02-01', 0, 0 FROM clients`
	for name, c := range map[string]struct {
		actions, classes, others, prepare string
		want                              bool
	}{
		"turned away":                  {"", "contact narrative finance sensitive", "", away, false},
		"turned away, and reads of it": {"turnaways.read", "contact narrative finance sensitive", "", away, true},
		"no sensitive consultation":    {"", "contact narrative finance", "sensitive", "", true},
		"a sensitive one":              {"", "contact narrative finance", "sensitive", secret, false},
		"a sensitive one, and reads":   {"", "contact narrative finance sensitive", "", secret, true},
	} {
		o := open(t)
		p := o.comes("Mark", 1, "2026-02-20")
		maker := accesstest.Hire(t, o.db, "maker", "")
		for _, action := range strings.Fields("clients.read clients.export cases.read documents.read consents.read " + c.actions) {
			accesstest.Own(t, o.db, "makers", action, "organisation", c.classes)
			if c.others != "" {
				accesstest.Own(t, o.db, "others", action, "organisation", c.others)
			}
		}
		accesstest.Appoint(t, o.db, "maker", "makers", "")
		if c.others != "" {
			accesstest.Appoint(t, o.db, "maker", "others", "")
		}
		if c.prepare != "" {
			if _, err := o.db.Exec(t.Context(), c.prepare, nil); err != nil {
				t.Fatal(err)
			}
		}
		if got := must[bool](t)(o.gate.ReadsWhole(t.Context(), o.db, maker, string(p.client))); got != c.want {
			t.Errorf("%s: whole %v, want %v", name, got, c.want)
		}
	}
}
