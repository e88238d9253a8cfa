package imports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/access"
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
// is refused with ErrRefused or ErrIncomplete. It fails with ErrRunning while the same instance
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
	for c := s.when; c != nil; c = c.and {
		all = append(all, c.column)
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

// at is a point of a run at which a test may break off or die.
func (s *Service) at(point string) error {
	if s.fault == nil {
		return nil
	}
	return s.fault(point)
}
