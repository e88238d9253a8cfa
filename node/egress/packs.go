package egress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/pack"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/policy"
)

// PackSettings say whose packs an office takes.
type PackSettings struct {
	// Roots is the file of the three keys that was given with the set-up; nil takes
	// no pack.
	Roots []byte
	// National is the smallest version of the national pack without which nothing
	// leaves; 0 waits for none.
	National uint32
}

// What may be wrong with a pack. The pages and the command line have a sentence
// for each.
var (
	ErrPackFormat     = errs.New(errs.Invalid, "egress.pack-format")
	ErrPackSignatures = errs.New(errs.Forbidden, "egress.pack-signatures")
	ErrPackName       = errs.New(errs.Invalid, "egress.pack-name")
	ErrPackContents   = errs.New(errs.Forbidden, "egress.pack-contents")
	ErrPackTooNew     = errs.New(errs.Conflict, "egress.pack-too-new")
	ErrPackOlder      = errs.New(errs.Conflict, "egress.pack-older")
	ErrPackOther      = errs.New(errs.Conflict, "egress.pack-other")
	ErrPackExpired    = errs.New(errs.Conflict, "egress.pack-expired")
	ErrPackRules      = errs.New(errs.Invalid, "egress.pack-rules")
	ErrPackRegistry   = errs.New(errs.Invalid, "egress.pack-registry")
	ErrPackRoots      = errs.New(errs.Forbidden, "egress.pack-roots")
	// ErrNoRoots reports a node that was given no keys to know packs by.
	ErrNoRoots = errs.New(errs.Conflict, "egress.pack-no-roots")
	// ErrNoPack reports an acceptance of code lists that do not wait for one.
	ErrNoPack = errs.New(errs.Conflict, "egress.pack-not-waiting")
)

// packFaults are the sentences of what package pack finds.
var packFaults = []struct {
	fault error
	said  *errs.Error
}{
	{pack.ErrSignatures, ErrPackSignatures},
	{pack.ErrName, ErrPackName},
	{pack.ErrContents, ErrPackContents},
	{pack.ErrTooNew, ErrPackTooNew},
	{pack.ErrOlder, ErrPackOlder},
	{pack.ErrOther, ErrPackOther},
	{pack.ErrExpired, ErrPackExpired},
	{pack.ErrRoots, ErrPackRoots},
	{pack.ErrRegistry, ErrPackRegistry},
	{pack.ErrFormat, ErrPackFormat},
	{policy.ErrRules, ErrPackRules},
	{policy.ErrShape, ErrPackRules},
	{policy.ErrOld, ErrPackRules},
	{policy.ErrPanic, ErrPackRules},
	{context.DeadlineExceeded, ErrPackRules},
}

// sentence gives a fault of a pack its sentence, with what was found for whoever
// looks after the program. What is found speaks of the pack alone.
func sentence(err error) error {
	for _, f := range packFaults {
		if errors.Is(err, f.fault) {
			return f.said.With("found", err.Error())
		}
	}
	return err
}

// Taken is a pack that the office has, the newest of its name.
type Taken struct {
	Name    string
	Version uint32
	Digest  []byte
	TakenAt time.Time
	Expires civil.Date
	// Registry is the version of the code lists that it asks somebody to accept, those
	// inside or those whose tables it lets be of one kind, 0 for none; AcceptedAt is
	// zero while nobody accepted.
	Registry   uint32
	AcceptedAt time.Time
	AcceptedBy string

	file []byte
}

// Paused reports whether the pack expired so long ago that nothing leaves.
func (t Taken) Paused(today civil.Date) bool { return pack.Manifest{Expires: t.Expires}.Paused(today) }

// TakePack takes a pack or new roots in, from the hub or from a file. It fails
// with one of the ErrPack errors, and takes nothing then. The very pack that is
// there already is no error.
func (g *Gate) TakePack(ctx context.Context, who actor.Actor, file []byte) (Taken, error) {
	m, _, err := pack.Describe(file)
	if err != nil {
		return Taken{}, sentence(err)
	}
	if m.Name == pack.RootsPack {
		return g.takeRoots(ctx, who, m, file)
	}
	var taken Taken
	err = g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		p, seen, err := g.admit(ctx, tx, m.Name, file)
		if err != nil || seen.Version == p.Version {
			taken = Taken{Name: m.Name, Version: m.Version, Expires: m.Expires}
			return err
		}
		asked, err := g.asks(ctx, tx, p)
		if err != nil {
			return err
		}
		taken, err = g.keep(ctx, tx, who, p.Manifest, p.Digest[:], file, asked)
		return err
	})
	if err != nil {
		return Taken{}, sentence(err)
	}
	return taken, nil
}

// admit decides whether a pack may be taken: signed for this office, no older than
// what was seen, with rules that the sandbox runs and code lists that may follow.
func (g *Gate) admit(ctx context.Context, tx *sqlite.Tx, name string, file []byte) (pack.Pack, pack.Seen, error) {
	if name != pack.National && name != pack.OfficeName(g.office.OrgUnit) {
		return pack.Pack{}, pack.Seen{}, pack.ErrName
	}
	chain, err := g.packs.chain(ctx, tx)
	if err != nil {
		return pack.Pack{}, pack.Seen{}, err
	}
	p, err := chain[len(chain)-1].Verify(file, name)
	if err != nil {
		return pack.Pack{}, pack.Seen{}, err
	}
	seen, err := selectSeen(ctx, tx, name)
	if err != nil {
		return p, seen, err
	}
	if err := errors.Join(seen.Admit(p, civil.On(g.now())), g.holdsUp(ctx, p)); err != nil {
		return p, seen, err
	}
	return p, seen, nil
}

