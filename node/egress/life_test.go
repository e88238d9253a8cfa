package egress

import (
	"context"
	"errors"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node/access"
	releasev1 "casehub/proto/casehub/release/v1"
)

// The people of the offices of tests.
var (
	checker  = actor.Actor{Kind: actor.Person, ID: "p-checker"}
	approver = actor.Actor{Kind: actor.Person, ID: "p-approver"}
)

// crew stands for access.Gate: whom it names may do everything that it names, in
// the way of the policy. The zero crew is a checker and an approver.
type crew struct {
	may map[string][]string
	// kept are those from whom something is.
	kept []string
}

func (c crew) SeesWhole(_ context.Context, _ sqlite.Querier, who actor.Actor) (bool, error) {
	return !slices.Contains(c.kept, who.ID), nil
}

func (c crew) all() map[string][]string {
	if c.may != nil {
		return c.may
	}
	return map[string][]string{checker.ID: {toCheck}, approver.ID: {toCheck, toApprove, toManage}}
}

func (c crew) May(_ context.Context, who actor.Actor, action string) error {
	if who.Kind == actor.Person && slices.Contains(c.all()[who.ID], action) {
		return nil
	}
	return access.ErrForbidden
}

func (c crew) Second(ctx context.Context, _ sqlite.Querier, who actor.Actor, action string, did ...actor.Actor) error {
	if err := c.May(ctx, who, action); err != nil {
		return err
	}
	if len(did) == 0 || slices.Contains(did, who) || slices.Contains(did, actor.Actor{}) {
		return access.ErrOwnWork
	}
	return nil
}

func (c crew) Staff(context.Context) ([]access.Member, error) {
	var all []access.Member
	for id := range c.all() {
		all = append(all, access.Member{ID: id})
	}
	return all, nil
}

// Close takes a month all the way: two people stand for its draft. What fails
// leaves no draft. Only tests have it.
func (g *Gate) Close(ctx context.Context, who actor.Actor, period civil.Month) (Release, error) {
	return g.through(ctx, who, Wanted{Period: period})
}

func (g *Gate) through(ctx context.Context, who actor.Actor, w Wanted) (Release, error) {
	d, err := g.Make(ctx, who, w)
	if err != nil {
		return Release{}, err
	}
	if _, err = g.Check(ctx, checker, d.ID, d.Digest); err == nil {
		var r Release
		if r, err = g.Approve(ctx, approver, d.ID, d.Digest); err == nil {
			return r, nil
		}
	}
	return Release{}, errors.Join(err, g.Discard(ctx, checker, d.ID))
}

// built is what a month would be, in a transaction of the caller.
func (g *Gate) built(ctx context.Context, tx *sqlite.Tx, period civil.Month) (candidate, error) {
	_, books, _ := g.layers(ctx, tx, g.reg.Now())
	if err := books.Refresh(ctx, tx); err != nil {
		return candidate{}, err
	}
	return g.build(ctx, tx, Wanted{Kind: releasev1.ReleaseKind_RELEASE_KIND_REGULAR, Period: period})
}
