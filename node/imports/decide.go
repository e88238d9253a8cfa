package imports

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"casehub/adapters"
	"casehub/internal/civil"
	"casehub/internal/sqlite"
)

// decider settles what a run does with each row: it compares drafts with what
// was imported before and counts. It writes nothing to the node.
type decider struct {
	m      *Mapping
	q      sqlite.Querier
	run    run // id is that of the interrupted run that this one goes on with
	report *Report
	plan   *plan // nil in a dry run
	held   func(Held) error
	next   civil.Month // of the office's next release, or 0
	stop   bool        // at the first sign of too many failures

	counts    map[*stream]*StreamReport
	place     map[*stream]uint16
	before    map[*stream]bool                    // imported something before
	seen      map[*stream]map[[16]byte]uint64     // keys of this run, with a hash of the values
	opened    map[*stream]map[[16]byte]civil.Date // days of cases that other rows refer to
	open      map[string]bool                     // records with open problems, and whether held back
	conflicts map[string][]string
	here      []Place // told of the row that is decided about
	chunk     []rowDrafts
	now       map[string]current // records of the node that the chunk meets
	sight     sight
	surveys   map[string]string             // identifier of the survey of a case; nil until it is asked for
	finds     bool                          // some stream finds cases by their number
	dups      map[*stream]map[[16]byte]bool // keys that several rows have
	present   map[*stream]map[[16]byte]bool // keys of rows that are held back
	numbered  map[string][]string           // cases of this run by their numbers
	stood     map[string][]string           // cases from before the run by their numbers; nil until it is asked for
	found     map[string][]string           // cases by the numbers that the chunk asks for
	src       adapters.Source
	hidden    map[string]bool                 // identifiers of records that the chunk meets and its runner does not see
	linked    map[string]string               // identifiers of records that were there before, by those that their keys would make
	marks     marks                           // how far a live source is read
	alts      map[*stream]map[[16]byte]string // records of this run by their other keys, of streams that rows refer to
	people    *people                         // by whom a client can be known; nil without identity rules
	paired    map[string]bool                 // clients whom the interrupted run made and marked
	files     map[string]bool                 // that the records stand in
	members   map[string]int                  // numbers of the files of an aggregate import, by their names
}

// rowDrafts are the drafts of one record: of the row, and of its children, with
// which it is taken or held back as a whole.
type rowDrafts struct {
	drafts []draft
}

// chunkRows is the number of rows that are looked up at once.
const chunkRows = 500

func newDecider(ctx context.Context, m *Mapping, q sqlite.Querier, r run, report *Report, sees sight) (*decider, error) {
	d := &decider{
		m: m, q: q, run: r, report: report, sight: sees,
		counts: map[*stream]*StreamReport{}, place: map[*stream]uint16{}, before: map[*stream]bool{}, seen: map[*stream]map[[16]byte]uint64{},
		opened: map[*stream]map[[16]byte]civil.Date{}, now: map[string]current{}, found: map[string][]string{}, numbered: map[string][]string{},
		dups: map[*stream]map[[16]byte]bool{}, present: map[*stream]map[[16]byte]bool{}, hidden: map[string]bool{}, linked: map[string]string{},
		alts: map[*stream]map[[16]byte]string{}, files: map[string]bool{}, members: map[string]int{},
	}
	report.Streams = make([]StreamReport, len(m.streams))
	for i, s := range m.streams {
		report.Streams[i] = StreamReport{Stream: s.name, To: s.to.name, Skipped: map[string]int64{}}
		d.counts[s], d.place[s], d.seen[s], d.opened[s], d.present[s] = &report.Streams[i], uint16(i), map[[16]byte]uint64{}, map[[16]byte]civil.Date{}, map[[16]byte]bool{}
		any, err := hasAny(ctx, q, r.instance, s.name)
		if err != nil {
			return nil, fmt.Errorf("looking for earlier imports: %w", err)
		}
		d.before[s] = any
		if m.pointedAt(s) && s.byKey() {
			d.alts[s] = map[[16]byte]string{}
		}
		for _, r := range s.fields {
			d.finds = d.finds || r.ref != nil && r.ref.find != nil
			if r.ref != nil && r.ref.instance != "" {
				d.before[r.ref.foreign] = true
			}
		}
	}
	var err error
	if d.people, err = peopleOf(ctx, q, m, sees); err != nil {
		return nil, err
	}
	if d.paired, err = pairedBy(ctx, q, r.id); err != nil {
		return nil, fmt.Errorf("reading the pairs of clients: %w", err)
	}
	if d.open, err = openProblems(ctx, q, r.instance); err != nil {
		return nil, fmt.Errorf("reading the quarantine: %w", err)
	}
	if d.conflicts, err = conflictsOf(ctx, q, r); err != nil {
		return nil, fmt.Errorf("reading the quarantine: %w", err)
	}
	return d, nil
}

