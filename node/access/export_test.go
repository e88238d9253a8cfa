package access

import "strings"

// Without makes the gate forget one clause of its conditions: every from becomes
// to in what it answers from now on.
func (g *Gate) Without(from, to string) {
	g.rewrite = func(condition string) string { return strings.ReplaceAll(condition, from, to) }
	g.memory.now.Store(nil)
}
