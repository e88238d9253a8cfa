package egress

import (
	"context"
	"errors"
	"fmt"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/auditor"
	"casehub/node/ledger"
	releasev1 "casehub/proto/casehub/release/v1"
)

// build lets the ledger make what is wanted of the events that it has, and encodes
// what comes out of it, with the evidence counted again from the database.
func (g *Gate) build(ctx context.Context, tx *sqlite.Tx, w Wanted) (candidate, error) {
	c, books, err := g.made(ctx, tx, w)
	if err != nil {
		return candidate{}, err
	}
	return c, g.auditInto(ctx, tx, &c, books)
}

// buildDraft builds what a draft is.
func (g *Gate) buildDraft(ctx context.Context, tx *sqlite.Tx, d Draft) (candidate, error) {
	return g.build(ctx, tx, d.Wanted)
}

// made is build without the auditor.
func (g *Gate) made(ctx context.Context, tx *sqlite.Tx, w Wanted) (candidate, *ledger.Ledger, error) {
	last, err := selectLast(ctx, tx)
	if err != nil {
		return candidate{}, nil, fmt.Errorf("reading the last release: %w", err)
	}
	c := candidate{kind: w.Kind, period: w.Period, voids: w.Voids, last: last}
	if c.past, err = readPast(ctx, tx); err != nil {
		return candidate{}, nil, err
	}
	if err := c.inSeason(); err != nil {
		return candidate{}, nil, err
	}
	var books *ledger.Ledger
	if c.reg, err = g.planFor(ctx, tx, w); err != nil {
		return candidate{}, nil, err
	}
	c.rules, books, c.fault = g.layers(ctx, tx, c.reg)
	groups, err := c.close(ctx, tx, books)
	if err != nil {
		return candidate{}, nil, err
	}
	if c.bytes, err = release.Encode(g.message(&c, groups)); err != nil {
		return candidate{}, nil, fmt.Errorf("encoding the release: %w", err)
	}
	if c.blocks, err = selectBlocks(ctx, tx, last.sequence+1, weighted(c.reg)); err != nil {
		return candidate{}, nil, fmt.Errorf("reading what was taken back: %w", err)
	}
	return c, books, nil
}

// inSeason tells who asked why what is wanted cannot be; a release that takes
// another back bears the month of the last one.
func (c *candidate) inSeason() error {
	if c.kind == releasev1.ReleaseKind_RELEASE_KIND_VOID {
		c.period = c.last.period
		if !c.past.counts(c.voids) {
			return ErrNotToTakeBack
		}
		return nil
	}
	switch {
	case c.past.closed():
		return ErrEnded
	case c.period <= c.last.period:
		return ErrPeriodClosed
	}
	return nil
}

// close lets the ledger publish what leaves, or take back what left.
func (c *candidate) close(ctx context.Context, tx *sqlite.Tx, books *ledger.Ledger) ([]ledger.Group, error) {
	if c.kind == releasev1.ReleaseKind_RELEASE_KIND_VOID {
		err := books.Void(ctx, tx, c.last.sequence+1, c.voids)
		if errors.Is(err, ledger.ErrNoRelease) {
			err = ErrNotToTakeBack
		}
		return nil, err
	}
	return books.Close(ctx, tx, c.last.sequence+1, c.period, ledger.Kind(c.kind))
}

// auditInto lets the auditor work the release out again from its very bytes. That
// it differs is kept for the gate; any other failure is an error.
func (g *Gate) auditInto(ctx context.Context, tx *sqlite.Tx, c *candidate, books *ledger.Ledger) error {
	decoded, err := release.Decode(c.bytes)
	if err != nil {
		return nil // the gate refuses it by its structure
	}
	limits := books.Limits()
	currency, perHundred := books.Money()
	office := auditor.Office{
		K: limits.K, KSensitive: limits.KSensitive, P: limits.P, Largest: limits.Largest,
		Rest: limits.Months, Only: limits.DataSets, Never: limits.Withheld, Apart: limits.By,
		Currency: currency, MinorPerHundred: perHundred, Mixed: books.Mixed(),
	}
	c.evidence, err = auditor.Audit(ctx, tx, c.reg, office, decoded)
	var differs *auditor.Difference
	if errors.As(err, &differs) {
		c.audit, err = differs, nil
	}
	return err
}

// message puts the groups, which come ascending by data set and code, into a
// release.
func (g *Gate) message(c *candidate, groups []ledger.Group) *releasev1.Release {
	m := &releasev1.Release{
		SchemaVersion: 1, OrgUnit: g.office.OrgUnit, Sequence: c.last.sequence + 1, PreviousDigest: c.last.digest,
		Period: uint32(c.period), PlanVersion: c.reg.Plan.Version, RegistryVersion: c.reg.Version, RulesVersion: g.ledger.RulesVersion(),
		Kind: c.kind, VoidsSequence: c.voids,
	}
	for _, gr := range groups {
		if n := len(m.Tables); n == 0 || m.Tables[n-1].DataSet != gr.DataSet {
			m.Tables = append(m.Tables, &releasev1.Table{DataSet: gr.DataSet})
		}
		t := m.Tables[len(m.Tables)-1]
		t.Groups = append(t.Groups, &releasev1.Group{
			CategoryOption: uint32(gr.Code), Level: releasev1.GroupLevel(gr.Level), FromPeriod: uint32(gr.From),
			Value: uint32(gr.Value), AmountHundreds: uint32(gr.AmountHundreds), ObsStatus: releasev1.ObsStatus_OBS_STATUS_NORMAL,
		})
	}
	return m
}

// seal signs an allowed release and stores it with its place in the outbox, the
// decision and the audit entry.
func (g *Gate) seal(ctx context.Context, tx *sqlite.Tx, who actor.Actor, c *candidate) (Release, error) {
	sealed, err := release.Seal(g.keys.release, g.keys.releaseID, c.bytes)
	if err != nil {
		return Release{}, fmt.Errorf("sealing: %w", err)
	}
	r := Release{Sequence: c.last.sequence + 1, Kind: c.kind, Period: c.period, Voids: c.voids, Digest: c.digest[:], SealedAt: g.now().UTC()}
	if err := insertRelease(ctx, tx, r, sealed); err != nil {
		return Release{}, fmt.Errorf("storing the release: %w", err)
	}
	if err := g.record(ctx, tx, c, allowed); err != nil {
		return Release{}, err
	}
	return r, audit.Record(ctx, tx, g.now(), who, "release.sealed", fmt.Sprint(r.Sequence))
}

// weighted is the table in which a record counts for as many as it says, 0 for none.
func weighted(reg *codelist.Registry) uint32 {
	for _, d := range reg.Plan.DataSets {
		if d.Weighted() {
			return d.Number
		}
	}
	return 0
}
