package imports

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
)

// Service imports into one node.
type Service struct {
	db    *sqlite.DB
	reg   *codelist.Registry
	gate  *access.Gate
	now   func() time.Time
	fault func(point string) error // a test's way to break off; nil otherwise
}

// NewService makes the service. Code lists are those of the registry.
func NewService(db *sqlite.DB, reg *codelist.Registry, gate *access.Gate, now func() time.Time) *Service {
	return &Service{db: db, reg: reg, gate: gate, now: now}
}

// localID returns the identifier of the record that a key of a stream makes.
func localID(instance string, s *stream, key string) string {
	if s.pseudonymous {
		return pseudonym(s.made(instance), s.name, key)
	}
	return reference.Derived(s.made(instance), s.name, key)
}

// made returns the instance whose records a stream makes: that of the run, or another
// one that is only referred to.
func (s *stream) made(instance string) string {
	if s.instance != "" {
		return s.instance
	}
	return instance
}

// Run imports a source by a mapping. What is new belongs to the office of the
// person who imports, and to nobody in it. A record that this person does not see
// is neither changed nor told of: its row is held back as one that belongs to
// nothing. The report is complete also when the run
// is refused with ErrRefused. It fails with ErrRunning while the same instance
// is being imported, and with ErrTable or ErrColumn before anything is read
// when the source is not the one that the mapping is for.
func (s *Service) Run(ctx context.Context, who actor.Actor, m *Mapping, src adapters.Source, o Options) (report Report, err error) {
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.Held == nil {
		o.Held = func(Held) error { return nil }
	}
	if err := s.gate.May(ctx, who, "imports.run"); err != nil {
		return Report{}, err
	}
	_, office, err := s.gate.Seat(ctx, s.db, who)
	if err != nil {
		return Report{}, err
	}
	office = cmp.Or(office, o.Office)
	eyes, err := s.sightOf(ctx, who)
	if err != nil {
		return Report{}, err
	}
	cat, m, err := describe(ctx, m, src)
	if err != nil {
		return Report{}, err
	}
	if o.Documents == nil && m.brings(toDocument) {
		return Report{}, ErrDocuments
	}
	if m.aggregate {
		if m.secret, err = s.secretOf(ctx, o.DryRun); err != nil {
			return Report{}, err
		}
	}
	r := run{
		office:   office,
		instance: m.Instance, mapping: m.Name, mapHash: m.Hash, sourceName: o.Name, sourceHash: cat.Fingerprint,
		actor: who.String(), startedAt: sqlite.Stamp(s.now()),
	}
	if o.Instance != "" {
		r.instance = o.Instance
	}
	if o.DryRun {
		report, _, err = s.decide(ctx, m, src, &r, o, eyes, nil)
		return report, err
	}
	unlock, err := s.lock(ctx, r.instance)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = unlock(err) }()
	p, err := newPlan(s.beside(r.instance, "plan"))
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	report, more, err := s.decide(ctx, m, src, &r, o, eyes, p)
	if err != nil {
		return report, err
	}
	if err := s.at("planned"); err != nil {
		return report, err
	}
	return s.apply(ctx, who, m, src, &r, o, eyes, p, report, more)
}

// lock makes sure that nobody else works on a source. What it returns lets go, and
// joins what went wrong with an error.
func (s *Service) lock(ctx context.Context, instance string) (func(error) error, error) {
	lock, err := sqlite.Lock(ctx, s.beside(instance, "lock"))
	if errors.Is(err, sqlite.ErrLocked) {
		return nil, ErrRunning
	}
	if err != nil {
		return nil, err
	}
	return func(err error) error { return errors.Join(err, lock.Unlock()) }, nil
}

// beside returns the path of a file of one instance beside the database.
func (s *Service) beside(instance, what string) string {
	name := fmt.Sprintf("import-%016x.%s", fieldHash(instance), what)
	return filepath.Join(filepath.Dir(s.db.Path()), name)
}

// describe returns what the source has, and the mapping put to it.
func describe(ctx context.Context, m *Mapping, src adapters.Source) (adapters.Catalog, *Mapping, error) {
	if err := src.Check(ctx); err != nil {
		return adapters.Catalog{}, nil, fmt.Errorf("checking the source: %w", err)
	}
	cat, err := src.Discover(ctx)
	if err != nil {
		return cat, nil, fmt.Errorf("describing the source: %w", err)
	}
	m, err = m.bind(cat)
	return cat, m, err
}

