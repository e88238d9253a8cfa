// Package canary looks for what must never leave a node. It serves tests alone.
//
// A marker is a text that was put into one column of a node's database, or that the
// node itself put there (an identifier, a key, a digest), and that stands nowhere
// else. A Detector knows every marker in every disguise: as it was written, in
// another case, backwards, in UTF-16, base64 at its three alignments, hex, as a
// digest, as the digits of a number however they are set apart; and it takes apart
// what may hide one: escapes, lines that were broken, base64 and hex, and what was
// compressed, one inside the other.
//
// A library of Aho and Corasick's automaton would hold a state for each byte of half
// a million disguises. Here a disguise is known by its last eight bytes, in a table
// of twelve bytes each, and is written out again only when these were met: the
// memory of a search stays below a hundred megabytes, however much is searched.
//
// markers.go makes markers, disguises.go says how they could look, detector.go finds
// them, views.go takes apart what is searched. The tests drive a node and a hub
// through all that they do and search everything that is left behind; then they
// leak on purpose, in twenty ways, all of which have to be found.
package canary
