package auditor_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/auditor"
	"casehub/node/ledger"
	releasev1 "casehub/proto/casehub/release/v1"
)

// office is an invented office that works on from month to month: it opens cases,
// finds mistakes, erases people, and takes releases back. The same seed gives the
// same office.
type office struct {
	*rand.Rand
	tx     *sqlite.Tx
	reg    *codelist.Registry
	ledger *ledger.Ledger
	limits auditor.Office

	codes    map[string][]codelist.Code // of each list, the frequent ones first
	clients  []string
	cases    []string
	amounts  []string
	referred []string
	// beside are the records beside cases, by their table.
	beside   map[string][]string
	sent     []civil.Month // period of each regular release, 0 for one that is void or is one
	next     int           // number of the next record
	sequence uint32
	busy     int
}

// shapes are code lists: a word for each category, "s" for a sensitive leaf, "o"
// for an ordinary one, "S" and "O" for one that stands there no more, "y" and "n" for
// one that came in 2026.
var shapes = []string{"ooon oos soo", "oo oo s", "ooO so o oooS", "oo", "ooonn oooo ssyy on", "s ss o", "o o o o o o"}

// lists are the code lists of an invented registry, with the measures by them.
var lists = []struct {
	name     string
	measures []string
	more     string
}{
	{"case_types", []string{"cases_opened", "consultations"}, ""},
	{"recovery_kinds", []string{"amounts_recovered"}, `, "money": true`},
	{"referral_destinations", []string{"referrals_made"}, ""},
	{"outcomes", []string{"cases_closed"}, ""},
	{"service_kinds", []string{"services"}, ""},
	{"referral_results", []string{"referral_results"}, ""},
	{"turn_away_reasons", []string{"turn_aways"}, ""},
	{"institutions", []string{"complaints"}, ""},
	{"activity_kinds", []string{"activities", "activity_participants"}, ""},
	{"satisfaction_ratings", []string{"satisfaction"}, ""},
	{"quality_results", []string{"quality"}, ""},
}

// invent begins an office. Every seventh has the national lists.
func invent(seed uint64, tx *sqlite.Tx) *office {
	g := rand.New(rand.NewPCG(seed, 0x61756469746f72))
	o := &office{Rand: g, tx: tx, reg: codelist.National(), codes: map[string][]codelist.Code{}, beside: map[string][]string{}, busy: 3 + g.IntN(25)}
	if seed%7 != 0 {
		o.reg = inventRegistry(g)
	}
	for _, l := range o.reg.Lists {
		var codes []codelist.Code
		for _, c := range l.Categories {
			for _, leaf := range slices.Concat(c.Leaves, c.Former) {
				codes = append(codes, leaf.Code)
			}
		}
		g.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
		o.codes[l.Name] = codes
	}
	o.limits = auditor.Office{K: 5, KSensitive: 10, P: 25, Largest: 5000, Currency: "ZAR", MinorPerHundred: 10_000, Mixed: map[uint32]bool{}}
	if g.IntN(4) == 0 {
		o.limits.K, o.limits.KSensitive, o.limits.P = 5+g.Int64N(3), 8+g.Int64N(6), 20+g.Int64N(30)
	}
	if g.IntN(6) == 0 {
		o.limits.Largest = 12 + g.Int64N(50)
	}
	o.ledger = ledger.New(o.reg, o.held(), o.limits.Currency, o.limits.MinorPerHundred)
	for _, set := range o.reg.Plan.DataSets {
		if g.IntN(4) == 0 {
			o.ledger = o.ledger.Mixing(set.Number)
			o.limits.Mixed[set.Number] = true
		}
	}
	return o
}

// held are the limits as the ledger has them.
func (o *office) held() ledger.Limits {
	l := o.limits
	return ledger.Limits{K: l.K, KSensitive: l.KSensitive, P: l.P, Largest: l.Largest, Months: l.Rest, DataSets: l.Only, Withheld: l.Never, By: l.Apart}
}

// tighten takes two packs in, which hold some of it back.
func (o *office) tighten() {
	if o.IntN(2) == 0 {
		o.limits.Rest = max(o.limits.Rest, []int64{3, 6, 12}[o.IntN(3)])
	}
	if o.IntN(3) == 0 && o.limits.Only == nil {
		for _, set := range o.reg.Plan.DataSets {
			if o.IntN(4) > 0 {
				o.limits.Only = append(o.limits.Only, set.Number)
			}
		}
	}
	var packs [2][]codelist.Code
	for i := range o.IntN(5) {
		l := o.reg.Lists[o.IntN(len(o.reg.Lists))]
		c := l.Categories[o.IntN(len(l.Categories))]
		code := codelist.Code(o.code(l.Name))
		switch o.IntN(8) {
		case 0:
			code = l.Code
		case 1, 2:
			code = c.Code
		}
		packs[i%2] = append(packs[i%2], code)
	}
	for _, codes := range packs {
		o.limits.Never = append(slices.Clone(o.limits.Never), codes...)
		o.limits.Apart = append(slices.Clone(o.limits.Apart), codes)
	}
	o.ledger = o.ledger.Within(o.held())
}

