package imports

import "testing"

// An amount means nothing without its currency: where the office keeps one of its own, it
// keeps both, though the values would go together.
func TestAnAmountKeepsItsCurrency(t *testing.T) {
	target := targetNamed(toRecovery)
	at := func(amount, currency string) []string {
		values := make([]string, len(target.fields))
		for name, value := range map[string]string{"case": "c", "kind": "4101", "received_on": "2024-01-01", "amount": amount, "currency": currency} {
			values[target.index(name)] = value
		}
		return values
	}
	_, last := hashesOf(at("100", "ZAR"))
	merged, conflicts := threeWay(target, last, at("100", "USD"), at("300", "ZAR"))
	if got := merged[target.index("amount")] + " " + merged[target.index("currency")]; got != "100 USD" || len(conflicts) != 1 {
		t.Errorf("%s with %d conflicts, want 100 USD with 1", got, len(conflicts))
	}
}
