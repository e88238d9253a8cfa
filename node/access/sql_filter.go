package access

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/policy"
)

// Filter is what somebody may do something to, as a condition on the rows of a
// statement: cases under the alias c, clients under the alias k, or entries of an
// office under the alias e. Its parameters begin with "acc_".
//
// The zero Filter is no condition; do not use it.
type Filter struct {
	// SQL is the condition, in brackets.
	SQL string
	// Args are its parameters.
	Args sqlite.Args
	// Parts are conditions of which at least one holds where SQL does, each on
	// one column with an index, so that a list can be read in its order from
	// each. There is one where no index would help.
	Parts []string
	// Suspects is "" where most rows may be hidden. Where only a wall hides any,
	// it is a condition that holds for all that are hidden and for few others: a
	// count is then that of all rows without those of the suspects that are
	// hidden.
	Suspects string
	classes  map[policy.Class]string
	always   map[policy.Class]bool
	secrets  map[policy.Class]string // of clients
}

// Class is the condition under which a class of a row may be read, where the row
// itself is seen.
func (f Filter) Class(c policy.Class) string {
	if s, ok := f.classes[c]; ok {
		return s
	}
	return "0"
}

// OfSensitive is the condition under which a class may be read of a record of a
// sensitive type that belongs to a client and to no case, where the client is seen:
// a consultation about violence.
func (f Filter) OfSensitive(c policy.Class) string {
	if s, ok := f.secrets[c]; ok {
		return s
	}
	return "0"
}

// Always reports whether the class may be read of every row that is seen.
func (f Filter) Always(c policy.Class) bool { return f.always[c] }

// Ever reports whether the class may be read of any row at all.
func (f Filter) Ever(c policy.Class) bool { return f.Class(c) != "0" }

// Into adds the parameters to those of a statement.
func (f Filter) Into(args sqlite.Args) sqlite.Args {
	if args == nil {
		args = sqlite.Args{}
	}
	maps.Copy(args, f.Args)
	return args
}

// and returns the filter of what both hide nothing of: for a question about one
// record, not for a list, as it has no parts.
func (f Filter) and(g Filter) Filter {
	both := Filter{SQL: "(" + f.SQL + " AND " + g.SQL + ")", Args: g.Into(f.Into(nil)), classes: map[policy.Class]string{}}
	for _, c := range order {
		both.classes[c] = "(" + f.Class(c) + " AND " + g.Class(c) + ")"
	}
	return both
}

// within returns the rows of a filter that another has too, with the classes of
// the first.
func (f Filter) within(g Filter) Filter {
	return Filter{SQL: "(" + f.SQL + " AND " + g.SQL + ")", Args: g.Into(f.Into(nil)), classes: f.classes}
}

// Complete is the condition under which a row is seen with every class.
func (f Filter) Complete() string {
	all := f.SQL
	for _, c := range order {
		all += " AND " + f.Class(c)
	}
	return "(" + all + ")"
}

// wholeClients are the clients k of a filter whose cases are all of another, with
// nothing withheld of either.
func wholeClients(clients, cases Filter) Filter {
	return Filter{
		SQL: "(" + clients.Complete() + ` AND NOT EXISTS (SELECT 1 FROM cases c
        WHERE c.client_id = k.id AND ` + cases.Complete() + ` IS NOT TRUE))`,
		Args: cases.Into(clients.Into(nil)),
	}
}

// Everything is the filter that hides nothing: for what the node does with all
// its records, and shows to nobody.
func Everything() Filter {
	f := Filter{SQL: "1", Parts: []string{"1"}, classes: map[policy.Class]string{}, always: map[policy.Class]bool{}}
	for _, c := range order {
		f.classes[c], f.always[c] = "1", true
	}
	return f
}

// notWalled keeps out every case behind a wall that stands.
const notWalled = `NOT EXISTS (SELECT 1 FROM walls acc_w WHERE acc_w.person_id = @acc_me AND acc_w.case_id = c.id
        AND acc_w.ended_at IS NULL AND (acc_w.until IS NULL OR acc_w.until >= @acc_today))`