func inventRegistry(g *rand.Rand) *codelist.Registry {
	var all, sets []string
	number := 0
	for i, l := range lists {
		shape := shapes[g.IntN(len(shapes))]
		all = append(all, list(l.name, 1000*(i+1), shape))
		for _, measure := range l.measures {
			if number++; number == 1 || g.IntN(2) == 0 {
				sets = append(sets, fmt.Sprintf(`{"data_set": %d, "name": %q, "list": %q, "en": "m", "es": "m"%s}`, number, measure, l.name, l.more))
			}
		}
	}
	reg, err := codelist.Parse(fmt.Appendf(nil, `{"version": 1, "lists": [%s], "plan": {"version": 1, "data_sets": [%s]}}`,
		strings.Join(all, ","), strings.Join(sets, ",")))
	if err != nil {
		panic(err)
	}
	return reg
}

// list writes a code list of a shape.
func list(name string, code int, shape string) string {
	var categories []string
	for c, word := range strings.Fields(shape) {
		var leaves, former []string
		for i, letter := range word {
			since := 0
			if letter == 'n' || letter == 'y' {
				since = 202606
			}
			leaf := fmt.Sprintf(`{"code": %d, "en": "l", "es": "l", "sensitive": %v, "since": %d}`, code+100*(c+1)+i+1, strings.ContainsRune("sSy", letter), since)
			if letter < 'a' {
				former = append(former, leaf)
			} else {
				leaves = append(leaves, leaf)
			}
		}
		categories = append(categories, fmt.Sprintf(`{"code": %d, "en": "c", "es": "c", "leaves": [%s], "former": [%s]}`,
			code+100*(c+1), strings.Join(leaves, ","), strings.Join(former, ",")))
	}
	return fmt.Sprintf(`{"name": %q, "code": %d, "en": "n", "es": "n", "categories": [%s]}`, name, code, strings.Join(categories, ","))
}

// id is the identifier of a new record: of an import one time in four.
func (o *office) id() string {
	o.next++
	version := 7
	if o.IntN(4) == 0 {
		version = 5
	}
	return fmt.Sprintf("%08x-0000-%d000-8000-000000000000", o.Uint32(), version)[:24] + fmt.Sprintf("%012d", o.next)
}

// code draws a code of a list; a few are most of the work.
func (o *office) code(list string) int64 {
	codes := o.codes[list]
	return int64(codes[int(float64(len(codes))*math.Pow(o.Float64(), 2.5))])
}

func (o *office) do(ctx context.Context, query string, args ...any) error {
	if _, err := o.tx.ExecArgs(ctx, query, args...); err != nil {
		return fmt.Errorf("%.60s: %w", strings.Join(strings.Fields(query), " "), err)
	}
	return nil
}

// day draws a day of a month.
func (o *office) day(m civil.Month) string { return string(m.First().AddDays(o.IntN(28))) }

// Names and what else tells people apart, from which clients are drawn. There are
// few, so that they meet.
var (
	names  = []string{"", "Nkosi", "N'kosi", "Dlamini", "García", "Garcia", "de la Cruz", "Cruz de la"}
	given  = []string{"", "Thandi", "Ana", "Ana María", "Maria Ana", "José", "Jose", "Sipho", "Lindiwe", "Pedro", "Rosa", "Juan", "Themba", "Zodwa"}
	phones = []string{"", "", "", "082 555 0101", "+27825550101", "0115550102; 082-555-0103", "0825550103"}
	sure   = []string{"day", "day", "day", "month", "year", "about"}
)

// birth draws a birth date, in half of the cases of few.
func (o *office) birth() (born, precision any) {
	switch o.IntN(8) {
	case 0, 1:
		return nil, ""
	case 2:
		return fmt.Sprintf("19%02d-0%d-01", 70+o.IntN(3), 1+o.IntN(2)), sure[o.IntN(len(sure))]
	default:
		return fmt.Sprintf("%d-%02d-%02d", 1940+o.IntN(60), 1+o.IntN(12), 1+o.IntN(28)), "day"
	}
}

