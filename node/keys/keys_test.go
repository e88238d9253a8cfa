package keys

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
	"casehub/node/people"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// only is a gate that lets one person do everything.
type only struct{ id *people.ID }

func (o only) May(_ context.Context, who actor.Actor, _ string) error {
	if who == o.id.Actor() {
		return nil
	}
	return errs.New(errs.Forbidden, "access.forbidden")
}

const password = "four words in a row"

// office is a node's keys with a director and one paralegal.
type office struct {
	*Service
	t         *testing.T
	db        *sqlite.DB
	vault     *vault.Vault
	words     vault.Words
	people    *people.Service
	director  people.ID
	paralegal people.ID
	at        time.Time
	// renewed counts calls to replace the keys for the hub; broken is what they fail with.
	renewed int
	broken  error
}

// renew plays the part of the gate's keys.
func (o *office) renew(context.Context, *sqlite.Tx, actor.Actor, time.Time) error {
	o.renewed++
	return o.broken
}

func begin(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, at: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	o.vault, o.words = vaulttest.Create(t)
	o.db = sqlitetest.Open(t, migrations.FS)
	now := func() time.Time { return o.at }
	gate := only{&o.director}
	o.people = people.NewService(o.db, o.vault, gate, people.Vocabulary{Roles: []string{people.Director}}, now)
	var err error
	o.director, err = o.people.CreateFirst(t.Context(), people.Beginning{
		Organisation: "Advice Network", Language: "en", Offices: []people.FirstOffice{{Name: "Sandvlei"}},
		Director: people.FirstDirector{Login: "miriam", Name: "Miriam Dlamini", Password: password},
	})
	o.must(err)
	o.must(o.people.RequireFactors(t.Context(), o.who(), nil))
	o.paralegal, _, err = o.people.AddPerson(t.Context(), o.who(), people.Person{Login: "sipho", Name: "Sipho Nkosi"})
	o.must(err)
	o.Service = NewService(o.db, o.vault, o.people, gate, o.renew, now)
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) who() actor.Actor { return o.director.Actor() }

// recorded counts the entries of the audit with an action.
func (o *office) recorded(action string) (n int) {
	o.t.Helper()
	o.must(o.db.QueryRow(o.t.Context(), `
SELECT count(*)
FROM audit
WHERE action = @action`, sqlite.Args{"action": action}).Scan(&n))
	return n
}

// opens reports whether words open the key file as it is on the disk.
func (o *office) opens(words vault.Words) bool {
	o.t.Helper()
	err := vaulttest.Open(o.t, o.vault.Path()).UnsealRecovery(words)
	if err != nil && !errors.Is(err, vault.ErrWrongSecret) {
		o.t.Fatal(err)
	}
	return err == nil
}

