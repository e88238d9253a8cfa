package imports

import (
	"context"
	"fmt"
	"strings"

	"casehub/internal/actor"
)

// ShownRun is a run as somebody is shown it.
type ShownRun struct {
	PastRun
	// Who started it, by name; "" for the program itself.
	Who string
	// Told says that the report is theirs to read: to whoever ran it, who was told it
	// then, and to whoever nothing is kept from. Without it the report is empty: what a
	// quarantine holds less than the report counts would tell of what is hidden.
	Told bool
}

// Undoable reports whether the run ended and counts.
func (r ShownRun) Undoable() bool { return r.Status == "done" && r.UndoneAt.IsZero() }

// State is how the run stands: "done", "undone", "running", which is one that did not end
// yet, or "abandoned".
func (r ShownRun) State() string {
	if !r.UndoneAt.IsZero() {
		return "undone"
	}
	return r.Status
}

// Sum adds the counts of all streams.
func (r ShownRun) Sum() StreamReport {
	var sum StreamReport
	for _, s := range r.Report.Streams {
		sum.Read += s.Read
		sum.Created += s.Created
		sum.Updated += s.Updated
		sum.Quarantined += s.Quarantined
	}
	return sum
}

// Runs lists runs, newest first: at most limit of those before a number, 0 for all.
func (s *Service) Runs(ctx context.Context, who actor.Actor, before int64, limit int) ([]ShownRun, error) {
	if err := s.gate.May(ctx, who, "imports.run"); err != nil {
		return nil, err
	}
	list, err := selectRunsBefore(ctx, s.db, before, limit)
	if err != nil {
		return nil, fmt.Errorf("listing the imports: %w", err)
	}
	return s.shown(ctx, who, list)
}

// RunByID returns a run. It fails with ErrNoRun.
func (s *Service) RunByID(ctx context.Context, who actor.Actor, id int64) (ShownRun, error) {
	if err := s.gate.May(ctx, who, "imports.run"); err != nil {
		return ShownRun{}, err
	}
	if id <= 0 {
		return ShownRun{}, ErrNoRun.With("run", id)
	}
	p, err := s.past(ctx, id)
	if err != nil {
		return ShownRun{}, err
	}
	list, err := s.shown(ctx, who, []PastRun{p})
	if err != nil {
		return ShownRun{}, err
	}
	return list[0], nil
}

// shown puts names to runs and leaves out the reports that are not for somebody.
func (s *Service) shown(ctx context.Context, who actor.Actor, list []PastRun) ([]ShownRun, error) {
	whole, err := s.gate.SeesWhole(ctx, s.db, who)
	if err != nil {
		return nil, fmt.Errorf("asking who sees an import: %w", err)
	}
	ids := make([]string, len(list))
	for i, p := range list {
		ids[i] = personOf(p.Actor)
	}
	names, err := s.gate.Names(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("reading who imported: %w", err)
	}
	shown := make([]ShownRun, len(list))
	for i, p := range list {
		shown[i] = ShownRun{PastRun: p, Who: names[ids[i]], Told: whole || ids[i] != "" && ids[i] == who.ID}
		if !shown[i].Told {
			shown[i].Report = Report{}
		}
	}
	return shown, nil
}

// personOf returns the identifier of a person who did something, "" for the program.
func personOf(who string) string {
	kind, id, _ := strings.Cut(who, ":")
	if kind != string(actor.Person) && kind != string(actor.Import) {
		return ""
	}
	return id
}
