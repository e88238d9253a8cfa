package cases

import "casehub/node/access"

// without returns the case without what may not be read.
func (c Case) without(may access.Classes) Case {
	if !may.Sensitive {
		c.Type, c.Outcome = 0, 0
	}
	if !may.Narrative {
		c.OtherParty, c.Summary = "", ""
	}
	// Nobody knows what is in columns that no field took.
	if !may.All() {
		c.Legacy = ""
	}
	return c
}

// keep returns an edit that leaves alone what may not be read.
func (e Edit) keep(c Case, may access.Classes) Edit {
	if !may.Sensitive {
		e.Type = c.Type
	}
	if !may.Narrative {
		e.OtherParty, e.Summary = c.OtherParty, c.Summary
	}
	return e
}
