package codelist

// Live returns a registry whose lists, measures and labels are those of the newest
// registry that it was told of: of r, before there is one. Its fields stay those of
// r; Now has the version that answers.
func Live(r *Registry) *Registry {
	live := &Registry{Version: r.Version, Lists: r.Lists, Plan: r.Plan, labels: r.labels}
	live.newest.Store(r)
	return live
}

// Now returns the registry that answers now, which does not change any more.
func (r *Registry) Now() *Registry {
	if newest := r.newest.Load(); newest != nil {
		return newest
	}
	return r
}

// Follow lets a registry of Live answer as another one from now on; any other
// registry stays what it is.
func (r *Registry) Follow(next *Registry) {
	if r.newest.Load() != nil {
		r.newest.Store(next.Now())
	}
}
