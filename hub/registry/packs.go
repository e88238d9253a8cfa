package registry

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/pack"

	"github.com/jackc/pgx/v5"
)

// atMost is how many packs one answer carries.
const atMost = 4

// ErrPack reports a pack that is not published, with what was found.
var ErrPack = errs.New(errs.Invalid, "registry.pack")

// Pack is one that was published.
type Pack struct {
	Name        string
	Version     uint32
	Expires     civil.Date
	PublishedAt time.Time
	Who         string
}

var packName = regexp.MustCompile(`^(national|roots|office-[1-9][0-9]{0,5})$`)

// Publish hands a signed pack out from now on. The hub holds it to what a node
// holds it to, so that nobody publishes what no office takes: two of three
// signatures by the newest keys, no version that is there or older, not expired,
// and code lists that may follow the ones before. The first keys are believed. It
// fails with ErrPack.
func (r *Registry) Publish(ctx context.Context, file []byte, who string) (Pack, error) {
	m, _, err := pack.Describe(file)
	if err != nil {
		return Pack{}, ErrPack.With("found", err.Error())
	}
	p := Pack{Name: m.Name, Version: m.Version, Expires: m.Expires, PublishedAt: r.now(), Who: who}
	err = pgx.BeginFunc(ctx, r.db, func(tx pgx.Tx) error {
		digest, err := r.admit(ctx, tx, m, file)
		if err != nil {
			return ErrPack.With("found", err.Error())
		}
		if err := insertPack(ctx, tx, p, digest, file); err != nil {
			return err
		}
		return notify(ctx, tx)
	})
	if err != nil {
		return Pack{}, fmt.Errorf("publishing pack %s %d: %w", m.Name, m.Version, err)
	}
	return p, r.Reload(ctx)
}

func (r *Registry) admit(ctx context.Context, q querier, m pack.Manifest, file []byte) (digest [32]byte, err error) {
	if !packName.MatchString(m.Name) {
		return digest, pack.ErrName
	}
	roots, known, err := newestRoots(ctx, q)
	if err != nil {
		return digest, err
	}
	if m.Name == pack.RootsPack {
		next, err := followingRoots(roots, known, file)
		return next.Digest(), err
	}
	if !known {
		return digest, errors.New("publish the keys first")
	}
	p, err := roots.Verify(file, m.Name)
	if err != nil {
		return digest, err
	}
	seen, err := newestPack(ctx, q, m.Name)
	if err != nil {
		return digest, err
	}
	if seen.Version == p.Version {
		return digest, pack.ErrOther
	}
	return p.Digest, errors.Join(seen.Admit(p, civil.On(r.now())), r.mayFollow(p))
}

func followingRoots(roots pack.Roots, known bool, file []byte) (pack.Roots, error) {
	if known {
		return roots.Next(file)
	}
	return pack.FirstRoots(file)
}

// mayFollow holds code lists to the newest that were published.
func (r *Registry) mayFollow(p pack.Pack) error {
	if p.Contents.Registry == nil {
		return nil
	}
	next, err := codelist.Parse(p.Contents.Registry)
	if err != nil {
		return err
	}
	before := r.codes
	for _, plan := range *r.plans.Load() {
		if plan.Version > before.Version {
			before = plan
		}
	}
	_, err = pack.Changes(before, next, max(p.Contents.From, civil.MonthOf(r.now())))
	return err
}

// Packs lists every pack that was published, by name and version.
func (r *Registry) Packs(ctx context.Context) ([]Pack, error) {
	list, err := packs(ctx, r.db)
	if err != nil {
		return nil, fmt.Errorf("listing packs: %w", err)
	}
	return list, nil
}

// PacksAfter returns the files that an office does not have, in the order in which
// it takes them, at most as many as an answer carries.
func (r *Registry) PacksAfter(ctx context.Context, orgUnit, roots, national, office uint32) ([][]byte, error) {
	files, err := packsAfter(ctx, r.db, pack.OfficeName(orgUnit), roots, national, office)
	if err != nil {
		return nil, fmt.Errorf("looking for the packs of office %d: %w", orgUnit, err)
	}
	return files[:min(len(files), atMost)], nil
}
