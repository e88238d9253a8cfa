package ledger

import (
	"context"
	"log/slog"
	"strings"

	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/internal/text"
)

// record is what one client record says of who somebody is, without what
// different people write differently.
type record struct {
	client string
	number string // "" where none is known
	name   string // the words of the name, ascending; "" where none is known
	// born is how much of the birth date is certain: "1980-05-03", "1980-05",
	// "1980" or "".
	born     string
	phones   []string
	imported bool
	person   string // as the database has it; "" for a new record
}

// LogValue lets a log show the identifier and nothing else.
func (r record) LogValue() slog.Value { return slog.StringValue(r.client) }

// refreshPersons works out which records are of one person and saves what has
// changed since it was last asked. It returns the clients of whom that is another
// person now.
func refreshPersons(ctx context.Context, tx *sqlite.Tx) ([]string, error) {
	records, err := selectRecords(ctx, tx)
	if err != nil {
		return nil, err
	}
	var changed []string
	for i, person := range persons(records) {
		if person == records[i].person {
			continue
		}
		if err := savePerson(ctx, tx, records[i].client, person); err != nil {
			return nil, err
		}
		changed = append(changed, records[i].client)
	}
	return changed, nil
}

// nobody is the person of all imported records without a name or number: each
// could be anybody.
const nobody = "import"

// persons returns the person of each record, named by the first of the person's
// records, or nobody. Two records are of one person when they share the document number, or
// the words of the name and all that is certain of the birth date, or those words
// and a telephone; and whoever is of one person with a third is so with each
// other. When in doubt they are one: a birth date that is missing or guessed
// fits any, a year any day in it, and imported records without name and number
// are all one. It takes time in proportion to the records, not to their pairs.
func persons(records []record) []string {
	vague := vagueBirths(records)
	sets := newSets(len(records))
	first := map[string]int{}
	for i, r := range records {
		for _, key := range r.keys(vague) {
			if j, met := first[key]; met {
				sets.join(i, j)
			} else {
				first[key] = i
			}
		}
	}
	list := make([]string, len(records))
	for i, r := range records {
		list[i] = records[sets.of(i)].client
		if r.anybody() {
			list[i] = nobody
		}
	}
	return list
}

// vagueBirths returns the keys of births of which less than the day is certain.
func vagueBirths(records []record) map[string]bool {
	vague := map[string]bool{}
	for _, r := range records {
		if r.name != "" && len(r.born) < len("2006-01-02") {
			vague[r.birthKey(len(r.born))] = true
		}
	}
	return vague
}

// keys returns what a record can share with another of the same person.
func (r record) keys(vague map[string]bool) []string {
	var keys []string
	if r.number != "" {
		keys = append(keys, "number "+r.number)
	}
	if r.name == "" {
		return keys
	}
	keys = append(keys, r.birthKey(len(r.born)))
	for _, known := range []int{len("2006-01"), len("2006"), 0} {
		if known < len(r.born) && vague[r.birthKey(known)] {
			keys = append(keys, r.birthKey(known))
		}
	}
	for _, phone := range r.phones {
		keys = append(keys, "phone "+r.name+"|"+phone)
	}
	return keys
}

// anybody reports whether nothing in the record tells whom it is of, and nobody
// here told them apart either.
func (r record) anybody() bool { return r.imported && r.number == "" && r.name == "" }

func (r record) birthKey(known int) string { return "name " + r.name + "|" + r.born[:known] }

// with puts in what the client record has, as it is compared.
func (r record) with(number, name, birth, precision, phones string) record {
	r.number, r.name, r.born = text.Marks(number), strings.Join(text.Words(name), " "), certain(birth, precision)
	r.phones, r.imported = phonesOf(phones), reference.IsDerived(r.client)
	return r
}

// certain returns the part of a birth date that is known. A guessed year is none.
func certain(birth, precision string) string {
	known := map[string]int{"day": len("2006-01-02"), "month": len("2006-01"), "year": len("2006")}[precision]
	return birth[:min(known, len(birth))]
}

// phoneDigits is how many digits at the end of a telephone number tell it apart,
// with or without the code of the country before it.
const phoneDigits = 9

// phonesOf returns the digits of each telephone number.
func phonesOf(lines string) []string {
	var list []string
	for line := range strings.FieldsFuncSeq(lines, func(r rune) bool { return strings.ContainsRune("\n,;/", r) }) {
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, line)
		if digits != "" {
			list = append(list, digits[max(0, len(digits)-phoneDigits):])
		}
	}
	return list
}

// sets are disjoint sets of numbers; each is known by its smallest.
type sets []int

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// of returns the smallest number of the set that i is in.
func (s sets) of(i int) int {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

func (s sets) join(i, j int) {
	a, b := s.of(i), s.of(j)
	s[max(a, b)] = min(a, b)
}
