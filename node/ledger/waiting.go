package ledger

import (
	"context"
	"fmt"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// Waiting lists what is held back of the cases of a filter, as far as their codes
// may be read, for the office alone, ascending by data set and code, and what
// held each back in the release of a month, the last that was made. The reason is
// that of what is seen: the true one would tell of what is hidden.
func (l *Ledger) Waiting(ctx context.Context, q sqlite.Querier, period civil.Month, seen access.Filter) ([]Waiting, error) {
	sources, err := l.sources()
	if err != nil {
		return nil, err
	}
	var all []Waiting
	for _, s := range sources {
		list, err := l.waitingOf(ctx, q, s, period, seen)
		if err != nil {
			return nil, fmt.Errorf("reading what waits of %s: %w", s.set.Name, err)
		}
		all = append(all, list...)
	}
	return all, nil
}

func (l *Ledger) waitingOf(ctx context.Context, q sqlite.Querier, s source, period civil.Month, seen access.Filter) ([]Waiting, error) {
	list, err := selectWaiting(ctx, q, s.set.Number, s.readable(seen))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	t, err := l.table(ctx, q, s.set, period, s.readable(seen))
	if err != nil {
		return nil, err
	}
	if t.Entries, err = selectEntries(ctx, q, s.set.Number, s.corrected(seen)); err != nil {
		return nil, err
	}
	if t.left, err = selectLeftIn(ctx, q, s.set.Number, period, l.limits.ofLeaf(s.set, t.List)); err != nil {
		return nil, err
	}
	c := choose(t.Table, guards{restHides, feasible})
	for i, w := range list {
		list[i].Hold = c.why(w)
	}
	return list, nil
}

// why says what holds what waits under a code.
func (c *chooser) why(w Waiting) Hold {
	leaf, known := c.List.Leaf(w.Code)
	if !known {
		if leaf, known = c.List.Former(w.Code); !known {
			return Hold{Unlisted, c.Limits.K}
		}
	}
	if !c.Limits.lets(c.Set.Number) {
		return Hold{Held, c.Limits.needs(leaf.Sensitive)}
	}
	if w.Fell {
		return c.whyFallen(w.Code)
	}
	if h, held := c.held[w.Code]; held && c.pot(Leaf, w.Code).value > 0 {
		return h
	}
	return Hold{Later, c.Limits.needs(leaf.Sensitive)}
}

// whyFallen says why something waits that was in a group that fell.
func (c *chooser) whyFallen(code codelist.Code) Hold {
	for _, f := range c.Whole {
		for _, s := range f.Shares {
			if s.Code == code {
				return Hold{Whole, c.Limits.K}
			}
		}
	}
	return Hold{Blocked, c.Limits.K}
}
