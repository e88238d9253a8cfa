package egress

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/ledger"
	"casehub/node/migrations"
)

// wideRegistry has one list of n leaves in ten categories, published by one
// measure: more than any office uses, so that a release of n groups exists.
func wideRegistry(t testing.TB, n int) *codelist.Registry {
	t.Helper()
	type m = map[string]any
	var categories []m
	for c := range 10 {
		var leaves []m
		for i := range n / 10 {
			code := 1100 + 100*c + i + 1
			leaves = append(leaves, m{"code": code, "en": fmt.Sprint(code), "es": fmt.Sprint(code), "sensitive": i == 0})
		}
		categories = append(categories, m{"code": 1100 + 100*c, "en": "c", "es": "c", "leaves": leaves})
	}
	b, err := json.Marshal(m{
		"version": 1, "lists": []m{{"name": "case_types", "code": 1000, "en": "l", "es": "l", "categories": categories}},
		"plan": m{"version": 1, "data_sets": []m{{"data_set": 1, "name": "cases_opened", "list": "case_types", "en": "d", "es": "d"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	reg, err := codelist.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// wideCandidate is the release of an office with n groups of different sizes.
func wideCandidate(t testing.TB, n int) (*Gate, candidate) {
	t.Helper()
	reg := wideRegistry(t, n)
	db := sqlitetest.Open(t, migrations.FS)
	for i, f := range reg.List(codelist.CaseTypes).Leaves() {
		openCases(t, db, 0, 10+i%60, f.Code, "2026-09-02")
	}
	g, err := New(db, crew{}, ledger.New(reg, ledger.National(), "ZAR", 10_000), reg, PackSettings{}, Office{OrgUnit: orgUnit}, nil, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	c := goodCandidate(t, g, db)
	if len(c.evidence) != n {
		t.Fatalf("the release has %d groups, want %d", len(c.evidence), n)
	}
	return g, c
}

// TestFigureGate measures the gate on a release of 100 groups, from its bytes to
// the verdict, and the policy's part in it.
func TestFigureGate(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") != "1" {
		t.Skip("figures are measured by make bench")
	}
	g, c := wideCandidate(t, 100)
	var whole, asked []float64
	for range 51 {
		fresh := c
		begin := time.Now()
		if err := g.judge(t.Context(), &fresh); err != nil {
			t.Fatal(err)
		}
		whole = append(whole, ms(begin))
		begin = time.Now()
		if !g.policyAccepts(t.Context(), &fresh) {
			t.Fatal("the policy refused")
		}
		asked = append(asked, ms(begin))
	}
	t.Logf("policy alone: %.2f ms", median(asked))
	verdict := "ok"
	if median(whole) >= 10 {
		verdict = "short"
	}
	fmt.Printf("figure gate_100_groups %.2f ms goal <10 %s\n", median(whole), verdict)
}

func ms(since time.Time) float64 { return float64(time.Since(since).Microseconds()) / 1000 }

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

func BenchmarkGate100(b *testing.B) {
	g, c := wideCandidate(b, 100)
	b.ReportAllocs()
	for b.Loop() {
		fresh := c
		if err := g.judge(b.Context(), &fresh); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCloseMonthOfTenYears(b *testing.B) {
	db := sqlitetest.Open(b, migrations.FS)
	g := newGate(b, db, nil)
	leaves := codelist.National().List(codelist.CaseTypes).Leaves()
	for y := range 10 {
		openCases(b, db, y*1000, (y+1)*1000, leaves[y].Code, fmt.Sprintf("%d-09-02", 2017+y))
	}
	rollback := errors.New("rolled back on purpose")
	for b.Loop() {
		err := db.Tx(b.Context(), func(tx *sqlite.Tx) error {
			if _, err := g.built(b.Context(), tx, 202609); err != nil {
				return err
			}
			return rollback
		})
		if !errors.Is(err, rollback) {
			b.Fatal(err)
		}
	}
}
