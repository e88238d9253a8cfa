package imports

import (
	"context"
	"strconv"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/finance"
	"casehub/node/referrals"
)

// writer brings the values of one target to the area that keeps such records.
// Values are those of a draft.
type writer interface {
	check(v []string) error
	insert(ctx context.Context, tx *sqlite.Tx, id, office string, v []string, now time.Time) error
	// current returns what the node has under some identifiers, by identifier;
	// what was imported and is no more is left out.
	current(ctx context.Context, q sqlite.Querier, ids []string) (map[string]current, error)
	// replace saves values over a record as current returned it.
	replace(ctx context.Context, tx *sqlite.Tx, id string, is current, v []string, now time.Time) error
}

// current is a record as the node has it.
type current struct {
	values   []string
	version  int
	referral referrals.Referral // with what became of it, which no register says; of referrals alone
}

// indexed reads records by identifier and puts each into values.
func indexed[ID ~string, T any](ctx context.Context, q sqlite.Querier, ids []string,
	some func(context.Context, sqlite.Querier, []ID) ([]T, error), values func(T) (ID, current),
) (map[string]current, error) {
	named := make([]ID, len(ids))
	for i, id := range ids {
		named[i] = ID(id)
	}
	all, err := some(ctx, q, named)
	if err != nil {
		return nil, err
	}
	found := make(map[string]current, len(all))
	for _, r := range all {
		id, c := values(r)
		found[string(id)] = c
	}
	return found, nil
}

// writers by target.
var writers = map[string]writer{
	toClient: clientWriter{}, toCase: caseWriter{}, toReferral: referralWriter{}, toRecovery: recoveryWriter{},
	toConsultation: consultationWriter, toVisit: visitWriter, toService: serviceWriter, toTurnAway: turnAwayWriter, toActivity: activityWriter,
	toComplaint: complaintWriter, toSurvey: surveyWriter, toAnswer: answerWriter, toDocument: documentWriter{},
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func codeText(c codelist.Code) string {
	if c == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(c), 10)
}

type clientWriter struct{}

func (clientWriter) client(id string, v []string, now time.Time) clients.Client {
	c := clients.Client{
		ID: clients.ID(id), Surname: v[0], GivenNames: v[1], BirthDate: civil.Date(v[2]), BirthPrecision: clients.Precision(v[3]),
		Sex: clients.Sex(v[4]), IDNumber: v[5], Phones: v[6], ContactSafety: clients.Safety(v[7]), Address: v[8], Language: v[9],
		Notes: v[10], Legacy: v[11], CreatedAt: now, UpdatedAt: now,
	}
	if c.ContactSafety == "" {
		c.ContactSafety = clients.SafetyUnknown
	}
	return c
}

func (w clientWriter) check(v []string) error { return w.client("", v, time.Time{}).Check() }

func (w clientWriter) insert(ctx context.Context, tx *sqlite.Tx, id, office string, v []string, now time.Time) error {
	c := w.client(id, v, now)
	c.OfficeID = office
	return clients.Insert(ctx, tx, c)
}

func (clientWriter) current(ctx context.Context, q sqlite.Querier, ids []string) (map[string]current, error) {
	return indexed(ctx, q, ids, clients.Some, func(c clients.Client) (clients.ID, current) {
		safety := string(c.ContactSafety)
		if c.ContactSafety == clients.SafetyUnknown {
			safety = ""
		}
		return c.ID, current{values: []string{
			c.Surname, c.GivenNames, string(c.BirthDate), string(c.BirthPrecision), string(c.Sex), c.IDNumber, c.Phones, safety,
			c.Address, c.Language, c.Notes, c.Legacy,
		}, version: c.Version}
	})
}

func (w clientWriter) replace(ctx context.Context, tx *sqlite.Tx, id string, is current, v []string, now time.Time) error {
	c := w.client(id, v, now)
	c.Version = is.version
	return clients.Replace(ctx, tx, c)
}

type caseWriter struct{}

func (caseWriter) one(id string, v []string, now time.Time) cases.Case {
	c := cases.Case{
		ID: cases.ID(id), ClientID: clients.ID(v[0]), Type: codelist.Code(number(v[1])), Status: cases.Open, OpenedOn: civil.Date(v[2]),
		ClosedOn: civil.Date(v[3]), Outcome: codelist.Code(number(v[4])), OtherParty: v[5], Summary: v[6], LegacyNumber: v[7],
		Legacy: v[8], CreatedAt: now, UpdatedAt: now,
	}
	if c.ClosedOn != "" {
		c.Status = cases.Closed
	}
	return c
}