// take takes in one row.
func (d *decider) take(ctx context.Context, hidden bool, drafts []draft) error {
	d.chunk = append(d.chunk, rowDrafts{drafts})
	for i := range drafts {
		d.counts[drafts[i].stream].Read++
		d.files[drafts[i].row.loc().File] = true
	}
	if hidden {
		d.report.Hidden++
	}
	if len(d.chunk) < chunkRows {
		return nil
	}
	return d.settle(ctx)
}

// settle decides about the rows taken in.
func (d *decider) settle(ctx context.Context) error {
	earlier, err := d.lookUp(ctx)
	if err != nil {
		return err
	}
	if err := d.find(ctx); err != nil {
		return err
	}
	if err := d.knowSurveys(ctx); err != nil {
		return err
	}
	for i := range d.chunk {
		if err := d.row(ctx, &d.chunk[i], earlier); err != nil {
			return err
		}
	}
	d.chunk = d.chunk[:0]
	if d.stop && d.tooManyFailed(firstRows) {
		d.report.Refused = refusedFailed
		return ErrRefused
	}
	return nil
}

// row decides about one row: first what is wrong, stream by stream, then what
// is done.
func (d *decider) row(ctx context.Context, r *rowDrafts, earlier map[*stream]map[string]known) error {
	for i := range r.drafts {
		d.checkDraft(&r.drafts[i], r.drafts[:i], earlier)
		if err := d.checkPaper(ctx, &r.drafts[i], earlier); err != nil {
			return err
		}
	}
	withoutPartners(r.drafts)
	allOrNothing(r.drafts)
	if err := d.keepRow(r.drafts); err != nil {
		return err
	}
	var steps []step
	for i := range r.drafts {
		s, err := d.step(&r.drafts[i], r.drafts[i].row.loc(), earlier)
		if err != nil {
			return err
		}
		if d.m.aggregate {
			s.problems = silent(s.problems)
		}
		if s.action != nothingToDo || s.resolve || len(s.problems) > 0 {
			steps = append(steps, s)
		}
	}
	if len(steps) > 0 && d.plan != nil {
		return d.plan.add(steps)
	}
	return nil
}

