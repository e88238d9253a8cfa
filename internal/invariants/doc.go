// Package invariants says which tests hold the invariants I1 to I16 of the disclosure
// control and of the way from an office to the hub, and which play each attacker of the
// threat model. It has no code but the lists in its tests, which fail when a test of them
// is gone.
package invariants
