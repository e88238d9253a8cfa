package auditor

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWhoIsOnePerson(t *testing.T) {
	imported := "0197b0d4-7c5e-5b0e-9d0c-0f6c5f0d1b7a"
	for _, c := range []struct {
		name string
		a, b someone
		want bool
	}{
		{"the same document", someone{number: "8001015009087", names: "A"}, someone{number: "800101 5009-08/7", names: "B"}, true},
		{"the same name in another order", someone{names: "Nkosi Thandi"}, someone{names: "THANDI  nkosi"}, true},
		{"an accent and an apostrophe", someone{names: "José N'Kosi"}, someone{names: "jose nkosi"}, true},
		{"a name twice", someone{names: "Ana Ana"}, someone{names: "Ana"}, true},
		{"another name", someone{names: "Ana"}, someone{names: "Anna"}, false},
		{"another birth date", someone{names: "Ana", born: "1980-05-03", precision: "day"}, someone{names: "Ana", born: "1980-05-04", precision: "day"}, false},
		{"the month is known", someone{names: "Ana", born: "1980-05-03", precision: "day"}, someone{names: "Ana", born: "1980-05-01", precision: "month"}, true},
		{"another month", someone{names: "Ana", born: "1980-05-03", precision: "day"}, someone{names: "Ana", born: "1980-06-01", precision: "month"}, false},
		{"the year is known", someone{names: "Ana", born: "1980-05-03", precision: "day"}, someone{names: "Ana", born: "1980-01-01", precision: "year"}, true},
		{"the year is guessed", someone{names: "Ana", born: "1980-05-03", precision: "day"}, someone{names: "Ana", born: "1979-01-01", precision: "about"}, true},
		{"nothing of the birth is known", someone{names: "Ana", born: "1980-05-03", precision: "day"}, someone{names: "Ana"}, true},
		{
			"the same telephone",
			someone{names: "Ana", born: "1980-05-03", precision: "day", phones: "082 555 0101"},
			someone{names: "Ana", born: "1981-05-03", precision: "day", phones: "0119999999; +27 82 555-0101"},
			true,
		},
		{"a telephone and another name", someone{names: "Ana", phones: "0825550101"}, someone{names: "Eva", phones: "0825550101"}, false},
		{"two of an import without anything", someone{id: imported}, someone{id: imported}, true},
		{"one of an import and one registered here", someone{id: imported}, someone{id: "K1"}, false},
		{"two registered here", someone{id: "K1"}, someone{id: "K2"}, false},
		{"an import with a name", someone{id: imported, names: "Ana"}, someone{id: imported}, false},
	} {
		got := tell([]someone{c.a, c.b})
		if (got[0] == got[1]) != c.want {
			t.Errorf("%s: one person %v, want %v", c.name, got[0] == got[1], c.want)
		}
	}
}

// TestWhatHangsTogether: a third record joins two others, through whatever.
func TestWhatHangsTogether(t *testing.T) {
	got := tell([]someone{
		{id: "1", names: "Ana", born: "1980-05-03", precision: "day"},
		{id: "2", names: "Ana", born: "1991-05-03", precision: "day"},
		{id: "3", names: "Eva", number: "7"},
		{id: "4", names: "Ana", number: "7"}, // of no known birth: fits both
		{id: "5", names: "Eva", born: "2000-01-01", precision: "day"},
		{id: "6", names: "Mia"},
	})
	for i, want := range []int{1, 1, 1, 1, 1, 2} {
		if got[i] != want {
			t.Errorf("persons = %v, want all but the last one person", got)
			break
		}
	}
}

// TestPersonsAreWhatPairsAddUpTo compares the graph with every pair of records.
func TestPersonsAreWhatPairsAddUpTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var records []someone
		for i := range rapid.IntRange(2, 12).Draw(t, "records") {
			records = append(records, someone{
				id: fmt.Sprint(i), names: rapid.SampledFrom([]string{"", "Ana", "Eva B", "b eva", "Ana M"}).Draw(t, "name"),
				number:    rapid.SampledFrom([]string{"", "", "", "1", "2"}).Draw(t, "number"),
				born:      rapid.SampledFrom([]string{"1980-05-03", "1980-05-04", "1980-06-03", "1981-05-03"}).Draw(t, "born"),
				precision: rapid.SampledFrom([]string{"day", "day", "month", "year", "about"}).Draw(t, "precision"),
				phones:    rapid.SampledFrom([]string{"", "0825550101", "0825550102/0825550101"}).Draw(t, "phones"),
			})
		}
		want := make([]int, len(records))
		for i := range want {
			want[i] = i
		}
		for range records { // as often as a chain can be long
			for i, a := range records {
				for j, b := range records {
					if alike(a, b) {
						want[i], want[j] = min(want[i], want[j]), min(want[i], want[j])
					}
				}
			}
		}
		got := tell(records)
		for i := range records {
			for j := range records {
				if (got[i] == got[j]) != (want[i] == want[j]) {
					t.Fatalf("%v and %v: one person %v, want %v", records[i], records[j], got[i] == got[j], want[i] == want[j])
				}
			}
		}
	})
}

// alike is the rule for two records.
func alike(a, b someone) bool {
	if a.number != "" && a.number == b.number {
		return true
	}
	if a.names == "" || spelled(a.names) != spelled(b.names) {
		return false
	}
	x, y := sure(a.born, a.precision), sure(b.born, b.precision)
	if strings.HasPrefix(x, y) || strings.HasPrefix(y, x) {
		return true
	}
	for _, p := range dialled(a.phones) {
		for _, q := range dialled(b.phones) {
			if p == q {
				return true
			}
		}
	}
	return false
}
