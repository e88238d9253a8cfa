package release

import (
	"fmt"
	"io"
	"text/tabwriter"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	releasev1 "casehub/proto/casehub/release/v1"
)

// kinds are the words for what a release is.
var kinds = map[releasev1.ReleaseKind]string{
	releasev1.ReleaseKind_RELEASE_KIND_REGULAR: "a month",
	releasev1.ReleaseKind_RELEASE_KIND_VOID:    "takes a release back",
	releasev1.ReleaseKind_RELEASE_KIND_CLOSING: "the last release of the office",
}

// Print writes a release in words. Codes that the registry does not have are
// written as numbers.
func Print(w io.Writer, r *releasev1.Release, reg *codelist.Registry, language string) {
	fmt.Fprintf(w, "office %d, release %d, %s: %s\n", r.GetOrgUnit(), r.GetSequence(), civil.Month(r.GetPeriod()).Dash(), kinds[r.GetKind()])
	if v := r.GetVoidsSequence(); v > 0 {
		fmt.Fprintf(w, "every number of release %d is taken back\n", v)
	}
	if len(r.GetTables()) == 0 {
		fmt.Fprintln(w, "no number")
		return
	}
	for _, t := range r.GetTables() {
		set, known := reg.DataSet(t.GetDataSet())
		label := fmt.Sprintf("measure %d", t.GetDataSet())
		if known {
			label = set.In(language)
		}
		fmt.Fprintln(w, label)
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, g := range t.GetGroups() {
			fmt.Fprintf(tw, "  %s%s\tsince %s\t%d", codeLabel(reg, g, language), depths[uint32(g.GetLevel())], civil.Month(g.GetFromPeriod()).Dash(), g.GetValue())
			if set.Money {
				fmt.Fprintf(tw, "\tamount %d", int64(g.GetAmountHundreds())*100)
			}
			fmt.Fprintln(tw)
		}
		_ = tw.Flush()
	}
}

// depths are the words for groups that are no single kind.
var depths = map[uint32]string{2: " (the rest of this heading)", 3: " (other, not shown separately)"}

func codeLabel(reg *codelist.Registry, g *releasev1.Group, language string) string {
	code := codelist.Code(g.GetCategoryOption())
	if label := reg.Label(code, language); label != "" {
		return label
	}
	return fmt.Sprintf("code %d", code)
}
