package cases_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/migrations"

	"github.com/google/go-cmp/cmp"
)

// types are leaves of two categories, a sensitive one among them.
var types = []codelist.Code{1101, 1102, 1103, 1201, 1401}

// story is an office whose cases come and go at random, beside what somebody who
// keeps books by hand would have written down.
type story struct {
	*rand.Rand
	t     *testing.T
	db    *sqlite.DB
	svc   *cases.Service
	books *cases.Books
	now   time.Time
	kept  []*written
}

// written is a case as the bookkeeper has it.
type written struct {
	id     cases.ID
	kind   codelist.Code
	opened civil.Date
	open   bool
	gone   bool
	moves  []move
	// counted says that its opening was published.
	counted bool
}

// move is a closing, or an opening again.
type move struct {
	closes bool
	on     civil.Date
}

// times returns for when the case was open, by the word of whoever spoke last.
func (w *written) times() [][2]civil.Date {
	all := [][2]civil.Date{{"", ""}}
	for _, m := range w.moves {
		if !m.closes {
			all = append(all, [2]civil.Date{m.on, ""})
			continue
		}
		for len(all) > 1 && m.on < all[len(all)-1][0] {
			all = all[:len(all)-1]
		}
		all[len(all)-1][1] = m.on
	}
	for len(all) > 1 && all[0][1] < w.opened {
		all = all[1:]
	}
	all[0][0] = w.opened
	return all
}

func newStory(t *testing.T, seed uint64) *story {
	t.Helper()
	s := &story{Rand: rand.New(rand.NewPCG(seed, 1)), t: t, db: sqlitetest.Open(t, migrations.FS), now: noon}
	clock := func() time.Time { s.now = s.now.Add(time.Second); return s.now }
	gate, _ := accesstest.OpenAt(t, s.db, clock)
	s.svc, s.books = cases.NewService(s.db, reg, gate, clock), cases.NewBooks(s.db, reg, gate)
	people := clients.NewService(s.db, reg, gate, clock)
	k, err := people.Create(t.Context(), miriam, clients.Client{Surname: "Dube", GivenNames: "Nomsa", ContactSafety: clients.Safe})
	s.ok(err)
	for range 4 {
		s.opens(k.ID)
	}
	for range 60 {
		s.now = s.now.AddDate(0, 0, s.IntN(12))
		s.step(k.ID)
	}
	return s
}

func (s *story) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) today() civil.Date { return civil.On(s.now) }

func (s *story) ago(days int) civil.Date { return s.today().AddDays(-s.IntN(days)) }

func (s *story) opens(k clients.ID) {
	w := &written{kind: types[s.IntN(len(types))], opened: s.ago(50), open: true}
	c, err := s.svc.Open(context.Background(), miriam, cases.Case{ClientID: k, Type: w.kind, OpenedOn: w.opened})
	s.ok(err)
	w.id = c.ID
	s.kept = append(s.kept, w)
}

func (s *story) step(k clients.ID) {
	w := s.kept[s.IntN(len(s.kept))]
	if w.gone {
		return
	}
	c, err := cases.Get(context.Background(), s.db, w.id)
	s.ok(err)
	switch what := s.IntN(12); {
	case what < 3:
		s.opens(k)
	case what < 9 && w.open:
		s.closes(w, c)
	case what < 9:
		s.ok(s.svc.Reopen(context.Background(), miriam, w.id, c.Version))
		on := s.today()
		if last := w.moves[len(w.moves)-1].on; on < last {
			on = last
		}
		w.moves, w.open = append(w.moves, move{false, on}), true
	case what < 11:
		s.mends(w, c)
	default:
		s.erases(w)
	}
}

func (s *story) closes(w *written, c cases.Case) {
	on := s.ago(40)
	if on < w.opened {
		on = w.opened
	}
	s.ok(s.svc.Close(context.Background(), miriam, w.id, c.Version, on, 5101))
	w.moves, w.open = append(w.moves, move{true, on}), false
}

