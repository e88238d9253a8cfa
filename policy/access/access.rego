# Who may do what in a node, how far, and what they may read of it. This policy
# grants; what no rule grants is refused.
#
# One answer says everything about one person and one action: over which cases
# and clients it reaches, which field classes of them may be read, and whether a
# second person is needed. The caller turns the reaches into a condition on rows,
# so that a list, a count and a single page follow from the same answer. Walls
# are not here: they take away from every answer, whatever it is, and no rule
# below can give back what a wall took.
#
# input.action       the action that is asked for
# input.positions    role, office and region of each position that the person
#                    holds; office and region are "" where there is none
# input.own_roles    grants of the organisation's own roles: role, action, then
#                    reach and classes
# input.bases        legal bases that the caller accepts
# input.node         true only for what the node does by schedule
# input.person       who asks, and input.captured_by whose work it is: only
#                    where an action is asked for on somebody's work
# data.actions       the closed list: kind, whole (on nothing smaller than the
#                    organisation), second (needs a second person)
# data.roles         grants of the ready-made roles, as input.own_roles
# data.node          grants of the node itself
# data.audit_roles   roles whose basis is the audit
# data.classes       the field classes; data.withheld_classes those that a case
#                    of a sensitive type keeps from whoever lacks "sensitive"
# data.emergency     what a running emergency opens, and to whom
package casehub.access

answer := {
	"version": 1,
	"reaches": reaches,
	"emergency": emergency,
	"second_person": second_person,
	"blocked": blocked,
	"looks": looks,
}

reaches contains reach if {
	not blocked
	some position in input.positions
	grant := grant_of(position.role)
	base := base_of(grant.reach, position)
	wide_enough(grant.reach)
	basis := basis_of(position.role, grant.reach)
	basis in input.bases
	lawful(basis)
	reach := reach_of(grant, base, basis)
}

reaches contains reach if {
	input.node == true
	not second_person
	grant := data.node[input.action]
	data.actions[input.action]
	reach := reach_of(grant, "", "schedule")
}

reach_of(grant, base, basis) := {
	"scope": grant.reach,
	"base": base,
	"basis": basis,
	"classes": classes,
	"sensitive": of_sensitive_cases(classes),
} if {
	classes := {class | some class in grant.classes; class in data.classes}
}

# What is left of the classes on a case of a sensitive type. Amounts stay: they
# are added up, and say nothing of health or violence.
of_sensitive_cases(classes) := classes if "sensitive" in classes

of_sensitive_cases(classes) := left if {
	not "sensitive" in classes
	left := classes - {class | some class in data.withheld_classes}
}

# An own role never takes the name of a ready-made one.
grant_of(role) := grant if {
	data.actions[input.action]
	grant := data.roles[role][input.action]
}

grant_of(role) := grant if {
	data.actions[input.action]
	not data.roles[role]
	grant := input.own_roles[role][input.action]
}

# base_of is what a reach counts from. A position without an office reaches no
# office, and one outside all regions no region.
base_of("own", _) := ""

base_of("team", _) := ""

base_of("office", position) := position.office if position.office != ""

base_of("region", position) := position.region if position.region != ""

base_of("organisation", _) := ""

# Some actions are on the organisation as a whole; nobody does them to a part.
wide_enough(_) if not data.actions[input.action].whole

wide_enough("organisation")

# The legal basis on which somebody reads: their own service to the client, the
# supervision of others, or the audit.
basis_of(role, _) := "audit" if role in data.audit_roles

basis_of(role, reach) := "service" if {
	not role in data.audit_roles
	reach in {"own", "team"}
}

basis_of(role, reach) := "supervision" if {
	not role in data.audit_roles
	reach in {"office", "region", "organisation"}
}

# An auditor reads, whatever the role was given.
lawful("service")

lawful("supervision")

lawful("audit") if data.actions[input.action].kind == "read"

# An emergency opens single cases for reading, to people who may declare one.
default emergency := set()

emergency := {class | some class in data.emergency.classes; class in data.classes} if {
	"emergency" in input.bases
	input.action in data.emergency.opens
	data.actions[input.action].kind == "read"
	some position in input.positions
	may_declare(position)
}

may_declare(position) if data.roles[position.role][data.emergency.action]

may_declare(position) if {
	not data.roles[position.role]
	input.own_roles[position.role][data.emergency.action]
}

# What waits for its erasure is kept and not worked with. Whoever has it open for a
# reason looks at it; what changes something does not reach it.
default looks := false

looks if data.actions[input.action].kind == "read"

default second_person := false

second_person if data.actions[input.action].second

# Nobody approves their own work, and nobody approves work of which it is not
# known whose it is.
default blocked := false

blocked if {
	second_person
	not somebody_elses
}

somebody_elses if {
	input.captured_by != ""
	input.person != ""
	input.captured_by != input.person
}
