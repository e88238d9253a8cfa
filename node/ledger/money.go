package ledger

// Amounts is the money of a backlog or a group, in minor units of the office's
// currency.
type Amounts struct {
	// Total is the sum of all events and Carry what the code's last group left
	// over, either of which may be below zero.
	Total, Carry int64
	// Absolute is the sum over clients of their absolute sums; Largest and Second
	// are the two greatest of these.
	Absolute, Largest, Second int64
	// Negative says that an amount below zero is inside.
	Negative bool
	// MinorPerHundred is the number of minor units in a hundred of the currency.
	MinorPerHundred int64
}

// maxHundreds is the largest amount of a group, as release.proto has it.
const maxHundreds = 10_000_000

// Share returns 100 (X - x1 - x2) / x1 in whole percent, rounded down and at
// most 100: how well the second largest contributor is kept from working out
// the largest (rule D7).
func (a Amounts) Share() int64 {
	if a.Largest <= 0 {
		return 0
	}
	rest := a.Absolute - a.Largest - a.Second
	if rest >= a.Largest {
		return 100
	}
	return 100 * rest / a.Largest
}

// Hundreds returns the amount in whole hundreds of the currency, rounded to the
// nearest, and what is carried to the next group of the code: between minus and
// plus half a hundred.
func (a Amounts) Hundreds() (hundreds, carry int64) {
	sum := a.Total + a.Carry
	hundreds = (sum + a.MinorPerHundred/2) / a.MinorPerHundred
	if sum < 0 {
		hundreds = 0
	}
	return hundreds, sum - hundreds*a.MinorPerHundred
}

// sendable reports whether the amount fits the wire: not below zero, not above
// the maximum of the field.
func (a Amounts) sendable() bool {
	hundreds, carry := a.Hundreds()
	return hundreds <= maxHundreds && 2*carry >= -a.MinorPerHundred && 2*carry <= a.MinorPerHundred
}
