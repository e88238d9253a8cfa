package surveys_test

import (
	"errors"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/surveys"
)

// An answer that names a case is for who may read its story; one that names none may be
// about anybody, and is for whoever nothing is hidden from. What somebody does not see
// is in no number either.
func TestAnswersToFormsAreForWhoMayReadThem(t *testing.T) {
	o := open(t)
	set := func(statement string) {
		t.Helper()
		if _, err := o.db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	set(`INSERT INTO instruments (id, form, version, title, definition, created_at) VALUES ('i', 'needs', '', 'Needs',
'{"Questions":[{"Name":"q","Type":"select_one","List":"l","Labels":["Q"]}],"Choices":[{"List":"l","Name":"a","Labels":["A"]},{"List":"l","Name":"b","Labels":["B"]}]}', 1)`)
	set(`INSERT INTO answers (id, instrument_id, form, case_id, answered_on, answers, created_at, updated_at) SELECT 'of-case', 'i', 'needs', id, '2026-02-01', '{"q":"a"}', 1, 1 FROM cases`)
	set(`INSERT INTO answers (id, instrument_id, form, answered_on, answers, created_at, updated_at) VALUES ('of-nobody', 'i', 'needs', '2026-02-02', '{"q":"b"}', 1, 1)`)
	walled := accesstest.Hire(t, o.db, "walled", "")
	accesstest.Appoint(t, o.db, "walled", "director", "")
	stranger := accesstest.Hire(t, o.db, "stranger", "")
	accesstest.Appoint(t, o.db, "stranger", "paralegal", "")
	set(`INSERT INTO walls (id, case_id, person_id, reason, raised_by, raised_at) SELECT 'w', id, 'walled', 'related', 'x', 1 FROM cases`)
	for _, c := range []struct {
		who  actor.Actor
		sees []string
	}{{miriam, []string{"of-case", "of-nobody"}}, {walled, nil}, {stranger, nil}} {
		forms, err := o.Forms(t.Context(), c.who)
		if err != nil || len(forms) != 1 || forms[0].Answers != len(c.sees) {
			t.Errorf("%s: %+v %v, want %d answers", c.who.ID, forms, err, len(c.sees))
		}
		_, tallies, all, _, err := o.Form(t.Context(), c.who, "i", "en", surveys.AnswerFilter{})
		if err != nil || len(all) != len(c.sees) || (len(tallies) == 1) != (len(c.sees) > 0) {
			t.Errorf("%s: %d answers, %+v, %v", c.who.ID, len(all), tallies, err)
		}
		about, err := o.AnswersOf(t.Context(), c.who, o.of)
		if err != nil || (len(about) == 1) != (len(c.sees) > 0) {
			t.Errorf("%s: %d answers about the case, %v", c.who.ID, len(about), err)
		}
		for _, id := range []string{"of-case", "of-nobody"} {
			_, err := o.Answer(t.Context(), c.who, id)
			if (err == nil) != (len(c.sees) > 0) || err != nil && !errors.Is(err, surveys.ErrNotFound) {
				t.Errorf("%s reads %s: %v", c.who.ID, id, err)
			}
			if len(c.sees) == 0 && o.RemoveAnswer(t.Context(), c.who, id, "it is not theirs to see") == nil {
				t.Errorf("%s removed %s", c.who.ID, id)
			}
		}
	}
	if _, _, _, _, err := o.Form(t.Context(), miriam, "nothing", "en", surveys.AnswerFilter{}); !errors.Is(err, surveys.ErrNoForm) {
		t.Errorf("a form that is not there: %v", err)
	}
	for _, id := range []string{"of-case", "of-nobody"} {
		if err := o.RemoveAnswer(t.Context(), miriam, id, ""); err == nil {
			t.Error("an answer went without a reason")
		}
		if err := o.RemoveAnswer(t.Context(), miriam, id, "asked for by who gave it"); err != nil {
			t.Errorf("removing %s: %v", id, err)
		}
		if entries, err := audit.Of(t.Context(), o.db, id, 5); err != nil || len(entries) != 1 || entries[0].Action != "answer.removed" {
			t.Errorf("the audit of %s: %+v %v", id, entries, err)
		}
	}
}

// The answers of other forms are not counted to show one: neither with an answer nor
// with the form itself, be it of a version or of answers alone.
func TestOneFormIsCountedByItself(t *testing.T) {
	o := open(t)
	for _, statement := range []string{
		`INSERT INTO instruments (id, form, version, title, definition, created_at) VALUES ('i', 'needs', 'v1', 'Needs', '{}', 1), ('j', 'needs', 'v2', 'Needs', '{}', 1)`,
		`INSERT INTO answers (id, instrument_id, form, answered_on, answers, created_at, updated_at) VALUES
('a', 'i', 'needs', '2026-02-02', '{}', 1, 1), ('b', 'i', 'needs', '2026-02-03', '{}', 1, 1), ('c', 'j', 'needs', '2026-02-04', '{}', 1, 1),
('d', NULL, 'needs', '2026-02-05', '{}', 1, 1), ('e', NULL, 'other', '2026-02-06', '{}', 1, 1), ('f', NULL, 'other', '2026-02-07', '{}', 1, 1)`,
	} {
		if _, err := o.db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	all, err := o.Forms(t.Context(), miriam)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d forms, %v", len(all), err)
	}
	byID := map[string]surveys.Form{}
	for _, f := range all {
		byID[f.ID] = f
	}
	var counts []string
	o.db.Watch(func(statement string) {
		if strings.Contains(statement, "count(") && strings.Contains(statement, "answers a") {
			counts = append(counts, statement)
		}
	})
	defer o.db.Watch(nil)
	for id, latest := range map[string]civil.Date{"a": "2026-02-03", "c": "2026-02-04", "d": "2026-02-05", "e": "2026-02-07"} {
		a, err := o.Answer(t.Context(), miriam, id)
		if err != nil || a.Form.Last != latest || !sameForm(a.Form, byID[a.Form.ID]) {
			t.Errorf("the form of %s: %+v, %v", id, a.Form, err)
		}
		f, _, list, _, err := o.Form(t.Context(), miriam, a.Form.ID, "en", surveys.AnswerFilter{})
		if err != nil || !sameForm(f, byID[f.ID]) || len(list) != f.Answers {
			t.Errorf("the form %s: %+v with %d answers, %v", a.Form.ID, f, len(list), err)
		}
	}
	for _, statement := range counts {
		if strings.Contains(statement, "UNION") || !strings.Contains(statement, "@id") && !strings.Contains(statement, "@name") {
			t.Errorf("all forms are counted: %s", statement)
		}
	}
	if len(counts) == 0 {
		t.Error("nothing was counted")
	}
}

func sameForm(a, b surveys.Form) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Version == b.Version && a.Title == b.Title && a.Answers == b.Answers && a.First == b.First && a.Last == b.Last
}