func TestNobodyElseDealsWithTheKeys(t *testing.T) {
	o := begin(t)
	other, ctx := o.paralegal.Actor(), t.Context()
	_, state := o.State(ctx, other)
	_, split := o.Split(ctx, other, o.words)
	for name, err := range map[string]error{"state": state, "split": split, "recovery": o.SetRecovery(ctx, other, vault.NewWords()), "re-key": o.Begin(ctx, other)} {
		if errs.KindOf(err) != errs.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !o.opens(o.words) {
		t.Error("the words of before open nothing any more")
	}
}

func TestNewWordsTakeThePlaceOfThoseBefore(t *testing.T) {
	o := begin(t)
	o.at = o.at.Add(time.Hour)
	words := vault.NewWords()
	o.must(o.SetRecovery(t.Context(), o.who(), words))
	if o.opens(o.words) || !o.opens(words) {
		t.Error("the new words are not the ones that open")
	}
	st, err := o.State(t.Context(), o.who())
	if err != nil || !st.RecoveryAt.Equal(o.at) || !st.RekeyedAt.IsZero() || st.Passwords != 2 || st.KeyFile || o.recorded("organisation.recovery-made") != 1 {
		t.Errorf("state %+v, %v", st, err)
	}
	o.must(o.vault.AddKeyFile(t.Context(), filepath.Join(t.TempDir(), "node.key")))
	if st, err := o.State(t.Context(), o.who()); err != nil || !st.KeyFile {
		t.Errorf("with a key file: %+v, %v", st, err)
	}
}

func TestSharesAreOfThePresentWords(t *testing.T) {
	o := begin(t)
	if _, err := o.Split(t.Context(), o.who(), vault.NewWords()); !errors.Is(err, ErrNotTheseWords) || o.recorded("organisation.recovery-split") != 0 {
		t.Errorf("other words: %v", err)
	}
	shares, err := o.Split(t.Context(), o.who(), o.words)
	o.must(err)
	words, err := vault.Join(shares[2], shares[0])
	if err != nil || words != o.words || o.recorded("organisation.recovery-split") != 1 {
		t.Errorf("joined: %v, same words %v", err, words == o.words)
	}
}

// A change of the master key is settled once, whoever notices it, and again
// after the next one.
func TestSettleEndsThePasswordsOfOthersOnce(t *testing.T) {
	o := begin(t)
	ctx := t.Context()
	o.must(o.Settle(ctx, actor.Node()))
	if o.recorded("organisation.rekeyed") != 0 {
		t.Fatal("nothing was changed, and a change was recorded")
	}
	for generation := 2; generation <= 3; generation++ {
		if _, err := o.vault.Rekey(ctx, vault.Rekeying{Login: "miriam", Password: password}); err != nil {
			t.Fatal(err)
		}
		o.at = o.at.Add(time.Hour)
		for range 3 {
			o.must(o.Settle(ctx, o.who()))
		}
		st, err := o.State(ctx, o.who())
		if err != nil || len(st.Without) != 1 || st.Without[0].ID != o.paralegal || st.Passwords != 1 || !st.RekeyedAt.Equal(o.at) || !st.RecoveryAt.Equal(o.at) {
			t.Fatalf("generation %d: %+v, %v", generation, st, err)
		}
		if o.renewed != generation-1 {
			t.Errorf("generation %d: the keys for the hub were replaced %d times", generation, o.renewed)
		}
		if n := o.recorded("organisation.rekeyed"); n != generation-1 {
			t.Errorf("generation %d: %d entries", generation, n)
		}
		if _, err := o.people.ResetPassword(ctx, o.who(), o.paralegal); err != nil {
			t.Fatal(err)
		}
		o.must(o.Settle(ctx, o.who()))
		if st, err := o.State(ctx, o.who()); err != nil || len(st.Without) != 0 {
			t.Errorf("generation %d: a new password was taken away: %+v, %v", generation, st, err)
		}
		if _, err := o.people.Console(ctx, "miriam", password); err != nil {
			t.Errorf("generation %d: who did it: %v", generation, err)
		}
	}
}

// Where the keys for the hub cannot be replaced, nothing of the change is settled, and
// the next start settles all of it.
func TestSettleIsAllOrNothing(t *testing.T) {
	o := begin(t)
	if _, err := o.vault.Rekey(t.Context(), vault.Rekeying{Login: "miriam", Password: password}); err != nil {
		t.Fatal(err)
	}
	o.broken = errors.New("no key today")
	if err := o.Settle(t.Context(), o.who()); !errors.Is(err, o.broken) {
		t.Fatalf("%v, want that of the keys for the hub", err)
	}
	st, err := o.State(t.Context(), o.who())
	if err != nil || len(st.Without) != 0 || !st.RekeyedAt.IsZero() || o.recorded("organisation.rekeyed") != 0 {
		t.Errorf("half of it is settled: %+v, %v", st, err)
	}
	o.broken = nil
	o.must(o.Settle(t.Context(), actor.Node()))
	if st, err := o.State(t.Context(), o.who()); err != nil || len(st.Without) != 1 || o.recorded("organisation.rekeyed") != 1 {
		t.Errorf("the next start: %+v, %v", st, err)
	}
}

func TestAWordIsTheSameInBothLanguagesAndHoweverTyped(t *testing.T) {
	words := vault.NewWords()
	en, es := words.List("en"), words.List("es")
	for n := 1; n <= len(en); n++ {
		for _, typed := range []string{en[n-1], es[n-1], " " + strings.ToUpper(en[n-1]) + " "} {
			if err := CheckWord(words, n, typed); err != nil {
				t.Errorf("word %d: %v", n, err)
			}
		}
	}
	for _, typed := range []string{"", "zebra zebra", en[0] + en[1], "casehub"} {
		if err := CheckWord(words, 1, typed); !errors.Is(err, ErrWord) || fmt.Sprint(errs.As(err).Args()["number"]) != "1" {
			t.Errorf("%v", err)
		}
	}
	ask := Ask(words)
	if len(ask) != Asked || ask[0] < 1 || ask[0] >= ask[1] || ask[1] >= ask[2] || ask[2] > 24 {
		t.Errorf("asked for %v", ask)
	}
}

func TestDraftsAreBoundToTheirSessionAndEnd(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	d := newDrafts(func() time.Time { return at })
	d.begin("a")
	first, ok := d.of("a")
	if _, other := d.of("b"); !ok || other {
		t.Error("words of one session are not its own")
	}
	d.begin("a")
	if second, _ := d.of("a"); second.words == first.words {
		t.Error("the words of before are shown again")
	}
	if s := fmt.Sprintf("%v %+v %#v", first, first, first); strings.Contains(s, first.words.List("en")[0]) {
		t.Errorf("words show as %s", s)
	}
	for i := range 2 * mostDrafts {
		d.begin(fmt.Sprint(i))
	}
	if len(d.all) > mostDrafts {
		t.Errorf("%d drafts", len(d.all))
	}
	d.begin("a")
	at = at.Add(draftLife)
	if _, ok := d.of("a"); ok || len(d.all) > 0 {
		t.Error("words wait for ever")
	}
}

// What the node writes down holds no word of a recovery key that was made.
func TestNoWordIsWrittenDown(t *testing.T) {
	o := begin(t)
	words := vault.NewWords()
	o.must(o.SetRecovery(t.Context(), o.who(), words))
	_, err := o.Split(t.Context(), o.who(), words)
	o.must(err)
	rows, err := o.db.Query(t.Context(), `
SELECT action || ' ' || subject
FROM audit`, nil)
	o.must(err)
	defer rows.Close()
	for rows.Next() {
		var line string
		o.must(rows.Scan(&line))
		all := words.List("en")
		for i, w := range all[1:] { // one alone may be a word of the audit's own, as "person" is
			for _, between := range []string{" ", ",", ", ", "-", "\n"} {
				if strings.Contains(line, all[i]+between+w) {
					t.Errorf("the audit says %s", line)
				}
			}
		}
	}
	b, err := os.ReadFile(o.vault.Path())
	o.must(err)
	if strings.Contains(string(b), strings.Join(words.List("en")[:2], " ")) {
		t.Error("a word is in the key file")
	}
}
