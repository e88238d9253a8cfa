package clients

import "casehub/node/audit"

// changes lists what a person may change in a client and what of it differs,
// for the audit.
func changes(old, c Client) []audit.Change {
	return audit.Diff(
		audit.Field("surname", old.Surname, c.Surname),
		audit.Field("given_names", old.GivenNames, c.GivenNames),
		audit.Field("birth_date", old.BirthDate, c.BirthDate),
		audit.Field("birth_precision", old.BirthPrecision, c.BirthPrecision),
		audit.Field("sex", old.Sex, c.Sex),
		audit.Field("id_number", old.IDNumber, c.IDNumber),
		audit.Field("phones", old.Phones, c.Phones),
		audit.Field("contact_safety", old.ContactSafety, c.ContactSafety),
		audit.Field("address", old.Address, c.Address),
		audit.Field("language", old.Language, c.Language),
		audit.Field("notes", old.Notes, c.Notes),
	)
}
