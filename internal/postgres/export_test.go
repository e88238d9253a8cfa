package postgres

// PID returns the process number of the cluster's postmaster, for a test that
// kills it.
func (c *Cluster) PID() int { return c.child.pid }
