package auditor_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/auditor"
	"casehub/node/migrations"
	releasev1 "casehub/proto/casehub/release/v1"
)

// offices is how many the proof is about; a test run does a part of it.
const offices = 10_000

// TestProveTheAuditorAgrees lets invented offices live for some months. Every
// release that the ledger makes of them must be the one that the auditor works
// out, and no spoiled one may be. CASEHUB_PROVE=full does all of it.
func TestProveTheAuditorAgrees(t *testing.T) {
	goal := 100
	if os.Getenv("CASEHUB_PROVE") == "full" {
		goal = offices
	}
	agreed, seen := lives(t, goal)
	for _, set := range codelist.National().Plan.DataSets {
		if seen.measures[set.Name] == 0 {
			t.Errorf("nothing left of %s: the offices show nothing of it", set.Name)
		}
	}
	for what, n := range map[string]int{
		"rests of what counts for many": seen.weighed, "packs that hold something back": seen.packs,
		"leaves": seen.levels[1], "rests": seen.levels[2], "others": seen.levels[3], "voids": seen.voids, "groups that left again": seen.again,
		"groups net of entries": seen.netted, "groups with a sensitive code": seen.sensitive, "groups with money": seen.money, "spoiled releases": seen.spoiled,
	} {
		if n == 0 {
			t.Errorf("no %s: the offices show nothing of them", what)
		}
	}
	t.Logf("%+v", seen)
	mark := "ok"
	if agreed < goal {
		mark = "short"
	}
	fmt.Printf("proof audit/offices-agreed %d goal >=%d %s\n", agreed, goal, mark)
}

// mostWrong is after how many offices that do not agree a proof ends.
const mostWrong = 20

// lives lets offices live, each worker's in a database of its own, and returns of how
// many every release agreed and what they had.
func lives(t *testing.T, goal int) (agreed int, seen counted) {
	t.Helper()
	seen.measures = map[string]int{}
	seeds := make(chan uint64)
	var mu sync.Mutex
	var wg sync.WaitGroup
	wrong := 0
	for range runtime.GOMAXPROCS(0) {
		db := sqlitetest.Open(t, migrations.FS)
		if _, err := db.Exec(t.Context(), `DROP TRIGGER IF EXISTS releases_are_approved`, nil); err != nil { // no people work here
			t.Fatal(err)
		}
		wg.Go(func() {
			for seed := range seeds {
				its := counted{measures: map[string]int{}}
				err := db.Tx(t.Context(), func(tx *sqlite.Tx) error { return errors.Join(liveAndAudit(t.Context(), seed, tx, &its), errUndo) })
				mu.Lock()
				seen.add(its)
				if err = without(err, errUndo); err == nil {
					agreed++
				} else if wrong++; wrong <= mostWrong {
					t.Errorf("office %d: %v", seed, err)
				}
				if n := agreed + wrong; n%500 == 0 {
					fmt.Printf("%d of %d offices, %d do not agree\n", n, goal, wrong)
				}
				mu.Unlock()
			}
		})
	}
	for seed := range uint64(goal) {
		mu.Lock()
		over := wrong > mostWrong
		mu.Unlock()
		if over {
			break
		}
		seeds <- seed
	}
	close(seeds)
	wg.Wait()
	return agreed, seen
}

// errUndo takes an office out of the database again.
var errUndo = errors.New("undone on purpose")

// without takes one error out of a join of some.
func without(err, what error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var left []error
	for _, e := range joined.Unwrap() {
		if e != what {
			left = append(left, e)
		}
	}
	return errors.Join(left...)
}

// counted is what the offices had.
type counted struct {
	levels                                                    [4]int
	releases, voids, again, netted, sensitive, money, spoiled int
	block, weighed, packs                                     int
	measures                                                  map[string]int
}

// add adds what another office had.
func (c *counted) add(o counted) {
	for i, n := range o.levels {
		c.levels[i] += n
	}
	for name, n := range o.measures {
		c.measures[name] += n
	}
	for to, n := range map[*int]int{
		&c.releases: o.releases, &c.voids: o.voids, &c.again: o.again, &c.netted: o.netted, &c.sensitive: o.sensitive, &c.money: o.money,
		&c.spoiled: o.spoiled, &c.block: o.block, &c.weighed: o.weighed, &c.packs: o.packs,
	} {
		*to += n
	}
}

