package cases_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/civil"
	"casehub/node/cases"
)

// listed returns the opening days of the lines of a filter, all pages together.
func listed(t *testing.T, b bench, f cases.Filter) []string {
	t.Helper()
	var all []string
	for range 50 {
		page, err := b.List(t.Context(), miriam, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range page.Lines {
			all = append(all, string(l.OpenedOn)+" "+l.Client.Surname)
		}
		if f.After = page.Next; f.After.ID == "" {
			return all
		}
	}
	t.Fatal("the list has no end")
	return nil
}

func TestListNarrows(t *testing.T) {
	b := office(t)
	nkosi, zulu := b.client(t, "Nkósi", "Nolwazi"), b.client(t, "Zulu", "Sipho")
	first := b.open(t, nkosi.ID, "2026-02-01")
	second := b.open(t, zulu.ID, "2026-02-02")
	if err := b.Close(t.Context(), miriam, first.ID, 1, "2026-02-20", settled); err != nil {
		t.Fatal(err)
	}
	if err := b.Update(t.Context(), miriam, second.ID, cases.Edit{Version: 1, Type: violence, OpenedOn: "2026-02-02", OtherParty: "Peter Smith"}); err != nil {
		t.Fatal(err)
	}
	if err := b.Assign(t.Context(), miriam, second.ID, 2, "", ""); err != nil {
		t.Fatal(err)
	}
	one, two := "2026-02-01 Nkósi", "2026-02-02 Zulu"
	for name, c := range map[string]struct {
		filter cases.Filter
		want   []string
	}{
		"everything":         {cases.Filter{}, []string{two, one}},
		"open":               {cases.Filter{Status: cases.Open}, []string{two}},
		"closed":             {cases.Filter{Status: cases.Closed}, []string{one}},
		"leaf":               {cases.Filter{Type: violence}, []string{two}},
		"category":           {cases.Filter{Type: 1100}, []string{one}},
		"client":             {cases.Filter{Client: nkosi.ID}, []string{one}},
		"responsible":        {cases.Filter{Responsible: miriam.ID}, []string{one}},
		"of nobody":          {cases.Filter{Responsible: cases.Nobody}, []string{two}},
		"somebody else":      {cases.Filter{Responsible: "thabo"}, nil},
		"name":               {cases.Filter{Search: "nkos"}, []string{one}},
		"other party":        {cases.Filter{Search: "smith"}, []string{two}},
		"former other party": {cases.Filter{Search: "kleinfontein", Client: zulu.ID}, nil},
		"reference":          {cases.Filter{Search: second.Reference}, []string{two}},
		"client's reference": {cases.Filter{Search: zulu.Reference}, []string{two}},
		"name and state":     {cases.Filter{Search: "nkos", Status: cases.Open}, nil},
		"no word":            {cases.Filter{Search: `"*`}, nil},
		"FTS syntax":         {cases.Filter{Search: `a" OR other_party:smith NEAR(`}, nil},
	} {
		if d := cmp.Diff(c.want, listed(t, b, c.filter)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestPagesHoldEveryCaseOnce(t *testing.T) {
	b := office(t)
	k := b.client(t, "Nkosi", "Nolwazi").ID
	for i := range 23 {
		b.open(t, k, civil.Date("2026-02-01").AddDays(i/5))
	}
	for _, f := range []cases.Filter{{Limit: 4}, {Limit: 4, Search: "nkosi"}, {Limit: 23}} {
		got := listed(t, b, f)
		if len(got) != 23 || !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(b, a) }) {
			t.Errorf("%d lines: %v", len(got), got)
		}
	}
}

func TestCountsAndRecent(t *testing.T) {
	b := office(t)
	k := b.client(t, "Nkosi", "Nolwazi").ID
	old := b.open(t, k, "2026-01-10")
	b.open(t, k, "2026-02-01")
	b.open(t, k, "2026-03-01")
	if err := b.Close(t.Context(), miriam, old.ID, 1, "2026-03-01", settled); err != nil {
		t.Fatal(err)
	}
	got, err := b.Counts(t.Context(), miriam, "2026-02-01")
	if err != nil {
		t.Fatal(err)
	}
	if want := (cases.Counts{Open: 2, Closed: 1, OpenedSince: 2, ClosedSince: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	lines, err := b.Recent(t.Context(), miriam, 2)
	if err != nil || len(lines) != 2 || lines[0].ID != old.ID {
		t.Errorf("recent: %d lines, %v", len(lines), err)
	}
}
