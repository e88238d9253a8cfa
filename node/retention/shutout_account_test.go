package retention

import (
	"fmt"
	"path/filepath"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/cases"

	"github.com/google/go-cmp/cmp"
)

// account is the account of the months around a day in February, with its lines.
func (o *office) account(db *sqlite.DB, gate *access.Gate, who actor.Actor) string {
	o.t.Helper()
	books, span := cases.NewBooks(db, reg, gate), cases.Span{From: 202602, To: 202602}
	a := must[cases.Accounts](o.t)(books.Account(o.t.Context(), who, span))
	if !a.Total().Holds() {
		o.t.Errorf("the account of %s does not close: %+v", who.ID, a.Total())
	}
	text := fmt.Sprintf("%+v", a)
	for _, part := range cases.Parts() {
		for _, l := range must[cases.Spells](o.t)(books.Cases(o.t.Context(), who, cases.Asked{Span: span, Part: part})).Lines {
			text += fmt.Sprintf("\n%s %q %d %s", part, l.ID, l.Type, l.Began)
		}
	}
	return text
}

// The account of whoever was shut out of a case has it neither before nor after its
// erasure, also in a database that comes back from before the wall; a wall that was
// ended, or whose last day is past, shuts nobody out.
func TestTheAccountOfWhoWasShutOutStaysAsItIs(t *testing.T) {
	o := open(t)
	nandi := o.third()
	p := o.comes("one", 1, "2026-02-20")
	for i := range 6 {
		o.comes(fmt.Sprint("more", i), 1, "2026-02-20")
	}
	if len(o.counts(1, 202602)) == 0 {
		t.Fatal("nothing was published")
	}
	restored := filepath.Join(t.TempDir(), "node.db")
	o.ok(o.db.Copy(t.Context(), restored, o.key))
	late := accesstest.Hire(t, o.db, "late", "")
	accesstest.Appoint(t, o.db, late.ID, "director", "")
	walls := access.NewService(o.db, o.gate, o.time)
	must[access.Wall](t)(walls.Raise(t.Context(), miriam, access.Wall{CaseID: string(p.cases[0]), PersonID: late.ID, Reason: access.Related, Until: "2026-03-05"}))
	o.walls(o.sipho, string(p.cases[0]))
	o.clock = o.clock.AddDate(8, 0, 0)
	before := map[actor.Actor]string{o.sipho: o.account(o.db, o.gate, o.sipho), late: o.account(o.db, o.gate, late), miriam: o.account(o.db, o.gate, miriam)}
	if before[late] != before[miriam] || before[o.sipho] == before[late] {
		t.Fatal("the walls do not stand as they should")
	}
	r := o.asks(p)
	o.ok(o.Approve(t.Context(), nandi, r.ID))
	if d := cmp.Diff(before[o.sipho], o.account(o.db, o.gate, o.sipho)); d != "" {
		t.Errorf("the account tells who was shut out of the erasure (-before +after):\n%s", d)
	}
	if all := o.account(o.db, o.gate, miriam); all == before[miriam] || all != o.account(o.db, o.gate, late) {
		t.Error("whom no wall kept from it does not see what the erased case left")
	}
	journal := must[[]byte](t)(o.Journal(t.Context()))
	db := must[*sqlite.DB](t)(sqlite.Open(t.Context(), restored, o.key))
	defer db.Close()
	must[int](t)(Reapply(t.Context(), Store{DB: db, Keys: o.vault, CaseKeys: o.CaseKeys, Files: o.Files}, journal, o.clock))
	if d := cmp.Diff(before[o.sipho], o.account(db, accesstest.Gate(t, db, o.time), o.sipho)); d != "" {
		t.Errorf("after a restore (-before +after):\n%s", d)
	}
	if left := must[int](t)(countOf(t, db, `SELECT count(*) FROM walls`)); left > 0 {
		t.Errorf("%d walls stand before nothing", left)
	}
}

func countOf(t *testing.T, db *sqlite.DB, statement string) (n int, err error) {
	return n, db.QueryRow(t.Context(), statement, nil).Scan(&n)
}
