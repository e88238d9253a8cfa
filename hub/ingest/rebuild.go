package ingest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"casehub/hub/registry"
	"casehub/internal/release"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Comparison says how what is stored compares with what follows from the kept
// bytes.
type Comparison struct {
	Offices, Releases, Forks, Withdrawn, Facts int
	// Broken counts kept bytes that no longer verify.
	Broken int
	// Standings counts releases whose standing is not the one that follows;
	// Chains offices whose newest release or hold is not.
	Standings, Chains int
	// Missing counts facts that follow and are not stored, Extra facts that are
	// stored and do not follow.
	Missing, Extra int
	// Written is true when what follows has taken the place of what was stored.
	Written bool
}

// Equal reports whether everything stored follows from the kept bytes.
func (c Comparison) Equal() bool {
	return c.Broken+c.Standings+c.Chains+c.Missing+c.Extra == 0
}

// Rebuild opens and verifies every kept release again, puts it to a new chain in
// the order of arrival, with people's decisions between them where they were
// made, derives its facts, and compares all of it with what is stored. With write it also stores what follows, unless kept bytes are broken.
// It sees one moment of the database, and while it writes no release is taken
// in. An office that turns out to be held is held since at.
func Rebuild(ctx context.Context, db *pgxpool.Pool, reg *registry.Registry, write bool, at time.Time) (Comparison, error) {
	var c Comparison
	err := pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		if err := prepareRebuild(ctx, tx, write); err != nil {
			return err
		}
		err := eachOffice(ctx, tx, func(s stored) error { return c.office(ctx, tx, reg, s, at, write) })
		if err != nil {
			return err
		}
		if c.Facts, c.Missing, c.Extra, err = compareFacts(ctx, tx); err != nil {
			return err
		}
		if write && c.Broken == 0 && !c.Equal() {
			c.Written = true
			return replaceFacts(ctx, tx)
		}
		return nil
	})
	if err != nil {
		return Comparison{}, fmt.Errorf("deriving from the kept releases: %w", err)
	}
	return c, nil
}

// stored is what the database holds of one office.
type stored struct {
	chain   // as it stands
	arrived []keptBytes
	// resumed are the arrivals after which a person let the office go on,
	// ascending.
	resumed []int
	// first is the number of the office's first key, renewed how others took its
	// place, ascending.
	first   uint32
	renewed []renewal
	// withdrew is what the replay withdrew; owed is how much evidence of it there has
	// to be by the decisions.
	withdrew []withdrawal
	owed     int
}

// keptBytes is one release, fork or piece of evidence as it is kept.
type keptBytes struct {
	sequence uint32
	digest   [32]byte
	standing standing // "" of a fork and of evidence
	// withdrawn is the number of the key with which it was withdrawn; 0 of others.
	withdrawn uint32
	stream    uint64
	arrival   int
	sealed    []byte
}

// office replays one office.
func (c *Comparison) office(ctx context.Context, tx pgx.Tx, reg Keys, s stored, at time.Time, write bool) error {
	c.Offices++
	again := chain{orgUnit: s.orgUnit, key: s.first, known: map[uint32]*kept{}, forks: map[uint32][][32]byte{}}
	opened := map[[32]byte]*release.Opened{}
	for _, k := range s.arrived {
		s.decideBefore(k.arrival, &again)
		c.count(k)
		o, err := release.Open(k.sealed)
		if err != nil || o.Digest != k.digest || o.Release.GetOrgUnit() != s.orgUnit || !verifies(o, reg) {
			c.Broken++
			continue
		}
		opened[o.Digest] = o
		if l := linkOf(o); !again.replaced(l) {
			again.put(l, k.stream)
		}
	}
	s.decideBefore(math.MaxInt, &again)
	moved := c.standings(s, &again)
	c.Standings += s.unlike()
	if again.counted != s.counted || string(again.head) != string(s.head) || again.held != s.held || again.key != s.key {
		c.Chains++
	}
	var facts copyBuffer
	for _, n := range slices.Sorted(maps.Keys(again.known)) {
		facts.add(opened[again.known[n].digest].Release)
	}
	if err := copyInto(ctx, tx, "rebuilt", &facts); err != nil {
		return err
	}
	if write && c.Broken == 0 {
		return saveStandings(ctx, tx, &again, moved, at)
	}
	return nil
}

func (c *Comparison) count(k keptBytes) {
	switch {
	case k.withdrawn > 0:
		c.Withdrawn++
	case k.standing == "":
		c.Forks++
	default:
		c.Releases++
	}
}

// decideBefore makes the decisions again that were made before an arrival. Of two
// after the same arrival the order does not matter: a renewal drops nothing that a
// resumption made count, or else withdraws it.
func (s *stored) decideBefore(arrival int, again *chain) {
	for len(s.renewed) > 0 && s.renewed[0].arrival < arrival {
		r := s.renewed[0]
		if r.withdraws() {
			s.noteWithdrawn(r, again)
		}
		again.renew(r)
		s.renewed = s.renewed[1:]
	}
	for len(s.resumed) > 0 && s.resumed[0] < arrival {
		again.resume()
		s.resumed = s.resumed[1:]
	}
}

// withdrawal names what one renewal withdrew.
type withdrawal struct {
	key, sequence uint32
	digest        [32]byte
}

// noteWithdrawn notes what a renewal is about to withdraw. What waits then is
// evidence, too, if a resumption came first of the two.
func (s *stored) noteWithdrawn(r renewal, again *chain) {
	s.owed += *r.withdrew
	for sequence, k := range again.known {
		if sequence > r.last {
			s.withdrew = append(s.withdrew, withdrawal{r.key, sequence, k.digest})
		}
	}
}

// unlike counts evidence that does not follow, and how much of it there is too little.
func (s *stored) unlike() int {
	n := 0
	for _, k := range s.arrived {
		switch {
		case k.withdrawn == 0:
		case slices.Contains(s.withdrew, withdrawal{k.withdrawn, k.sequence, k.digest}):
			s.owed--
		default:
			n++
		}
	}
	return n + max(s.owed, -s.owed)
}

// standings counts and returns releases that stand otherwise than they should.
func (c *Comparison) standings(s stored, again *chain) []*kept {
	var moved []*kept
	for _, k := range s.arrived {
		if k.standing == "" {
			continue
		}
		want := again.known[k.sequence]
		if want == nil || want.digest != k.digest || want.standing != k.standing {
			c.Standings++
			if want != nil {
				moved = append(moved, want)
			}
		}
	}
	slices.SortFunc(moved, func(a, b *kept) int { return cmp.Compare(a.sequence, b.sequence) })
	return moved
}

func verifies(o *release.Opened, keys Keys) bool {
	key, ok := keys.Key(o.Release.GetOrgUnit(), o.Sealed.GetKeyId())
	return ok && o.Verify(key, o.Sealed.GetKeyId()) == nil
}