// columns lists the columns that a stream names.
func (s *stream) columns() []string {
	all := append([]string(nil), s.key.columns...)
	if s.when != nil {
		all = append(all, s.when.column)
	}
	for _, r := range s.fields {
		all = append(all, r.columns...)
		if r.ref != nil {
			all = append(all, r.ref.columns...)
		}
	}
	return all
}

// brings reports whether a mapping has a stream to a target.
func (m *Mapping) brings(target string) bool {
	return slices.ContainsFunc(m.streams, func(s *stream) bool { return s.to.name == target })
}

// goneKey is a record that the source has no more.
type goneKey struct{ stream, key string }

// decided is what was settled beside the plan.
type decided struct {
	gone  []goneKey
	marks marks
}

// decide reads the whole source and settles what to do, in one snapshot of the
// node.
func (s *Service) decide(ctx context.Context, m *Mapping, src adapters.Source, r *run, o Options, eyes sight, p *plan) (Report, decided, error) {
	report := Report{Mode: "import", Mapping: m.Name, Instance: r.instance, Source: SourceReport{m.SourceType, o.Name, r.sourceHash}}
	if o.DryRun {
		report.Mode = "dry_run"
	}
	var gone []goneKey
	var marks marks
	err := s.db.Snapshot(ctx, func(tx *sqlite.Tx) error {
		id, started, err := runningRun(ctx, tx, *r)
		if err != nil {
			return err
		}
		if id != 0 {
			r.id, r.startedAt = id, started
		}
		d, err := newDecider(ctx, m, tx, *r, &report, eyes)
		if err != nil {
			return err
		}
		d.src = src
		if d.marks, err = marksOf(ctx, tx, m, *r, s.now()); err != nil {
			return err
		}
		d.plan, d.held, d.next, d.stop = p, o.Held, o.NextRelease, !o.DryRun && !o.Accept
		if err := m.readLookups(ctx, src); err != nil {
			return err
		}
		rows := int64(0)
		for _, pass := range m.passes {
			if err := s.pass(ctx, d, pass, src, func() {
				if rows++; rows%500 == 0 {
					o.Progress(Progress{"read", rows, -1})
				}
			}); err != nil {
				return err
			}
		}
		if _, part := src.(*mended); !part {
			if err := d.gone(ctx, func(s *stream, key string) { gone = append(gone, goneKey{s.name, key}) }); err != nil {
				return err
			}
		}
		if d.tooManyFailed(1) {
			report.Refused = refusedFailed
		}
		for table := range d.marks.from {
			report.Part = report.Part || d.marks.part(table)
		}
		marks = d.marks
		r.files, err = d.filesOf(ctx, src)
		return err
	})
	if err != nil {
		return report, decided{}, err
	}
	if err := report.balance(); err != nil {
		return report, decided{}, err
	}
	if o.Accept {
		report.Refused = ""
	}
	if report.Refused != "" {
		return report, decided{}, ErrRefused
	}
	return report, decided{gone, marks}, nil
}

// filesOf lists the files that the entries of a run's quarantine may name: those of what
// was read, and of the runs that it goes on from.
func (d *decider) filesOf(ctx context.Context, src adapters.Source) ([]string, error) {
	var mends int64
	if m, ok := src.(*mended); ok {
		mends = m.run.ID
	}
	before, err := filesBefore(ctx, d.q, d.run.instance, d.report.Part, mends)
	if err != nil {
		return nil, fmt.Errorf("reading the files of earlier runs: %w", err)
	}
	for _, f := range before {
		d.files[f] = true
	}
	return slices.Sorted(maps.Keys(d.files)), nil
}

