package referrals

import "casehub/node/audit"

// changes lists what a person may change in a referral and what of it differs,
// for the audit.
func changes(old, r Referral) []audit.Change {
	return audit.Diff(
		audit.Field("destination", old.Destination, r.Destination),
		audit.Field("referred_on", old.ReferredOn, r.ReferredOn),
		audit.Field("note", old.Note, r.Note),
		audit.Field("result", old.Result, r.Result),
		audit.Field("result_on", old.ResultOn, r.ResultOn),
		audit.Field("result_note", old.ResultNote, r.ResultNote),
	)
}
