package casehub.access_test

import data.casehub.access

actions := {
	"cases.read": {"kind": "read"},
	"cases.edit": {"kind": "write"},
	"retention.erase": {"kind": "write", "second": true},
	"audit.read": {"kind": "read", "whole": true},
}

classes := ["contact", "narrative", "finance", "sensitive"]

roles := {
	"paralegal": {"cases.read": {"reach": "team", "classes": classes}, "retention.erase": {"reach": "team", "classes": []}},
	"clerk": {"cases.read": {"reach": "office", "classes": ["contact", "finance", "gossip"]}, "audit.read": {"reach": "office", "classes": []}},
	"regional": {"cases.read": {"reach": "region", "classes": []}, "cases.emergency": {"reach": "region", "classes": []}},
	"director": {"audit.read": {"reach": "organisation", "classes": []}, "dig": {"reach": "organisation", "classes": []}},
	"auditor": {
		"cases.read": {"reach": "organisation", "classes": ["finance"]},
		"cases.edit": {"reach": "organisation", "classes": ["finance"]},
	},
}

known := {
	"actions": actions, "roles": roles, "classes": classes, "withheld_classes": ["contact", "narrative", "sensitive"],
	"audit_roles": ["auditor"], "node": {"cases.read": {"reach": "organisation", "classes": []}, "retention.erase": {"reach": "organisation", "classes": []}},
	"emergency": {"action": "cases.emergency", "opens": ["cases.read", "cases.edit"], "classes": ["narrative"]},
}

bases := ["service", "supervision", "audit", "emergency"]

at(role, office, region) := {"role": role, "office": office, "region": region}

ask(action, positions) := asked({"action": action, "positions": positions, "own_roles": {}, "bases": bases, "node": false})

asked(question) := v if {
	v := access.answer with input as question
		with data.actions as known.actions
		with data.roles as known.roles
		with data.classes as known.classes
		with data.withheld_classes as known.withheld_classes
		with data.audit_roles as known.audit_roles
		with data.node as known.node
		with data.emergency as known.emergency
}

scopes(v) := {[r.scope, r.base, r.basis] | some r in v.reaches}

test_a_team_reaches_the_team if scopes(ask("cases.read", [at("paralegal", "o1", "r1")])) == {["team", "", "service"]}

test_an_office_reaches_its_office if scopes(ask("cases.read", [at("clerk", "o1", "r1")])) == {["office", "o1", "supervision"]}

test_a_region_reaches_its_region if scopes(ask("cases.read", [at("regional", "o1", "r1")])) == {["region", "r1", "supervision"]}

test_no_office_reaches_none if scopes(ask("cases.read", [at("clerk", "", "r1")])) == set()

test_no_region_reaches_none if scopes(ask("cases.read", [at("regional", "o1", "")])) == set()

test_two_positions_reach_both if scopes(ask("cases.read", [at("clerk", "o1", ""), at("clerk", "o2", "")])) == {["office", "o1", "supervision"], ["office", "o2", "supervision"]}

test_no_position_reaches_nothing if scopes(ask("cases.read", [])) == set()

test_an_unknown_role_reaches_nothing if scopes(ask("cases.read", [at("chief", "o1", "r1")])) == set()

test_a_role_without_the_action_reaches_nothing if scopes(ask("cases.edit", [at("clerk", "o1", "r1")])) == set()

test_an_action_outside_the_list_reaches_nothing if scopes(ask("dig", [at("director", "o1", "r1")])) == set()

test_the_whole_is_not_done_to_a_part if scopes(ask("audit.read", [at("clerk", "o1", "r1")])) == set()

test_the_whole_is_done_to_the_whole if scopes(ask("audit.read", [at("director", "o1", "r1")])) == {["organisation", "", "supervision"]}

test_an_auditor_reads if scopes(ask("cases.read", [at("auditor", "", "")])) == {["organisation", "", "audit"]}

test_an_auditor_writes_nothing if scopes(ask("cases.edit", [at("auditor", "", "")])) == set()

test_only_known_classes if {
	some r in ask("cases.read", [at("clerk", "o1", "r1")]).reaches
	r.classes == {"contact", "finance"}
	r.sensitive == {"finance"}
}