// checkDraft finds references to nothing and keys that came before.
func (d *decider) checkDraft(f *draft, before []draft, earlier map[*stream]map[string]known) {
	if f.state != taken {
		return
	}
	if d.keptFrom(f, earlier) {
		f.hold(f.nowhere())
		return
	}
	d.relink(f)
	for _, p := range f.parents {
		if before[p.at].state == quarantined {
			f.hold(problemAt(adapters.ReferenceMissing, p.field, "", ""))
			return
		}
	}
	for i := range f.refs {
		ref := &f.refs[i]
		_, now := d.seen[ref.stream][short(ref.key)]
		now = now || madeBefore(before, *ref)
		_, then := earlier[ref.stream][ref.key]
		now = now || !then && d.byOther(f, ref)
		if d.dups[ref.stream][short(ref.key)] && !then {
			f.hold(problemAt(adapters.ReferenceAmbig, ref.field, ref.column, ""))
			continue
		}
		missing := !now && !then || d.hidden[d.idOf(ref.stream, ref.key)] && !d.byThisRun(f, earlier)
		switch {
		case missing && ref.drop:
			f.values[ref.at] = ""
			f.warn(problemAt(adapters.ReferenceMissing, ref.field, ref.column, ""))
		case missing:
			f.hold(problemAt(adapters.ReferenceMissing, ref.field, ref.column, ""))
		default:
			d.checkDay(f, *ref)
		}
	}
	if d.manifold(f) {
		f.hold(problemAt(adapters.DuplicateKey, "", f.stream.keyColumn(), ""))
		return
	}
	d.settleFinds(f)
	if f.stream.to.name == toService && f.state == taken && f.get("case")+f.get("consultation") == "" {
		f.hold(problemAt(adapters.ReferenceMissing, "case", f.columnOf("case"), "")) // it belongs to nothing
	}
	d.oneSurvey(f)
	first, again := d.seen[f.stream][short(f.key)]
	if !again {
		first, again = sameKeyBefore(before, f)
	}
	if f.state != taken {
		return
	}
	if !again {
		d.identify(f, earlier)
		return
	}
	switch {
	case !f.stream.repeats:
		f.hold(problemAt(adapters.DuplicateKey, "", f.stream.keyColumn(), ""))
	case first == valuesHash(f.values):
		f.leaveOut("repeated")
	default:
		f.leaveOut("repeated_differently")
	}
}

// checkPaper holds a new document back whose content is not there.
func (d *decider) checkPaper(ctx context.Context, f *draft, earlier map[*stream]map[string]known) error {
	if f.stream.to.name != toDocument || f.state != taken {
		return nil
	}
	if _, known := earlier[f.stream][f.key]; known {
		return nil
	}
	code, err := probe(ctx, d.src, f.get("blob"), f.row.value("md5").Raw)
	if err == nil && code != "" {
		f.paperMissing(code)
	}
	return err
}

// paperMissing holds a document back. The record that it belongs to is taken all the
// same: an old system has lost files, and a case is one without them.
func (d *draft) paperMissing(code adapters.Code) {
	d.hold(problemAt(code, "blob", d.columnOf("blob"), d.get("name")))
	d.alone = true
}

// dayOfTarget names the day of a target that belongs to a case.
var dayOfTarget = map[string]string{
	toReferral: "referred_on", toRecovery: "received_on", toComplaint: "filed_on", toService: "given_on",
}

// checkDay holds back what happened before its case was opened, where the case
// is of another row.
func (d *decider) checkDay(f *draft, ref refKey) {
	day := dayOfTarget[f.stream.to.name]
	if day == "" || ref.stream.to.name != toCase {
		return
	}
	opened, now := d.opened[ref.stream][short(ref.key)]
	if !now {
		is, ok := d.now[d.idOf(ref.stream, ref.key)]
		if !ok {
			return
		}
		opened = civil.Date(is.values[ref.stream.to.index("opened_on")])
	}
	if f.get(day) < string(opened) {
		f.holdDay(day)
	}
}

// madeBefore reports whether an earlier draft of the same record makes what is
// referred to.
func madeBefore(before []draft, ref refKey) bool {
	for i := range before {
		if before[i].stream == ref.stream && before[i].key == ref.key && before[i].state == taken {
			return true
		}
	}
	return false
}

// sameKeyBefore returns the hash of an earlier draft of the same record that has the
// stream and the key of f: two children with one key.
func sameKeyBefore(before []draft, f *draft) (hash uint64, found bool) {
	for i := range before {
		if before[i].stream == f.stream && before[i].key == f.key && before[i].state == taken {
			return valuesHash(before[i].values), true
		}
	}
	return 0, false
}

