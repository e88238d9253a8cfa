package node

import (
	"testing"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/finance"
	"casehub/node/referrals"
)

// TestNoOpeningDayMovesBehindWhatFollowed: a referral or an amount is never
// before its case, neither when it is recorded nor when the case's day is mended
// later; and a day that moves the other way is nobody's business.
func TestNoOpeningDayMovesBehindWhatFollowed(t *testing.T) {
	for name, record := range map[string]func(n *Node, id cases.ID) error{
		"a referral": func(n *Node, id cases.ID) error {
			_, err := n.Referrals.Record(t.Context(), boss(t, n), referrals.Referral{CaseID: id, Destination: 3203, ReferredOn: "2026-03-10"})
			return err
		},
		"an amount": func(n *Node, id cases.ID) error {
			_, err := n.Finance.Record(t.Context(), boss(t, n), finance.Recovery{CaseID: id, Kind: 4101, ReceivedOn: "2026-03-10", Amount: 500, Currency: "ZAR"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := openNode(t, Config{Data: t.TempDir()})
			k, err := n.Clients.Create(t.Context(), boss(t, n), clients.Client{ContactSafety: clients.SafetyUnknown})
			if err != nil {
				t.Fatal(err)
			}
			c, err := n.Cases.Open(t.Context(), boss(t, n), cases.Case{ClientID: k.ID, Type: 1102, OpenedOn: "2026-03-05"})
			if err != nil {
				t.Fatal(err)
			}
			move := func(day civil.Date) error {
				c, _, err := n.Cases.ByID(t.Context(), boss(t, n), c.ID)
				if err != nil {
					t.Fatal(err)
				}
				return n.Cases.Update(t.Context(), boss(t, n), c.ID, cases.Edit{Version: c.Version, Type: c.Type, OpenedOn: day})
			}
			if err := move("2026-04-01"); err != nil {
				t.Fatalf("before anything happened: %v", err)
			}
			if err := move("2026-03-01"); err != nil {
				t.Fatal(err)
			}
			if err := record(n, c.ID); err != nil {
				t.Fatal(err)
			}
			if err := move("2026-03-10"); err != nil {
				t.Errorf("to the very day: %v", err)
			}
			if err := move("2026-03-11"); errs.KindOf(err) != errs.Invalid || errs.As(err).Field() != "opened_on" {
				t.Errorf("to the day after: %v, want one that blames opened_on", err)
			}
			if err := move("2026-02-01"); err != nil {
				t.Errorf("to an earlier day: %v", err)
			}
		})
	}
}
