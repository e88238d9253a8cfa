package main

import (
	"flag"
	"fmt"
	"io"

	"casehub/internal/attack"
	"casehub/node/ledger"
)

// expected is what was simulated for a size before there was a program, with
// thirty case types and one code for all money; below zero is not known.
type expected struct {
	byType, byCategory, other, wait, violence, unpublished, money, moneyWait float64
}

// simulated stands beside what is measured, in the order of attack.Sizes.
var simulated = []expected{
	{20.5, 39.4, 40.1, 1.4, 82, 0.13, 91.5, 0.9},
	{45.7, 29.3, 25.0, 1.1, 92, 0.13, 95.8, 0.4},
	{88.1, 3.3, 8.4, 0.4, 93, 0.13, 99.9, -1},
}

// utility prints what readers get of published numbers, by the size of the office:
// of how many cases they learn the type or the category, how long a case waits,
// and how much of the money is sent.
func utility(args []string, stdout, stderr io.Writer) error {
	fl := flag.NewFlagSet("casehub-demo utility", flag.ContinueOnError)
	fl.SetOutput(stderr)
	offices := fl.Int("offices", 200, "offices of each size, 1 to 10000")
	months := fl.Int("months", 24, "months of casework, a multiple of 12 up to 120, so that a year is over at the end")
	if fl.Parse(args) != nil || fl.NArg() > 0 || *offices < 1 || *offices > 10_000 || *months < 12 || *months > 120 || *months%12 != 0 {
		fl.Usage()
		return errUsage
	}
	fmt.Fprintf(stdout, "%d invented offices of each size over %d months; in brackets what was simulated before\n", *offices, *months)
	var middle *attack.Utility
	for _, rule := range []struct {
		name   string
		choose attack.Rule
	}{{"as the ledger chooses", ledger.Choose}, {`were "other" sent in June and December only`, attack.OtherTwiceAYear}} {
		t := newUtilityTable(rule.choose, *offices, *months)
		t.print(stdout, rule.name)
		if middle == nil {
			middle = t.cases[1]
		}
	}
	printGoals(stdout, middle)
	return nil
}

// utilityTable is what was measured of each size.
type utilityTable struct{ cases, money []*attack.Utility }

func newUtilityTable(rule attack.Rule, offices, months int) utilityTable {
	var t utilityTable
	for _, size := range attack.Sizes {
		t.cases = append(t.cases, attack.Cost(rule, ledger.National(), func(seed uint64) *attack.World {
			return attack.Invent(seed, size, months, attack.Plain())
		}, offices))
		t.money = append(t.money, attack.Cost(rule, ledger.National(), func(seed uint64) *attack.World {
			return attack.InventMoney(seed, size, months)
		}, offices))
	}
	return t
}

func (t utilityTable) print(w io.Writer, rule string) {
	fmt.Fprintf(w, "\n%s\n%-34s", rule, "cases a month")
	for _, size := range attack.Sizes {
		fmt.Fprintf(w, "%18s", size.Name)
	}
	fmt.Fprintln(w)
	row := func(name string, measured func(i int) float64, before func(e expected) float64) {
		fmt.Fprintf(w, "%-34s", name)
		for i := range attack.Sizes {
			cell := fmt.Sprintf("%.2f", measured(i))
			if b := before(simulated[i]); b >= 0 {
				cell += fmt.Sprintf(" (%.2f)", b)
			}
			fmt.Fprintf(w, "%18s", cell)
		}
		fmt.Fprintln(w)
	}
	share := func(part func(u *attack.Utility) int) func(i int) float64 {
		return func(i int) float64 { return attack.Percent(part(t.cases[i]), t.cases[i].Published()) }
	}
	unknown := func(expected) float64 { return -1 }
	row("shown by type, %", share(func(u *attack.Utility) int { return u.Leaf }), func(e expected) float64 { return e.byType })
	row("shown by category, %", share(func(u *attack.Utility) int { return u.Rest }), func(e expected) float64 { return e.byCategory })
	row("in other, %", share(func(u *attack.Utility) int { return u.Other }), func(e expected) float64 { return e.other })
	row("mean wait, months", func(i int) float64 { return t.cases[i].MeanWait() }, func(e expected) float64 { return e.wait })
	row("95 of 100 left within, months", func(i int) float64 { return float64(t.cases[i].LongWait()) }, unknown)
	row("violence labelled as violence, %", func(i int) float64 { return attack.Percent(t.cases[i].Labelled, t.cases[i].Violence) }, func(e expected) float64 { return e.violence })
	row("unpublished at the end, %", func(i int) float64 { return attack.Percent(t.cases[i].Unpublished, t.cases[i].Events) }, func(e expected) float64 { return e.unpublished })
	row("money sent, %", func(i int) float64 { return attack.Percent(t.money[i].Sent, t.money[i].Minor) }, func(e expected) float64 { return e.money })
	row("mean wait of money, months", func(i int) float64 { return t.money[i].MeanWait() }, func(e expected) float64 { return e.moneyWait })
}

// printGoals says whether offices of ten to forty cases a month get what they have to.
func printGoals(w io.Writer, u *attack.Utility) {
	fmt.Fprintf(w, "\ngoals for offices of %s cases a month\n", attack.Sizes[1].Name)
	goal := func(name string, value float64, sign string, limit float64, reached bool) {
		verdict := "ok"
		if !reached {
			verdict = "short"
		}
		fmt.Fprintf(w, "  %-34s %.2f goal %s%.2f %s\n", name, value, sign, limit, verdict)
	}
	labelled, wait, left := u.ByTypeOrCategory(), u.MeanWait(), attack.Percent(u.Unpublished, u.Events)
	goal("by type or category, %", labelled, ">=", 70, labelled >= 70)
	goal("mean wait, months", wait, "<=", 1.5, wait <= 1.5)
	goal("unpublished at the end, %", left, "<=", 0.5, left <= 0.5)
}
