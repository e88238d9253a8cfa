package finance

import (
	"fmt"

	"casehub/node/audit"
)

// changes lists what a person may change in a recovery and what of it differs,
// for the audit.
func changes(old, r Recovery) []audit.Change {
	return audit.Diff(
		audit.Field("recovery_kind", old.Kind, r.Kind),
		audit.Field("received_on", old.ReceivedOn, r.ReceivedOn),
		audit.Field("amount", old.sum(), r.sum()),
		audit.Field("recovery_note", old.Note, r.Note),
	)
}

// sum returns the amount with its currency, "125050 ZAR" in minor units; "" for
// none.
func (r Recovery) sum() string {
	if r.Amount == 0 {
		return ""
	}
	return fmt.Sprint(r.Amount, " ", r.Currency)
}
