package cases_test

import (
	"fmt"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node/cases"
	"casehub/node/clients"
)

// BenchmarkList measures the lists of an office with 50,000 clients and as many
// cases.
func BenchmarkList(b *testing.B) {
	o := office(b)
	fill(b, o, 50_000)
	for name, f := range map[string]cases.Filter{
		"first page": {}, "open": {Status: cases.Open}, "type": {Type: dismissal},
		"rare name": {Search: "surname49999"}, "common beginning": {Search: "su"}, "one letter": {Search: "s"}, "other party": {Search: "party77"},
		"common and closed": {Search: "su", Status: cases.Closed},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := o.List(b.Context(), miriam, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("clients by common beginning", func(b *testing.B) {
		for b.Loop() {
			if _, err := o.clients.List(b.Context(), miriam, clients.Filter{Search: "su"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("recent", func(b *testing.B) {
		for b.Loop() {
			if _, err := o.Recent(b.Context(), miriam, 10); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := o.Counts(b.Context(), miriam, "2026-02-01"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func fill(b *testing.B, o bench, n int) {
	b.Helper()
	err := o.db.Tx(b.Context(), func(tx *sqlite.Tx) error {
		for i := range n {
			at := noon.Add(time.Duration(i) * time.Second)
			k := clients.Client{
				ID: clients.NewID(), Surname: fmt.Sprintf("Surname%d", i), GivenNames: fmt.Sprintf("Given%d", i%900),
				IDNumber: fmt.Sprint(8000000000000 + i), Phones: fmt.Sprintf("082 %07d", i), ContactSafety: clients.Safe, CreatedAt: at, UpdatedAt: at,
			}
			if err := clients.Insert(b.Context(), tx, k); err != nil {
				return err
			}
			c := cases.Case{
				ID: cases.NewID(), ClientID: k.ID, Type: dismissal, Status: cases.Open, OpenedOn: civil.Date("2020-01-01").AddDays(i % 2200),
				OtherParty: fmt.Sprintf("Party%d Ltd", i%500), Summary: "sent away without notice", CreatedAt: at, UpdatedAt: at,
			}
			if i%3 == 0 {
				c.Status, c.ClosedOn, c.Outcome = cases.Closed, c.OpenedOn, settled
			}
			if err := cases.Insert(b.Context(), tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
