package main

// row is one proof: the name in its line, the package whose tests show it, and
// what it says.
type row struct{ name, pkg, says string }

const (
	attacks = "./internal/attack"
	twins   = "./internal/twins"
)

const reach = "./internal/reach"

const canary = "./internal/canary"

// table lists every proof that has to be shown.
var table = []row{
	{"audit/offices-agreed", "./node/auditor", "invented offices on whose every release the auditor agrees with the ledger (I15)"},
	{"attack/per-case-recovered", attacks, "the attackers find every single case that was sent by itself"},
	{"attack/year-to-date-recovered", attacks, "the attackers subtract last month's number from this month's"},
	{"attack/suppressed-recovered", attacks, "the attackers see behind stars"},
	{"attack/rounded-recovered", attacks, "the attackers see behind rounding"},
	{"attack/mode-d-recovered", attacks, "single cases recovered from all releases of Mode D (M3)"},
	{"attack/mode-d-sensitive-bounds", attacks, "sensitive cells of which it is known that they are not empty (M6)"},
	{"attack/mode-d-without-other-world", attacks, "single cases that hold one in every world with the same releases"},
	{"attack/minimality-exact", attacks, "hidden numbers known from the rules alone (M4)"},
	{"attack/minimality-positive", attacks, "hidden numbers known to be above zero (M4)"},
	{"attack/unguarded-exact", attacks, "the same attack sees red without the guards"},
	{"attack/smallest-value", attacks, "the smallest number ever sent (M5)"},
	{"attack/smallest-clients", attacks, "the fewest clients behind a number ever sent (M5)"},
	{"attack/smallest-sensitive-value", attacks, "the smallest number with sensitive cases (M5)"},
	{"attack/smallest-sensitive-clients", attacks, "the fewest clients behind a number with sensitive cases (M5)"},
	{"attack/money-betrayed", attacks, "sums from which one client knows another's to within 25 % (M7)"},
	{"attack/money-betrayed-without-rule", attacks, "the same attack sees red without the rule"},
	{"utility/by-type-or-category", attacks, "percent of cases with their type or category, 10-40 a month (M20)"},
	{"utility/mean-wait", attacks, "months that a case waits, 10-40 a month (M20)"},
	{"utility/unpublished", attacks, "percent of cases unpublished at the year's end, 10-40 a month (M20)"},
	{"gate/mutants-alive", "./node/egress", "checks of the gate that nobody would miss, each deleted in turn (M10)"},
	{"gate/floor-mutants-alive", "./policy", "checks of the floor that nobody would miss"},
	{"gate/rule-mutants-alive", "./policy", "conditions and rules of the embedded policy that nobody would miss"},
	{"gate/wrong-accepts", "./node/egress", "changed releases that the gate lets out and the auditor does not find (M11)"},
	{"reach/packages-outside", reach, "imports of a network client in the node's program outside its doors (M12)"},
	{"reach/call-graph", reach, "functions of the node outside its doors that can reach the network (M12)"},
	{"reach/modules-unknown", reach, "outside modules in the node that could send and are not known"},
	{"reach/destinations", reach, "places other than the hub that a node in a network of its own reached for (M13)"},
	{"reach/hub-addresses", reach, "of the hub's two addresses, those that the same node reached (M13)"},
	{"twins/worlds-differ", twins, "pairs of worlds with the same permitted aggregates and else nothing alike of which any byte that comes out differs (M2, I7)"},
	{"twins/pairs", twins, "such pairs, of 24 months each"},
	{"twins/leaks-seen", twins, "leaks of a node played by the harness that the twins show"},
	{"canary/markers", canary, "markers in every text and blob column of a node (M1)"},
	{"canary/found", canary, "markers found in what a node and a hub leave behind, on the wire and in logs (M1)"},
	{"canary/columns-without", canary, "columns without a marker and without a reason"},
	{"canary/leaks-seen", canary, "of twenty leaks on purpose, those that the detector sees (M1)"},
}
