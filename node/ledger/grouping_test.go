package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// cases writes shares: "1101:7" is seven cases of seven people under 1101, "1101:7/2"
// seven of two people.
func cases(t testing.TB, text string) []Share {
	t.Helper()
	var all []Share
	for _, word := range strings.Fields(text) {
		var code codelist.Code
		var n, people int
		if got, _ := fmt.Sscanf(word, "%d:%d/%d", &code, &n, &people); got < 2 {
			t.Fatalf("%q is no share", word)
		} else if got == 2 {
			people = n
		}
		for i := range n {
			all = append(all, Share{Code: code, Person: fmt.Sprint("P", code, "-", i%people), Value: 1})
		}
	}
	return all
}

// TestTheWorkedExamples are rules D2 to D8 in numbers.
func TestTheWorkedExamples(t *testing.T) {
	minus := func(level uint32, code codelist.Code, n int) []Entry {
		var all []Entry
		for i := range n {
			all = append(all, Entry{Key: Key{level, code}, Person: fmt.Sprint("old", i), Value: -1})
		}
		return all
	}
	for _, c := range []struct {
		name, list, shares string
		period             civil.Month
		table              Table
		want               string
	}{
		{name: "D2: four wait", list: "oo", shares: "1101:4", period: 202601},
		{name: "D2: five leave", list: "oo", shares: "1101:5", period: 202601, want: "1/1101=5"},
		{name: "D2: five of four people wait", list: "oo", shares: "1101:5/4", period: 202601},
		{name: "D3: with the whole backlog, and nothing is said of the other", list: "oo", shares: "1101:40 1102:4", period: 202601, want: "1/1101=40"},
		{name: "D4: no rest within a quarter", list: "ooo", shares: "1101:3 1102:4", period: 202601},
		{name: "D4: a rest at its end", list: "ooo", shares: "1101:3 1102:4", period: 202603, want: "2/1100=7"},
		{name: "D4: eight are all that two leaves could hold", list: "ooo", shares: "1101:4 1102:4", period: 202603, want: "2/1100=8"},
		{name: "D4: nine would tell of each", list: "ooo", shares: "1101:4 1102:4 1103:1", period: 202603},
		{name: "D4: a leaf that left is not hidden", list: "ooo", shares: "1101:9 1102:3 1103:2", period: 202603, want: "1/1101=9"},
		{name: "D4: too few people for a rest", list: "oooo", shares: "1101:4/2 1102:4/2", period: 202603},
		{name: "D4: a rest with a sensitive leaf takes ten", list: "oos", shares: "1101:4 1102:4 1103:1", period: 202612},
		{name: "D4: and leaves at the year's end", list: "ooos", shares: "1101:4 1102:4 1104:2", period: 202612, want: "2/1100=10", table: Table{Mixed: true}},
		{name: "D4: else without the sensitive leaf", list: "ooos", shares: "1101:4 1102:4 1104:2", period: 202603, want: "2/1100=8"},
		{name: "D4: a new leaf is in the rest", list: "ooon", shares: "1101:4 1102:2 1104:2", period: 202603, want: "2/1100=8"},
		{name: "D4: and makes no room", list: "ooonnn", shares: "1101:4 1102:4 1103:1", period: 202612},
		{name: "D4: before its year is over", list: "oonn", shares: "1101:3 1102:3", period: 202612},
		{name: "D4: then it makes room", list: "oonn", shares: "1101:3 1102:3", period: 202703, want: "2/1100=6"},
		{name: "D4: a new leaf of five leaves by itself", list: "on", shares: "1101:4 1102:5", period: 202603, want: "1/1102=5"},
		{name: "D5: a new leaf makes no room in other", list: "on on", shares: "1101:3 1201:3", period: 202603},
		{name: "D5: as it does after its year", list: "onn onn", shares: "1101:3 1201:3", period: 202703, want: "3/1000=6"},
		{name: "D5: it is in other", list: "on o o", shares: "1102:3 1201:2 1301:2", period: 202603, want: "3/1000=7"},
		{name: "D5: the rests that are none together", list: "oo oo oo oo", shares: "1101:2 1201:2 1301:2", period: 202603, want: "3/1000=6"},
		{name: "D5: not where it is too much to be nothing", list: "o o", shares: "1101:4 1201:4", period: 202603},
		{name: "D5: sensitive ones wait for the year", list: "oo oo oo s", shares: "1101:2 1201:2 1301:2 1401:3", period: 202609, want: "3/1000=6"},
		{name: "D5: and make it ten", list: "oo oo oo s", shares: "1101:2 1201:2 1301:2 1401:3", period: 202612},
		{name: "D5: then they leave", list: "oo oo oo s", shares: "1101:2 1201:3 1301:3 1401:3", period: 202612, want: "3/1000=11"},
		{name: "D6: a sensitive leaf waits for its quarter", list: "so", shares: "1101:12 1102:30", period: 202602, want: "1/1102=30"},
		{name: "D6: and leaves then", list: "so", shares: "1101:12 1102:30", period: 202603, want: "1/1101=12 1/1102=30"},
		{name: "D8: all of the table would be sensitive", list: "so", shares: "1101:12", period: 202603},
		{name: "D8: and may be where the office says so", list: "so", shares: "1101:12", period: 202603, table: Table{Mixed: true}, want: "1/1101=12"},
		{name: "D8: four fifths are allowed", list: "so", shares: "1101:40 1102:10", period: 202603, want: "1/1101=40 1/1102=10"},
		{name: "D8: more are not", list: "so", shares: "1101:41 1102:10", period: 202603, want: "1/1102=10"},
		{name: "D8: one after the other", list: "ss o", shares: "1101:100 1102:23 1201:6", period: 202603, want: "1/1101=100 1/1102=23 1/1201=6"},
		{name: "D8: what is left is looked at again", list: "ss o", shares: "1101:1000 1102:50 1201:6", period: 202603, want: "1/1201=6"},
		{name: "D8: what waits by it hides like any other leaf", list: "o o o s", shares: "1101:2 1201:2 1301:1 1401:60", period: 202612},
		{name: "D8: also in the rest of its category", list: "ooos", shares: "1101:4 1102:4 1104:60", period: 202612},
		{name: "D9: a rest holds also for who knows what was taken back", list: "ooo", shares: "1101:4 1102:4 1103:1", period: 202603, table: Table{Entries: minus(Rest, 1100, 1)}},
		{name: "D9: what is taken back is netted", list: "oo", shares: "1101:7", period: 202601, table: Table{Entries: minus(Leaf, 1101, 2)}, want: "1/1101=5"},
		{name: "D9: and must leave five", list: "oo", shares: "1101:7", period: 202601, table: Table{Entries: minus(Leaf, 1101, 3)}},
		{name: "D9: at the level where it was published", list: "ooo", shares: "1101:4 1102:4", period: 202603, table: Table{Entries: minus(Rest, 1100, 2)}, want: "2/1100=6"},
		{name: "D9: an entry of another number changes nothing", list: "ooo", shares: "1101:7", period: 202603, table: Table{Entries: minus(Rest, 1100, 2)}, want: "1/1101=7"},
		{name: "D9: the people that are left must be five", list: "oo", shares: "1101:6", period: 202601, table: Table{Entries: []Entry{
			{Key{Leaf, 1101}, "P1101-0", -1, 0}, {Key{Leaf, 1101}, "P1101-1", -1, 0}, {Key{Leaf, 1101}, "else", 1, 0}, {Key{Leaf, 1101}, "else", 1, 0},
		}}, want: "1/1101=6"},
		{name: "D9: four are not", list: "oo", shares: "1101:6", period: 202601, table: Table{Entries: []Entry{
			{Key{Leaf, 1101}, "P1101-0", -1, 0}, {Key{Leaf, 1101}, "P1101-1", -1, 0}, {Key{Leaf, 1101}, "P1101-2", 1, 0},
		}}},
		{name: "D9: the block leaves with people enough", list: "oo oo oo", shares: "1101:2 1201:2 1301:2", period: 202603, table: Table{Block: cases(t, "1102:30")}, want: "3/1000=36+"},
		{name: "D9: people of the block do not count", list: "oo oo oo", shares: "1101:2 1201:2 1301:2", period: 202603, table: Table{Block: cases(t, "1101:30")}, want: "3/1000=6"},
		{name: "D9: and never alone", list: "oo oo oo", shares: "1101:2", period: 202603, table: Table{Block: cases(t, "1102:30")}},
		{name: "closing is a year's end", list: "oo oo oo s", shares: "1101:2 1201:3 1301:3 1401:3", period: 202602, table: Table{Closing: true}, want: "3/1000=11"},
		{name: "a code that nobody knows waits", list: "oo", shares: "1999:9", period: 202603},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.table.List, c.table.Period, c.table.Limits, c.table.Shares = listOf(t, c.list), c.period, National(), cases(t, c.shares)
			if got := short(Choose(c.table)); got != c.want {
				t.Errorf("leaves %q, want %q", got, c.want)
			}
		})
	}
}

