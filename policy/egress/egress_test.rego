package casehub.egress_test

import data.casehub.egress

registry := {"version": 1, "plan": 1, "data_sets": {
	"1": {
		"code": 1000, "codes": [1101, 1102, 1103, 1401, 1402], "sensitive": [1401], "money": false,
		"categories": {"1100": [1101, 1102, 1103], "1400": [1401, 1402]},
	},
	"3": {
		"code": 4000, "codes": [4101, 4102], "sensitive": [], "money": true,
		"categories": {"4100": [4101, 4102]},
	},
}}

limits := {"k": 5, "k_sensitive": 10, "p": 25, "largest": 5000, "hold": 3, "withheld": []}

header := {
	"schema_version": 1, "kind": 1, "org_unit": 7, "registry_version": 1, "plan_version": 1,
	"rules_version": 1, "period": 202609, "sequence": 2, "voids_sequence": 0,
}

release(tables) := {"header": header, "tables": tables}

in_month(period, tables) := {"header": object.union(header, {"period": period}), "tables": tables}

closing(tables) := {"header": object.union(header, {"kind": 3, "period": 202608}), "tables": tables}

level(least) := {
	"codes": union({codes | some codes in least}), "again": set(), "largest": 40,
	"from": {202607: union({codes | some codes in least})}, "values": {},
	"least": least, "share": {}, "negative": {},
}

leaves(least) := {"1": level(least)}

rest(least) := object.union(level(least), {"values": least})

money(least, share, negative) := {"1": object.union(level(least), {
	"share": share, "negative": negative,
	"codes": (union({codes | some codes in least}) | union({codes | some codes in negative})),
})}

ask(question) := ask_with(question, limits)

ask_with(question, given) := v if {
	v := egress.verdict with input as question
		with data.registry as registry
		with data.limits as given
		with data.office as {"org_unit": 7}
}

test_five_leave if ask(release({"1": leaves({5: {1101}})})).accepted == {"1": {"1": {1101}}}

test_four_stay if ask(release({"1": leaves({4: {1101}, 5: {1102}})})).accepted == {"1": {"1": {1102}}}

test_nine_of_a_sensitive_code_stay if ask(release({"1": leaves({9: {1401, 1101}})})).accepted == {"1": {"1": {1101}}}

test_ten_of_a_sensitive_code_leave if ask(release({"1": leaves({10: {1401}})})).accepted == {"1": {"1": {1401}}}

test_a_raised_k_holds_for_a_sensitive_code if ask_with(release({"1": leaves({11: {1401}})}), object.union(limits, {"k": 12})).accepted == {"1": {"1": set()}}

test_a_withheld_code_stays if ask_with(release({"1": leaves({50: {1101, 1102}})}), object.union(limits, {"withheld": [1101]})).accepted == {"1": {"1": {1102}}}

test_a_sensitive_code_within_a_quarter_stays if ask(in_month(202608, {"1": leaves({50: {1101, 1401}})})).accepted == {"1": {"1": {1101}}}

test_a_sensitive_code_dated_to_a_month_stays if {
	dated := {"1": object.union(level({50: {1101, 1401}}), {"from": {202608: {1101, 1401}}})}
	ask(release({"1": dated})).accepted == {"1": {"1": {1101}}}
}

test_a_sensitive_code_leaves_when_the_office_closes if ask(closing({"1": leaves({50: {1401}})})).accepted == {"1": {"1": {1401}}}

test_what_left_before_takes_its_threshold if {
	again := {"1": object.union(level({9: {1401}}), {"again": {1401}})}
	ask(release({"1": again})).accepted == {"1": {"1": set()}}
}

test_a_rest_that_left_before_was_judged_then if {
	again := {"2": object.union(rest({9: {1100, 1400}}), {"again": {1100, 1400}})}
	ask(in_month(202612, {"1": again})).accepted == {"1": {"2": {1100, 1400}}}
	ask(in_month(202608, {"1": again})).accepted == {}
}

test_other_that_left_before_was_judged_then if {
	again := {"3": object.union(rest({9: {1000}}), {"again": {1000}})}
	ask(in_month(202612, {"1": again})).accepted == {"1": {"3": {1000}}}
}

