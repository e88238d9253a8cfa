package people

import (
	"slices"
	"strings"

	"casehub/node/audit"
)

// What the audit keeps of a change: the fields that differ, by the names of their
// columns. Nothing of passwords and factors is among them.

func (o Organisation) since(b Organisation) []audit.Change {
	return audit.Diff(audit.Field("name", b.Name, o.Name), audit.Field("language", b.Language, o.Language), audit.Field("lock_minutes", b.LockMinutes, o.LockMinutes))
}

func (r Region) since(b Region) []audit.Change {
	return audit.Diff(audit.Field("name", b.Name, r.Name))
}

func (o Office) since(b Office) []audit.Change {
	return audit.Diff(audit.Field("name", b.Name, o.Name), audit.Field("region_id", b.RegionID, o.RegionID), audit.Field("closed", yes(b.Closed), yes(o.Closed)))
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func (t Team) since(b Team) []audit.Change {
	fields := audit.Diff(audit.Field("name", b.Name, t.Name), audit.Field("office_id", b.OfficeID, t.OfficeID))
	return append(fields, listChange("members", b.Members, t.Members)...)
}

func (r Role) since(b Role) []audit.Change {
	return append(audit.Diff(audit.Field("name", b.Name, r.Name)), listChange("grants", b.written(), r.written())...)
}

// written returns each grant as a line, "cases.read office contact".
func (r Role) written() []string {
	var all []string
	for _, g := range r.Grants {
		all = append(all, strings.TrimSpace(g.Action+" "+g.Reach+" "+joined(g.Classes)))
	}
	return all
}

func (p Person) since(b Person) []audit.Change {
	return audit.Diff(
		audit.Field("login", b.Login, p.Login), audit.Field("name", b.Name, p.Name), audit.Field("language", b.Language, p.Language),
		audit.Field("office_id", b.OfficeID, p.OfficeID), audit.Field("status", b.Status, p.Status),
	)
}

// positionChange compares what somebody held and holds.
func positionChange(before, after []Position) []audit.Change {
	return listChange("positions", writtenPositions(before), writtenPositions(after))
}

func writtenPositions(held []Position) []string {
	var all []string
	for _, o := range held {
		all = append(all, strings.TrimSpace(o.Role+" "+o.OfficeID))
	}
	return all
}

// listChange compares two sets, whatever their order.
func listChange[T ~string](field string, before, after []T) []audit.Change {
	return audit.Diff(audit.Field(field, lines(before), lines(after)))
}

func lines[T ~string](list []T) string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = string(v)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}