// TestOtherHoldsForWhoKnowsOnePackOfTwo: one pack withholds a leaf of each of two
// categories, and another. For who knows of both, and of none, five of two categories
// could be without any leaf; who knows of one sees a category of one leaf beside one of
// three, which would have left five by itself, and knows that the one is there.
func TestOtherHoldsForWhoKnowsOnePackOfTwo(t *testing.T) {
	both := National()
	both.Withheld = []codelist.Code{1102, 1203}
	apart := both
	apart.By = [][]codelist.Code{{1102}, {1203}}
	one := both
	one.By = [][]codelist.Code{{1102, 1203}, nil}
	for name, c := range map[string]struct {
		limits Limits
		want   string
	}{
		"one pack": {both, "3/1000=5"}, "one pack and one that says nothing": {one, "3/1000=5"}, "two packs": {apart, ""},
	} {
		table := Table{Set: codelist.DataSet{Number: 1}, List: listOf(t, "oo ooo"), Period: 202603, Limits: c.limits, Shares: cases(t, "1101:2 1201:3"), Mixed: true}
		if got := short(Choose(table)); got != c.want {
			t.Errorf("%s: leaves %q, want %q", name, got, c.want)
		}
	}
}

// TestWhatAPackHoldsBackWaits: a measure, a code at any level, or the end of a quarter.
// What else may leave does, as if somebody knew what is held back.
func TestWhatAPackHoldsBackWaits(t *testing.T) {
	withheld := func(codes ...codelist.Code) Limits {
		l := National()
		l.Withheld = codes
		return l
	}
	half, year, none, another := National(), National(), National(), National()
	half.Months, year.Months = 6, 12
	none.DataSets, another.DataSets = []uint32{}, []uint32{2, 1}
	fell := []Fallen{{ID: 9, Group: Group{Code: 1101, Level: Leaf, Value: 8}, Shares: cases(t, "1101:8")}}
	for _, c := range []struct {
		name, list, shares string
		period             civil.Month
		limits             Limits
		table              Table
		want, why          string // why the first leaf waits
	}{
		{name: "nothing of the measure", list: "ooo", shares: "1101:9 1102:3 1103:3", period: 202603, limits: none, why: "held"},
		{name: "also not what fell", list: "ooo", shares: "1102:3", period: 202603, limits: none, table: Table{Whole: fell}, why: "held"},
		{name: "a list that has it", list: "oooo", shares: "1101:9 1102:3 1103:3", period: 202603, limits: another, want: "2/1100=6 1/1101=9"},
		{name: "a leaf", list: "oooo", shares: "1101:9 1102:3 1103:3", period: 202603, limits: withheld(1101), want: "2/1100=6", why: "held"},
		{name: "a leaf that fell", list: "oooo", shares: "1102:3 1103:3", period: 202603, limits: withheld(1101), table: Table{Whole: fell}, want: "2/1100=6", why: "held"},
		{name: "and with it a rest of one other", list: "oo", shares: "1101:2 1102:4", period: 202603, limits: withheld(1101), why: "held"},
		{name: "and of two others that hold what two can", list: "ooo", shares: "1101:2 1102:4 1103:1", period: 202603, limits: withheld(1101), why: "held"},
		{name: "a rest, and other without it", list: "ooo oo oo o", shares: "1101:3 1102:3 1201:2 1301:2 1401:2", period: 202603, limits: withheld(1100), want: "3/1000=6", why: "held"},
		{name: "other", list: "oo oo oo oo", shares: "1101:2 1201:2 1301:2", period: 202603, limits: withheld(1000), why: "held"},
		{name: "no rest at the end of a quarter", list: "ooo", shares: "1101:3 1102:4", period: 202603, limits: half, why: "few"},
		{name: "but of half a year", list: "ooo", shares: "1101:3 1102:4", period: 202606, limits: half, want: "2/1100=7"},
		{name: "or of a year", list: "ooo", shares: "1101:3 1102:4", period: 202606, limits: year, why: "few"},
		{name: "sensitive leaves by themselves at each quarter", list: "so", shares: "1101:12 1102:30", period: 202603, limits: year, want: "1/1101=12 1/1102=30"},
		{name: "what fell as a rest waits as long", list: "ooo", period: 202603, limits: half, table: Table{Whole: []Fallen{{ID: 8, Group: Group{Code: 1100, Level: Rest, Value: 8}, Shares: cases(t, "1101:4 1102:4")}}}, why: "few"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.table.List, c.table.Period, c.table.Limits, c.table.Shares = listOf(t, c.list), c.period, c.limits, cases(t, c.shares)
			c.table.Set.Number, c.table.Mixed = 1, true
			chosen := choose(c.table, guards{restHides, feasible})
			if got := short(chosen.choices); got != c.want {
				t.Errorf("leaves %q, want %q", got, c.want)
			}
			if got := chosen.held[1101].Why; string(got) != c.why {
				t.Errorf("1101 waits by %q, want %q", got, c.why)
			}
		})
	}
}