// mends gives a case another type and another first day.
func (s *story) mends(w *written, c cases.Case) {
	kind, opened := types[s.IntN(len(types))], s.ago(90)
	if !w.open && c.ClosedOn < opened {
		opened = c.ClosedOn
	}
	s.ok(s.svc.Update(context.Background(), miriam, w.id, cases.Edit{Version: c.Version, Type: kind, OpenedOn: opened}))
	w.kind, w.opened = kind, opened
}

// erases removes a case as an erasure does, which leaves the months of those whose
// opening was published.
func (s *story) erases(w *written) {
	w.gone, w.counted = true, s.IntN(2) == 0
	if w.counted {
		s.exec(`INSERT INTO ledger_groups (sequence, period, data_set, category_option, level, from_period, value) VALUES (?1, 202601, 1, 1101, 1, 202601, 5)`, len(s.kept)*1000+s.IntN(1000))
		s.exec(`INSERT INTO ledger_events (data_set, source_id, client_id, code, period, state, group_id, erased) SELECT 1, ?1, '', 1101, 202601, 'published', max(id), 1 FROM ledger_groups`, string(w.id))
	}
	s.exec(`DELETE FROM cases WHERE id = ?1`, string(w.id))
}

func (s *story) exec(statement string, args ...any) {
	s.t.Helper()
	s.ok(s.db.Tx(context.Background(), func(tx *sqlite.Tx) error {
		_, err := tx.ExecArgs(context.Background(), statement, args...)
		return err
	}))
}

