package release

import (
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	releasev1 "casehub/proto/casehub/release/v1"
)

// CheckCodes holds a release of known structure against the registry it was
// built by: every table is in the plan, every code stands in the table's list at
// the depth of its group, and only a table with money has amounts. A sensitive leaf
// has at least MinSensitiveGroup events and is dated by quarters (rule D6); so has
// and is the rest of a category of such leaves alone. Sensitive leaves and rests
// leave at the end of a quarter, or with an office's last release (rules D4 to
// D6). It fails with a Refusal, INVALID. A release of another registry version than
// reg's is refused too.
//
// What the release cannot show, such as how many leaves a rest hides, is the
// office's own to check.
func CheckCodes(r *releasev1.Release, reg *codelist.Registry) error {
	if r.GetRegistryVersion() != reg.Version || r.GetPlanVersion() != reg.Plan.Version {
		return refuse(invalid)
	}
	flush := civil.Month(r.GetPeriod()).QuarterEnd() || r.GetKind() == releasev1.ReleaseKind_RELEASE_KIND_CLOSING
	for _, t := range r.GetTables() {
		set, ok := reg.DataSet(t.GetDataSet())
		if !ok {
			return refuse(invalid)
		}
		for _, g := range t.GetGroups() {
			if !codeHolds(g, reg.List(set.List), flush) || !set.Money && g.GetAmountHundreds() != 0 {
				return refuse(invalid)
			}
		}
	}
	return nil
}

func codeHolds(g *releasev1.Group, list *codelist.List, flush bool) bool {
	code := codelist.Code(g.GetCategoryOption())
	switch g.GetLevel() {
	case releasev1.GroupLevel_GROUP_LEVEL_LEAF:
		leaf, ok := list.Leaf(code)
		return ok && (!leaf.Sensitive || flush && sensitiveHolds(g))
	case releasev1.GroupLevel_GROUP_LEVEL_CATEGORY_REST:
		category, ok := list.Category(code)
		return ok && flush && len(category.Leaves) > 1 && (!allSensitive(category) || sensitiveHolds(g))
	case releasev1.GroupLevel_GROUP_LEVEL_ROOT_REST:
		return flush && code == list.Code
	}
	return false
}

// sensitiveHolds reports whether a group of sensitive leaves is large enough and
// dated by quarters.
func sensitiveHolds(g *releasev1.Group) bool {
	from := civil.Month(g.GetFromPeriod())
	return g.GetValue() >= MinSensitiveGroup && from == from.QuarterStart()
}

func allSensitive(c codelist.Category) bool {
	return !slices.ContainsFunc(c.Leaves, func(l codelist.Leaf) bool { return !l.Sensitive })
}
