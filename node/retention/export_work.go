package retention

import (
	"context"
	"errors"
	"strings"

	"casehub/internal/actor"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/consultations"
	"casehub/node/quality"
	"casehub/node/surveys"
	"casehub/node/turnaways"
)

// recordMost is the most records of one kind that are given: far above what anybody
// has.
const recordMost = 10_000

// besideCases returns what is kept of a client and of no case: consultations with what
// was done at them, and when nobody could help.
func (x *Exporter) besideCases(ctx context.Context, who actor.Actor, id clients.ID, p pen) ([]Section, error) {
	var all []Section
	if x.Advice != nil {
		list, _, err := x.Advice.List(ctx, who, consultations.Filter{Client: id, Limit: recordMost})
		if err != nil {
			return nil, err
		}
		served, err := x.Advice.OfConsultations(ctx, list)
		if err != nil {
			return nil, err
		}
		s := Section{Kind: "consultations", Title: p.title("consultations.title")}
		for _, c := range list {
			s.Records = append(s.Records, Record{
				Fields: given(p.code("consultation_type", c.Type), p.day("held_on", c.HeldOn), p.note("said", c.Note)), Parts: p.services(served[c.ID]),
			})
		}
		all = append(all, s)
	}
	if x.TurnAways != nil {
		list, _, err := x.TurnAways.List(ctx, who, turnaways.Filter{Client: id, Limit: recordMost})
		if err != nil {
			return nil, err
		}
		s := Section{Kind: "turnaways", Title: p.title("turnaways.title")}
		for _, t := range list {
			s.Records = append(s.Records, Record{Fields: given(p.code("turned_away", t.Reason), p.day("came_on", t.CameOn), p.note("turnaway_note", t.Note))})
		}
		all = append(all, s)
	}
	return filled(all), nil
}

// ofCase returns what was done in a case, where it was brought, what the client said of
// it, and what a check of the file found.
func (x *Exporter) ofCase(ctx context.Context, who actor.Actor, id cases.ID, p pen) ([]Section, error) {
	var all []Section
	if x.Advice != nil {
		served, _, err := x.Advice.OfCase(ctx, who, id)
		if err != nil {
			return nil, err
		}
		all = append(all, p.services(served)...)
	}
	if x.Complaints != nil {
		list, _, err := x.Complaints.List(ctx, who, complaints.Filter{Case: id, Limit: recordMost})
		if err != nil {
			return nil, err
		}
		all = append(all, p.complaints(list))
	}
	if x.Surveys != nil {
		v, err := x.Surveys.OfCase(ctx, who, id)
		switch {
		case err == nil:
			all = append(all, p.survey(v))
		case !errors.Is(err, surveys.ErrNotFound):
			return nil, err
		}
		said, err := x.answersOf(ctx, who, id, p)
		if err != nil {
			return nil, err
		}
		all = append(all, said)
	}
	if x.Quality != nil {
		list, err := x.Quality.OfCase(ctx, who, id)
		if err != nil {
			return nil, err
		}
		all = append(all, p.checks(list))
	}
	return filled(all), nil
}

// services is nil where there are none.
func (p pen) services(all []consultations.Given) []Section {
	if len(all) == 0 {
		return nil
	}
	s := Section{Kind: "services", Title: p.title("services.title")}
	for _, g := range all {
		s.Records = append(s.Records, Record{Fields: given(p.code("service_kind", g.Kind), p.day("given_on", g.GivenOn))})
	}
	return []Section{s}
}

func (p pen) complaints(all []complaints.Line) Section {
	s := Section{Kind: "complaints", Title: p.title("complaints.title")}
	for _, c := range all {
		s.Records = append(s.Records, Record{Fields: given(
			p.code("institution", c.Institution), p.day("filed_on", c.FiledOn), p.plain("complaint_number", c.Number),
			p.word("progress", string(c.Progress), "complaints.progress-"), p.word("complaint_outcome", string(c.Outcome), "complaints.outcome-"),
			p.day("complaint_answered_on", c.AnsweredOn), p.note("complaint_note", c.Note),
		)})
	}
	return s
}

func (p pen) survey(v surveys.Survey) Section {
	return Section{Kind: "survey", Title: p.title("surveys.single"), Records: []Record{{Fields: given(
		p.code("rating", v.Rating), p.day("survey_answered_on", v.AnsweredOn), p.word("cost", string(v.Cost), "surveys.opinion-"),
		p.word("pace", string(v.Pace), "surveys.opinion-"), p.word("attention", string(v.Attention), "surveys.opinion-"),
		p.word("lawyers", string(v.Lawyers), "surveys.lawyers-"), p.plain("comment", v.Comment), p.plain("suggestion", v.Suggestion),
	)}}}
}

// answersOf returns what forms of other systems hold of a case, with their questions.
func (x *Exporter) answersOf(ctx context.Context, who actor.Actor, id cases.ID, p pen) (Section, error) {
	s := Section{Kind: "answers", Title: p.title("surveys.answers")}
	all, err := x.Surveys.AnswersOf(ctx, who, id)
	if err != nil {
		return s, err
	}
	for _, one := range all {
		a, err := x.Surveys.Answer(ctx, who, one.ID)
		if err != nil {
			return s, err
		}
		items := []Item{p.day("survey_answered_on", a.AnsweredOn)}
		for _, said := range a.Said(p.lang) {
			if !said.Heading {
				items = append(items, p.asked(said.Label, strings.Join(said.Values, ", ")))
			}
		}
		s.Records = append(s.Records, Record{Fields: given(items...)})
	}
	return s, nil
}

// asked is the answer to a question of a form, in which others may be named.
func (p pen) asked(question, value string) Item {
	i := Item{Field: "answer", Name: question, Value: value, Others: true}
	if value != "" && !p.choice.Notes {
		i.Value, i.LeftOut = "", true
	}
	return i
}

func (p pen) checks(all []quality.Check) Section {
	s := Section{Kind: "quality_checks", Title: p.title("quality.title")}
	for _, c := range all {
		s.Records = append(s.Records, Record{Fields: given(
			p.plain("month", c.Month.Dash()), p.code("quality_result", c.Result), p.day("checked_on", c.CheckedOn),
			p.word("wrong", string(c.Wrong), "quality.wrong-"), p.note("quality_note", c.Note),
		)})
	}
	return s
}

// filled are the sections that have something in them.
func filled(all []Section) []Section {
	var some []Section
	for _, s := range all {
		if len(s.Records) > 0 {
			some = append(some, s)
		}
	}
	return some
}
