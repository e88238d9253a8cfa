// Package invariants says which tests hold the invariants I1 to I16 of the disclosure
// control and of the way from an office to the hub. It has no code but the list in its
// test, which fails when a test of it is gone.
package invariants
