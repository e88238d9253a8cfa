package main

import "casehub/internal/codelist"

// share is how often something occurs beside the others of its list. The code
// is a leaf, or a category whose leaves share the weight, the first ones more.
type share struct {
	code   codelist.Code
	weight float64
}

// Profile is the character of an office: how much comes in, and of what.
type Profile struct {
	// Name is the invented name of the office.
	Name string
	// Place is an invented place for addresses.
	Place string
	// Team says that people of different positions work in two offices; else there
	// is a director alone.
	Team bool
	// Monthly is the number of cases opened in an ordinary month.
	Monthly float64
	// Women is the part of clients who are women, 0 to 1.
	Women float64
	// Languages are those of the clients (BCP 47), the commonest first.
	Languages []string
	// Types says what clients come for. What is not named still occurs, rarely.
	Types []share
}

// Profiles are the offices of the demonstration, from the smallest to the
// largest. All of them are invented.
func Profiles() []Profile {
	return []Profile{
		{
			Name: "Witklip Farm Dwellers' Office", Place: "Witklip", Monthly: 10, Women: 0.5, Languages: []string{"af", "xh"},
			Types: []share{{1700, 30}, {1601, 12}, {1101, 10}, {1102, 12}, {1200, 12}, {1900, 10}, {1604, 6}},
		},
		{
			Name: "Thandeka Women's Advice Desk", Place: "Thandeka", Monthly: 26, Women: 0.95, Languages: []string{"st", "zu", "en"},
			Types: []share{{1401, 34}, {1300, 28}, {1403, 8}, {1402, 5}, {1200, 12}, {1501, 5}, {1601, 6}, {1900, 6}},
		},
		{
			Name: "Mthonjeni Rural Land Office", Place: "Mthonjeni", Monthly: 42, Women: 0.55, Languages: []string{"zu", "xh"},
			Types: []share{{1700, 40}, {1200, 22}, {1304, 8}, {1305, 5}, {1900, 12}, {2005, 7}, {1604, 5}},
		},
		{
			Name: "Ekuseni Workers' Advice Office", Place: "Ekuseni", Monthly: 74, Women: 0.42, Languages: []string{"zu", "st", "ts", "en"},
			Types: []share{{1101, 26}, {1102, 30}, {1103, 10}, {1104, 14}, {1105, 8}, {1205, 8}, {1802, 6}, {1801, 5}, {1904, 4}},
		},
		{
			Name: "Bokamoso Community Advice Centre", Place: "Bokamoso", Team: true, Monthly: 115, Women: 0.6, Languages: []string{"tn", "st", "zu", "af", "en"},
			Types: []share{{1100, 20}, {1200, 22}, {1300, 15}, {1600, 16}, {1800, 14}, {1900, 10}, {1400, 6}, {1500, 5}, {2000, 6}},
		},
	}
}

// matter is what is usual for cases of one category.
type matter struct {
	// days is the median time to the end.
	days float64
	// destinations are where such cases are referred to.
	destinations []share
	// other is the other party, without a name.
	other []string
	// summaries are what the case is about, in general words.
	summaries []string
}