// hiddenCases are the cases before which a wall of the person stands or stood,
// and those that are restricted; hiddenClients their clients, and those that are
// restricted. Both have an index of their own.
const (
	hiddenCases = `SELECT acc_w.case_id FROM walls acc_w WHERE acc_w.person_id = @acc_me AND acc_w.ended_at IS NULL
        UNION ALL SELECT acc_r.id FROM cases acc_r WHERE acc_r.restricted = 1`
	hiddenClients = `SELECT acc_c.client_id FROM cases acc_c WHERE acc_c.id IN (` + hiddenCases + `)
        UNION ALL SELECT acc_r.id FROM clients acc_r WHERE acc_r.restricted = 1`
)

// unrestrictedCase and unrestrictedClient keep out what waits for its erasure;
// notRestrictedCase and notRestrictedClient unless the person has it open for a
// reason, which is for looking and for nothing else.
const (
	unrestrictedCase   = `c.restricted = 0`
	unrestrictedClient = `k.restricted = 0`

	openedBy = `EXISTS (SELECT 1 FROM restriction_openings acc_o
        WHERE acc_o.person_id = @acc_me AND acc_o.begun_at <= @acc_now AND acc_o.ends_at > @acc_now AND acc_o.client_id = `
	notRestrictedCase   = `c.id NOT IN (SELECT acc_r.id FROM cases acc_r WHERE acc_r.restricted = 1 AND NOT ` + openedBy + `acc_r.client_id))`
	notRestrictedClient = `k.id NOT IN (SELECT acc_r.id FROM clients acc_r WHERE acc_r.restricted = 1 AND NOT ` + openedBy + `acc_r.id))`
)

// shown is what has to hold of a case and of a client whatever the answer.
type shown struct{ onCase, onClient string }

// whatShows returns that for an action: all but a few leave out what is
// restricted, and only what looks reaches what is open.
func whatShows(action string, looks bool) shown {
	switch {
	case slices.Contains(aboutWaiting, action):
		return shown{notWalled, "1"}
	case !looks:
		return shown{both(notWalled, unrestrictedCase), unrestrictedClient}
	}
	return shown{both(notWalled, notRestrictedCase), notRestrictedClient}
}

// inEmergency are the cases that a running emergency of the person opens.
const inEmergency = `c.id IN (SELECT acc_e.case_id FROM emergencies acc_e
        WHERE acc_e.person_id = @acc_me AND acc_e.begun_at <= @acc_now AND acc_e.ends_at > @acc_now)`

// mostParts is the number of parts beyond which a list is read in its order and
// sifted: then most of it is seen anyway.
const mostParts = 60

// way is one reach as conditions on a case, on a client without any, and on an
// entry.
type way struct {
	onCase, onClient string
	onEntry          string
	parts            []string // onCase taken apart, each on one value of one column
	classes          []policy.Class
	ofSensitive      []policy.Class
}

// writer turns an answer into conditions and gathers their parameters.
type writer sqlite.Args

// param returns the parameter that carries a value. Its name follows from the
// value, so that the conditions of two filters may stand in one statement.
func (w writer) param(value string) string {
	var name strings.Builder
	name.WriteString("acc_v")
	for i := range len(value) {
		switch b := value[i]; {
		case '0' <= b && b <= '9', 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z':
			name.WriteByte(b)
		default:
			fmt.Fprintf(&name, "_%02x", b)
		}
	}
	w[name.String()] = value
	return "@" + name.String()
}

func (w writer) equal(column string, values []string) (whole string, parts []string) {
	if len(values) == 0 {
		return "0", nil
	}
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = w.param(v)
		parts = append(parts, column+" = "+names[i])
	}
	return column + " IN (" + strings.Join(names, ", ") + ")", parts
}

