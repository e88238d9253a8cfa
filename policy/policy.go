// Package policy decides by Rego what may leave an office, and who may do what
// in a node. It embeds the rules and evaluates them in a sandbox: no network, no
// clock, no randomness, a deadline, and errors that fail closed. It is the only
// door to OPA.
//
// A layer accepts the groups of a release one by one. The caller sends nothing
// unless the header is accepted and as many groups are accepted as stand on the
// wire, and a layer has no way to change a byte. Source: privacy rules 3.2 and
// 3.3.
//
// Of a person and an action one answer says everything: how far it reaches, which
// field classes may be read, whether a second person is needed. Conditions on rows
// follow from it, so that a list and a single page cannot disagree.
//
// The floor of the program itself is in floor.go and guard.go, limits in limits.go,
// the sandbox in sandbox.go, the question that a layer is asked in
// question.go, its answer in egress.go, who may do what in access.go, and the
// rules in egress/*.rego and access/*.rego with their tests beside them.
package policy
