package imports

// TargetsForTest returns what streams can become.
func TargetsForTest() (names []string) {
	for _, t := range targets {
		names = append(names, t.name)
	}
	return names
}
