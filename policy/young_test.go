package policy

import (
	"encoding/json"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
)

// young is the national registry with months since which some codes are there.
func young(t testing.TB, since map[codelist.Code]civil.Month) *codelist.Registry {
	t.Helper()
	b, err := json.Marshal(codelist.National())
	if err != nil {
		t.Fatal(err)
	}
	reg, err := codelist.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range reg.Lists {
		for i := range l.Categories {
			for j := range l.Categories[i].Leaves {
				leaf := &l.Categories[i].Leaves[j]
				leaf.Since = since[leaf.Code]
			}
		}
	}
	if b, err = json.Marshal(reg); err != nil {
		t.Fatal(err)
	}
	if reg, err = codelist.Parse(b); err != nil {
		t.Fatal(err)
	}
	return reg
}

// work are the case types of work: the first has been there for a year in September
// 2026, the second has not.
var work = map[codelist.Code]civil.Month{1101: 202509, 1102: 202510}

// restOfWork is a rest of all five of them.
func restOfWork(value uint32) Question {
	return Question{Header: goodHeader(), Groups: []Group{{DataSet: 1, Code: 1100, Level: 2, FromPeriod: 202607, Value: value, Clients: value}}}
}

// otherWork is "other" with all five of them alone pooled.
func otherWork(value uint32) Question {
	q := Question{Header: goodHeader(), Groups: []Group{{DataSet: 1, Code: 1000, Level: 3, FromPeriod: 202607, Value: value, Clients: value}}}
	for _, c := range codelist.National().List(codelist.CaseTypes).Categories {
		for _, f := range ordinary(c) {
			if c.Code != 1100 {
				q.Groups = append(q.Groups, Group{DataSet: 1, Code: uint32(f.Code), Level: 1, FromPeriod: 202607, Value: 9, Clients: 9})
			}
		}
	}
	return q
}

// youngQuestions are asked of work: a rest of four leaves may hold twelve, with the
// fifth sixteen.
func youngQuestions() []Question {
	var all []Question
	for value := uint32(5); value <= 18; value++ {
		all = append(all, restOfWork(value))
	}
	return all
}

// TestACodeMakesNoRoomInItsFirstYear: a rest holds what the older leaves can hide, by
// the rules and by the floor; a guard that counted every leaf let more leave.
func TestACodeMakesNoRoomInItsFirstYear(t *testing.T) {
	for name, c := range map[string]struct {
		since map[codelist.Code]civil.Month
		q     func(uint32) Question
		most  uint32
	}{
		"no new code":         {nil, restOfWork, 16},
		"one new code":        {work, restOfWork, 12},
		"in its last month":   {map[codelist.Code]civil.Month{1102: 202510}, restOfWork, 12},
		"after its year":      {map[codelist.Code]civil.Month{1102: 202509}, restOfWork, 16},
		"not there yet":       {map[codelist.Code]civil.Month{1102: 203001}, restOfWork, 12},
		"one old code alone":  {map[codelist.Code]civil.Month{1102: 202601, 1103: 202601, 1104: 202601, 1105: 202601}, restOfWork, 0},
		"no old code":         {map[codelist.Code]civil.Month{1101: 202601, 1102: 202601, 1103: 202601, 1104: 202601, 1105: 202601}, restOfWork, 0},
		"a new code of other": {map[codelist.Code]civil.Month{1401: 202601}, restOfWork, 16},
	} {
		reg := young(t, c.since)
		e, err := NewEgress(t.Context(), reg, office)
		if err != nil {
			t.Fatal(err)
		}
		e.deadline = trialTime * 30
		for value := uint32(5); value <= 18; value++ {
			q := c.q(value)
			d, err := e.Decide(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if want := value <= c.most; d.Allowed != want || FloorHolds(reg, q) != want {
				t.Errorf("%s: of a rest of %d the rules say %v and the floor %v, want %v", name, value, d.Allowed, FloorHolds(reg, q), want)
			}
		}
	}
	// What a rest would have held is no different in "other".
	for value := uint32(5); value <= 20; value++ {
		before, now := FloorHolds(young(t, nil), otherWork(value)), FloorHolds(young(t, work), otherWork(value))
		if now && !before {
			t.Errorf("other of %d leaves with a new code and not without", value)
		}
		if value > 16 && now {
			t.Errorf("other of %d leaves: four leaves hold sixteen", value)
		}
	}
}

// TestANewSensitiveCodeAsksForMorePeople: it is in the rest at the end of a year, and
// the rest takes the higher threshold for it.
func TestANewSensitiveCodeAsksForMorePeople(t *testing.T) {
	h, groups := goodHeader(), []Group(nil)
	mixedRest(&h, &groups, 9)
	since := map[codelist.Code]civil.Month{}
	for _, f := range codelist.National().List(codelist.CaseTypes).Leaves() {
		if f.Sensitive && uint32(f.Category) == groups[0].Code {
			since[f.Code] = 202612
		}
	}
	reg := young(t, since)
	if len(since) == 0 || FloorHolds(reg, Question{h, groups}) {
		t.Error("nine people are a rest that may hold a new sensitive code")
	}
}
