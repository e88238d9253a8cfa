package retention

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/consents"
	"casehub/node/consultations"
	"casehub/node/documents"
	"casehub/node/finance"
	"casehub/node/quality"
	"casehub/node/referrals"
	"casehub/node/surveys"
	"casehub/node/turnaways"
)

// Exporter gathers what a node keeps about one client. It asks the areas as the
// person who asks, so that nothing is given which that person may not read.
type Exporter struct {
	DB        *sqlite.DB
	Gate      *access.Gate
	Registry  *codelist.Registry
	Clients   *clients.Service
	Cases     *cases.Service
	Referrals *referrals.Service
	Finance   *finance.Service
	Consents  *consents.Service
	// Documents may be nil in a node without attachments.
	Documents *documents.Service
	// What is nil of these is left out.
	Advice     *consultations.Service
	TurnAways  *turnaways.Service
	Complaints *complaints.Service
	Surveys    *surveys.Service
	Quality    *quality.Service
	// Words are the catalogue of the pages, Name what the organisation is called.
	Words *locale.Catalog
	Name  string
	Now   func() time.Time
}

// caseMost is the most cases of one client that are given: far above what anybody
// has.
const caseMost = 10_000

// readMost is the most readings that are listed of one record.
const readMost = 10_000

// Gather returns what is kept about a client, in a language, and records that it
// was given. It fails with clients.ErrNotFound, with access.ErrForbidden, and
// with an error of kind errs.Invalid when others are concerned and no reason is
// given.
func (x *Exporter) Gather(ctx context.Context, who actor.Actor, id clients.ID, lang string, c Choice) (OwnData, error) {
	c.Why = strings.TrimSpace(c.Why)
	if err := c.check(); err != nil {
		return OwnData{}, err
	}
	if err := x.Gate.Client(ctx, x.DB, who, "clients.export", string(id)); err != nil {
		return OwnData{}, err
	}
	k, _, err := x.Clients.ByID(ctx, who, id)
	if err != nil {
		return OwnData{}, err
	}
	p := pen{x.Words, lang, x.Registry, c}
	o := OwnData{Format: ownDataFormat, Language: lang, MadeOn: civil.On(x.Now()), Office: x.Name, Reference: k.Reference}
	o.Notice = []string{p.title("retention.own-notice"), p.title("retention.own-limits"), p.title("retention.own-lead")}
	o.Sections = []Section{{Kind: "client", Title: p.title("retention.own-client"), Records: []Record{{Fields: p.client(k)}}}}
	if err := x.gather(ctx, who, id, p, &o); err != nil {
		return OwnData{}, err
	}
	names, err := x.Gate.Names(ctx, who.ID)
	if err != nil {
		return OwnData{}, err
	}
	o.MadeBy = names[who.ID]
	return o, x.DB.Tx(ctx, func(tx *sqlite.Tx) error {
		complete, err := x.Gate.ReadsWhole(ctx, tx, who, string(id))
		if err != nil {
			return err
		}
		if err := insertGiven(ctx, tx, string(id), Given{MadeBy: who.ID, MadeAt: x.Now(), Complete: complete}); err != nil {
			return fmt.Errorf("noting that own data were given: %w", err)
		}
		return audit.Record(ctx, tx, x.Now(), who, "export.made", string(id), audit.Diff(
			audit.Field("reason", "", c.Why), audit.Field("export_parts", "", c.parts()),
		)...)
	})
}

// gather adds the cases, the consents and who looked at them.
func (x *Exporter) gather(ctx context.Context, who actor.Actor, id clients.ID, p pen, o *OwnData) error {
	page, err := x.Cases.List(ctx, who, cases.Filter{Client: id, Limit: caseMost})
	if err != nil {
		return err
	}
	files := Section{Kind: "cases", Title: p.title("retention.own-cases")}
	read := []audit.Entry{}
	for _, l := range page.Lines {
		record, err := x.oneCase(ctx, who, l.ID, p, o)
		if err != nil {
			return err
		}
		files.Records = append(files.Records, record)
		entries, err := x.Cases.History(ctx, who, l.ID, readMost)
		if err != nil {
			return err
		}
		looked, err := x.looked(ctx, string(l.ID))
		if err != nil {
			return err
		}
		read = append(append(read, entries...), looked...)
	}
	_, answers, err := x.Consents.OfClient(ctx, who, id)
	if err != nil {
		return err
	}
	entries, err := x.Clients.History(ctx, who, id, readMost)
	if err != nil {
		return err
	}
	looked, err := x.looked(ctx, string(id))
	if err != nil {
		return err
	}
	readers, err := x.readers(ctx, append(append(read, entries...), looked...), p)
	if err != nil {
		return err
	}
	beside, err := x.besideCases(ctx, who, id, p)
	o.Sections = append(append(append(o.Sections, files), beside...), p.consents(answers), readers)
	return err
}