// allOrNothing holds a record back with all its children where one of them is held
// back: half a case is none.
func allOrNothing(all []draft) {
	if !slices.ContainsFunc(all, func(f draft) bool { return f.row.up != nil }) ||
		!slices.ContainsFunc(all, func(f draft) bool { return f.state == quarantined && !f.alone }) {
		return
	}
	for i := range all {
		if all[i].state == taken {
			all[i].hold(problem{code: adapters.RecordHeld})
		}
	}
}

// keepRow puts the whole row to the first problem that holds a part of it back.
func (d *decider) keepRow(all []draft) error {
	for i := range all {
		for j := range all[i].problems {
			p := &all[i].problems[j]
			if !p.held {
				continue
			}
			top := all[i].row.top()
			var err error
			p.row, err = heldRowOf(top.rec, all[i].stream.table, all[i].content).text()
			return err
		}
	}
	return nil
}

// withoutPartners leaves out the drafts that may only come with another one.
func withoutPartners(all []draft) {
	for i := range all {
		f := &all[i]
		if f.stream.onlyWith == "" || f.state != taken {
			continue
		}
		for j := range all {
			if all[j].stream.name == f.stream.onlyWith && all[j].state != taken && f.row.isOf(all[j].row) {
				f.leaveOut("without_" + f.stream.onlyWith)
			}
		}
	}
}

func (s *stream) keyColumn() string {
	if len(s.key.columns) > 0 {
		return s.key.columns[0]
	}
	return ""
}

func short(key string) [16]byte {
	sum := sha256.Sum256([]byte(key))
	return [16]byte(sum[:16])
}

func valuesHash(values []string) uint64 {
	h := uint64(0)
	for _, v := range values {
		h = h*31 + fieldHash(v)
	}
	return h
}

// step decides about one draft and counts it.
func (d *decider) step(f *draft, loc adapters.Locator, earlier map[*stream]map[string]known) (step, error) {
	c := d.counts[f.stream]
	s := step{stream: d.place[f.stream], key: f.key, loc: loc}
	switch f.state {
	case skipped:
		c.Skipped[f.skip]++
		if k, known := earlier[f.stream][f.key]; known && f.skip == deletedAtSource && !k.gone && !d.hidden[d.idOf(f.stream, f.key)] {
			c.Gone++
			d.present[f.stream][short(f.key)] = true
			s.action = vanish
		}
		return s, nil
	case quarantined:
		c.Quarantined++
		if f.key != "" {
			d.present[f.stream][short(f.key)] = true
		}
		s.problems = f.problems
		return s, d.tell(loc, f)
	}
	d.seen[f.stream][short(f.key)] = valuesHash(f.values)
	if f.stream.referred {
		d.opened[f.stream][short(f.key)] = civil.Date(f.get("opened_on"))
	}
	d.fields(f)
	d.number(f)
	d.rememberAlts(f)
	held, open := d.open[f.stream.name+keySeparator+f.key]
	s.resolve = held
	k, known := earlier[f.stream][f.key]
	hash, _ := hashesOf(f.values)
	switch {
	case !known && f.link != "":
		c.Linked++
		s.action, s.resolve, s.local, s.fill = linkTo, open, f.link, f.fill
	case !known:
		d.created(f)
		s.action, s.resolve, s.pairs = create, open, f.likely
		if len(f.likely) > 0 {
			c.Duplicates++
		}
	case d.byThisRun(f, earlier):
		d.done(f, k)
		d.meet(f, k.firstRun == d.run.id && !k.linked)
		return s, d.tell(loc, f)
	case equalHash(k.contentHash, hash) && !k.gone:
		c.Unchanged++
		if s.resolve {
			s.problems = f.problems
		}
		return s, d.tell(loc, f)
	default:
		c.Updated++
		s.action, s.resolve = merge, open
		d.foresee(f, k)
	}
	d.meet(f, s.action == create)
	s.values, s.problems, s.alts = f.values, f.problems, f.alts
	return s, d.tell(loc, f)
}