// pass reads a table once.
func (s *Service) pass(ctx context.Context, d *decider, p pass, src adapters.Source, counted func()) error {
	id := func(st *stream, key string) string { return localID(d.run.instance, st, key) }
	// The day of the run is the office's own.
	today := civil.On(d.run.startedAt.In(s.now().Location()))
	drafter := newDrafter(d.m, p, today, id)
	drafter.instance = d.run.instance
	drafter.mended, _ = src.(*mended)
	if err := d.twice(ctx, p, src); err != nil {
		return err
	}
	n, was := int64(0), reached{}
	var waiting []adapters.Record
	draft := func() error {
		if err := d.rekey(ctx, p, waiting); err != nil {
			return err
		}
		for i := range waiting {
			if err := d.take(ctx, waiting[i].Loc.Hidden, drafter.of(&waiting[i])); err != nil {
				return err
			}
		}
		waiting = nil // drafts point at the records
		return nil
	}
	err := d.marks.read(ctx, src, p.table, func(rec adapters.Record) error {
		counted()
		n++
		d.displace(&rec, n)
		if len(waiting) == 0 && len(rec.AltKeys) == 0 {
			return d.take(ctx, rec.Loc.Hidden, drafter.of(&rec))
		}
		if waiting = append(waiting, rec); len(waiting) < chunkRows {
			return nil
		}
		return draft()
	}, func(c adapters.Cursor) error {
		if !d.marks.live {
			return ctx.Err()
		}
		if err := errors.Join(draft(), d.settle(ctx)); err != nil {
			return err
		}
		if !d.heldIn(p.table) {
			was = reached{was.n + 1, c}
		}
		return ctx.Err()
	})
	if err == nil {
		err = draft()
	}
	if err != nil {
		return fmt.Errorf("reading the table %s: %w", p.table, err)
	}
	if err := d.settle(ctx); err != nil {
		return err
	}
	d.marks.reach(p.table, was)
	return s.at("settled")
}

// at is a point of a run at which a test may break off or die.
func (s *Service) at(point string) error {
	if s.fault == nil {
		return nil
	}
	return s.fault(point)
}

// apply writes what was decided.
func (s *Service) apply(ctx context.Context, who actor.Actor, m *Mapping, src adapters.Source, r *run, o Options, eyes sight, p *plan, report Report, more decided) (Report, error) {
	now := sqlite.Stamp(s.now())
	if err := s.begin(ctx, m, r, now); err != nil {
		return report, err
	}
	report.Run = r.id
	a := &applier{db: s.db, m: m, run: *r, sight: eyes, now: now, at: s.at, src: src, docs: o.Documents, who: who}
	if err := s.at("begun"); err != nil {
		return report, err
	}
	progress := func(done int64) { o.Progress(Progress{"write", done, p.rows}) }
	progress(0)
	if err := a.all(ctx, p, progress); err != nil {
		return report, err
	}
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		for _, g := range more.gone {
			if err := markGone(ctx, tx, *r, g.stream, g.key); err != nil {
				return err
			}
		}
		if err := more.marks.save(ctx, tx, *r); err != nil {
			return err
		}
		if err := s.end(ctx, tx, who, m, r, now, &report); err != nil {
			return err
		}
		return s.at("ending")
	})
	if err != nil {
		return report, fmt.Errorf("ending the run: %w", err)
	}
	return report, nil
}

// begin opens a run, or takes up the interrupted one.
func (s *Service) begin(ctx context.Context, m *Mapping, r *run, now time.Time) error {
	if r.id != 0 {
		return nil
	}
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := abandonRuns(ctx, tx, r.instance, now); err != nil {
			return err
		}
		var err error
		if r.id, err = insertRun(ctx, tx, *r); err != nil {
			return err
		}
		if m.text != "" && !m.aggregate { // whoever mends a row here needs it; an aggregate import keeps no row
			if err := insertMapping(ctx, tx, m.Hash, m.text); err != nil {
				return err
			}
		}
		if err := m.saveForms(ctx, tx, now.UnixMilli()); err != nil {
			return err
		}
		return s.at("beginning")
	})
	if err != nil {
		return fmt.Errorf("beginning the run: %w", err)
	}
	return nil
}

// end checks that the node has what the report says, and closes the run with
// one entry in the audit.
func (s *Service) end(ctx context.Context, tx *sqlite.Tx, who actor.Actor, m *Mapping, r *run, now time.Time, report *Report) error {
	for _, st := range m.streams {
		n, err := createdBy(ctx, tx, *r, st)
		if err != nil {
			return err
		}
		c := report.Stream(st.name)
		if want := c.Created + c.Linked; n != want {
			return ErrUnbalanced.With("stream", st.name).With("created", n).With("planned", want)
		}
	}
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	if err := finishRun(ctx, tx, r.id, now, text); err != nil {
		return err
	}
	return audit.Record(ctx, tx, now, who, "import.finished", fmt.Sprintf("import-%d", r.id))
}
