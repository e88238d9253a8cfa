package auditor

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// someone is what a client record says of who the client is, as it stands there.
type someone struct {
	id, number, names, born, precision, phones string
}

// Persons that are none of the office's.
const (
	// anybody is all imported records without a name or a number together.
	anybody = 0
	// forgotten is whose entry an erasure made nobody's.
	forgotten = math.MinInt
)

// sign is something by which two records are of one person: a document number, a
// name with what is certain of a birth date, or a name with a telephone.
type sign struct {
	kind         byte
	name, detail string
}

// tell returns the person of each record, numbered from 1, or anybody. Records
// and their signs are the nodes of a graph, and a person is what hangs together
// in it. Two births of one name hang together when one is the beginning of the
// other: what is not known of a date fits whatever is.
func tell(records []someone) []int {
	g := newGraph(records)
	persons := make([]int, len(records))
	last := 0
	for i := range records {
		switch {
		case persons[i] != 0 || g.nobody[i]:
		default:
			last++
			g.walk(i, func(j int) { persons[j] = last })
		}
	}
	return persons
}

// graph holds who shares what.
type graph struct {
	nobody []bool  // nothing tells whom the record is of
	shows  [][]int // signs of each record
	shown  [][]int // records of each sign
	fits   [][]int // signs that fit each sign
	signs  []sign
	number map[sign]int
}

func newGraph(records []someone) *graph {
	g := &graph{nobody: make([]bool, len(records)), shows: make([][]int, len(records)), number: map[sign]int{}}
	for i, r := range records {
		name, document := spelled(r.names), unbroken(r.number)
		g.nobody[i] = name == "" && document == "" && fromImport(r.id)
		if document != "" {
			g.show(i, sign{kind: 'd', detail: document})
		}
		if name == "" {
			continue
		}
		g.show(i, sign{'b', name, sure(r.born, r.precision)})
		for _, phone := range dialled(r.phones) {
			g.show(i, sign{'p', name, phone})
		}
	}
	g.fits = make([][]int, len(g.signs))
	for i, s := range g.signs {
		for _, known := range []int{0, len("2006"), len("2006-01")} {
			if s.kind != 'b' || known >= len(s.detail) {
				continue
			}
			if j, there := g.number[sign{'b', s.name, s.detail[:known]}]; there {
				g.fits[i], g.fits[j] = append(g.fits[i], j), append(g.fits[j], i)
			}
		}
	}
	return g
}

func (g *graph) show(record int, s sign) {
	n, there := g.number[s]
	if !there {
		n = len(g.signs)
		g.number[s], g.signs, g.shown = n, append(g.signs, s), append(g.shown, nil)
	}
	g.shows[record], g.shown[n] = append(g.shows[record], n), append(g.shown[n], record)
}

// walk visits every record that hangs together with one, breadth first.
func (g *graph) walk(from int, visit func(int)) {
	met, known := map[int]bool{from: true}, map[int]bool{}
	records := []int{from}
	for len(records) > 0 {
		visit(records[0])
		signs := slices.Clone(g.shows[records[0]])
		records = records[1:]
		for len(signs) > 0 {
			s := signs[0]
			signs = signs[1:]
			if known[s] {
				continue
			}
			known[s] = true
			signs = append(signs, g.fits[s]...)
			for _, r := range g.shown[s] {
				if !met[r] {
					met[r] = true
					records = append(records, r)
				}
			}
		}
	}
}

// sure cuts a birth date down to what is certain of it.
func sure(born, precision string) string {
	switch parts := strings.SplitN(born, "-", 3); {
	case born == "":
		return ""
	case precision == "day":
		return born
	case precision == "month" && len(parts) > 1:
		return parts[0] + "-" + parts[1]
	case precision == "year":
		return parts[0]
	default:
		return ""
	}
}

// pieces returns the runs of letters and digits of a text, without case, accents
// and apostrophes.
func pieces(text string) []string {
	var list []string
	var run []rune
	end := func() {
		if len(run) > 0 {
			list, run = append(list, string(run)), nil
		}
	}
	for _, r := range string(norm.NFKD.Bytes([]byte(text))) {
		switch {
		case unicode.Is(unicode.Mn, r), r == 0x27, r == 0x2019, r == 0x02bc:
		case unicode.IsLetter(unicode.ToLower(r)), unicode.IsDigit(unicode.ToLower(r)):
			run = append(run, unicode.ToLower(r))
		default:
			end()
		}
	}
	end()
	return list
}

// spelled is a name of which neither the order of the words nor a word written
// twice matters.
func spelled(names string) string {
	once := map[string]bool{}
	for _, p := range pieces(names) {
		once[p] = true
	}
	words := make([]string, 0, len(once))
	for w := range once {
		words = append(words, w)
	}
	slices.Sort(words)
	return strings.Join(words, "\n")
}

// unbroken is a document's number without what stands between its characters.
func unbroken(number string) string { return strings.Join(pieces(number), "") }

// dialled returns the last nine digits of each telephone number: what comes
// before is the code of a country or a zero in its place.
func dialled(phones string) []string {
	var list []string
	var digits []byte
	for _, b := range []byte(phones + "\n") {
		switch {
		case b >= '0' && b <= '9':
			digits = append(digits, b)
		case b == '\n' || b == ',' || b == ';' || b == '/':
			if len(digits) > 0 {
				list = append(list, string(digits[max(0, len(digits)-9):]))
			}
			digits = nil
		}
	}
	return list
}

// fromImport reports whether an identifier is a UUID of version 5: imports derive
// those, and whoever registers a client here gets another version.
func fromImport(id string) bool {
	if len(id) != 36 || id[14] != '5' {
		return false
	}
	for i, b := range []byte(id) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		digit := b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
		if dash != (b == '-') || !dash && !digit {
			return false
		}
	}
	return true
}
