package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/consultations"
	"casehub/node/events"
	"casehub/node/quality"
	"casehub/node/referrals"
	"casehub/node/surveys"
	"casehub/node/turnaways"
)

// What an office does beside its cases: consultations, services, people whom it could
// not help, complaints, activities, what clients say, and files that are checked. It has
// a source of chance of its own, so that the cases are the same with and without it.

// besides is how often things happen beside cases.
const (
	consulted   = 0.5  // of the cases begin with a consultation
	advisedOnly = 0.6  // consultations that become no case, beside each case
	served      = 1.6  // services in a case
	learned     = 0.6  // of the referrals have a result
	complained  = 0.08 // of the cases are brought before an institution
	answered    = 0.4  // of the clients say what they think
	notHelped   = 0.3  // people who could not be helped, beside each case
	held        = 0.06 // activities beside each case, and one a month
	sampled     = 8    // files that are drawn in a month
)

// shares of what happens beside cases.
var (
	consultedServices = []share{{6101, 4}, {6102, 6}, {6103, 2}}
	caseServices      = []share{{6102, 3}, {6201, 6}, {6202, 5}, {6203, 2}, {6204, 1}, {6301, 4}, {6302, 2}, {6401, 2}, {6402, 1}}
	safetyServices    = []share{{6501, 4}, {6502, 5}, {6503, 1}, {6504, 3}}
	results           = []share{{7101, 8}, {7102, 4}, {7103, 1}, {7201, 1}, {7202, 2}, {7203, 3}, {7301, 2}, {7302, 1}}
	reasons           = []share{{8101, 4}, {8102, 2}, {8104, 2}, {8201, 5}, {8202, 2}, {8204, 1}, {8205, 1}, {8301, 3}, {8302, 1}}
	institutions      = []share{{9101, 2}, {9201, 4}, {9202, 2}, {9301, 5}, {9304, 3}, {9305, 3}, {9401, 3}, {9402, 2}, {9404, 1}}
	activities        = []share{{10101, 2}, {10102, 6}, {10103, 3}, {10104, 3}, {10105, 1}, {10201, 1}, {10202, 2}, {10301, 4}, {10302, 2}}
	ratings           = []share{{11105, 10}, {11104, 8}, {11203, 3}, {11302, 1}, {11301, 1}}
	checks            = []share{{12101, 14}, {12102, 3}, {12201, 2}, {12202, 1}}
	wrongs            = []quality.Wrong{"name", "birth", "contact", "type", "dates"}
)

// newSide returns the source of chance of what is beside cases.
func newSide(p Profile, seed, office uint64) *Generator {
	return &Generator{profile: p, rng: rand.New(rand.NewPCG(seed^0x6265736964650a, office))}
}

// write is what is captured beside cases; it is told where people work.
type write func(ctx context.Context, tx *sqlite.Tx, seats []seat) error

// beside puts off something of a measure to the day on which it is captured.
func (g *Generator) beside(captured civil.Date, set uint32, weight int, w write) {
	g.later(happen{captured: captured, beside: w, set: set, weight: weight})
}

// workerOf returns who works for a client, "" where nobody in particular does.
func workerOf(seats []seat, id string) seat {
	if len(seats) == 0 {
		return seat{}
	}
	return seatOf(seats, id)
}

