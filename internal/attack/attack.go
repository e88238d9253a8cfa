// Package attack tries to undo the disclosure control: it reads the published
// numbers of invented offices as somebody would who knows the rules and wants to
// know of one single case.
//
// A World is one table of one office over some months, invented from a seed. A
// scheme (schemes.go, moded.go) says what would be published of it, as
// statements: the cells of months and leaves that a number is the sum of, and
// what the number is or lies between. The attackers read statements and nothing
// else: differencing (difference.go), propagation of bounds (bounds.go) and
// linear programming (linear.go, with Debian's glpsol). A cell of one case is
// recovered when it can hold nothing but one.
//
// From the other side, other.go looks for another world with the very same
// releases in which the cell holds something else: where there is one, no
// attacker whatever can know the cell, however clever. minimal.go goes through
// all worlds of small offices instead of drawing some.
//
// Mode D is not written here: moded.go calls ledger.Choose, the function by
// which the ledger itself chooses. utility.go says what that costs.
//
// The limits of some offices change over the months, in the ways in which an office and
// its packs change them (change.go).
//
// The attackers are given much: the algorithm, which leaves a rest is of, how
// many cases corrections took off a number, and that clients have one case each.
// What they are not given is the content of single records, nor a number from
// elsewhere that counts the same events; of a table of few leaves such a total
// would tell more than the table.
//
// Everything is for tests and reports; no program of an office has it.
package attack

// Statement is what a publication tells about some cells together: their sum
// lies between Lo and Hi.
type Statement struct {
	// Cells are numbers of cells (World.Cell), ascending, each once.
	Cells []int
	// Lo and Hi are the smallest and the largest sum; Hi is Unbounded where
	// nothing is told.
	Lo, Hi int
}

// Unbounded is the upper bound of a sum of which nothing is known.
const Unbounded = 1 << 30

// Exactly is the statement that the cells add up to a number.
func Exactly(n int, cells ...int) Statement { return Statement{cells, n, n} }

// AtMost is the statement that the cells add up to no more than a number.
func AtMost(n int, cells ...int) Statement { return Statement{cells, 0, n} }

// Bounds are what is known of one cell.
type Bounds struct{ Lo, Hi int }

// Exact reports whether a cell can hold one number only.
func (b Bounds) Exact() bool { return b.Lo == b.Hi }

// Single reports whether a cell is known to hold exactly one case.
func (b Bounds) Single() bool { return b.Lo == 1 && b.Hi == 1 }
