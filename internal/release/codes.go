package release

import (
	"casehub/internal/civil"
	"casehub/internal/codelist"
	releasev1 "casehub/proto/casehub/release/v1"
)

// CheckCodes holds a release of known structure against the registry it was
// built by: every table is in the plan, every code is a leaf of the table's
// list, a sensitive one has at least MinSensitiveGroup events and leaves at the
// end of a quarter, dated by quarters (rule D6), and only a table with money has
// amounts. It fails with a Refusal, INVALID. A release of
// another registry version than reg's is refused too.
//
// Only leaves are published by the first plan; rests (rules D4 and D5) are
// refused until a plan brings them.
func CheckCodes(r *releasev1.Release, reg *codelist.Registry) error {
	if r.GetRegistryVersion() != reg.Version || r.GetPlanVersion() != reg.Plan.Version {
		return refuse(invalid)
	}
	for _, t := range r.GetTables() {
		set, ok := reg.DataSet(t.GetDataSet())
		if !ok {
			return refuse(invalid)
		}
		list := reg.List(set.List)
		for _, g := range t.GetGroups() {
			if !codeHolds(g, civil.Month(r.GetPeriod()), set, list) {
				return refuse(invalid)
			}
		}
	}
	return nil
}

func codeHolds(g *releasev1.Group, period civil.Month, set codelist.DataSet, list *codelist.List) bool {
	leaf, ok := list.Leaf(codelist.Code(g.GetCategoryOption()))
	if !ok || g.GetLevel() != releasev1.GroupLevel_GROUP_LEVEL_LEAF {
		return false
	}
	from := civil.Month(g.GetFromPeriod())
	if leaf.Sensitive && (g.GetValue() < MinSensitiveGroup || !period.QuarterEnd() || from != from.QuarterStart()) {
		return false
	}
	return set.Money || g.GetAmountHundreds() == 0
}
