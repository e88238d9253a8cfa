package cases

// Rewrite puts another condition in the place of a part's, and returns how to take
// it back: a test of the account has to see that it is wrong then.
func Rewrite(p Part, condition string) (undo func()) {
	was := conditionOf[p]
	conditionOf[p] = condition
	return func() { conditionOf[p] = was }
}

// ConditionOf returns the condition of a part.
func ConditionOf(p Part) string { return conditionOf[p] }