test_an_unknown_code_keeps_its_table if not ask(release({"1": leaves({50: {1101, 9999}})})).accepted["1"]

test_a_category_as_a_leaf_keeps_its_table if not ask(release({"1": leaves({50: {1101, 1100}})})).accepted["1"]

test_an_unknown_table_stays if not ask(release({"9": leaves({50: {1101}})})).accepted["9"]

test_an_unknown_level_stays if not ask(release({"1": {"4": level({50: {1101}})}})).accepted["1"]

test_a_month_after_the_release_stays if {
	later := {"1": object.union(level({50: {1101}}), {"from": {202610: {1101}}})}
	not ask(release({"1": later})).accepted["1"]
}

test_too_large_a_value_stays if not ask(release({"1": {"1": object.union(level({50: {1101}}), {"largest": 5001})}})).accepted["1"]

# Rests of a category: at most 4 each of three hidden leaves, so at most 8 in all.
test_a_rest_of_eight_leaves if ask(release({"1": {"2": rest({8: {1100}})}})).accepted == {"1": {"2": {1100}}}

test_a_rest_of_four_stays if ask(release({"1": {"2": rest({4: {1100}})}})).accepted == {"1": {"2": set()}}

test_a_rest_of_nine_stays if ask(release({"1": {"2": rest({9: {1100}})}})).accepted == {"1": {"2": set()}}

# A code in its first year makes no room: at most 4 each of the two others.
aged(since) := object.union(registry, {"data_sets": {"1": {"since": since}}})

ask_aged(question, since) := v if {
	v := egress.verdict with input as question
		with data.registry as aged(since)
		with data.limits as limits
		with data.office as {"org_unit": 7}
}

test_a_new_code_makes_no_room if ask_aged(release({"1": {"2": rest({8: {1100}})}}), {"1101": 202510}).accepted == {"1": {"2": set()}}

test_a_code_of_a_year_makes_room if ask_aged(release({"1": {"2": rest({8: {1100}})}}), {"1101": 202509}).accepted == {"1": {"2": {1100}}}

test_a_rest_of_new_codes_stays if ask_aged(release({"1": {"2": rest({5: {1100}})}}), {"1101": 202601, "1102": 202601, "1103": 202601}).accepted == {"1": {"2": set()}}

test_a_rest_within_a_quarter_stays if ask(in_month(202608, {"1": {"2": rest({8: {1100}})}})).accepted == {}

test_a_rest_leaves_when_the_office_closes if ask(closing({"1": {"2": rest({8: {1100}})}})).accepted == {"1": {"2": {1100}}}

test_a_rest_waits_for_a_longer_hold if ask_with(release({"1": {"2": rest({8: {1100}})}}), object.union(limits, {"hold": 12})).accepted == {}

test_a_shown_leaf_is_not_hidden if {
	tables := {"1": {"1": level({9: {1101}}), "2": rest({5: {1100}})}}
	ask(release(tables)).accepted == {"1": {"1": {1101}, "2": set()}} # two hidden: at most 4
}

test_a_rest_of_one_leaf_stays if {
	tables := {"1": {"1": level({9: {1101, 1102}}), "2": rest({5: {1100}})}}
	ask(release(tables)).accepted == {"1": {"1": {1101, 1102}, "2": set()}}
}

test_a_sensitive_leaf_is_in_no_rest_before_december if {
	ask(release({"1": {"2": rest({5: {1400}})}})).accepted == {"1": {"2": set()}} # one leaf left
}

test_a_rest_with_a_sensitive_leaf_takes_the_higher_threshold if {
	raised := object.union(limits, {"k": 9})
	v := ask_with(in_month(202612, {"1": {"2": rest({9: {1400}})}}), raised)
	v.accepted == {"1": {"2": set()}}
	no_sensitive := ask_with(in_month(202612, {"1": {"2": rest({9: {1100}})}}), raised)
	no_sensitive.accepted == {"1": {"2": {1100}}}
}

test_a_leaf_is_no_rest if ask(release({"1": {"2": rest({8: {1101}})}})).accepted == {"1": {"2": set()}}

