package clients

import "casehub/node/access"

// without returns the client without what may not be read.
func (c Client) without(may access.Classes) Client {
	if !may.Contact {
		c.Phones, c.Address, c.ContactSafety = "", "", ""
	}
	if !may.Narrative {
		c.Notes = ""
	}
	// Nobody knows what is in columns that no field took.
	if !may.All() {
		c.Legacy = ""
	}
	return c
}

// keep returns the client with what may not be read as it was before, and with
// what no form changes.
func (c Client) keep(old Client, may access.Classes) Client {
	if !may.Contact {
		c.Phones, c.Address, c.ContactSafety = old.Phones, old.Address, old.ContactSafety
	}
	if !may.Narrative {
		c.Notes = old.Notes
	}
	c.Legacy = old.Legacy
	return c
}
