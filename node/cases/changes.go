package cases

import "casehub/node/audit"

// changes lists what a person may change in a case and what of it differs, for
// the audit.
func changes(old, c Case) []audit.Change {
	return audit.Diff(
		audit.Field("client_id", old.ClientID, c.ClientID),
		audit.Field("case_type", old.Type, c.Type),
		audit.Field("status", old.Status, c.Status),
		audit.Field("opened_on", old.OpenedOn, c.OpenedOn),
		audit.Field("closed_on", old.ClosedOn, c.ClosedOn),
		audit.Field("outcome", old.Outcome, c.Outcome),
		audit.Field("other_party", old.OtherParty, c.OtherParty),
		audit.Field("summary", old.Summary, c.Summary),
		audit.Field("office_id", old.OfficeID, c.OfficeID),
		audit.Field("responsible_id", old.Responsible, c.Responsible),
	)
}