test_other_leaves if ask(release({"1": {"3": rest({5: {1000}})}})).accepted == {"1": {"3": {1000}}}

test_other_within_a_quarter_stays if ask(in_month(202608, {"1": {"3": rest({9: {1000}})}})).accepted == {}

test_other_with_a_sensitive_leaf_takes_the_higher_threshold if {
	ask(in_month(202612, {"1": {"3": rest({9: {1000}})}})).accepted == {"1": {"3": set()}}
	ask(in_month(202612, {"1": {"3": rest({10: {1000}})}})).accepted == {"1": {"3": {1000}}}
}

test_other_takes_the_ordinary_threshold_beside_the_sensitive_rest if {
	tables := {"1": {"2": rest({12: {1400}}), "3": rest({9: {1000}})}}
	ask(in_month(202612, tables)).accepted["1"]["3"] == {1000}
}

test_another_code_as_other_stays if not ask(release({"1": {"3": rest({9: {1100}})}})).accepted["1"]

test_spread_money_leaves if ask(release({"3": money({5: {4101}}, {25: {4101}}, {})})).accepted == {"3": {"1": {4101}}}

test_dominated_money_stays if ask(release({"3": money({50: {4101}}, {24: {4101}}, {})})).accepted == {"3": {"1": set()}}

test_money_without_a_share_stays if ask(release({"3": money({50: {4101}}, {}, {})})).accepted == {"3": {"1": set()}}

test_money_in_a_table_without_money_stays if not ask(release({"1": money({50: {1101}}, {90: {1101}}, {})})).accepted["1"]

test_a_negative_in_a_table_without_money_stays if not ask(release({"1": money({}, {}, {50: {1101}})})).accepted["1"]

test_negative_money_needs_twice_k if ask(release({"3": money({}, {25: {4101, 4102}}, {9: {4101}, 10: {4102}})})).accepted == {"3": {"1": {4102}}}

test_negative_money_needs_spread_too if ask(release({"3": money({}, {24: {4101}, 25: {4102}}, {50: {4101, 4102}})})).accepted == {"3": {"1": {4102}}}

test_header_ok if ask(release({})).header_ok == true

test_the_last_release_is_ok if ask(closing({})).header_ok == true

spoilt(change, tables) := ask({"header": object.union(header, change), "tables": tables}).header_ok

test_another_office_is_not_ok if spoilt({"org_unit": 8}, {}) == false

test_another_schema_is_not_ok if spoilt({"schema_version": 2}, {}) == false

test_another_plan_is_not_ok if spoilt({"plan_version": 2}, {}) == false

test_another_registry_is_not_ok if spoilt({"registry_version": 2}, {}) == false

test_no_rules_of_counting_is_not_ok if spoilt({"rules_version": 0}, {}) == false

test_an_unknown_kind_is_not_ok if spoilt({"kind": 4}, {}) == false

test_a_month_that_takes_back_is_not_ok if spoilt({"voids_sequence": 1}, {}) == false

test_what_takes_back_an_earlier_one_is_ok if spoilt({"kind": 2, "voids_sequence": 1}, {}) == true

test_what_takes_back_nothing_is_not_ok if spoilt({"kind": 2}, {}) == false

test_what_takes_back_itself_is_not_ok if spoilt({"kind": 2, "voids_sequence": 2}, {}) == false

test_what_takes_back_has_no_groups if spoilt({"kind": 2, "voids_sequence": 1}, {"1": leaves({50: {1101}})}) == false

test_empty_input_is_not_ok if {
	v := ask({})
	v.header_ok == false
	v.accepted == {}
}

test_without_limits_nothing_leaves if {
	v := egress.verdict with input as release({"1": leaves({50: {1101}})})
		with data.registry as registry
		with data.limits as {}
		with data.office as {"org_unit": 7}
	v.header_ok == true
	v.accepted == {}
}

test_without_registry_nothing_is_ok if {
	v := egress.verdict with input as release({"1": leaves({50: {1101}})})
		with data.registry as {}
		with data.limits as limits
		with data.office as {"org_unit": 7}
	v.header_ok == false
	v.accepted == {}
}
