package main

// row is one proof: the name in its line, the package whose tests show it, and
// what it says.
type row struct{ name, pkg, says string }

const attacks = "./internal/attack"

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
}