// ways returns every reach of an answer.
func (w writer) ways(p *prepared, me string) []way {
	var all []way
	for _, r := range p.answer.Reaches {
		y := way{classes: r.Classes, ofSensitive: r.OfSensitive}
		switch r.Scope {
		case policy.Own:
			y.onCase, y.parts = w.equal("c.responsible_id", []string{me})
			y.onClient, _ = w.equal("k.registered_id", []string{me})
			y.onEntry, _ = w.equal("e.recorded_by", []string{me})
		case policy.Team:
			y.onCase, y.parts = w.equal("c.responsible_id", p.colleagues)
			y.onClient, _ = w.equal("k.registered_id", p.colleagues)
			y.onEntry, _ = w.equal("e.recorded_by", p.colleagues)
		case policy.Office:
			y.onCase, y.parts = w.equal("c.office_id", []string{r.Base})
			y.onClient, _ = w.equal("k.office_id", []string{r.Base})
			y.onEntry, _ = w.equal("e.office_id", []string{r.Base})
		case policy.Region:
			y.onCase, y.parts = w.equal("c.office_id", p.regions[r.Base])
			y.onClient, _ = w.equal("k.office_id", p.regions[r.Base])
			y.onEntry, _ = w.equal("e.office_id", p.regions[r.Base])
		case policy.Organisation:
			y.onCase, y.parts, y.onClient, y.onEntry = "1", []string{"1"}, "1", "1"
		}
		all = append(all, y)
	}
	if len(p.answer.Emergency) > 0 {
		all = append(all, way{
			onCase: inEmergency, parts: []string{inEmergency}, onClient: "0", onEntry: "0",
			classes: p.answer.Emergency, ofSensitive: p.answer.Emergency,
		})
	}
	return all
}

// at returns the filter at this moment: walls end with a day and emergencies
// with an hour.
func (g *Gate) at(f Filter) Filter {
	if g.rewrite != nil {
		f = f.rewritten(g.rewrite)
	}
	f.Args = f.Into(sqlite.Args{"acc_today": string(g.today()), "acc_now": g.now().UnixMilli()})
	return f
}

// rewritten returns the filter with each of its conditions rewritten.
func (f Filter) rewritten(by func(string) string) Filter {
	f.SQL, f.Suspects, f.Parts, f.classes, f.secrets = by(f.SQL), by(f.Suspects), slices.Clone(f.Parts), maps.Clone(f.classes), maps.Clone(f.secrets)
	for i := range f.Parts {
		f.Parts[i] = by(f.Parts[i])
	}
	for c := range f.classes {
		f.classes[c] = by(f.classes[c])
	}
	for c := range f.secrets {
		f.secrets[c] = by(f.secrets[c])
	}
	return f
}

// caseFilter returns the cases of an answer.
func (g *Gate) caseFilter(p *prepared, who actor.Actor) Filter {
	w := writer{"acc_me": who.ID}
	ways := w.ways(p, who.ID)
	f := Filter{
		SQL:     narrowed(both(p.shows.onCase, anyOf(ways, func(y way) string { return y.onCase }))),
		Args:    sqlite.Args(w),
		classes: map[policy.Class]string{}, always: map[policy.Class]bool{},
	}
	f.Parts = partsOf(ways, f.SQL, p.shows)
	if everywhere(ways) {
		f.Suspects = "c.id IN (" + hiddenCases + ")"
	}
	for _, c := range order {
		f.classes[c] = g.classOnCase(ways, c)
		f.always[c] = f.classes[c] == "1"
	}
	return f
}

// everywhere reports whether some way leads to every record.
func everywhere(ways []way) bool {
	return slices.ContainsFunc(ways, func(y way) bool { return y.onCase == "1" && y.onClient == "1" })
}

// partsOf returns the parts by which a list may be read.
func partsOf(ways []way, whole string, s shown) []string {
	var all []string
	for _, y := range ways {
		if y.onCase == "1" {
			return []string{whole}
		}
		for _, part := range y.parts {
			if part = both(part, s.onCase); !slices.Contains(all, part) {
				all = append(all, part)
			}
		}
	}
	if len(all) == 0 || len(all) > mostParts {
		return []string{whole}
	}
	return all
}

// classOnCase is the condition under which a class of a case is read.
func (g *Gate) classOnCase(ways []way, c policy.Class) string {
	ordinary := "c.case_type NOT IN (" + g.sensitive() + ")"
	if c == policy.Sensitive {
		readers := slices.DeleteFunc(slices.Clone(ways), func(y way) bool { return !slices.Contains(y.classes, c) })
		return either(ordinary, anyOf(readers, func(y way) string { return y.onCase }))
	}
	var readers []way
	for _, y := range ways {
		if !slices.Contains(y.classes, c) {
			continue
		}
		if !slices.Contains(y.ofSensitive, c) {
			y.onCase = both(ordinary, y.onCase)
		}
		readers = append(readers, y)
	}
	return anyOf(readers, func(y way) string { return y.onCase })
}