func (o *office) number() string {
	if o.IntN(3) == 0 {
		return []string{"80-01 01", "800101", "8001 01x", "90", fmt.Sprint(o.IntN(1_000_000)), fmt.Sprint(o.IntN(1_000_000))}[o.IntN(6)]
	}
	return ""
}

func (o *office) addClient(ctx context.Context) error {
	id := o.id()
	o.clients = append(o.clients, id)
	born, precision := o.birth()
	surname := names[o.IntN(len(names))]
	if o.IntN(2) == 0 {
		surname = fmt.Sprint("Name", o.IntN(100_000))
	}
	return o.do(ctx, `INSERT INTO clients (id, reference, id_number, surname, given_names, birth_date, birth_precision, phones, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0)`, id, o.number(), surname, given[o.IntN(len(given))], born, precision, phones[o.IntN(len(phones))])
}

func (o *office) addCase(ctx context.Context, m civil.Month) error {
	if len(o.clients) == 0 || o.IntN(5) > 0 {
		if err := o.addClient(ctx); err != nil {
			return err
		}
	}
	client := o.clients[len(o.clients)-1]
	if o.IntN(6) == 0 {
		client = any1(o, o.clients)
	}
	id := o.id()
	o.cases = append(o.cases, id)
	if o.IntN(8) == 0 {
		m = m.Add(1 - o.IntN(5)) // late, and some opened ahead
	}
	return o.do(ctx, `INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, 'open', ?4, 0, 0)`, id, client, o.code("case_types"), o.day(m))
}

func any1(o *office, of []string) string { return of[o.IntN(len(of))] }