func (w caseWriter) check(v []string) error { return w.one("", v, time.Time{}).Check() }

func (w caseWriter) insert(ctx context.Context, tx *sqlite.Tx, id, office string, v []string, now time.Time) error {
	c := w.one(id, v, now)
	c.OfficeID = office
	return cases.Insert(ctx, tx, c)
}

func (caseWriter) current(ctx context.Context, q sqlite.Querier, ids []string) (map[string]current, error) {
	return indexed(ctx, q, ids, cases.Some, func(c cases.Case) (cases.ID, current) {
		return c.ID, current{values: []string{
			string(c.ClientID), codeText(c.Type), string(c.OpenedOn), string(c.ClosedOn), codeText(c.Outcome), c.OtherParty, c.Summary,
			c.LegacyNumber, c.Legacy,
		}, version: c.Version}
	})
}

func (w caseWriter) replace(ctx context.Context, tx *sqlite.Tx, id string, is current, v []string, now time.Time) error {
	c := w.one(id, v, now)
	c.Version = is.version
	return cases.Replace(ctx, tx, c)
}

type referralWriter struct{}

func (referralWriter) one(id string, v []string, now time.Time) referrals.Referral {
	return referrals.Referral{
		ID: referrals.ID(id), CaseID: cases.ID(v[0]), Destination: codelist.Code(number(v[1])), ReferredOn: civil.Date(v[2]),
		Note: v[3], CreatedAt: now, UpdatedAt: now,
	}
}

func (w referralWriter) check(v []string) error { return w.one("", v, time.Time{}).Check() }

func (w referralWriter) insert(ctx context.Context, tx *sqlite.Tx, id, _ string, v []string, now time.Time) error {
	return referrals.Insert(ctx, tx, w.one(id, v, now))
}

func (referralWriter) current(ctx context.Context, q sqlite.Querier, ids []string) (map[string]current, error) {
	return indexed(ctx, q, ids, referrals.Some, func(r referrals.Referral) (referrals.ID, current) {
		return r.ID, current{[]string{string(r.CaseID), codeText(r.Destination), string(r.ReferredOn), r.Note}, r.Version, r}
	})
}

// replace keeps what became of the referral, which no register says.
func (w referralWriter) replace(ctx context.Context, tx *sqlite.Tx, id string, is current, v []string, now time.Time) error {
	r, old := w.one(id, v, now), is.referral
	r.Version, r.Result, r.ResultOn, r.ResultNote = is.version, old.Result, old.ResultOn, old.ResultNote
	return referrals.Replace(ctx, tx, r)
}

type recoveryWriter struct{}

func (recoveryWriter) one(id string, v []string, now time.Time) finance.Recovery {
	return finance.Recovery{
		ID: finance.ID(id), CaseID: cases.ID(v[0]), Kind: codelist.Code(number(v[1])), ReceivedOn: civil.Date(v[2]),
		Amount: number(v[3]), Currency: v[4], Note: v[5], CreatedAt: now, UpdatedAt: now,
	}
}

func (w recoveryWriter) check(v []string) error { return w.one("", v, time.Time{}).Check() }

func (w recoveryWriter) insert(ctx context.Context, tx *sqlite.Tx, id, _ string, v []string, now time.Time) error {
	return finance.Insert(ctx, tx, w.one(id, v, now))
}

func (recoveryWriter) current(ctx context.Context, q sqlite.Querier, ids []string) (map[string]current, error) {
	return indexed(ctx, q, ids, finance.Some, func(r finance.Recovery) (finance.ID, current) {
		return r.ID, current{values: []string{
			string(r.CaseID), codeText(r.Kind), string(r.ReceivedOn), strconv.FormatInt(r.Amount, 10), r.Currency, r.Note,
		}, version: r.Version}
	})
}

func (w recoveryWriter) replace(ctx context.Context, tx *sqlite.Tx, id string, is current, v []string, now time.Time) error {
	r := w.one(id, v, now)
	r.Version = is.version
	return finance.Replace(ctx, tx, r)
}
