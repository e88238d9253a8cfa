package egress

import (
	"context"
	"fmt"
	"slices"

	"casehub/internal/release"
	"casehub/internal/sqlite"
	releasev1 "casehub/proto/casehub/release/v1"
)

// past is what left the office before, as far as it decides on what leaves next.
type past struct {
	releases []issued
	// fallen are the groups of releases that were taken back, and of drafts that were
	// handed out and did not leave.
	fallen map[wireGroup]bool
}

// issued is one release that left.
type issued struct {
	sequence, voids uint32
	kind            releasev1.ReleaseKind
}

// wireGroup is a group as it stands on the wire.
type wireGroup struct {
	dataSet, code, level, from, value, amount uint32
}

func groupOnWire(dataSet uint32, g *releasev1.Group) wireGroup {
	return wireGroup{dataSet, g.GetCategoryOption(), uint32(g.GetLevel()), g.GetFromPeriod(), g.GetValue(), g.GetAmountHundreds()}
}

// groupKey names a group of a release.
type groupKey struct{ dataSet, level, code uint32 }

// block is what of a group stood in a release that was taken back (rule D9 (b)).
type block struct{ events, people uint32 }

// readPast reads what left, from the sealed bytes.
func readPast(ctx context.Context, q sqlite.Querier) (past, error) {
	var p past
	var err error
	if p.releases, err = selectIssued(ctx, q); err != nil {
		return past{}, fmt.Errorf("reading what left before: %w", err)
	}
	p.fallen = map[wireGroup]bool{}
	handed, err := selectFell(ctx, q)
	if err != nil {
		return past{}, fmt.Errorf("reading what was handed out: %w", err)
	}
	for _, g := range handed {
		p.fallen[g] = true
	}
	for _, r := range p.releases {
		if r.voids == 0 {
			continue
		}
		sealed, err := selectSealed(ctx, q, r.voids)
		if err != nil {
			return past{}, fmt.Errorf("reading release %d: %w", r.voids, err)
		}
		o, err := release.Open(sealed)
		if err != nil {
			return past{}, fmt.Errorf("release %d: %w", r.voids, ErrBytesChanged)
		}
		for _, t := range o.Release.GetTables() {
			for _, g := range t.GetGroups() {
				p.fallen[groupOnWire(t.GetDataSet(), g)] = true
			}
		}
	}
	return p, nil
}

// counts reports whether a release left, holds groups, and was not taken back.
func (p past) counts(sequence uint32) bool {
	left := slices.ContainsFunc(p.releases, func(r issued) bool {
		return r.sequence == sequence && r.kind != releasev1.ReleaseKind_RELEASE_KIND_VOID
	})
	return left && !slices.ContainsFunc(p.releases, func(r issued) bool { return r.voids == sequence })
}

// closed reports whether the office's last release left.
func (p past) closed() bool {
	return slices.ContainsFunc(p.releases, func(r issued) bool {
		return r.kind == releasev1.ReleaseKind_RELEASE_KIND_CLOSING && p.counts(r.sequence)
	})
}

// fell reports whether a group left before, number for number, in a release that
// was taken back.
func (p past) fell(dataSet uint32, g *releasev1.Group) bool { return p.fallen[groupOnWire(dataSet, g)] }