// live is the month of an office: what is new, and what people find out about what
// was there before.
func (o *office) live(ctx context.Context, m civil.Month) error {
	for range o.IntN(2 * o.busy) {
		if err := o.addCase(ctx, m); err != nil {
			return err
		}
	}
	if len(o.cases) == 0 {
		return nil
	}
	for range o.IntN(2 * o.busy) {
		if err := o.happen(ctx, m); err != nil {
			return err
		}
	}
	for range o.IntN(3 * o.busy) {
		if err := o.workBeside(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// happen does one thing to a record that is there. Statements that find none do
// nothing.
func (o *office) happen(ctx context.Context, m civil.Month) error {
	c, client := any1(o, o.cases), any1(o, o.clients)
	if n := len(o.cases); o.IntN(3) > 0 {
		c = o.cases[n-1-o.IntN(min(n, 40))]
	}
	switch o.IntN(24) {
	case 0, 1, 2, 3, 4, 5, 6:
		return o.receive(ctx, c, m)
	case 7, 8, 9:
		return o.refer(ctx, c, m)
	case 10, 11, 12, 13:
		return o.do(ctx, `UPDATE cases SET status = 'closed', closed_on = max(opened_on, ?2), outcome = ?3 WHERE id = ?1`, c, o.day(m), o.code("outcomes"))
	case 14:
		return o.do(ctx, `UPDATE cases SET status = 'open', closed_on = NULL, outcome = NULL WHERE id = ?1`, c)
	case 15, 16:
		return o.do(ctx, `UPDATE cases SET case_type = ?2 WHERE id = ?1`, c, o.code("case_types"))
	case 17:
		return o.do(ctx, `UPDATE cases SET opened_on = min(?2, coalesce(closed_on, ?2)) WHERE id = ?1`, c, o.day(m.Add(-o.IntN(6))))
	case 18:
		return o.do(ctx, `UPDATE recoveries SET amount_minor = ?2, kind = ?3 WHERE case_id = ?1`, c, o.amount(), o.code("recovery_kinds"))
	case 19:
		return o.do(ctx, `DELETE FROM recoveries WHERE case_id = ?1`, c)
	case 20:
		return o.do(ctx, `UPDATE cases SET client_id = ?2 WHERE id = ?1`, c, client)
	case 21:
		born, precision := o.birth()
		return o.do(ctx, `UPDATE clients SET id_number = ?2, surname = ?3, birth_date = ?4, birth_precision = ?5 WHERE id = ?1`,
			client, o.number(), names[o.IntN(len(names))], born, precision)
	case 22:
		return o.erase(ctx, c)
	default:
		return o.do(ctx, `UPDATE recoveries SET currency = CASE currency WHEN 'ZAR' THEN 'USD' ELSE 'ZAR' END WHERE case_id = ?1`, c)
	}
}

// amount draws an amount, one in fourteen below zero.
func (o *office) amount() int64 {
	minor := int64(2_000_00 * math.Exp(o.NormFloat64()))
	if o.IntN(14) == 0 {
		return -minor - 1
	}
	return minor + 1
}

func (o *office) receive(ctx context.Context, of string, m civil.Month) error {
	currency := "ZAR"
	if o.IntN(12) == 0 {
		currency = "USD"
	}
	id := o.id()
	o.amounts = append(o.amounts, id)
	return o.do(ctx, `INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, created_at, updated_at)
SELECT ?1, id, ?3, ?4, ?5, ?6, 0, 0 FROM cases WHERE id = ?2`, id, of, o.code("recovery_kinds"), o.day(m.Add(-o.IntN(2))), o.amount(), currency)
}

// erase removes a case as the erasure of a client does: what was counted stands
// without whose it was, what waited is never counted.
func (o *office) erase(ctx context.Context, c string) error {
	of := `source_id IN (SELECT ?1`
	var gone []string
	for _, table := range []string{"referrals", "recoveries", "services", "complaints", "surveys", "quality_checks"} {
		of += ` UNION ALL SELECT id FROM ` + table + ` WHERE case_id = ?1`
		gone = append(gone, `DELETE FROM `+table+` WHERE case_id = ?1`)
	}
	of += `)`
	for _, statement := range slices.Concat([]string{
		`UPDATE ledger_events SET erased = 1, client_id = '' WHERE state = 'published' AND ` + of,
		`UPDATE ledger_events SET erased = 1, client_id = '', code = 0, period = 0, amount_minor = 0, state = 'withdrawn' WHERE state <> 'published' AND ` + of,
	}, gone, []string{`DELETE FROM cases WHERE id = ?1`}) {
		if err := o.do(ctx, statement, c); err != nil {
			return err
		}
	}
	return nil
}

// release makes the release of a month, or the one that takes another back, and
// returns it as it would be sent. It is not among the office's releases yet.
func (o *office) release(ctx context.Context, m civil.Month, kind releasev1.ReleaseKind, voids uint32) (*releasev1.Release, error) {
	o.sequence++
	r := &releasev1.Release{
		SchemaVersion: 1, OrgUnit: 7, Sequence: o.sequence, Period: uint32(m), Kind: kind, VoidsSequence: voids,
		RulesVersion: 2, PlanVersion: o.reg.Plan.Version, RegistryVersion: o.reg.Version,
	}
	if kind == releasev1.ReleaseKind_RELEASE_KIND_VOID {
		return r, o.ledger.Void(ctx, o.tx, o.sequence, voids)
	}
	if err := o.ledger.Refresh(ctx, o.tx); err != nil {
		return nil, err
	}
	groups, err := o.ledger.Close(ctx, o.tx, o.sequence, m, ledger.Kind(kind))
	for _, g := range groups {
		if n := len(r.Tables); n == 0 || r.Tables[n-1].DataSet != g.DataSet {
			r.Tables = append(r.Tables, &releasev1.Table{DataSet: g.DataSet})
		}
		t := r.Tables[len(r.Tables)-1]
		t.Groups = append(t.Groups, &releasev1.Group{
			CategoryOption: uint32(g.Code), Level: releasev1.GroupLevel(g.Level), FromPeriod: uint32(g.From), Value: uint32(g.Value),
			AmountHundreds: uint32(g.AmountHundreds), ObsStatus: releasev1.ObsStatus_OBS_STATUS_NORMAL,
		})
	}
	return r, err
}

// keep puts a release among those that left.
func (o *office) keep(ctx context.Context, r *releasev1.Release) error {
	var voids any
	period := civil.Month(r.Period)
	if r.VoidsSequence != 0 {
		voids, period = int64(r.VoidsSequence), 0
		o.sent[r.VoidsSequence-1] = 0
	}
	if len(r.Tables) == 0 {
		period = 0 // nothing of it can be taken back
	}
	o.sent = append(o.sent, period)
	return o.do(ctx, `INSERT INTO releases (sequence, kind, period, voids_sequence, digest, sealed, sealed_at) VALUES (?1, ?2, ?3, ?4, zeroblob(32), x'00', 0)`,
		int64(r.Sequence), int64(r.Kind), int64(r.Period), voids)
}

// standing returns the number of a release that can be taken back, or 0.
func (o *office) standing() uint32 {
	var all []uint32
	for i, m := range o.sent {
		if m != 0 {
			all = append(all, uint32(i+1))
		}
	}
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1-o.IntN(min(len(all), 4))]
}