func liveAndAudit(ctx context.Context, seed uint64, tx *sqlite.Tx, seen *counted) error {
	o := invent(seed, tx)
	first := civil.Month(202601).Add(o.IntN(12))
	months := 4 + o.IntN(16)
	for i := range months {
		m := first.Add(i)
		if err := o.live(ctx, m); err != nil {
			return fmt.Errorf("living in %d: %w", m, err)
		}
		if i == 1 && o.IntN(6) == 0 {
			set := o.reg.Plan.DataSets[0].Number
			if err := o.ledger.Elsewhere(ctx, tx, set, m.Add(-o.IntN(2)), "somebody", time.Unix(0, 0)); err != nil {
				return fmt.Errorf("noting another system: %w", err)
			}
		}
		if o.IntN(30) == 0 {
			o.tighten()
			seen.packs++
		}
		kind := releasev1.ReleaseKind_RELEASE_KIND_REGULAR
		if i == months-1 && o.IntN(3) == 0 {
			kind = releasev1.ReleaseKind_RELEASE_KIND_CLOSING
		}
		if err := o.closeAndAudit(ctx, m, kind, 0, seen); err != nil {
			return err
		}
		if n := o.standing(); kind == releasev1.ReleaseKind_RELEASE_KIND_REGULAR && n != 0 && o.IntN(7) == 0 {
			if err := o.closeAndAudit(ctx, m, releasev1.ReleaseKind_RELEASE_KIND_VOID, n, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *office) closeAndAudit(ctx context.Context, m civil.Month, kind releasev1.ReleaseKind, voids uint32, seen *counted) error {
	r, err := o.release(ctx, m, kind, voids)
	if err != nil {
		return fmt.Errorf("closing %d as %v: %w", m, kind, err)
	}
	list, err := auditor.Audit(ctx, o.tx, o.reg, o.limits, r)
	if err != nil {
		return fmt.Errorf("release %d of %d, %v: %w", r.Sequence, m, kind, err)
	}
	if err := o.spoil(ctx, r, seen); err != nil {
		return fmt.Errorf("release %d of %d: %w", r.Sequence, m, err)
	}
	seen.count(o.reg, r, list)
	return o.keep(ctx, r)
}

func (c *counted) count(reg *codelist.Registry, r *releasev1.Release, list []auditor.Evidence) {
	c.releases++
	if r.GetKind() == releasev1.ReleaseKind_RELEASE_KIND_VOID {
		c.voids++
	}
	for _, e := range list {
		c.levels[e.Level]++
		set, _ := reg.DataSet(e.DataSet)
		c.measures[set.Name]++
		if set.Weighted() && e.Level > 1 {
			c.weighed++
		}
		if e.Again {
			c.again++
		}
		if e.Sensitive {
			c.sensitive++
		}
		if e.AmountHundreds > 0 {
			c.money++
		}
		if e.Netted > 0 {
			c.netted++
		}
		if e.Block {
			c.block++
		}
	}
}

// copied is a release with the same header and groups.
func copied(r *releasev1.Release) *releasev1.Release {
	c := &releasev1.Release{
		SchemaVersion: r.SchemaVersion, OrgUnit: r.OrgUnit, Sequence: r.Sequence, Period: r.Period, Kind: r.Kind, VoidsSequence: r.VoidsSequence,
		PlanVersion: r.PlanVersion, RegistryVersion: r.RegistryVersion, RulesVersion: r.RulesVersion,
	}
	for _, t := range r.Tables {
		table := &releasev1.Table{DataSet: t.DataSet}
		for _, g := range t.Groups {
			table.Groups = append(table.Groups, &releasev1.Group{
				CategoryOption: g.CategoryOption, Level: g.Level, FromPeriod: g.FromPeriod, Value: g.Value,
				AmountHundreds: g.AmountHundreds, ObsStatus: g.ObsStatus,
			})
		}
		c.Tables = append(c.Tables, table)
	}
	return c
}

// spoil changes one thing of a release, in a copy, and expects a refusal.
func (o *office) spoil(ctx context.Context, r *releasev1.Release, seen *counted) error {
	bad := copied(r)
	what := "a table more"
	if len(bad.Tables) == 0 {
		if o.IntN(4) > 0 {
			return nil
		}
		bad.Tables = []*releasev1.Table{{DataSet: 1, Groups: []*releasev1.Group{{CategoryOption: 1101, Level: 1, FromPeriod: r.Period, Value: 5, ObsStatus: 1}}}}
	} else {
		t := bad.Tables[o.IntN(len(bad.Tables))]
		at := o.IntN(len(t.Groups))
		g := t.Groups[at]
		switch o.IntN(6) {
		case 0:
			what, g.Value = "one more", g.Value+1
		case 1:
			what, g.FromPeriod = "another first month", uint32(civil.Month(g.FromPeriod).Add(1))
		case 2:
			what, g.AmountHundreds = "a hundred more", g.AmountHundreds+1
		case 3:
			what, t.Groups = "a group less", append(t.Groups[:at:at], t.Groups[at+1:]...)
		case 4:
			what, g.CategoryOption = "another code", g.CategoryOption+1
		default:
			what, g.Level = "another level", g.Level%3+1
		}
	}
	seen.spoiled++
	var d *auditor.Difference
	if _, err := auditor.Audit(ctx, o.tx, o.reg, o.limits, bad); !errors.As(err, &d) {
		return fmt.Errorf("%s passed: %v", what, err)
	}
	return nil
}