// besideCase decides what happens around a case that was opened.
func (g *Generator) besideCase(c cases.Case, captured civil.Date, sensitive bool) {
	s := g.side
	if s.chance(consulted) {
		g.consult(c.ClientID, c.Type, c.OpenedOn, captured, c.ID)
	}
	kinds := caseServices
	if sensitive {
		kinds = append(append([]share{}, caseServices...), safetyServices...)
	}
	for range s.number(served) {
		on := c.OpenedOn.AddDays(s.rng.IntN(40))
		at := s.instant(max(on, captured))
		given := consultations.Given{ID: consultations.ServiceID(s.uuid(at)), ClientID: c.ClientID, CaseID: c.ID, Kind: s.weighted(kinds), GivenOn: on}
		g.beside(max(on, captured), codelist.Services, 1, func(ctx context.Context, tx *sqlite.Tx, _ []seat) error {
			return consultations.InsertGiven(ctx, tx, given, at)
		})
	}
	if s.chance(complained) {
		on := c.OpenedOn.AddDays(s.rng.IntN(50))
		at := s.instant(max(on, captured))
		filed := complaints.Complaint{
			ID: complaints.ID(s.uuid(at)), CaseID: c.ID, Institution: s.weighted(institutions), FiledOn: on, Progress: pick(s, complaints.Steps()[:3]),
			Note: "Synthetic: a complaint of the demonstration.", CreatedAt: at, UpdatedAt: at,
		}
		g.beside(max(on, captured), codelist.Complaints, 1, func(ctx context.Context, tx *sqlite.Tx, _ []seat) error {
			return complaints.Insert(ctx, tx, filed)
		})
	}
}

// consult records a consultation with one service; of no case where that is "".
func (g *Generator) consult(client clients.ID, kind codelist.Code, on, captured civil.Date, of cases.ID) {
	s := g.side
	at := s.instant(captured)
	c := consultations.Consultation{
		ID: consultations.ID(s.uuid(at)), ClientID: client, Type: kind, HeldOn: on, CaseID: of,
		Note: "Synthetic: advice of the demonstration.", CreatedAt: at, UpdatedAt: at,
	}
	g.beside(captured, codelist.Consultations, 1, func(ctx context.Context, tx *sqlite.Tx, seats []seat) error {
		c.Worker = workerOf(seats, string(c.ClientID)).person
		return consultations.Insert(ctx, tx, c)
	})
	given := consultations.Given{ID: consultations.ServiceID(s.uuid(at)), ClientID: client, Consultation: c.ID, Kind: s.weighted(consultedServices), GivenOn: on}
	g.beside(captured, codelist.Services, 1, func(ctx context.Context, tx *sqlite.Tx, _ []seat) error {
		return consultations.InsertGiven(ctx, tx, given, at)
	})
}

// besideReferral decides whether the office learns what became of a referral.
func (g *Generator) besideReferral(r referrals.Referral, captured civil.Date) {
	s := g.side
	if !s.chance(learned) {
		return
	}
	on := r.ReferredOn.AddDays(7 + s.rng.IntN(60))
	on = max(on, captured)
	r.Version, r.Result, r.ResultOn, r.UpdatedAt = 1, s.weighted(results), on, s.instant(on)
	g.beside(on, codelist.ReferralsEnded, 1, func(ctx context.Context, tx *sqlite.Tx, _ []seat) error { return referrals.Replace(ctx, tx, r) })
}

// besideClosing decides whether a client says what they think of the office.
func (g *Generator) besideClosing(c cases.Case, captured civil.Date) {
	s := g.side
	if !s.chance(answered) {
		return
	}
	on := max(c.ClosedOn.AddDays(s.rng.IntN(15)), captured)
	at := s.instant(on)
	opinions, words := surveys.Opinions(), []string{"", "", "Synthetic: they explained everything.", "Synthetic: it took long."}
	v := surveys.Survey{
		ID: surveys.ID(s.uuid(at)), CaseID: c.ID, AnsweredOn: on, Rating: s.weighted(ratings), Cost: pick(s, opinions), Pace: pick(s, opinions),
		Attention: pick(s, opinions), Lawyers: pick(s, surveys.Comparisons()), Comment: pick(s, words), CreatedAt: at, UpdatedAt: at,
	}
	g.beside(on, codelist.Satisfaction, 1, func(ctx context.Context, tx *sqlite.Tx, _ []seat) error { return surveys.Insert(ctx, tx, v) })
}

