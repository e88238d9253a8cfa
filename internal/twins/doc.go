// Package twins shows that nothing which leaves an office follows from anything but
// what may be told: twin worlds, the proof of non-interference (privacy rules 3.5.1,
// invariants I7 and I8).
//
// A play (play_test.go) is two years of an office, drawn from a seed: who comes in
// which month, under which code, and when that is captured; what is mended, erased,
// taken back. derive (derive_test.go) writes the other play: with other amounts,
// other codes where nobody can see them, more that waits and more that never counts.
// A world (world_test.go, capture_test.go, work_test.go) gives a play names, numbers,
// addresses, notes, files, days, times, keys and an order of rows, and no world has
// one of the other's. Both run a whole node (office_test.go) on a real database: they
// capture, mend and erase, let the node draft each month, check, approve and seal it,
// and let it exchange with the hub. The clock stands at the same instant in both
// whenever something leaves, and the node's own keys are the same.
//
// The other end of every connection is the harness (hub_test.go), which takes TLS off
// and keeps every operation and byte that the client of the broker says, every call
// with its headers, and every frame of HTTP/2. Beside that it keeps each line of the
// log from info on, the page of the metrics after each month, and the names of files.
// Each way out is compared byte by byte and in its order (heard_test.go); what is
// another at every run of the same world is a closed list there, three entries.
//
// That the twins would see something is shown by leaks (leak_test.go), done by the
// harness in the node's place. That they differ in everything is shown by reading
// every column of the schema in both worlds (columns_test.go): a column whose text is
// the same, or that is empty, stands in a closed list with its reason (lists_test.go),
// so that a new column fails until somebody has thought about it.
//
// Kept the same are: which records are of one person, the measure, the month and the
// month of capture of each, and its code unless its leaf is never seen; the sums of
// amounts and of participants of a code and a month of capture, and on which side of
// the p % rule they are. All else differs. Not played are imports, approval from
// afar, code lists in packs, and the change of keys.
//
// # What pairs share
//
// A world is played once and compared with four twins, each derived from it by itself,
// with other amounts, codes, people, days, texts and keys than the other three: 250
// plays make 1,000 pairs. Nothing is lost by that. What was heard of the first world is
// the same list of bytes whichever twin it stands beside, and every twin is a whole
// node, played from an empty office to its last month and heard on every way. Beside
// that, four that are all equal to one are equal to each other, so that six more pairs
// of each play are shown and not counted.
//
// All worlds begin with a copy of the same two offices, set up once, in which nobody
// has a case yet; each worker has one other end, which forgets between two worlds. The
// database, the passwords, the gate with its layers, and the exchange are those of a
// node at work. The folder is in memory where there is such a place, and clients are
// erased twice in two years, because the database is written anew each time.
//
// CASEHUB_TWINS=17 plays one pair again by its number, 1000-1999 those of many; the
// seeds are the numbers divided by four, rounded up. All that counts follows from the
// seed; what the services name by chance (documents, consents, entries of the audit) is
// another at every run.
package twins
