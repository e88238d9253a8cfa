package surveys

import (
	"context"
	"fmt"

	"casehub/internal/actor"
	"casehub/internal/pagemark"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/cases"
)

// reader is who reads answers: those about a case are for whoever may read its story,
// and those that name no case may be about anybody, so that they are for whoever nothing
// is hidden from.
type reader struct {
	cases access.Filter
	all   bool
}

func (s *Service) reader(ctx context.Context, who actor.Actor) (reader, error) {
	seen, err := s.gate.Cases(ctx, who, "cases.read")
	if err != nil {
		return reader{}, err
	}
	all, err := s.gate.HidesNothing(ctx, s.db, who)
	return reader{seen, all}, err
}

// Forms returns the forms that an import brought, with how many answers somebody sees.
func (s *Service) Forms(ctx context.Context, who actor.Actor) ([]Form, error) {
	r, err := s.reader(ctx, who)
	if err != nil {
		return nil, err
	}
	return forms(ctx, s.db, r)
}

// Form returns one form with how its selections were answered, in a language, and a page
// of the answers, the latest first, with the mark of the next. It fails with ErrNoForm.
func (s *Service) Form(ctx context.Context, who actor.Actor, id, language string, f AnswerFilter) (Form, []Tally, []Answer, pagemark.Mark, error) {
	none := pagemark.Mark{}
	r, err := s.reader(ctx, who)
	if err != nil {
		return Form{}, nil, nil, none, err
	}
	form, err := formByID(ctx, s.db, r, id)
	if err != nil {
		return Form{}, nil, nil, none, err
	}
	t := tallies{in: form.instrument, total: map[string]int{}, by: map[string]map[string]int{}, other: map[string][]string{}}
	if err := eachSaid(ctx, s.db, r, form, f, func(said string) { t.add(values(said)) }); err != nil {
		return Form{}, nil, nil, none, err
	}
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	all, err := answers(ctx, s.db, r, form, f)
	if err == nil && len(all) > f.Limit {
		last := all[f.Limit-1]
		all, none = all[:f.Limit], pagemark.Mark{Day: last.AnsweredOn, ID: last.ID}
	}
	return form, t.read(language), all, none, err
}

// Answer returns one answer whole. It fails with ErrNotFound, and looking is recorded
// where the case is watched.
func (s *Service) Answer(ctx context.Context, who actor.Actor, id string) (Answer, error) {
	r, err := s.reader(ctx, who)
	if err != nil {
		return Answer{}, err
	}
	a, err := answerByID(ctx, s.db, r, id)
	if err == nil && a.CaseID != "" {
		err = s.gate.Looked(ctx, s.db, s.now(), who, string(a.CaseID))
	}
	return a, err
}

// AnswersOf returns the answers about a case, the latest first; none for whoever may not
// read its story.
func (s *Service) AnswersOf(ctx context.Context, who actor.Actor, id cases.ID) ([]Answer, error) {
	r, err := s.reader(ctx, who)
	if err != nil {
		return nil, err
	}
	return answersOf(ctx, s.db, r, id)
}

// RemoveAnswer deletes an answer that was brought by mistake or that somebody takes back,
// for a reason that the audit keeps. An import does not bring it again. It fails with
// ErrNotFound.
func (s *Service) RemoveAnswer(ctx context.Context, who actor.Actor, id, why string) error {
	r, err := s.reader(ctx, who)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		a, err := answerByID(ctx, tx, r, id)
		if err != nil {
			return err
		}
		if a.CaseID != "" {
			if err := s.gate.Needs(ctx, tx, who, editing, string(a.CaseID), access.ReadsNarrative); err != nil {
				return access.Hidden(err, ErrNotFound)
			}
		} else if err := s.gate.May(ctx, who, editing); err != nil {
			return err
		}
		what, err := audit.Because(why, nil)
		if err != nil {
			return err
		}
		if err := deleteAnswer(ctx, tx, id); err != nil {
			return fmt.Errorf("deleting an answer: %w", err)
		}
		if a.CaseID == "" {
			return audit.Record(ctx, tx, s.now(), who, "answer.removed", id, what...)
		}
		return audit.RecordWithin(ctx, tx, s.now(), who, "answer.removed", id, string(a.CaseID), what...)
	})
}
