package imports

import (
	"context"
	"fmt"

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
	src    adapters.Source
	report *Report
	plan   *plan // nil in a dry run
	held   func(Held) error
	next   civil.Month // of the office's next release, or 0
	stop   bool        // at the first sign of too many failures
	sight  sight
	marks  marks // how far a live source is read

	of        map[*stream]*met
	open      map[string]bool              // records with open problems, and whether held back
	conflicts map[string][]string          // that the interrupted run met, by record
	paired    map[string]bool              // clients whom the interrupted run made and marked
	people    *people                      // by whom a client can be known; nil without identity rules
	linked    map[string]string            // identifiers of records that were there before, by those that their keys would make
	surveys   map[string]string            // identifier of the survey of a case; nil until it is asked for
	numbers   numbers                      // by which cases are found
	files     map[string]bool              // that the records stand in
	members   map[string]map[string]string // numbers of the files and sheets of an aggregate import, by their names

	chunk  []rowDrafts
	now    map[string]current // records of the node that the chunk meets
	hidden map[string]bool    // identifiers of those that its runner does not see
	here   []Place            // told of the row that is decided about
}

// met is what a run knows of one stream: what came of it before, and which keys it has
// met. A key is kept as a digest.
type met struct {
	place   uint16 // in the mapping
	counts  *StreamReport
	before  bool                    // imported something before
	known   map[string]known        // of the keys that the chunk meets, what is remembered
	seen    map[[16]byte]uint64     // keys of this run, with a hash of the values
	present map[[16]byte]bool       // keys of rows that are held back
	twice   map[[16]byte]bool       // keys that several rows have
	opened  map[[16]byte]civil.Date // days of cases that other rows refer to
	alts    map[[16]byte]string     // records by their other keys, where rows refer to the stream; else nil
}

// knows reports whether a key of the chunk is remembered of an earlier import.
func (m *met) knows(key string) bool {
	_, known := m.known[key]
	return known
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
		m: m, q: q, run: r, report: report, sight: sees, of: map[*stream]*met{}, now: map[string]current{}, hidden: map[string]bool{},
		linked: map[string]string{}, numbers: numbers{now: map[string][]string{}, found: map[string][]string{}}, files: map[string]bool{}, members: map[string]map[string]string{},
	}
	report.Streams = make([]StreamReport, len(m.streams))
	for i, s := range m.streams {
		report.Streams[i] = StreamReport{Stream: s.name, To: s.to.name, Skipped: map[string]int64{}}
		if err := d.watch(ctx, s, uint16(i)); err != nil {
			return nil, err
		}
	}
	var err error
	if d.people, err = peopleOf(ctx, q, m, sees); err != nil {
		return nil, err
	}
	if d.paired, err = pairedBy(ctx, q, r.id, sees.clients); err != nil {
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

// watch begins to keep what the run meets of a stream, and of those of other sources
// that it refers to.
func (d *decider) watch(ctx context.Context, s *stream, place uint16) error {
	any, err := hasAny(ctx, d.q, d.run.instance, s.name)
	if err != nil {
		return fmt.Errorf("looking for earlier imports: %w", err)
	}
	d.of[s] = &met{
		place: place, counts: &d.report.Streams[place], before: any,
		seen: map[[16]byte]uint64{}, present: map[[16]byte]bool{}, opened: map[[16]byte]civil.Date{},
	}
	if d.m.pointedAt(s) && s.byKey() {
		d.of[s].alts = map[[16]byte]string{}
	}
	for _, r := range s.fields {
		if r.ref == nil {
			continue
		}
		d.numbers.asked = d.numbers.asked || r.ref.find != nil
		if r.ref.instance != "" {
			d.of[r.ref.foreign] = &met{before: true}
		}
	}
	return nil
}

// take takes in one row.
func (d *decider) take(ctx context.Context, hidden bool, drafts []draft) error {
	d.chunk = append(d.chunk, rowDrafts{drafts})
	for i := range drafts {
		d.of[drafts[i].stream].counts.Read++
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
	if err := d.lookUp(ctx); err != nil {
		return err
	}
	if err := d.find(ctx); err != nil {
		return err
	}
	if err := d.knowSurveys(ctx); err != nil {
		return err
	}
	for i := range d.chunk {
		if err := d.row(ctx, &d.chunk[i]); err != nil {
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
func (d *decider) row(ctx context.Context, r *rowDrafts) error {
	for i := range r.drafts {
		d.checkDraft(&r.drafts[i], r.drafts[:i])
		if err := d.checkPaper(ctx, &r.drafts[i]); err != nil {
			return err
		}
	}
	d.withoutNobody(r.drafts)
	withoutPartners(r.drafts)
	allOrNothing(r.drafts)
	if err := d.keepRow(r.drafts); err != nil {
		return err
	}
	var steps []step
	for i := range r.drafts {
		s, err := d.step(&r.drafts[i], r.drafts[i].row.loc())
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

// firstRows is after how many rows a run looks whether it makes sense.
const firstRows = 500

// Reasons for which a run is refused.
const (
	refusedFailed = "too_many_failed"
	refusedGone   = "too_many_gone"
	// the source says that rows may be missing from it
	refusedIncomplete = "incomplete"
)

// tooManyFailed reports whether more than the limit of the rows that were not
// skipped are held back, in a stream of at least so many rows.
func (d *decider) tooManyFailed(atLeast int64) bool {
	for _, s := range d.m.streams {
		c := d.of[s].counts
		rows := c.Created + c.Linked + c.Updated + c.Unchanged + c.Quarantined
		if rows >= atLeast && float64(c.Quarantined) > d.m.failed*float64(rows) {
			return true
		}
	}
	return false
}
