package main

// row is one proof: the name in its line, the part that shows it, its goal in a full
// run, and what it says.
type row struct {
	name string
	part
	goal, says string
}

// The parts.
var (
	utility                     = part{"./internal/attack", "TestProveUtility"}
	thePackages                 = part{"./internal/reach", "TestProveThePackages"}
	theCallGraph                = part{"./internal/reach", "TestProveTheCallGraph"}
	theDestinations             = part{"./internal/reach", "TestProveTheDestinations"}
	everyCheckOfTheGateIsNeeded = part{"./node/egress", "TestProveEveryCheckOfTheGateIsNeeded"}
	eachFloorCheckIsNeeded      = part{"./policy", "TestProveEachFloorCheckIsNeeded"}
	everyLineOfTheRulesIsNeeded = part{"./policy", "TestProveEveryLineOfTheRulesIsNeeded"}
	theGateAgreesWithTheAuditor = part{"./node/egress", "TestProveTheGateAgreesWithTheAuditor"}
	leaks                       = part{"./internal/twins", "TestProveLeaks"}
	theCanaries                 = part{"./internal/canary", "TestProveTheCanaries"}
	theAttackersBite            = part{"./internal/attack", "TestProveTheAttackersBite"}
	modeDGivesNoSingleCaseAway  = part{"./internal/attack", "TestProveModeDGivesNoSingleCaseAway"}
	nobodyKnowsAnothersMoney    = part{"./internal/attack", "TestProveNobodyKnowsAnothersMoney"}
	nothingSmallLeaves          = part{"./internal/attack", "TestProveNothingSmallLeaves"}
	minimalitySeesRed           = part{"./internal/attack", "TestProveMinimalitySeesRed"}
	minimalitySeesNewCodes      = part{"./internal/attack", "TestProveMinimalitySeesNewCodesThatMakeRoom"}
	minimality                  = part{"./internal/attack", "TestProveMinimality"}
	everyCaseCouldBeElsewhere   = part{"./internal/attack", "TestProveEveryCaseCouldBeElsewhere"}
	theAuditorAgrees            = part{"./node/auditor", "TestProveTheAuditorAgrees"}
	twins                       = part{"./internal/twins", "TestProveTwins"}
)

// table lists every proof that has to be shown, those that take long last.
var table = []row{
	{"utility/by-type-or-category", utility, ">=70", "percent of cases with their type or category, 10-40 a month (M20)"},
	{"utility/mean-wait", utility, "<=1.5", "months that a case waits, 10-40 a month (M20)"},
	{"utility/unpublished", utility, "<=0.5", "percent of cases unpublished at the year's end, 10-40 a month (M20)"},
	{"reach/packages-outside", thePackages, "<=0", "imports of a network client in the node's program outside its doors (M12)"},
	{"reach/call-graph", theCallGraph, "<=0", "functions of the node outside its doors that can reach the network (M12)"},
	{"reach/modules-unknown", theCallGraph, "<=0", "outside modules in the node that could send and are not known"},
	{"reach/destinations", theDestinations, "<=0", "places other than the hub that a node in a network of its own reached for (M13)"},
	{"reach/hub-addresses", theDestinations, ">=2", "of the hub's two addresses, those that the same node reached (M13)"},
	{"gate/mutants-alive", everyCheckOfTheGateIsNeeded, "<=0", "checks of the gate that nobody would miss, each deleted in turn (M10)"},
	{"gate/floor-mutants-alive", eachFloorCheckIsNeeded, "<=0", "checks of the floor that nobody would miss"},
	{"gate/rule-mutants-alive", everyLineOfTheRulesIsNeeded, "<=0", "conditions and rules of the embedded policy that nobody would miss"},
	{"gate/wrong-accepts", theGateAgreesWithTheAuditor, "<=0", "changed releases that the gate lets out and the auditor does not find (M11)"},
	{"twins/leaks-seen", leaks, ">=15", "leaks of a node played by the harness that the twins show"},
	{"canary/markers", theCanaries, ">=10000", "markers in every text and blob column of a node (M1)"},
	{"canary/found", theCanaries, "<=0", "markers found in what a node and a hub leave behind, on the wire and in logs (M1)"},
	{"canary/columns-without", theCanaries, "<=0", "columns without a marker and without a reason"},
	{"canary/leaks-seen", theCanaries, ">=20", "of twenty leaks on purpose, those that the detector sees (M1)"},
	{"attack/per-case-recovered", theAttackersBite, ">=1001", "the attackers find every single case that was sent by itself"},
	{"attack/year-to-date-recovered", theAttackersBite, ">=1001", "the attackers subtract last month's number from this month's"},
	{"attack/suppressed-recovered", theAttackersBite, ">=1001", "the attackers see behind stars"},
	{"attack/rounded-recovered", theAttackersBite, ">=1001", "the attackers see behind rounding"},
	{"attack/mode-d-recovered", modeDGivesNoSingleCaseAway, "<=0", "single cases recovered from all releases of Mode D (M3)"},
	{"attack/mode-d-sensitive-bounds", modeDGivesNoSingleCaseAway, "<=0", "sensitive cells of which it is known that they are not empty (M6)"},
	{"attack/money-betrayed", nobodyKnowsAnothersMoney, "<=0", "sums from which one client knows another's to within 25 % (M7)"},
	{"attack/money-betrayed-without-rule", nobodyKnowsAnothersMoney, ">=1", "the same attack sees red without the rule"},
	{"attack/smallest-value", nothingSmallLeaves, ">=5", "the smallest number ever sent (M5)"},
	{"attack/smallest-clients", nothingSmallLeaves, ">=5", "the fewest clients behind a number ever sent (M5)"},
	{"attack/smallest-sensitive-value", nothingSmallLeaves, ">=10", "the smallest number with sensitive cases (M5)"},
	{"attack/smallest-sensitive-clients", nothingSmallLeaves, ">=10", "the fewest clients behind a number with sensitive cases (M5)"},
	{"attack/unguarded-exact", minimalitySeesRed, ">=1", "the same attack sees red without the guards"},
	{"attack/new-codes-known", minimalitySeesNewCodes, ">=1", "and where a code counts from its first month, to who knows that nobody uses it"},
	{"attack/minimality-exact", minimality, "<=0", "hidden numbers known from the rules alone (M4)"},
	{"attack/minimality-positive", minimality, "<=0", "hidden numbers known to be above zero (M4)"},
	{"attack/mode-d-without-other-world", everyCaseCouldBeElsewhere, "<=0", "single cases that hold one in every world with the same releases"},
	{"audit/offices-agreed", theAuditorAgrees, ">=10000", "invented offices on whose every release the auditor agrees with the ledger (I15)"},
	{"twins/worlds-differ", twins, "<=0", "pairs of worlds with the same permitted aggregates and else nothing alike of which any byte that comes out differs (M2, I7)"},
	{"twins/pairs", twins, ">=1000", "such pairs, of 24 months each"},
	{"twins/plays", twins, ">=250", "different plays among them"},
}
