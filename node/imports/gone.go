package imports

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"casehub/adapters"
)

// gone finds the records of earlier runs that the source has no more: those that a live
// source does not list, and those that one which was read whole and always holds
// everything did not give.
func (d *decider) gone(ctx context.Context, found func(s *stream, key string)) error {
	for _, s := range d.m.streams {
		there, listed, err := d.listed(ctx, s)
		if err != nil {
			return err
		}
		if !listed && (!d.m.complete || d.marks.part(s.table)) {
			continue
		}
		is := d.of[s]
		total := int64(0)
		var missing, ids []string
		err = eachKey(ctx, d.q, d.run.instance, s.name, d.run.id, func(key, id string) {
			total++
			k := short(key)
			if _, here := is.seen[k]; !here && !is.present[k] && !there[k] {
				missing, ids = append(missing, key), append(ids, id)
			}
		})
		if err != nil {
			return fmt.Errorf("looking for what is gone: %w", err)
		}
		hidden := map[string]bool{}
		if err := d.sight.hides(ctx, d.q, s, ids, hidden); err != nil {
			return err
		}
		for i, key := range missing {
			if !hidden[ids[i]] {
				is.counts.Gone++
				found(s, key)
			}
		}
		if float64(is.counts.Gone) > d.m.gone*float64(total) {
			d.report.Refused = refusedGone
		}
	}
	return nil
}

// byKey reports whether the records of a stream have the key that the source gives.
func (s *stream) byKey() bool {
	return len(s.path) == 0 && len(s.key.steps) == 0 && slices.Equal(s.key.columns, []string{"@key"})
}

// listed returns the keys that a live source has now in a table, as the stream keeps
// them; false where it cannot list them without its records.
func (d *decider) listed(ctx context.Context, s *stream) (map[[16]byte]bool, bool, error) {
	l, ok := d.src.(adapters.Lister)
	if !ok || d.run.sourceHash != "" || !s.byKey() {
		return nil, false, nil
	}
	there := map[[16]byte]bool{}
	err := l.Keys(ctx, s.table, func(key string) error {
		there[short(d.m.keyed(d.run.instance, s.name, key))] = true
		return nil
	})
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("listing what the table %s has: %w", s.table, err)
	}
	return there, true, nil
}
