package attack

// Scheme publishes a world month by month, and returns what that tells.
type Scheme func(w *World) []Statement

// PerCase sends a message for each case.
func PerCase(w *World) []Statement {
	var told []Statement
	for cell, n := range w.Counts() {
		told = append(told, Exactly(n, cell))
	}
	return told
}

// least is the smallest number that the baselines show.
const least = 5

// YearToDate keeps a cell for each leaf with the sum since January, overwritten
// every month and shown once it has reached five: the last writer wins.
func YearToDate(w *World) []Statement {
	counts := w.Counts()
	var told []Statement
	for leaf := range w.Leaves {
		for month := range w.Months {
			cells := w.sinceJanuary(month, leaf)
			told = append(told, shown(sum(counts, cells), cells))
		}
	}
	return told
}

// shown tells a sum from five on; below, that it is below.
func shown(n int, cells []int) Statement {
	if n < least {
		return AtMost(least-1, cells...)
	}
	return Exactly(n, cells...)
}

// Suppressed prints a monthly table in which numbers from one to four are stars,
// those of categories too. Zeros and the total of the table are shown.
func Suppressed(w *World) []Statement {
	counts := w.Counts()
	star := func(cells []int) Statement {
		n := sum(counts, cells)
		if n > 0 && n < least {
			return Statement{cells, 1, least - 1}
		}
		return Exactly(n, cells...)
	}
	var told []Statement
	for month := range w.Months {
		var all []int
		for _, leaves := range w.categories() {
			cells := make([]int, len(leaves))
			for i, leaf := range leaves {
				cells[i] = w.Cell(month, leaf)
				told = append(told, star(cells[i:i+1]))
			}
			told = append(told, star(cells))
			all = append(all, cells...)
		}
		told = append(told, Exactly(sum(counts, all), all...))
	}
	return told
}

// Rounded prints two tables a month as NHS Digital does below the level of a
// country, the month's and the year's to date: from one to seven is a star, zero
// is shown, all else is rounded to the nearest five.
func Rounded(w *World) []Statement {
	counts := w.Counts()
	var told []Statement
	for leaf := range w.Leaves {
		for month := range w.Months {
			cell := []int{w.Cell(month, leaf)}
			year := w.sinceJanuary(month, leaf)
			told = append(told, rounded(counts[cell[0]], cell), rounded(sum(counts, year), year))
		}
	}
	return told
}

// lastStar is the largest number that a star stands for, base what is rounded to.
const lastStar, base = 7, 5

func rounded(n int, cells []int) Statement {
	switch {
	case n == 0:
		return Exactly(0, cells...)
	case n <= lastStar:
		return Statement{cells, 1, lastStar}
	default:
		near := (n + base/2) / base * base
		return Statement{cells, max(near-base/2, lastStar+1), near + base/2}
	}
}

// sinceJanuary returns the cells of a leaf from January of a month's year on.
func (w *World) sinceJanuary(month, leaf int) []int {
	var cells []int
	for m := range month + 1 {
		if w.Period(m)/100 == w.Period(month)/100 {
			cells = append(cells, w.Cell(m, leaf))
		}
	}
	return cells
}

// categories returns the leaves of each category.
func (w *World) categories() [][]int {
	var all [][]int
	leaf := 0
	for _, c := range w.List.Categories {
		var leaves []int
		for range c.Leaves {
			leaves = append(leaves, leaf)
			leaf++
		}
		all = append(all, leaves)
	}
	return all
}

func sum(counts, cells []int) int {
	total := 0
	for _, c := range cells {
		total += counts[c]
	}
	return total
}
