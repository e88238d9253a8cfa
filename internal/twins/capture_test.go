package twins

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/consultations"
	"casehub/node/events"
	"casehub/node/finance"
	"casehub/node/quality"
	"casehub/node/referrals"
	"casehub/node/surveys"
	"casehub/node/turnaways"
)

// capture writes what a world captures in a turn, in its own order: clients first,
// then what others refer to.
func (w *world) capture(ctx context.Context, tx *sqlite.Tx, turn int) error {
	for _, i := range w.Perm(len(w.humans)) {
		if w.humans[i].turn == turn {
			if err := clients.Insert(ctx, tx, w.client(i)); err != nil {
				return fmt.Errorf("a client: %w", err)
			}
		}
	}
	steps := []struct {
		sets  []uint32
		write func(context.Context, *sqlite.Tx, int) error
	}{
		{[]uint32{codelist.CasesOpened}, w.openCase},
		{[]uint32{codelist.Consultations}, w.consult},
		{[]uint32{
			codelist.Services, codelist.ReferralsMade, codelist.AmountsRecovered, codelist.TurnAways, codelist.Complaints,
			codelist.Activities, codelist.CasesClosed,
		}, w.beside},
		{[]uint32{codelist.ReferralsEnded, codelist.Satisfaction}, w.after},
	}
	for _, s := range steps {
		for _, i := range w.Perm(len(w.records)) {
			if r := w.records[i]; r.turn != turn || !slices.Contains(s.sets, r.set) {
				continue
			}
			if err := s.write(ctx, tx, i); err != nil {
				return fmt.Errorf("measure %d: %w", w.records[i].set, err)
			}
		}
	}
	if err := w.check(ctx, tx, turn); err != nil {
		return fmt.Errorf("checking files: %w", err)
	}
	return w.mend(ctx, tx, turn)
}

func (w *world) client(i int) clients.Client {
	h := w.humans[i]
	at := w.captured("", h.turn)
	s := w.seat()
	c := clients.Client{
		ID: clients.ID(w.humanIDs[i]), Sex: pick(w, clients.Female, clients.Male), Address: w.text(), Language: pick(w, "en", "zu", "es"), Notes: w.text(),
		Legacy: fmt.Sprintf("{%q:%q}", w.word(i), w.text()), ContactSafety: pick(w, clients.SafetyUnknown, clients.Safe, clients.Unsafe),
		OfficeID: s.office, RegisteredBy: s.person, CreatedAt: at, UpdatedAt: at,
	}
	if h.anybody {
		return c
	}
	who := w.person(i)
	c.Surname, c.GivenNames, c.IDNumber = w.word(2*who), w.word(2*who+1), w.number(who)
	if w.chance(0.7) {
		c.Phones = "+27 " + w.number(i)
	}
	if w.chance(0.8) {
		c.BirthPrecision = pick(w, clients.Day, clients.Year)
		c.BirthDate = clients.FirstDay(civil.Date(fmt.Sprintf("%d-%02d-%02d", w.born+w.IntN(18), 1+w.IntN(12), 1+w.IntN(28))), c.BirthPrecision)
	}
	return c
}

func (w *world) openCase(ctx context.Context, tx *sqlite.Tx, i int) error {
	r := w.records[i]
	at, s := w.captured(w.days[i], r.turn), w.seat()
	return cases.Insert(ctx, tx, cases.Case{
		ID: cases.ID(w.recordIDs[i]), ClientID: clients.ID(w.humanIDs[r.human]), Type: r.code, Status: cases.Open, OpenedOn: w.days[i],
		OtherParty: w.text(), Summary: w.text(), OfficeID: s.office, Responsible: s.person, LegacyNumber: w.number(i), Legacy: fmt.Sprintf("{%q:%q}", w.word(i), w.text()),
		CreatedAt: at, UpdatedAt: at,
	})
}