test_sensitive_keeps_all if {
	some r in ask("cases.read", [at("paralegal", "o1", "r1")]).reaches
	r.classes == r.sensitive
}

own(grants) := {"action": "cases.read", "positions": [at("0190", "o1", "r1")], "own_roles": {"0190": grants}, "bases": bases, "node": false}

test_an_own_role_reaches if scopes(asked(own({"cases.read": {"reach": "office", "classes": []}}))) == {["office", "o1", "supervision"]}

test_an_own_role_of_an_unknown_reach_reaches_nothing if scopes(asked(own({"cases.read": {"reach": "world", "classes": []}}))) == set()

test_an_own_role_is_no_ready_made_one if {
	v := asked({"action": "cases.edit", "positions": [at("clerk", "o1", "r1")], "own_roles": {"clerk": {"cases.edit": {"reach": "office", "classes": []}}}, "bases": bases, "node": false})
	scopes(v) == set()
}

test_a_basis_that_is_not_accepted_reaches_nothing if {
	v := asked({"action": "cases.read", "positions": [at("clerk", "o1", "r1")], "own_roles": {}, "bases": ["service"], "node": false})
	scopes(v) == set()
}

test_an_emergency_opens_to_who_may_declare_one if ask("cases.read", [at("regional", "", "")]).emergency == {"narrative"}

test_an_emergency_opens_by_an_own_role if asked(own({"cases.emergency": {"reach": "own", "classes": []}})).emergency == {"narrative"}

test_an_emergency_opens_to_nobody_else if ask("cases.read", [at("clerk", "o1", "r1")]).emergency == set()

test_an_emergency_is_for_reading if ask("cases.edit", [at("regional", "o1", "r1")]).emergency == set()

test_an_emergency_opens_only_what_is_listed if ask("audit.read", [at("regional", "o1", "r1")]).emergency == set()

test_an_emergency_is_a_basis if {
	v := asked({"action": "cases.read", "positions": [at("regional", "o1", "r1")], "own_roles": {}, "bases": ["supervision"], "node": false})
	v.emergency == set()
}

test_reading_looks if ask("cases.read", []).looks == true

test_writing_does_not_look if ask("cases.edit", []).looks == false

test_what_is_unknown_does_not_look if ask("dig", []).looks == false

approve(who, whose) := asked({"action": "retention.erase", "positions": [at("paralegal", "o1", "r1")], "own_roles": {}, "bases": bases, "node": false, "person": who, "captured_by": whose})

test_another_approves if {
	v := approve("p1", "p2")
	v.second_person == true
	v.blocked == false
	scopes(v) == {["team", "", "service"]}
}

test_nobody_approves_own_work if {
	v := approve("p1", "p1")
	v.blocked == true
	v.reaches == set()
}

test_nobody_approves_work_of_nobody if approve("p1", "").blocked == true

test_nobody_unknown_approves if approve("", "p1").blocked == true

test_approval_without_saying_whose_is_blocked if {
	v := ask("retention.erase", [at("paralegal", "o1", "r1")])
	v.blocked == true
	v.reaches == set()
}

test_other_actions_need_no_second_person if ask("cases.read", [at("paralegal", "o1", "r1")]).second_person == false

as_node(action) := asked({"action": action, "positions": [], "own_roles": {}, "bases": bases, "node": true})

test_the_node_does_what_is_scheduled if scopes(as_node("cases.read")) == {["organisation", "", "schedule"]}

test_the_node_does_nothing_else if scopes(as_node("cases.edit")) == set()

test_the_node_approves_nothing if scopes(as_node("retention.erase")) == set()

test_empty_input_reaches_nothing if {
	v := asked({})
	v.reaches == set()
	v.emergency == set()
}

test_without_data_nothing_is_reached if {
	v := access.answer with input as {"action": "cases.read", "positions": [at("clerk", "o1", "r1")], "own_roles": {}, "bases": bases, "node": true}
		with data.actions as {}
		with data.roles as {}
		with data.node as {}
	v.reaches == set()
}