// besideMonth decides what happens in a month beside all cases.
func (g *Generator) besideMonth(m civil.Month) {
	s := g.side
	for range s.number(g.profile.Monthly * season(m) * advisedOnly) {
		on := s.workday(m)
		if len(g.known) == 0 {
			break
		}
		who := pick(s, g.known[max(0, len(g.known)-200):])
		kind := g.types[s.rng.IntN(len(g.types))].leaf.Code
		if s.chance(0.8) {
			kind = s.kindOf(g.types)
		}
		g.consult(who.id, kind, on, max(on, who.captured), "")
	}
	for range s.number(g.profile.Monthly * season(m) * notHelped) {
		on := s.workday(m)
		at := s.instant(on)
		t := turnaways.TurnAway{ID: turnaways.ID(s.uuid(at)), Reason: s.weighted(reasons), CameOn: on, CreatedAt: at, UpdatedAt: at}
		g.beside(on, codelist.TurnAways, 1, func(ctx context.Context, tx *sqlite.Tx, seats []seat) error {
			at := workerOf(seats, string(t.ID))
			t.OfficeID, t.RecordedBy = at.office, at.person
			return turnaways.Insert(ctx, tx, t)
		})
	}
	for range 1 + s.number(g.profile.Monthly*season(m)*held) {
		g.hold(s.workday(m))
	}
	if m > g.first {
		on := m.First().AddDays(9 + s.rng.IntN(6))
		seed := fmt.Sprintf("%016x%016x", s.rng.Uint64(), s.rng.Uint64())
		g.later(happen{captured: on, checked: func(ctx context.Context, tx *sqlite.Tx) (int, error) { return g.check(ctx, tx, m.Add(-1), on, seed) }})
	}
}

// kindOf draws a case type as the profile spreads them.
func (g *Generator) kindOf(types []leafShare) codelist.Code {
	return (&Generator{rng: g.rng, types: types}).caseType().Code
}

// hold records an activity; its participants are a measure of their own.
func (g *Generator) hold(on civil.Date) {
	s := g.side
	at := s.instant(on)
	a := events.Activity{
		ID: events.ID(s.uuid(at)), Kind: s.weighted(activities), HeldOn: on, Place: "Community hall, " + g.profile.Place,
		Participants: int(s.logNormal(24, 0.6)), Note: "Synthetic: an activity of the demonstration.", CreatedAt: at, UpdatedAt: at,
	}
	g.beside(on, codelist.Activities, 1, func(ctx context.Context, tx *sqlite.Tx, seats []seat) error {
		at := workerOf(seats, string(a.ID))
		a.OfficeID, a.RecordedBy = at.office, at.person
		return events.Insert(ctx, tx, a)
	})
	g.beside(on, codelist.ActivityParticipants, a.Participants, func(context.Context, *sqlite.Tx, []seat) error { return nil })
}

// check draws files of a month and says on a day what their clients said; it returns
// how many they were. The draw follows from the seed, as in an office.
func (g *Generator) check(ctx context.Context, tx *sqlite.Tx, m civil.Month, on civil.Date, seed string) (int, error) {
	files, err := quality.Captured(ctx, tx, m.First().Time(), m.Add(1).First().Time())
	if err != nil || len(files) == 0 {
		return 0, err
	}
	s := newSide(g.profile, uint64(m), uint64(len(files)))
	at := on.Time().Add(9 * time.Hour)
	drawn := quality.Sample{ID: s.uuid(at), Month: m, Seed: hex.EncodeToString([]byte(seed)), Files: len(files), Size: sampled, DrawnAt: at}
	var list []quality.Check
	for _, id := range quality.Choose(drawn.Seed, files, sampled) {
		list = append(list, quality.Check{ID: quality.ID(s.uuid(at)), CaseID: id})
	}
	if err := quality.InsertSample(ctx, tx, drawn, "node:", list); err != nil {
		return 0, err
	}
	for _, c := range list {
		c.Version, c.Result, c.CheckedOn = 1, s.weighted(checks), on
		if c.Result == quality.WithError {
			c.Wrong = pick(s, wrongs)
		}
		if err := quality.UpdateCheck(ctx, tx, c, at); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}