// matters are by category of case type.
var matters = map[codelist.Code]matter{
	1100: {
		75,
		[]share{{3203, 6}, {3303, 3}, {3101, 2}, {3504, 2}, {3102, 1}},
		[]string{"the employer", "a security company", "a farm", "a labour broker"},
		[]string{"Sent home without a hearing.", "The last two months were not paid.", "No payslips and no contract.", "Papers for the benefit were never handed in."},
	},
	1200: {
		60,
		[]share{{3301, 8}, {3302, 2}, {3403, 2}},
		[]string{"the grants agency", "a pension fund"},
		[]string{"The application was turned down without reasons.", "Payment stopped after the review.", "Money was taken off the grant every month.", "The fund does not answer."},
	},
	1300: {
		90,
		[]share{{3202, 7}, {3403, 3}, {3201, 2}, {3101, 2}, {3102, 1}},
		[]string{"the other parent", "the husband", "relatives"},
		[]string{"No maintenance since last year.", "The children may not be visited.", "The estate was never reported.", "The marriage was not registered."},
	},
	1400: {
		30,
		[]share{{3402, 5}, {3401, 5}, {3201, 4}, {3404, 3}, {3403, 3}},
		[]string{"a partner", "a former partner", "a person known to the client"},
		[]string{"A protection order is asked for.", "An order stands and was broken.", "A safe place is needed first."},
	},
	1500: {
		45,
		[]share{{3403, 6}, {3501, 1}, {3101, 1}, {3502, 1}},
		[]string{"a school", "a college", "a family member"},
		[]string{"The school refused a place without papers.", "Results were held back because of fees.", "Funding was approved and never paid."},
	},
	1600: {
		80,
		[]share{{3204, 4}, {3304, 5}, {3101, 2}, {3201, 1}},
		[]string{"the landlord", "the municipality", "the owner of the house"},
		[]string{"Told to leave by the end of the month.", "The deposit was not paid back.", "The account is far above what was used.", "The subsidy was given to somebody else."},
	},
	1700: {
		240,
		[]share{{3101, 3}, {3304, 3}, {3503, 4}, {3502, 1}, {3102, 2}},
		[]string{"the farm's owner", "a neighbour", "the traditional council", "a company"},
		[]string{"The family has lived on the farm since before the client was born.", "The claim was lodged and nothing is heard of it.", "A fence was put across the path to the water.", "The plot was given to another family."},
	},
	1800: {
		70,
		[]share{{3501, 4}, {3101, 2}, {3102, 2}, {3104, 1}},
		[]string{"a lender", "an insurer", "a shop", "a debt collector"},
		[]string{"More is taken from the wages than the court allowed.", "The policy was cancelled without notice.", "The lender kept the bank card.", "The goods broke and were not taken back."},
	},
	1900: {
		50,
		[]share{{3302, 9}, {3101, 1}, {3502, 1}},
		[]string{"the registry office"},
		[]string{"The identity document shows another person's photograph.", "The birth was never registered.", "The permit ran out while the application lay there."},
	},
	2000: {
		55,
		[]share{{3404, 3}, {3401, 2}, {3501, 2}, {3101, 3}, {3503, 2}, {3502, 1}},
		[]string{"a clinic", "a police station", "a neighbour"},
		[]string{"Turned away at the clinic.", "Held overnight without a reason.", "A quarrel over a wall has gone on for months."},
	},
}

// gain is how money comes out of cases of one type.
type gain struct {
	kind codelist.Code
	// chance is the part of the cases in which the client gets money.
	chance float64
	// median is in cents of the rand; spread is the sigma of the log-normal.
	median, spread float64
}

// gains are by case type, or by category for the types that are not named.
var gains = map[codelist.Code]gain{
	1100: {4101, 0.26, 6_500_00, 0.8},
	1101: {4102, 0.28, 18_000_00, 0.8},
	1104: {4103, 0.30, 9_500_00, 0.6},
	1105: {4103, 0.20, 26_000_00, 0.9},
	1200: {4202, 0.20, 5_600_00, 0.6},
	1205: {4202, 0.22, 38_000_00, 0.9},
	1301: {4201, 0.32, 2_400_00, 0.6},
	1304: {4204, 0.18, 42_000_00, 0.9},
	1602: {4203, 0.26, 3_200_00, 0.5},
	1800: {4301, 0.18, 2_800_00, 0.8},
	1801: {4302, 0.22, 9_500_00, 0.9},
	1803: {4302, 0.20, 4_200_00, 0.8},
}

// Outcomes of cases in which the client got money, of those that were referred,
// and of the rest.
var (
	outcomesWithMoney = []share{{5101, 6}, {5102, 4}, {5103, 2}}
	outcomesReferred  = []share{{5202, 6}, {5201, 2}, {5204, 1}, {5103, 1}}
	outcomesOther     = []share{{5201, 8}, {5101, 4}, {5102, 2}, {5103, 1}, {5104, 1}, {5203, 2}, {5204, 2}, {5205, 2}}
)
