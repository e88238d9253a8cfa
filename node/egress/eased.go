package egress

import (
	"slices"
	"strconv"

	"casehub/internal/pack"
	"casehub/policy"
)

// Eased is one demand that a newer pack no longer makes.
type Eased struct {
	// What is "k", "k-sensitive", "p", "largest", "hold", "tables", "withheld" or
	// "rules".
	What string
	// Was and Is are the numbers of before and now; "" of tables, codes and rules.
	Was, Is string
	// DataSets are the tables that may leave now, Codes the codes.
	DataSets, Codes []uint32
}

// KeyOf returns the catalogue's key of what is eased.
func (e Eased) KeyOf() string { return "egress.eased-" + e.What }

// standing are the packs of one name that hold: the newest, and beside it those of
// before that demand more than it, until somebody accepts it. Accepted is one that is
// taken as if somebody had, nil for none. List is ascending by version.
func standing(chain []pack.Roots, list []Taken, accepted *Taken) ([]pack.Pack, error) {
	settled := func(t Taken) bool {
		return t.Registry == 0 || !t.AcceptedAt.IsZero() || accepted != nil && t.Name == accepted.Name && t.Version == accepted.Version
	}
	first := 0
	for i, t := range list {
		if settled(t) {
			first = i
		}
	}
	var in []pack.Pack
	for _, t := range list[min(first, len(list)):] {
		p, err := again(chain, t)
		if err != nil {
			return nil, err
		}
		if settled(t) || len(eased(in, p)) == 0 {
			in = nil
		}
		in = append(in, p)
	}
	return in, nil
}

// eased is what packs demand together and another one does not.
func eased(before []pack.Pack, p pack.Pack) []Eased {
	if len(before) == 0 {
		return nil
	}
	was, is := policy.Floor(), policy.Floor().Tighten(layerOf(p).Limits)
	for _, b := range before {
		was = was.Tighten(layerOf(b).Limits)
	}
	all := easedNumbers(was, is)
	if sets := easedTables(was, is); len(sets) > 0 || was.DataSets != nil && is.DataSets == nil {
		all = append(all, Eased{What: "tables", DataSets: sets})
	}
	if codes := slices.DeleteFunc(slices.Clone(was.Withheld), is.Withholds); len(codes) > 0 {
		all = append(all, Eased{What: "withheld", Codes: codes})
	}
	if slices.ContainsFunc(before, func(b pack.Pack) bool { return b.Contents.Rules != "" && b.Contents.Rules != p.Contents.Rules }) {
		all = append(all, Eased{What: "rules"})
	}
	return all
}

func easedNumbers(was, is policy.Limits) []Eased {
	var all []Eased
	for _, n := range []struct {
		what    string
		was, is uint32
		eased   bool
	}{
		{"k", was.K, is.K, is.K < was.K},
		{"k-sensitive", was.KSensitive, is.KSensitive, is.KSensitive < was.KSensitive},
		{"p", was.P, is.P, is.P < was.P},
		{"largest", was.Largest, is.Largest, is.Largest > was.Largest},
		{"hold", was.Hold, is.Hold, is.Hold < was.Hold},
	} {
		if n.eased {
			all = append(all, Eased{What: n.what, Was: digits(n.was), Is: digits(n.is)})
		}
	}
	return all
}

// easedTables are those that are named now and were not.
func easedTables(was, is policy.Limits) []uint32 {
	return slices.DeleteFunc(slices.Clone(is.DataSets), was.Allows)
}

func digits(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
