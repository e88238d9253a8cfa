package surveys_test

import (
	"errors"
	"testing"

	"casehub/internal/actor"
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
