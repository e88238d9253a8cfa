package retention

import (
	"strings"
	"testing"

	"casehub/internal/sqlite"
)

// What forms of other systems hold of a client's case is given with their own data: the
// question always, the words where others may be named with the notes alone.
func TestAnswersToFormsAreOwnData(t *testing.T) {
	o := open(t)
	p := o.comes("Mark", 1, "2026-02-20")
	for _, statement := range []string{
		`INSERT INTO instruments (id, form, version, title, definition, created_at) VALUES ('i', 'needs', '', 'Needs', '{"Questions":[{"Name":"q","Type":"text","Labels":["What happened?"]}]}', 1)`,
		`INSERT INTO answers (id, instrument_id, form, case_id, answered_on, answers, created_at, updated_at) VALUES ('a', 'i', 'needs', @case, '2026-02-01', '{"q":"AnsweredMark","extra":"ExtraMark"}', 1, 1)`,
		`INSERT INTO answers (id, instrument_id, form, answered_on, answers, created_at, updated_at) VALUES ('b', 'i', 'needs', '2026-02-01', '{"q":"OfNobody"}', 1, 1)`,
	} {
		args := sqlite.Args{}
		if strings.Contains(statement, "@case") {
			args["case"] = string(p.cases[0])
		}
		if _, err := o.db.Exec(t.Context(), statement, args); err != nil {
			t.Fatal(err)
		}
	}
	s := o.site(miriam)
	path := "/clients/" + string(p.client) + "/own-data"
	few := s.unzip(s.post(path, "files", "yes"))["own-data.json"]
	if !strings.Contains(few, "What happened?") || strings.Contains(few, "AnsweredMark") || strings.Contains(few, "ExtraMark") {
		t.Error("without the notes, the words are given or the question is not")
	}
	all := s.unzip(s.post(path, "notes", "yes", "why", "nobody else is named"))["own-data.json"]
	for _, word := range []string{"What happened?", "AnsweredMark", "ExtraMark"} {
		if !strings.Contains(all, word) {
			t.Errorf("%q is not given", word)
		}
	}
	if strings.Contains(all, "OfNobody") {
		t.Error("an answer that names no case is given")
	}
}