func (w *world) consult(ctx context.Context, tx *sqlite.Tx, i int) error {
	r := w.records[i]
	at := w.captured(w.days[i], r.turn)
	c := consultations.Consultation{
		ID: consultations.ID(w.recordIDs[i]), ClientID: clients.ID(w.humanIDs[r.human]), Type: r.code, HeldOn: w.days[i],
		Worker: w.seat().person, CaseID: cases.ID(w.key(r.of)), Note: w.text(), CreatedAt: at, UpdatedAt: at,
	}
	return consultations.Insert(ctx, tx, c)
}

// key is the identifier of a record, "" for none.
func (w *world) key(i int) string {
	if i < 0 {
		return ""
	}
	return w.recordIDs[i]
}

func (w *world) beside(ctx context.Context, tx *sqlite.Tx, i int) error {
	r, id, on := w.records[i], w.recordIDs[i], w.days[i]
	at, s, of := w.captured(on, r.turn), w.seat(), cases.ID(w.key(r.of))
	switch r.set {
	case codelist.Services:
		return consultations.InsertGiven(ctx, tx, consultations.Given{
			ID: consultations.ServiceID(id), ClientID: clients.ID(w.humanIDs[r.human]), CaseID: of, Consultation: consultations.ID(w.key(r.via)), Kind: r.code, GivenOn: on,
		}, at)
	case codelist.ReferralsMade:
		return referrals.Insert(ctx, tx, referrals.Referral{ID: referrals.ID(id), CaseID: of, Destination: r.code, ReferredOn: on, Note: w.text(), CreatedAt: at, UpdatedAt: at})
	case codelist.AmountsRecovered:
		paid := finance.Recovery{ID: finance.ID(id), CaseID: of, Kind: r.code, ReceivedOn: on, Amount: r.amount, Currency: "ZAR", Note: w.text(), CreatedAt: at, UpdatedAt: at}
		if r.foreign {
			paid.Currency = "USD"
		}
		return finance.Insert(ctx, tx, paid)
	case codelist.TurnAways:
		t := turnaways.TurnAway{ID: turnaways.ID(id), Reason: r.code, CameOn: on, OfficeID: s.office, RecordedBy: s.person, Note: w.text(), CreatedAt: at, UpdatedAt: at}
		if r.human >= 0 {
			t.ClientID = clients.ID(w.humanIDs[r.human])
		}
		return turnaways.Insert(ctx, tx, t)
	case codelist.Complaints:
		return complaints.Insert(ctx, tx, complaints.Complaint{
			ID: complaints.ID(id), CaseID: of, Institution: r.code, FiledOn: on, Number: w.number(i), Progress: pick(w, complaints.Steps()[:3]...), Note: w.text(), CreatedAt: at, UpdatedAt: at,
		})
	case codelist.Activities:
		return events.Insert(ctx, tx, events.Activity{
			ID: events.ID(id), Kind: r.code, HeldOn: on, Place: w.text(), Participants: r.weight, Note: w.text(), OfficeID: s.office, RecordedBy: s.person, CreatedAt: at, UpdatedAt: at,
		})
	default:
		c, err := cases.Get(ctx, tx, of)
		if err != nil {
			return err
		}
		c.Status, c.ClosedOn, c.Outcome, c.UpdatedAt = cases.Closed, on, r.code, at
		return cases.Replace(ctx, tx, c)
	}
}

func (w *world) after(ctx context.Context, tx *sqlite.Tx, i int) error {
	r, id, on := w.records[i], w.recordIDs[i], w.days[i]
	at := w.captured(on, r.turn)
	if r.set == codelist.ReferralsEnded {
		made, err := referrals.Get(ctx, tx, referrals.ID(w.key(r.of)))
		if err != nil {
			return err
		}
		made.Result, made.ResultOn, made.ResultNote, made.UpdatedAt = r.code, on, w.text(), at
		return referrals.Replace(ctx, tx, made)
	}
	opinion := func() surveys.Opinion { return pick(w, surveys.Opinions()...) }
	return surveys.Insert(ctx, tx, surveys.Survey{
		ID: surveys.ID(id), CaseID: cases.ID(w.key(r.of)), AnsweredOn: on, Rating: r.code, Cost: opinion(), Pace: opinion(), Attention: opinion(),
		Lawyers: pick(w, surveys.Comparisons()...), Comment: w.text(), Suggestion: w.text(), CreatedAt: at, UpdatedAt: at,
	})
}