// byHand is the account that the bookkeeper works out.
func (s *story) byHand(span cases.Span) map[codelist.Code]cases.Account {
	all := map[codelist.Code]cases.Account{}
	begin, end := span.From.First(), span.To.Add(1).First()
	for _, w := range s.kept {
		if w.gone && !w.counted {
			continue
		}
		for i, time := range w.times() {
			began, ended := time[0], time[1]
			if ended == "" {
				ended = "9999-12-31"
			}
			n := cases.Account{}
			within := func(day civil.Date) int64 { return one(begin <= day && day < end) }
			n.Opening, n.Closing, n.Closed = one(began < begin && ended >= begin), one(began < end && ended >= end), within(ended)
			if i == 0 {
				n.New = within(began)
			} else {
				n.Reopened = within(began)
			}
			if n != (cases.Account{}) {
				all[w.kind] = all[w.kind].Plus(n)
			}
		}
	}
	return all
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// faults says what is wrong with the account of a span.
func (s *story) faults(span cases.Span) []string {
	var all []string
	a, err := s.books.Account(context.Background(), miriam, span)
	if err != nil {
		return []string{err.Error()}
	}
	if d := cmp.Diff(s.byHand(span), a.Types); d != "" {
		all = append(all, "the account differs (-by hand +got):\n"+d)
	}
	for code, n := range a.Types {
		if !n.Holds() {
			all = append(all, fmt.Sprintf("type %d: %+v does not close", code, n))
		}
	}
	if !a.Total().Holds() {
		all = append(all, fmt.Sprintf("the total %+v does not close", a.Total()))
	}
	for _, part := range cases.Parts() {
		for _, code := range []codelist.Code{0, 1100, 1401} {
			if fault := s.listed(a, part, code); fault != "" {
				all = append(all, fault)
			}
		}
	}
	return all
}

// listed says what is wrong with the list behind one number, read page by page.
func (s *story) listed(a cases.Accounts, part cases.Part, code codelist.Code) string {
	var want int64
	for leaf, n := range a.Types {
		if code == 0 || leaf == code || codelist.Code(leaf/100*100) == code {
			want += n.Of(part)
		}
	}
	seen := map[string]bool{}
	asked := cases.Asked{Span: a.Span, Part: part, Type: code, Limit: 7}
	for {
		page, err := s.books.Cases(context.Background(), miriam, asked)
		if err != nil {
			return err.Error()
		}
		for _, l := range page.Lines {
			seen[fmt.Sprint(l)] = true
		}
		if page.Next.ID == "" {
			break
		}
		if asked.After, err = cases.ParseMark(page.Next.String()); err != nil {
			return err.Error()
		}
	}
	if int64(len(seen)) != want {
		return fmt.Sprintf("%s of type %d: %d cases for the number %d", part, code, len(seen), want)
	}
	return ""
}

// TestTheAccountClosesInEveryHistory: what was open, came, came back and went gives
// what is open, by type and in all, for every span of months; it is what somebody
// who keeps books by hand has, and every number opens as many cases as it says.
func TestTheAccountClosesInEveryHistory(t *testing.T) {
	reopened, remains := int64(0), 0
	for seed := range uint64(6) {
		s := newStory(t, seed)
		for range 4 {
			from := civil.MonthOf(noon).Add(s.IntN(8) - 3)
			span := cases.Span{From: from, To: from.Add(s.IntN(4))}
			for _, fault := range s.faults(span) {
				t.Errorf("seed %d, %s to %s: %s", seed, span.From.Dash(), span.To.Dash(), fault)
			}
			a, err := s.books.Account(t.Context(), miriam, span)
			s.ok(err)
			reopened += a.Total().Reopened
		}
		var n int
		s.ok(s.db.QueryRow(t.Context(), `SELECT count(*) FROM case_remains`, nil).Scan(&n))
		remains += n
	}
	if reopened < 8 || remains < 8 {
		t.Errorf("%d cases opened again and %d remains of erased ones: too few to tell", reopened, remains)
	}
}

// TestTheAccountIsSeenToBeWrong: each condition, broken in a way in which such
// conditions are, is found out by the test above.
func TestTheAccountIsSeenToBeWrong(t *testing.T) {
	type wrong struct {
		part     cases.Part
		old, new string
	}
	s := newStory(t, 3)
	s.bordered()
	if s.foundOut(cases.New, cases.ConditionOf(cases.New)) {
		t.Fatal("the account is wrong as it is")
	}
	for _, x := range []wrong{
		{cases.Opening, "spell.began_on < @begin", "spell.began_on <= @begin"},
		{cases.Opening, "spell.ended_on >= @begin", "spell.ended_on > @begin"},
		{cases.Opening, "spell.ended_on IS NULL", "false"},
		{cases.New, "spell.again = 0 AND ", ""},
		{cases.New, "spell.began_on < @end", "spell.began_on <= @end"},
		{cases.Reopened, "spell.again = 1", "false"},
		{cases.Reopened, "spell.began_on >= @begin", "true"},
		{cases.Ended, "spell.ended_on >= @begin", "true"},
		{cases.Ended, "spell.ended_on < @end", "true"},
		{cases.Closing, "spell.ended_on >= @end", "spell.ended_on > @end"},
		{cases.Closing, "spell.began_on < @end", "spell.began_on < @begin"},
	} {
		was := cases.ConditionOf(x.part)
		broken := strings.Replace(was, x.old, x.new, 1)
		if broken == was {
			t.Fatalf("%s has no %q", x.part, x.old)
		}
		if !s.foundOut(x.part, broken) {
			t.Errorf("%s with %q in place of %q goes unseen", x.part, x.new, x.old)
		}
	}
}

// foundOut reports whether the bookkeeper sees that a condition is wrong.
func (s *story) foundOut(part cases.Part, broken string) bool {
	defer cases.Rewrite(part, broken)()
	for from := civil.MonthOf(noon); from <= 202608; from = from.Add(1) {
		span := cases.Span{From: from, To: from}
		a, err := s.books.Account(context.Background(), miriam, span)
		if err != nil || !cmp.Equal(s.byHand(span), a.Types) || s.listed(a, part, 0) != "" {
			return true
		}
	}
	return false
}

// bordered adds cases that begin and end on the first day of a month, and one that
// is open for years.
func (s *story) bordered() {
	for i, days := range [][2]civil.Date{{"2026-04-01", "2026-04-01"}, {"2026-03-15", "2026-04-01"}, {"2026-04-01", ""}, {"2020-01-01", ""}} {
		w := &written{kind: 1101, opened: days[0]}
		if days[1] != "" {
			w.moves = []move{{true, days[1]}}
		}
		s.exec(`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, closed_on, outcome, created_at, updated_at)
SELECT ?1, ?1, id, 1101, CASE WHEN ?3 = '' THEN 'open' ELSE 'closed' END, ?2, nullif(?3, ''), CASE WHEN ?3 = '' THEN NULL ELSE 5101 END, 0, 0 FROM clients LIMIT 1`,
			fmt.Sprint("border-", i), string(days[0]), string(days[1]))
		s.kept = append(s.kept, w)
	}
}

// TestTheAccountIsOfWhatSomebodySees: a wall takes its case out of every number and
// list; who counts more cases than they may open gets no list.
func TestTheAccountIsOfWhatSomebodySees(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	gate, _ := accesstest.OpenAt(t, db, func() time.Time { return noon })
	books, svc := cases.NewBooks(db, reg, gate), cases.NewService(db, reg, gate, func() time.Time { return noon })
	k, err := clients.NewService(db, reg, gate, func() time.Time { return noon }).Create(t.Context(), miriam, clients.Client{Surname: "Dube", ContactSafety: clients.Safe})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, kind := range []codelist.Code{1101, 1101, 1401} {
		c, err := svc.Open(t.Context(), miriam, cases.Case{ClientID: k.ID, Type: kind, OpenedOn: "2026-03-01"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, string(c.ID))
	}
	accesstest.Hire(t, db, "walled", "")
	accesstest.Appoint(t, db, "walled", "director", "")
	accesstest.Hire(t, db, "counter", "")
	accesstest.Own(t, db, "counts", "figures.read", "organisation", "narrative")
	accesstest.Appoint(t, db, "counter", "counts", "")
	if _, err := db.Exec(t.Context(), `
INSERT INTO walls (id, case_id, person_id, reason, note, raised_by, raised_at) VALUES ('w', @case, 'walled', 'related', '', 'miriam', 0)`, sqlite.Args{"case": ids[0]}); err != nil {
		t.Fatal(err)
	}
	march := cases.Span{From: 202603, To: 202603}
	for who, want := range map[string]struct {
		types map[codelist.Code]cases.Account
		opens bool
		err   error
	}{
		"miriam":  {map[codelist.Code]cases.Account{1101: {New: 2, Closing: 2}, 1401: {New: 1, Closing: 1}}, true, nil},
		"walled":  {map[codelist.Code]cases.Account{1101: {New: 1, Closing: 1}, 1401: {New: 1, Closing: 1}}, true, nil},
		"counter": {map[codelist.Code]cases.Account{1101: {New: 2, Closing: 2}, 0: {New: 1, Closing: 1}}, false, access.ErrForbidden},
	} {
		a, err := books.Account(t.Context(), actor.Actor{Kind: actor.Person, ID: who}, march)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want.types, a.Types); d != "" || a.Opens != want.opens {
			t.Errorf("%s: opens %v (-want +got):\n%s", who, a.Opens, d)
		}
		page, err := books.Cases(t.Context(), actor.Actor{Kind: actor.Person, ID: who}, cases.Asked{Span: march, Part: cases.Closing})
		if !errors.Is(err, want.err) {
			t.Errorf("%s opens a list: %v, want %v", who, err, want.err)
		}
		for _, l := range page.Lines {
			if who == "walled" && string(l.ID) == ids[0] {
				t.Error("a wall does not hold")
			}
		}
	}
	if _, err := books.Account(t.Context(), miriam, cases.Span{From: 202604, To: 202603}); !errors.Is(err, cases.ErrSpan) {
		t.Errorf("months that go back: %v", err)
	}
	if _, err := books.Cases(t.Context(), miriam, cases.Asked{Span: march, Part: "none"}); !errors.Is(err, cases.ErrPart) {
		t.Errorf("a number that there is not: %v", err)
	}
}
