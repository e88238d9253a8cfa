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
#   least[n]              n the smaller of value and distinct clients, as text:
#                         set of the codes whose group has it
#   share[n]              only with money. n = 100 (X - x1 - x2) / x1 in whole
#                         percent, as text: set of the codes whose group has it
#   negative              only with money. set of the codes whose group holds a
#                         negative amount
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
# twice as many where a negative amount is inside (rule D7).
large_enough(table, rules) := union({codes |
	some n, all in table.least
	some part in [
		{"codes": all - table.negative, "factor": 1},
		{"codes": all & table.negative, "factor": 2},
	]
	codes := at_least(to_number(n), part, rules.sensitive)
})

at_least(n, part, _) := part.codes if {
	n >= data.limits.k * part.factor
	n >= data.limits.k_sensitive * part.factor
}

at_least(n, part, sensitive) := part.codes - sensitive if {
	n >= data.limits.k * part.factor
	n < data.limits.k_sensitive * part.factor
}

# spread_enough: no contributor can work out another's amount (rule D7). A table
# without money has none to work out.
spread_enough(table, rules) := table.codes if {
	rules.money == false
	table.share == {}
}

spread_enough(table, rules) := table.negative | union({codes |
	some n, codes in table.share
	to_number(n) >= data.limits.p
}) if {
	rules.money == true
}
