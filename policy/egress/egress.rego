# What may leave an office. This policy accepts; what no rule accepts stays.
#
# The caller counts the groups on the wire and sends nothing unless header_ok is
# true and exactly those groups are accepted here. Nothing in this file can change
# a byte of a release. What takes a search (whether every code that is pooled in
# "other" could be zero) is held by the program itself. Source: privacy rules 3.2,
# D2 to D7.
#
# input.header            the numbers of the release itself
# input.tables[d][v]      one object a table and level, d the data set and v the
#                         level as text: 1 leaves, 2 rests of a category, 3 other
#   codes                 set of the codes of its groups
#   again                 set of those that left before as they are now, in a
#                         release that was taken back since; what was hidden
#                         around a rest was judged then
#   from[m]               m a first month: set of the codes whose group has it
# Every other number is one of the layer's own limits, reached or not, so that no rule
# can ask for an exact one:
#   largest               limits.largest, or one more where a value is larger
#   least[n]              n the greatest of 0, k and k_sensitive that the smaller of
#                         events and distinct clients reaches: set of the codes
#   share[n]              only with money. n = p where 100 (X - x1 - x2) / x1 in
#                         whole percent reaches it, else 0: set of the codes
#   negative[n]           only with money. As least by twice k and k_sensitive, for the
#                         groups that hold a negative amount; these are not in least
#   values[n]             only of rests. n the most with which every hidden leaf could
#                         be zero, or one more where the events are more, or the distinct
#                         clients of a table in which a record counts for as many as it
#                         says: set of the codes
# data.office.org_unit    the office whose node this is
# data.registry           version, plan, and for each data set its code list: with
#                         since[c], the month in which the code c came, of those that
#                         are not as old as the list
# data.limits             k, k_sensitive, p, largest, hold, withheld
package casehub.egress

verdict := {
	"version": 2,
	"header_ok": header_ok,
	"accepted": accepted,
}

default header_ok := false

header_ok if {
	input.header.schema_version == 1
	input.header.org_unit == data.office.org_unit
	input.header.registry_version == data.registry.version
	input.header.plan_version == data.registry.plan
	input.header.rules_version > 0
	kind_ok
}

# A month, or the last release of an office, takes nothing back.
kind_ok if {
	input.header.kind in {1, 3}
	input.header.voids_sequence == 0
}

# What takes a release back has no groups of its own.
kind_ok if {
	input.header.kind == 2
	input.header.voids_sequence > 0
	input.header.voids_sequence < input.header.sequence
	count(input.tables) == 0
}

# accepted[d][v] is the set of codes of table d at level v whose groups may leave.
accepted[d]["1"] := codes if {
	some d, levels in input.tables
	level := levels["1"]
	rules := rules_of[d]
	whole(level)
	count(level.codes - rules.leaves) == 0
	large := large_enough(level, rules.sensitive)
	codes := spread_enough(level, rules.money, large) - (early(level, rules) | withheld)
}

accepted[d]["2"] := codes if {
	some d, levels in input.tables
	level := levels["2"]
	rules := rules_of[d]
	whole(level)
	flush
	mixed := {code | some code in level.codes; count(hidden(d, code) & rules.sensitive) > 0} - level.again
	safe := {code | some code in level.codes; fits(level, d, code)} | level.again
	codes := spread_enough(level, rules.money, safe & large_enough(level, mixed)) - withheld
}

accepted[d]["3"] := codes if {
	some d, levels in input.tables
	level := levels["3"]
	rules := rules_of[d]
	whole(level)
	flush
	level.codes == {rules.root}
	codes := spread_enough(level, rules.money, large_enough(level, mixed_root(d) - level.again)) - withheld
}

# What holds of a whole level of a table, or none of its groups leaves.
whole(level) if {
	level.largest <= data.limits.largest
	every from, _ in level.from {
		from <= input.header.period
	}
}

# rules_of[d] is what the registry says of table d, its code lists as sets.
rules_of[d] := {
	"root": listed.code,
	"leaves": {code | some code in listed.codes},
	"sensitive": {code | some code in listed.sensitive},
	"money": listed.money,
} if {
	some d, listed in data.registry.data_sets
}

withheld := {code | some code in data.limits.withheld}

# The calendar (rules D4 to D6). An office that closes rolls everything up.
month := input.header.period % 100

closing if input.header.kind == 3

quarter_end if closing

quarter_end if month % 3 == 0

flush if closing

flush if month % data.limits.hold == 0

year_end if closing

year_end if month == 12

# early: sensitive codes within a quarter, or dated to a month in a quarter.
early(_, rules) := rules.sensitive if not quarter_end

early(level, rules) := rules.sensitive & union({codes |
	some from, codes in level.from
	((from % 100) - 1) % 3 != 0
}) if {
	quarter_end
}

# hidden(d, category) are the leaves that a rest of the category may hold: those
# of which nothing else is shown, without the sensitive ones before the year's end.
hidden(d, category) := (leaves - shown(d)) - unpooled(d) if {
	leaves := {code | some code in data.registry.data_sets[d].categories[format_int(category, 10)]}
}

default shown(_) := set()

shown(d) := input.tables[d]["1"].codes

unpooled(_) := set() if year_end

unpooled(d) := rules_of[d].sensitive if not year_end

# fits: every hidden leaf could still be zero (rule D4). A leaf is hidden with at
# most one event, or record, fewer than its threshold; one leaf alone leaves room
# for nothing.
fits(level, d, category) if {
	most := [at_most(d, code) | some code in (hidden(d, category) - fresh(d))]
	some value, codes in level.values
	category in codes
	value <= sum(most) - max(most)
}

# fresh: the codes that came less than a year before. Somebody may know that nobody
# uses them, so that they make no room.
fresh(d) := {to_number(code) |
	some code, since in data.registry.data_sets[d].since
	input.header.period < since + 100
}

at_most(d, code) := data.limits.k - 1 if not code in rules_of[d].sensitive

at_most(d, code) := max([data.limits.k, data.limits.k_sensitive]) - 1 if code in rules_of[d].sensitive

# mixed_root: "other" takes the higher threshold when a sensitive leaf is pooled:
# one that is hidden and whose category shows no rest of its own.
mixed_root(d) := {rules_of[d].root} if sensitive_pooled(d)

mixed_root(d) := set() if not sensitive_pooled(d)

sensitive_pooled(d) if {
	some category, _ in data.registry.data_sets[d].categories
	code := to_number(category)
	not code in rests(d)
	count(hidden(d, code) & rules_of[d].sensitive) > 0
}

default rests(_) := set()

rests(d) := input.tables[d]["2"].codes

# large_enough: at least k events of at least k distinct clients (rule D2), k the
# higher one for the codes of more; twice as many where a negative amount is
# inside (rule D7), which has to be spread all the same: a cent taken back must not
# lift the other condition.
large_enough(level, more) := at_least(level.least, more, 1) | at_least(level.negative, more, 2)

at_least(sizes, more, factor) := enough - (more & middling) if {
	k := data.limits.k * factor
	higher := max([k, data.limits.k_sensitive * factor])
	enough := union({codes | some n, codes in sizes; n >= k})
	middling := union({codes | some n, codes in sizes; n < higher})
}

# spread_enough: those of the codes with which no contributor can work out another's
# amount (rule D7). A table without money has none to work out.
spread_enough(level, money, codes) := codes if {
	money == false
	level.share == {}
	level.negative == {}
}

spread_enough(level, money, codes) := codes & union({spread |
	some n, spread in level.share
	n >= data.limits.p
}) if {
	money == true
}