func (x *Exporter) oneCase(ctx context.Context, who actor.Actor, id cases.ID, p pen, o *OwnData) (Record, error) {
	c, _, err := x.Cases.ByID(ctx, who, id)
	if err != nil {
		return Record{}, err
	}
	r := Record{Title: c.Reference, Fields: p.file(c)}
	sent, _, err := x.Referrals.OfCase(ctx, who, id)
	if err != nil {
		return Record{}, err
	}
	amounts, _, err := x.Finance.OfCase(ctx, who, id)
	if err != nil {
		return Record{}, err
	}
	r.Parts = []Section{p.referrals(sent), p.amounts(amounts)}
	more, err := x.ofCase(ctx, who, id, p)
	if err != nil {
		return Record{}, err
	}
	r.Parts = append(r.Parts, more...)
	if x.Documents != nil {
		papers, _, err := x.Documents.OfCase(ctx, who, id)
		if err != nil {
			return Record{}, err
		}
		r.Parts = append(r.Parts, p.papers(papers))
		o.files = append(o.files, papers...)
	}
	r.Parts = slices.DeleteFunc(r.Parts, func(s Section) bool { return len(s.Records) == 0 })
	return r, nil
}

// looked returns who opened a case or a client: their own histories leave that out,
// because it is no news to those who work on them.
func (x *Exporter) looked(ctx context.Context, id string) ([]audit.Entry, error) {
	entries, err := audit.Of(ctx, x.DB, id, readMost)
	return slices.DeleteFunc(entries, func(e audit.Entry) bool { return e.Action != audit.ReadAction }), err
}

// looks are the actions of the audit by which somebody looked at a client or a
// case.
var looks = []string{audit.ReadAction, "emergency.declared", "restriction.opened", "export.made"}

// readers lists who looked, the newest first.
func (x *Exporter) readers(ctx context.Context, entries []audit.Entry, p pen) (Section, error) {
	s := Section{Kind: "readers", Title: p.title("retention.own-readers")}
	entries = slices.DeleteFunc(entries, func(e audit.Entry) bool { return !slices.Contains(looks, e.Action) })
	slices.SortStableFunc(entries, func(a, b audit.Entry) int { return b.At.Compare(a.At) })
	zone := x.Now().Location()
	lines := audit.Lines(entries, zone)
	if err := x.Gate.Name(ctx, lines); err != nil {
		return s, err
	}
	for _, l := range lines {
		at := l.At.Format(time.RFC3339)
		s.Records = append(s.Records, Record{Fields: given(
			p.item("read_at", at, p.words.Instant(p.lang, l.At), own),
			p.item("person_id", l.Who, "", own), p.item("read_how", l.Key, p.title(l.Key), own),
		)})
	}
	return s, nil
}

// client returns the fields of a client.
func (p pen) client(k clients.Client) []Item {
	items := given(
		p.plain("reference", k.Reference), p.plain("surname", k.Surname), p.plain("given_names", k.GivenNames),
		p.day("birth_date", k.BirthDate), p.word("birth_precision", string(k.BirthPrecision), "clients.birth-precision-"),
		p.word("sex", string(k.Sex), "clients.sex-"), p.plain("id_number", k.IDNumber), p.plain("phones", k.Phones),
		p.word("contact_safety", string(k.ContactSafety), "clients.contact-safety-"), p.plain("address", k.Address),
		p.item("language", k.Language, locale.Tongue(k.Language), own), p.note("notes", k.Notes),
	)
	return append(items, p.imported(k.Legacy)...)
}

// imported returns what a field was called in the register that it came from.
// Nobody knows whom it is about.
func (p pen) imported(legacy string) []Item {
	var all []Item
	for _, f := range clients.LegacyFields(legacy) {
		i := p.note("imported", f.Value)
		i.Name = f.Column
		all = append(all, i)
	}
	return given(all...)
}

// file returns the fields of a case.
func (p pen) file(c cases.Case) []Item {
	items := given(
		p.plain("reference", c.Reference), p.code("case_type", c.Type), p.word("status", string(c.Status), "cases.status-"),
		p.day("opened_on", c.OpenedOn), p.day("closed_on", c.ClosedOn), p.code("outcome", c.Outcome),
		p.item("other_party", c.OtherParty, "", otherParty), p.note("summary", c.Summary), p.plain("legacy_number", c.LegacyNumber),
	)
	return append(items, p.imported(c.Legacy)...)
}

func (p pen) referrals(all []referrals.Referral) Section {
	s := Section{Kind: "referrals", Title: p.title("retention.own-referrals")}
	for _, r := range all {
		s.Records = append(s.Records, Record{Fields: given(p.code("destination", r.Destination), p.day("referred_on", r.ReferredOn), p.note("note", r.Note),
			p.code("result", r.Result), p.day("result_on", r.ResultOn), p.note("result_note", r.ResultNote))})
	}
	return s
}

func (p pen) amounts(all []finance.Recovery) Section {
	s := Section{Kind: "amounts", Title: p.title("retention.own-amounts")}
	for _, r := range all {
		s.Records = append(s.Records, Record{Fields: given(
			p.code("recovery_kind", r.Kind), p.day("received_on", r.ReceivedOn),
			p.item("amount", fmt.Sprint(r.Amount, " ", r.Currency), p.words.Money(p.lang, r.Amount, r.Currency), own), p.note("note", r.Note),
		)})
	}
	return s
}

func (p pen) consents(all []consents.Consent) Section {
	s := Section{Kind: "consents", Title: p.title("consents.title")}
	for _, c := range all {
		s.Records = append(s.Records, Record{Fields: given(
			p.word("consent_purpose", string(c.Purpose), "consents.purpose-"), p.word("consent_answer", string(c.Answer), "consents.answer-"),
			p.day("answered_on", c.AnsweredOn), p.word("consent_manner", string(c.Manner), "consents.manner-"),
			p.item("guardian", c.Guardian, "", otherParty), p.day("expires_on", c.ExpiresOn), p.note("consent_note", c.Note),
		)})
	}
	return s
}