// TestWhereARecordCountsForMany: of the people who took part in activities the
// guards reckon with activities. How many came to one says nothing of another kind.
func TestWhereARecordCountsForMany(t *testing.T) {
	participants := codelist.DataSet{Number: codelist.ActivityParticipants, Name: "activity_participants"}
	entry := func(person string) Table {
		return Table{Entries: []Entry{{Key{Rest, 1100}, person, -25, 0}}}
	}
	for _, c := range []struct {
		name, list, shares string
		table              Table
		want               string
	}{
		{name: "four wait", list: "oo", shares: "1101:4"},
		{name: "five leave", list: "oo", shares: "1101:5", want: "1/1101=125"},
		{name: "a rest of many people", list: "ooo", shares: "1101:3 1102:2", want: "2/1100=125"},
		{name: "not where each of two kinds must have one", list: "oo", shares: "1101:3 1102:2"},
		{name: "eight activities are all that two kinds could hold", list: "ooo", shares: "1101:4 1102:4", want: "2/1100=200"},
		{name: "nine would tell of each", list: "ooo", shares: "1101:4 1102:4 1103:1"},
		{name: "what is pooled of many categories", list: "oo oo oo oo", shares: "1101:2 1201:2 1301:2", want: "3/1000=150"},
		{name: "not where it is too much to be nothing", list: "o o", shares: "1101:4 1201:4"},
		{name: "a sensitive kind makes it ten", list: "oooo s", shares: "1101:4 1102:4 1201:4", want: "2/1100=200"},
		{name: "net of what was taken back", list: "ooo", shares: "1101:4 1102:4", table: entry("else"), want: "2/1100=175"},
		{name: "also for who knows what was taken back", list: "ooo", shares: "1101:4 1102:4 1103:1", table: entry("P1103-0")},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.table.Set, c.table.List, c.table.Period, c.table.Limits, c.table.Shares = participants, listOf(t, c.list), 202612, National(), cases(t, c.shares)
			for i := range c.table.Shares {
				c.table.Shares[i].Value = 25
			}
			if got := short(Choose(c.table)); got != c.want {
				t.Errorf("leaves %q, want %q", got, c.want)
			}
		})
	}
}

