package imports

import (
	"cmp"
	"slices"
)

// pass is one reading of a table for some of its streams. A pass comes after
// those that make what its streams refer to.
type pass struct {
	table   string
	streams []*stream // in the order in which a row's records are written
}

// passesOf orders the streams into passes, as few as the references allow. It
// returns nil when they refer to each other in a circle.
func passesOf(streams []*stream, tables []string) []pass {
	groups := groupsOf(streams)
	done := map[*stream]bool{}
	var passes []pass
	for len(done) < len(streams) {
		before := len(done)
		for _, t := range tables {
			p := pass{table: t}
			for _, g := range groups {
				if g[0].table == t && !done[g[0]] && ready(g, streams, done) {
					p.streams = append(p.streams, g...)
				}
			}
			for _, s := range p.streams {
				done[s] = true
			}
			if len(p.streams) > 0 {
				slices.SortStableFunc(p.streams, func(a, b *stream) int {
					return cmp.Or(len(a.path)-len(b.path), a.to.rank-b.to.rank)
				})
				passes = append(passes, p)
			}
		}
		if len(done) == before {
			return nil
		}
	}
	return passes
}

// groupsOf puts streams together that must be made from a row at once: those
// that refer to each other by the row, or may only come together.
func groupsOf(streams []*stream) [][]*stream {
	group := make([]int, len(streams))
	for i := range group {
		group[i] = i
	}
	join := func(a, b int) {
		from, to := group[b], group[a]
		for i := range group {
			if group[i] == from {
				group[i] = to
			}
		}
	}
	for i, s := range streams {
		for j, o := range streams {
			if i != j && s.table == o.table && s.tiedTo(o) {
				join(i, j)
			}
		}
	}
	var groups [][]*stream
	for g := range streams {
		var members []*stream
		for i, s := range streams {
			if group[i] == g {
				members = append(members, s)
			}
		}
		if members != nil {
			groups = append(groups, members)
		}
	}
	return groups
}

// tiedTo reports whether s takes what o makes of the same row, or of the record that
// its rows are children of.
func (s *stream) tiedTo(o *stream) bool {
	for _, r := range s.fields {
		if r.ref != nil && r.ref.stream == o.name && (len(r.ref.columns) == 0 || s.inside(o)) {
			return true
		}
	}
	return s.onlyWith == o.name
}

// ready reports whether everything that a group refers to by key was made.
func ready(group, streams []*stream, done map[*stream]bool) bool {
	for _, s := range group {
		for _, r := range s.fields {
			if r.ref == nil || len(r.ref.columns) == 0 {
				continue
			}
			for _, o := range streams {
				if r.ref.find != nil && o.to.name == toCase && !done[o] {
					return false
				}
				if o.name == r.ref.stream && !done[o] && !(len(s.path) > 0 && slices.Contains(group, o)) {
					return false
				}
			}
		}
	}
	return true
}
