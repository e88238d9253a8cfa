package casehub.egress_test

import data.casehub.egress

registry := {"version": 1, "plan": 1, "data_sets": {
	"1": {"codes": [1101, 1102, 1401], "sensitive": [1401], "money": false},
	"3": {"codes": [4101, 4102], "sensitive": [], "money": true},
}}

limits := {"k": 5, "k_sensitive": 10, "p": 25, "largest": 5000}

header := {"schema_version": 1, "kind": 1, "org_unit": 7, "registry_version": 1, "plan_version": 1, "period": 202609, "sequence": 1}

release(tables) := {"header": header, "tables": tables}

table(least) := {
	"codes": union({codes | some codes in least}), "levels": {1}, "from_periods": {202608}, "largest": 40,
	"least": least, "share": {}, "negative": {},
}

money(least, share, negative) := object.union(table(least), {"share": share, "negative": negative})

ask(question) := v if {
	v := egress.verdict with input as question
		with data.registry as registry
		with data.limits as limits
		with data.office as {"org_unit": 7}
}

test_five_leave if ask(release({"1": table({5: {1101}})})).accepted == {"1": {1101}}

test_four_stay if ask(release({"1": table({4: {1101}, 5: {1102}})})).accepted == {"1": {1102}}

test_nine_of_a_sensitive_code_stay if ask(release({"1": table({9: {1401, 1101}})})).accepted == {"1": {1101}}

test_ten_of_a_sensitive_code_leave if ask(release({"1": table({10: {1401}})})).accepted == {"1": {1401}}

test_an_unknown_code_keeps_its_table if not ask(release({"1": table({50: {1101, 9999}})})).accepted["1"]

test_an_unknown_table_stays if not ask(release({"9": table({50: {1101}})})).accepted["9"]

test_a_rest_stays if not ask(release({"1": object.union(table({50: {1101}}), {"levels": {1, 2}})})).accepted["1"]

test_a_month_after_the_release_stays if not ask(release({"1": object.union(table({50: {1101}}), {"from_periods": {202610}})})).accepted["1"]

test_too_large_a_value_stays if not ask(release({"1": object.union(table({50: {1101}}), {"largest": 5001})})).accepted["1"]

test_spread_money_leaves if ask(release({"3": money({5: {4101}}, {25: {4101}}, {})})).accepted == {"3": {4101}}

test_dominated_money_stays if ask(release({"3": money({50: {4101}}, {24: {4101}}, {})})).accepted == {"3": set()}

test_money_without_a_share_stays if ask(release({"3": money({50: {4101}}, {}, {})})).accepted == {"3": set()}

test_money_in_a_table_without_money_stays if not ask(release({"1": money({50: {1101}}, {90: {1101}}, {})})).accepted["1"]

test_negative_money_needs_twice_k if ask(release({"3": object.union(money({}, {25: {4101, 4102}}, {9: {4101}, 10: {4102}}), {"codes": {4101, 4102}})})).accepted == {"3": {4102}}

test_negative_money_needs_spread_too if ask(release({"3": object.union(money({}, {24: {4101}, 25: {4102}}, {50: {4101, 4102}}), {"codes": {4101, 4102}})})).accepted == {"3": {4102}}

test_header_ok if ask(release({})).header_ok == true

test_another_office_is_not_ok if ask({"header": object.union(header, {"org_unit": 8}), "tables": {}}).header_ok == false

test_another_plan_is_not_ok if ask({"header": object.union(header, {"plan_version": 2}), "tables": {}}).header_ok == false

test_void_is_not_ok if ask({"header": object.union(header, {"kind": 2}), "tables": {}}).header_ok == false

test_empty_input_is_not_ok if {
	v := ask({})
	v.header_ok == false
	v.accepted == {}
}

test_without_limits_nothing_leaves if {
	v := egress.verdict with input as release({"1": table({50: {1101}})})
		with data.registry as registry
		with data.limits as {}
		with data.office as {"org_unit": 7}
	v.header_ok == true
	v.accepted == {}
}

test_without_registry_nothing_is_ok if {
	v := egress.verdict with input as release({"1": table({50: {1101}})})
		with data.registry as {}
		with data.limits as limits
		with data.office as {"org_unit": 7}
	v.header_ok == false
	v.accepted == {}
}
