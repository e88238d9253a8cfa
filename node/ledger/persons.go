package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
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
}

// LogValue lets a log show the identifier and nothing else.
func (r record) LogValue() slog.Value { return slog.StringValue(r.client) }

// refreshPersons works out which records are of one person, where that may have
// changed since it was last asked. It returns the clients of whom that is another
// person now.
func refreshPersons(ctx context.Context, tx *sqlite.Tx) ([]string, error) {
	records, err := selectTouchedRecords(ctx, tx)
	if err != nil {
		return nil, err
	}
	if err := saveKeys(ctx, tx, records); err != nil {
		return nil, err
	}
	holders, err := selectHolders(ctx, tx)
	if err != nil {
		return nil, err
	}
	unknown := map[string]bool{}
	for _, r := range records {
		unknown[r.client] = r.anybody()
	}
	var changed []string
	for _, p := range persons(holders) {
		if unknown[p.client] {
			p.person = nobody
		}
		if p.person == p.was {
			continue
		}
		if err := savePerson(ctx, tx, p.client, p.person); err != nil {
			return nil, err
		}
		changed = append(changed, p.client)
	}
	return changed, nil
}

// nobody is the person of all imported records without a name or number: each
// could be anybody.
const nobody = "import"

// known is a client with the person that the client is, and was until now.
type known struct{ client, person, was string }

// persons returns the person of each client, named by the first of the person's
// records. Two records are of one person when they share the document number, or
// the words of the name and all that is certain of the birth date, or those words
// and a telephone; and whoever is of one person with a third is so with each
// other. When in doubt they are one: a birth date that is missing or guessed fits
// any, and a year any day in it. It takes time in proportion to the keys, not to
// the pairs of records. Holders come ascending by client.
func persons(holders []holder) []known {
	vague := map[int64]bool{}
	for _, h := range holders {
		if h.keyed && h.own {
			vague[h.key] = true
		}
	}
	var list []known
	sets, first := sets{}, map[int64]int{}
	for _, h := range holders {
		if n := len(list); n == 0 || list[n-1].client != h.client {
			sets, list = append(sets, n), append(list, known{client: h.client, was: h.person})
		}
		if !h.keyed || !vague[h.key] {
			continue
		}
		if j, met := first[h.key]; met {
			sets.join(len(list)-1, j)
		} else {
			first[h.key] = len(list) - 1
		}
	}
	for i := range list {
		list[i].person = list[sets.of(i)].client
	}
	return list
}

// key is something that a record can share with another of the same person. What
// is not its own, a part of its birth date, it shares with those alone that know no
// more than that.
type key struct {
	text string
	own  bool
}

// hash returns what the database has of a key. Two keys with one hash make one
// person of two, which is the cheaper mistake and does not happen.
func (k key) hash() int64 {
	sum := sha256.Sum256([]byte(k.text))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// keys returns what a record can share with another of the same person.
func (r record) keys() []key {
	var keys []key
	if r.number != "" {
		keys = append(keys, key{"number " + r.number, true})
	}
	if r.name == "" {
		return keys
	}
	keys = append(keys, key{r.birthKey(len(r.born)), true})
	for _, known := range []int{len("2006-01"), len("2006"), 0} {
		if known < len(r.born) {
			keys = append(keys, key{r.birthKey(known), false})
		}
	}
	for _, phone := range r.phones {
		keys = append(keys, key{"phone " + r.name + "|" + phone, true})
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