// holdsUp compiles the rules and asks them once, and holds the code lists to those
// in force.
func (g *Gate) holdsUp(ctx context.Context, p pack.Pack) error {
	if _, err := policy.NewEgress(ctx, g.reg.Now(), g.office.OrgUnit, layerOf(p)); err != nil {
		return err
	}
	if p.Contents.Registry == nil {
		return nil
	}
	if p.Name != pack.National {
		return fmt.Errorf("%w: only the national body changes them", pack.ErrRegistry)
	}
	next, err := codelist.Parse(p.Contents.Registry)
	if err != nil {
		return fmt.Errorf("%w: %w", pack.ErrRegistry, err)
	}
	_, err = pack.Changes(g.reg.Now(), next, 0)
	return err
}

// asks is the version of the code lists that a pack asks somebody to accept, 0 when it
// asks for nothing: those that it brings, or those of now where it switches rule D8 off
// for tables of these or demands less than the packs before it.
func (g *Gate) asks(ctx context.Context, q sqlite.Querier, p pack.Pack) (uint32, error) {
	if p.Contents.Registry != nil {
		next, err := codelist.Parse(p.Contents.Registry)
		if err != nil {
			return 0, err
		}
		return next.Version, nil
	}
	list, err := selectPacksOf(ctx, q, p.Name, false)
	if err != nil || len(list) == 0 && len(p.Contents.Mixed) == 0 {
		return 0, err
	}
	chain, err := g.packs.chain(ctx, q)
	if err != nil {
		return 0, err
	}
	before, err := standing(chain, list, nil)
	if err != nil {
		return 0, err
	}
	if len(p.Contents.Mixed) == 0 && len(eased(before, p)) == 0 {
		return 0, nil
	}
	return g.reg.Now().Version, nil
}

// keep stores what was admitted, with an audit entry.
func (g *Gate) keep(ctx context.Context, tx *sqlite.Tx, who actor.Actor, m pack.Manifest, digest, file []byte, registry uint32) (Taken, error) {
	t := Taken{Name: m.Name, Version: m.Version, Digest: digest, TakenAt: g.now().UTC(), Expires: m.Expires, Registry: registry, file: file}
	if err := insertPack(ctx, tx, t); err != nil {
		return Taken{}, fmt.Errorf("keeping a pack: %w", err)
	}
	return t, audit.Record(ctx, tx, g.now(), who, "pack.taken", fmt.Sprintf("%s %d", m.Name, m.Version))
}

// takeRoots takes new keys in, signed by two of the old and two of the new.
func (g *Gate) takeRoots(ctx context.Context, who actor.Actor, m pack.Manifest, file []byte) (Taken, error) {
	taken := Taken{Name: m.Name, Version: m.Version, Expires: m.Expires}
	err := g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		chain, err := g.packs.chain(ctx, tx)
		if err != nil {
			return err
		}
		roots := chain[len(chain)-1]
		if same, err := pack.FirstRoots(file); err == nil && same.Equal(roots) {
			return nil
		}
		next, err := roots.Next(file)
		if err != nil {
			return err
		}
		sum := next.Digest()
		taken, err = g.keep(ctx, tx, who, m, sum[:], file, 0)
		return err
	})
	if err != nil {
		return Taken{}, sentence(err)
	}
	return taken, nil
}

// chain returns the keys that sign packs: those of the settings, and what followed
// them, each step verified again. The last sign now.
func (s PackSettings) chain(ctx context.Context, q sqlite.Querier) ([]pack.Roots, error) {
	if s.Roots == nil {
		return nil, ErrNoRoots
	}
	first, err := pack.FirstRoots(s.Roots)
	if err != nil {
		return nil, err
	}
	later, err := selectRoots(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("reading the keys of packs: %w", err)
	}
	chain := []pack.Roots{first}
	for _, file := range later {
		last := chain[len(chain)-1]
		if m, _, err := pack.Describe(file); err != nil || m.Version <= last.Version {
			continue // the settings were brought up to date
		}
		next, err := last.Next(file)
		if err != nil {
			return nil, err
		}
		chain = append(chain, next)
	}
	return chain, nil
}

// again verifies a pack that was taken: by the keys of now, or by those that signed
// when it came.
func again(chain []pack.Roots, t Taken) (pack.Pack, error) {
	err := pack.ErrSignatures
	for _, roots := range slices.Backward(chain) {
		p, fault := roots.Verify(t.file, t.Name)
		if fault == nil && p.Version == t.Version {
			return p, nil
		}
		err = errors.Join(err, fault)
	}
	return pack.Pack{}, errors.Join(ErrBytesChanged, err)
}

// Packs lists the newest pack of each name, the national one first.
func (g *Gate) Packs(ctx context.Context) ([]Taken, error) {
	list, err := selectNewestPacks(ctx, g.db)
	if err != nil {
		return nil, fmt.Errorf("reading the packs: %w", err)
	}
	for i := range list {
		m, _, err := pack.Describe(list[i].file)
		if err != nil {
			return nil, fmt.Errorf("reading pack %s: %w", list[i].Name, ErrBytesChanged)
		}
		list[i].Expires = m.Expires
	}
	return list, nil
}