// TestWhatIsWeightedIsSaidTwice: the measure in which a record counts for many is the
// one whose rule names a column for it.
func TestWhatIsWeightedIsSaidTwice(t *testing.T) {
	for _, set := range codelist.National().Plan.DataSets {
		if rule, ok := EventRules().Of(set); !ok || set.Weighted() != (rule.Weight != "") {
			t.Errorf("%s: weighted %v, and its rule names the column %q", set.Name, set.Weighted(), rule.Weight)
		}
	}
}

// short writes choices: "1/1101=7" is seven under the leaf 1101, "+" with the block.
func short(choices []Choice) string {
	var all []string
	for _, c := range choices {
		block := ""
		if c.Block {
			block = "+"
		}
		all = append(all, fmt.Sprintf("%d/%d=%d%s", c.Level, c.Code, c.Value, block))
	}
	return strings.Join(all, " ")
}

// TestAGroupThatFellWholeLeavesAsItWas: first, as it was, and nothing else of its
// number with it.
func TestAGroupThatFellWholeLeavesAsItWas(t *testing.T) {
	fell := Fallen{ID: 9, Group: Group{Code: 1101, Level: Leaf, Value: 8}, Shares: cases(t, "1101:8")}
	table := Table{List: listOf(t, "oooo"), Period: 202603, Limits: National(), Shares: cases(t, "1101:30 1102:3 1103:3"), Whole: []Fallen{fell}}
	got := Choose(table)
	if short(got) != "2/1100=6 1/1101=8" || got[1].Again != 9 {
		t.Errorf("leaves %s, want the eight again, and the rest without their leaf", short(got))
	}
	for i := range fell.Shares {
		fell.Shares[i].Person = fmt.Sprint(i % 4) // who turned out to be four people
	}
	if got := short(Choose(table)); got != "2/1100=6 1/1101=30" {
		t.Errorf("leaves %s, want the eight of four people to wait", got)
	}
}