// clientFilter returns the clients of an answer: through a case that is seen, or
// without any case and registered in reach.
func (g *Gate) clientFilter(p *prepared, who actor.Actor) Filter {
	w := writer{"acc_me": who.ID}
	ways := w.ways(p, who.ID)
	f := Filter{Args: sqlite.Args(w), classes: map[policy.Class]string{}, always: map[policy.Class]bool{}, secrets: map[policy.Class]string{}}
	f.SQL = narrowed(onClient(ways, "1", p.shows))
	f.Parts = []string{f.SQL}
	if everywhere(ways) {
		f.Suspects = "k.id IN (" + hiddenClients + ")"
	}
	for _, c := range order {
		readers := slices.DeleteFunc(slices.Clone(ways), func(y way) bool { return !slices.Contains(y.classes, c) })
		f.classes[c] = onClient(readers, g.classOnCase(ways, c), p.shows)
		readers = slices.DeleteFunc(slices.Clone(ways), func(y way) bool { return !slices.Contains(y.ofSensitive, c) })
		f.secrets[c] = onClient(readers, "1", p.shows)
		f.always[c] = !slices.ContainsFunc(ways, func(y way) bool {
			return !slices.Contains(y.classes, c) || !slices.Contains(y.ofSensitive, c)
		})
	}
	return f
}

// entryFilter returns the entries of an answer: what belongs to an office and was
// recorded by somebody, and is nobody's case. They have no classes.
func (g *Gate) entryFilter(p *prepared, who actor.Actor) Filter {
	w := writer{"acc_me": who.ID}
	ways := w.ways(p, who.ID)
	sql := narrowed(anyOf(ways, func(y way) string { return y.onEntry }))
	if sql == "1" {
		sql = "@acc_me IS NOT NULL" // see narrowed
	}
	return Filter{SQL: sql, Args: sqlite.Args(w), Parts: []string{sql}, classes: map[policy.Class]string{}, always: map[policy.Class]bool{}}
}

// onClient is the condition on clients k that some way leads to, through a case
// for which more holds, or without a case.
func onClient(ways []way, more string, s shown) string {
	if len(ways) == 0 {
		return "0"
	}
	ofClient := "FROM cases c WHERE c.client_id = k.id"
	seen := both(more, anyOf(ways, func(y way) string { return y.onCase }))
	return "(EXISTS (SELECT 1 " + ofClient + " AND " + s.onCase + " AND " + seen + ")" +
		" OR NOT EXISTS (SELECT 1 " + ofClient + ") AND " + both(s.onClient, anyOf(ways, func(y way) string { return y.onClient })) + ")"
}

// narrowed returns a condition that has a parameter: a statement without any
// takes none, and it may have no other.
func narrowed(condition string) string {
	if condition == "0" {
		return "@acc_me IS NULL"
	}
	return condition
}

// anyOf joins conditions of which one has to hold; none of none does.
func anyOf(ways []way, condition func(way) string) string {
	out := "0"
	for _, y := range ways {
		out = either(out, condition(y))
	}
	return out
}

func either(a, b string) string {
	switch {
	case a == "1" || b == "1":
		return "1"
	case a == "0":
		return b
	case b == "0" || a == b:
		return a
	}
	return "(" + a + " OR " + b + ")"
}

func both(a, b string) string {
	switch {
	case a == "0" || b == "0":
		return "0"
	case a == "1":
		return b
	case b == "1":
		return a
	}
	return "(" + a + " AND " + b + ")"
}

// sensitive returns the codes of the sensitive case types of the plan in force as a
// list of numbers for a statement, those among them that stand in the list no more.
func (g *Gate) sensitive() string {
	var codes []string
	for _, c := range g.reg.List(codelist.CaseTypes).Categories {
		for _, l := range slices.Concat(c.Leaves, c.Former) {
			if l.Sensitive {
				codes = append(codes, strconv.FormatUint(uint64(l.Code), 10))
			}
		}
	}
	return strings.Join(codes, ", ")
}
