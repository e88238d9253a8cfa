# What may leave an office. This policy accepts; what no rule accepts stays.
#
# The caller counts the groups on the wire and sends nothing unless header_ok is
# true and every group is accepted here. Nothing in this file can change a byte
# of a release. Source: privacy rules 3.2, D2, D7.
#
# input.header            the numbers of the release itself
# input.tables[d]         one object a table, d the data set as text:
#   codes                 set of the codes of its groups
#   levels                set of their levels
#   from_periods          set of their first months
#   largest               the largest value
#   least[n]              n the smaller of value and distinct clients: set of the
#                         codes whose group has it
#   share[n]              only with money. n = 100 (X - x1 - x2) / x1 in whole
#                         percent: set of the codes whose group has it
#   negative[n]           only with money. As least, for the groups that hold a
#                         negative amount; these are not in least
# data.office.org_unit    the office whose node this is
# data.registry           version, plan, and for each data set its codes
# data.limits             k, k_sensitive, p, largest
package casehub.egress

verdict := {
	"version": 1,
	"header_ok": header_ok,
	"accepted": accepted,
}

default header_ok := false

header_ok if {
	input.header.schema_version == 1
	input.header.kind == 1
	input.header.org_unit == data.office.org_unit
	input.header.registry_version == data.registry.version
	input.header.plan_version == data.registry.plan
}

# accepted[d] is the set of codes of table d whose groups may leave.
accepted[d] := large_enough(table, rules) & spread_enough(table, rules) if {
	some d, table in input.tables
	rules := rules_of[d]
	table.levels == {1}
	count(table.codes - rules.codes) == 0
	table.largest <= data.limits.largest
	every from in table.from_periods {
		from <= input.header.period
	}
}

# rules_of[d] is what the registry says of table d, its code lists as sets.
rules_of[d] := {
	"codes": {c | some c in listed.codes},
	"sensitive": {c | some c in listed.sensitive},
	"money": listed.money,
} if {
	some d, listed in data.registry.data_sets
}

# large_enough: at least k events of at least k distinct clients (rule D2);
# twice as many where a negative amount is inside (rule D7), which has to be
# spread all the same: a cent taken back must not lift the other condition.
large_enough(table, rules) := at_least(table.least, rules, 1) | at_least(table.negative, rules, 2)

at_least(sizes, rules, factor) := any_code | (ordinary_codes - rules.sensitive) if {
	k := data.limits.k * factor
	sensitive := max([k, data.limits.k_sensitive * factor])
	any_code := union({codes | some n, codes in sizes; n >= sensitive})
	ordinary_codes := union({codes | some n, codes in sizes; n >= k; n < sensitive})
}

# spread_enough: no contributor can work out another's amount (rule D7). A table
# without money has none to work out.
spread_enough(table, rules) := table.codes if {
	rules.money == false
	table.share == {}
	table.negative == {}
}

spread_enough(table, rules) := union({codes |
	some n, codes in table.share
	n >= data.limits.p
}) if {
	rules.money == true
}