// TestTheBlockCountsForNobodyWhereMoneyIsTakenBack: a negative amount asks for twice
// as many people, and those of the block are none of them.
func TestTheBlockCountsForNobodyWhereMoneyIsTakenBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		people int
		want   string
	}{
		{"nine are too few", 9, "3/1000=9"},
		{"ten are enough", 10, "3/1000=22+"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := Table{Set: codelist.DataSet{Money: true}, List: listOf(t, "oo oo oo oo oo oo"), Period: 202603, Limits: National(), MinorPerHundred: 5_000}
			for i := range c.people {
				table.Shares = append(table.Shares, Share{codelist.Code(1101 + 100*(i%6)), fmt.Sprint("new", i), 1, 9_000, 0, false})
			}
			for i := range 12 {
				table.Block = append(table.Block, Share{1102, fmt.Sprint("fell", i), 1, 9_000, 0, false})
			}
			table.Block[3].Minor = -800
			if got := short(Choose(table)); got != c.want {
				t.Errorf("leaves %q, want %q", got, c.want)
			}
		})
	}
}

// TestNobodyKnowsAnothersAmount is rule D7.
func TestNobodyKnowsAnothersAmount(t *testing.T) {
	for _, c := range []struct {
		name    string
		amounts []int64
		entries []Entry
		want    string
	}{
		{"spread", []int64{9_000, 7_500, 4_000, 2_500, 1_200, 800}, nil, "5 carry 0"},
		{"one large award", []int64{80_000, 3_000, 2_500, 1_000, 500}, nil, ""},
		{"one taken back doubles the people", []int64{9_000, 7_500, 4_000, 2_500, 1_200, -800}, nil, ""},
		{"ten people are enough then", []int64{900, 900, 900, 900, 900, 900, 900, 900, 900, 900, -800}, nil, "2 carry -1800"},
		{"an entry that takes money back does, too", []int64{900, 900, 900, 900, 900, 900}, []Entry{{Key{Leaf, 1101}, "else", -1, -100}}, ""},
		{"one that gives money back does not", []int64{900, 900, 900, 900, 900, 900}, []Entry{{Key{Leaf, 1101}, "else", -1, 100}}, "1 carry 500"},
		{"below zero", []int64{-900, -900, -900, -900, -900, -900, -900, -900, -900, -900, -900}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := Table{Set: codelist.DataSet{Money: true}, List: listOf(t, "oo"), Period: 202601, Limits: National(), MinorPerHundred: 5_000, Entries: c.entries}
			for i, minor := range c.amounts {
				table.Shares = append(table.Shares, Share{1101, fmt.Sprint(i), 1, minor, 0, false})
			}
			got := ""
			for _, g := range Choose(table) {
				got = fmt.Sprintf("%d carry %d", g.AmountHundreds, g.CarryMinor)
			}
			if got != c.want {
				t.Errorf("leaves %q, want %q", got, c.want)
			}
		})
	}
}