// created counts a record that is new, and a case from before the next release.
func (d *decider) created(f *draft) {
	d.counts[f.stream].Created++
	if f.stream.to.name != toCase || d.next == 0 {
		return
	}
	opened := civil.Date(f.get("opened_on"))
	if opened >= d.next.First() {
		return
	}
	e := d.report.Earlier
	if e == nil {
		e = &EarlierReport{Next: d.next, First: opened}
		d.report.Earlier = e
	}
	e.Cases++
	e.First = min(e.First, opened)
}

// done counts a record that the interrupted run has written.
func (d *decider) done(f *draft, k known) {
	switch {
	case k.firstRun == d.run.id && k.linked:
		d.counts[f.stream].Linked++
		return
	case k.firstRun == d.run.id:
		d.created(f)
		if d.paired[d.idOf(f.stream, f.key)] {
			d.counts[f.stream].Duplicates++
		}
		return
	}
	d.counts[f.stream].Updated++
	if d.hidden[d.idOf(f.stream, f.key)] {
		return
	}
	for _, field := range d.conflicts[f.stream.name+keySeparator+f.key] {
		f.warn(problem{code: adapters.ConflictLocal, field: field})
	}
}

// foresee finds the conflicts that merging will meet.
func (d *decider) foresee(f *draft, k known) {
	is, ok := d.now[d.idOf(f.stream, f.key)]
	if !ok {
		return
	}
	_, conflicts := threeWay(f.stream.to, k.fieldHashes, is.values, f.values)
	f.problems = append(f.problems, conflictProblems(f.stream.to, conflicts)...)
}

// tell puts the problems of a draft into the report and hands them on.
func (d *decider) tell(loc adapters.Locator, f *draft) error {
	for _, p := range f.problems {
		d.mark(d.report.problem(loc, f.stream.name, p))
		if err := d.held(heldOf(loc, f.stream.name, f.key, p)); err != nil {
			return err
		}
	}
	for _, i := range f.unmapped {
		if d.report.Unmapped == nil {
			d.report.Unmapped = map[string]int64{}
		}
		d.report.Unmapped[f.stream.name+"."+f.stream.to.fields[i].name]++
	}
	return nil
}

// mark tells a place once, though several streams stumble there.
func (d *decider) mark(p Place) {
	if len(d.here) > 0 && d.here[0].Loc != p.Loc {
		d.here = d.here[:0]
	}
	for _, q := range d.here {
		if q.Column == p.Column && q.Code == p.Code {
			return
		}
	}
	d.here = append(d.here, p)
	d.report.place(p)
}

// fields counts what became of each field.
func (d *decider) fields(f *draft) {
	if d.report.Fields == nil {
		d.report.Fields = map[string]FieldReport{}
	}
	for _, r := range f.stream.fields {
		c := d.report.Fields[r.label]
		switch {
		case f.values[r.field] != "":
			c.Filled++
		case f.wrong(r.field):
			c.Wrong++
		default:
			c.Empty++
		}
		d.report.Fields[r.label] = c
	}
}

// wrong reports whether a field was left out because of its value.
func (f *draft) wrong(i int) bool {
	for _, p := range f.problems {
		if p.field == f.stream.to.fields[i].name {
			return true
		}
	}
	return false
}

// firstRows is after how many rows a run looks whether it makes sense.
const firstRows = 500

// Reasons for which a run is refused.
const (
	refusedFailed = "too_many_failed"
	refusedGone   = "too_many_gone"
)

// tooManyFailed reports whether more than the limit of the rows that were not
// skipped are held back, in a stream of at least so many rows.
func (d *decider) tooManyFailed(atLeast int64) bool {
	for _, c := range d.counts {
		rows := c.Created + c.Linked + c.Updated + c.Unchanged + c.Quarantined
		if rows >= atLeast && float64(c.Quarantined) > d.m.failed*float64(rows) {
			return true
		}
	}
	return false
}