// check draws the files of a turn and says what their clients said.
func (w *world) check(ctx context.Context, tx *sqlite.Tx, turn int) error {
	var list []quality.Check
	at := w.captured("", turn)
	for _, i := range w.Perm(len(w.records)) {
		r := w.records[i]
		if r.set != codelist.Quality || r.turn != turn {
			continue
		}
		c := quality.Check{ID: quality.ID(w.recordIDs[i]), CaseID: cases.ID(w.key(r.of)), Result: r.code, CheckedOn: w.days[i], Note: w.text(), Version: 1}
		if c.Result == quality.WithError {
			c.Wrong = pick(w, quality.Fields()[1:]...)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil
	}
	s := quality.Sample{ID: w.uuid(), Month: w.first.Add(turn - 1), Seed: strings.Repeat(fmt.Sprintf("%016x", w.Uint64()), 4), Files: 100 + w.IntN(100), Size: 8, DrawnAt: at}
	if err := quality.InsertSample(ctx, tx, s, "person:"+w.seat().person, list); err != nil {
		return err
	}
	for _, c := range list {
		if err := quality.UpdateCheck(ctx, tx, c, at); err != nil {
			return err
		}
	}
	return nil
}

// mend mends what is mended in a turn.
func (w *world) mend(ctx context.Context, tx *sqlite.Tx, turn int) error {
	for _, i := range w.Perm(len(w.records)) {
		if r := w.records[i]; r.edited != turn || turn == 0 {
			continue
		}
		if err := w.mendOne(ctx, tx, i); err != nil {
			return fmt.Errorf("mending measure %d: %w", w.records[i].set, err)
		}
	}
	return nil
}

func (w *world) mendOne(ctx context.Context, tx *sqlite.Tx, i int) error {
	r, id := w.records[i], w.recordIDs[i]
	at := w.captured("", r.edited)
	switch r.set {
	case codelist.CasesOpened, codelist.CasesClosed:
		of := r.of
		if of < 0 {
			of = i
		}
		c, err := cases.Get(ctx, tx, cases.ID(w.key(of)))
		if err != nil {
			return err
		}
		switch {
		case r.set == codelist.CasesOpened:
			c.Type = r.newCode
		case r.gone: // opened again
			c.Status, c.ClosedOn, c.Outcome = cases.Open, "", 0
		default:
			c.Outcome = r.newCode
		}
		c.Summary, c.UpdatedAt = w.text(), at
		return cases.Replace(ctx, tx, c)
	case codelist.ReferralsMade:
		made, err := referrals.Get(ctx, tx, referrals.ID(id))
		if err != nil {
			return err
		}
		made.Destination, made.UpdatedAt = r.newCode, at
		return referrals.Replace(ctx, tx, made)
	case codelist.AmountsRecovered:
		paid, err := finance.Get(ctx, tx, finance.ID(id))
		if err != nil {
			return err
		}
		paid.Amount, paid.UpdatedAt = r.newAmount, at
		return finance.Replace(ctx, tx, paid)
	case codelist.Consultations:
		_, err := tx.Exec(ctx, `UPDATE consultations SET case_type = @code, note = @note, updated_at = @at, version = version + 1 WHERE id = @id`,
			sqlite.Args{"code": int64(r.newCode), "note": w.text(), "at": at.UnixMilli(), "id": id})
		return err
	default:
		table := map[uint32]string{codelist.TurnAways: "turn_aways", codelist.Complaints: "complaints"}[r.set]
		_, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE id = @id`, sqlite.Args{"id": id})
		return err
	}
}