// drawTable invents a month of an office.
func drawTable(t *rapid.T, list *codelist.List) Table {
	table := Table{
		List: list, Period: rapid.SampledFrom([]civil.Month{202601, 202603, 202612}).Draw(t, "period"), Limits: National(),
		Set: codelist.DataSet{Money: rapid.Bool().Draw(t, "money")}, MinorPerHundred: 10_000,
		Closing: rapid.IntRange(0, 9).Draw(t, "closing") == 0, Mixed: rapid.Bool().Draw(t, "mixed"),
	}
	people := rapid.IntRange(5, 60).Draw(t, "people")
	share := func(leaf codelist.Leaf) Share {
		return Share{leaf.Code, fmt.Sprint("P", rapid.IntRange(1, people).Draw(t, "person")), 1, rapid.Int64Range(-50_000, 500_000).Draw(t, "minor"), 0, false}
	}
	for _, leaf := range list.Leaves() {
		for range rapid.SampledFrom([]int{0, 1, 2, 4, 5, 9, 14}).Draw(t, "cases") {
			table.Shares = append(table.Shares, share(leaf))
		}
		for range rapid.SampledFrom([]int{0, 0, 0, 1, 3}).Draw(t, "taken back") {
			s := share(leaf)
			table.Entries = append(table.Entries, Entry{Key{Leaf, leaf.Code}, s.Person, -1, -s.Minor})
		}
		if rapid.IntRange(0, 6).Draw(t, "fell") == 0 {
			table.Block = append(table.Block, share(leaf))
		}
	}
	return table
}

// TestEveryChoiceHolds: whatever an office has, each group has people and events
// enough, no code is in two, no number leaves twice, and each adds up to what its
// leaves have.
func TestEveryChoiceHolds(t *testing.T) {
	list := listOf(t, "ooo os s oooo")
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t, list)
		in, numbers := map[codelist.Code]bool{}, map[Key]bool{}
		for _, c := range Choose(table) {
			need := int64(5)
			for _, code := range c.Leaves {
				leaf, _ := list.Leaf(code)
				if leaf.Sensitive {
					need = 10
				}
				if in[code] {
					t.Fatalf("%d is in two groups", code)
				}
				in[code] = true
			}
			if c.Value < need || c.Clients < need || numbers[c.Key] {
				t.Fatalf("%+v does not hold", c)
			}
			numbers[c.Key] = true
			if want := sumOf(table, c); c.Value != want {
				t.Fatalf("%+v: its leaves have %d", c, want)
			}
		}
	})
}

// sumOf counts what a choice has to count, as plainly as it can be said.
func sumOf(table Table, c Choice) (n int64) {
	for _, s := range table.Shares {
		if slices.Contains(c.Leaves, s.Code) {
			n += s.Value
		}
	}
	for _, e := range table.Entries {
		if e.Key == c.Key {
			n += e.Value
		}
	}
	if c.Block {
		n += int64(len(table.Block))
	}
	return n
}

// TestTheOrderOfWhatIsThereChangesNothing.
func TestTheOrderOfWhatIsThereChangesNothing(t *testing.T) {
	list := listOf(t, "ooo os s oooo")
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t, list)
		other := table
		other.Shares, other.Entries = rapid.Permutation(table.Shares).Draw(t, "shares"), rapid.Permutation(table.Entries).Draw(t, "entries")
		other.Block = rapid.Permutation(table.Block).Draw(t, "block")
		if d := cmp.Diff(Choose(table), Choose(other), cmp.AllowUnexported(Choice{})); d != "" {
			t.Fatalf("another order, another release:\n%s", d)
		}
	})
}

// TestOneMorePersonNeverHoldsALeafBack: a leaf that leaves by itself does so with
// one more person, and one that has people enough is told no other reason.
func TestOneMorePersonNeverHoldsALeafBack(t *testing.T) {
	list := listOf(t, "ooo os s oooo")
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t, list)
		table.Set.Money, table.Mixed, table.Block = false, true, nil
		leaf := rapid.SampledFrom(list.Leaves()).Draw(t, "leaf")
		left := func(table Table) bool {
			return slices.ContainsFunc(Choose(table), func(c Choice) bool { return c.Key == Key{Leaf, leaf.Code} })
		}
		before := left(table)
		table.Shares = append(slices.Clone(table.Shares), Share{leaf.Code, "new", 1, 0, 0, false})
		if before && !left(table) {
			t.Fatalf("%d left, and waits with one more person", leaf.Code)
		}
	})
}
