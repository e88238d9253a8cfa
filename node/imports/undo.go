package imports

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Edited is a record that stands in the way of taking a run back: somebody, or a
// later run, has changed it or built on it since.
type Edited struct {
	Entity string // as a stream's target is called
	ID     string
	// Why is "edited", "imported_again", "gone", "linked" by another run, or "built_on".
	Why string
}

// Undone says what taking a run back did.
type Undone struct {
	Run                int64
	Removed, Restored  int64
	Reopened           int64 // entries of the quarantine that the run had settled
	Documents          int64 // whose content is removed from the disk at the next start
	InTheWay           []Edited
	InTheWayTotal      int64
	instance, fileName string
}

// maxEdited is how many records an undo names that stand in its way.
const maxEdited = 200

// xrefBefore is a cross-reference as it was before a run.
type xrefBefore struct {
	Content string `json:"content"`
	Fields  string `json:"fields"`
	Mapping string `json:"mapping"`
	Version int    `json:"version"`
	LastRun int64  `json:"last_run"`
	GoneRun int64  `json:"gone_run,omitempty"`
}

func xrefText(k known) (string, error) {
	b, err := json.Marshal(xrefBefore{hex.EncodeToString(k.contentHash), hex.EncodeToString(k.fieldHashes), k.mapping, k.version, k.lastRun, k.goneRun})
	return string(b), err
}

// Undo takes a whole run back: what it made is removed, what it changed is as it was
// before. Numbers that have left are corrected as for any other change. It fails with
// ErrEdited, and changes nothing, while somebody or a later run has changed one of
// the records since, or built on it; the answer lists these, without the identifier of
// what waits for its erasure. It fails with ErrKept, whatever there is, for whoever
// does not see everything in this node: an undo touches all that a run brought, and
// says what was added to it. It fails with ErrNoRun, ErrRunning, and
// ErrUndone for a run that was taken back before or never ended.
func (s *Service) Undo(ctx context.Context, who actor.Actor, run int64) (u Undone, err error) {
	if err := s.gate.May(ctx, who, "imports.run"); err != nil {
		return u, err
	}
	if err := s.whole(ctx, s.db, who); err != nil {
		return u, err
	}
	eyes, err := s.sightOf(ctx, who)
	if err != nil {
		return u, err
	}
	p, err := s.past(ctx, run)
	if err != nil {
		return u, err
	}
	if p.Status != "done" || !p.UndoneAt.IsZero() {
		return u, ErrUndone.With("run", p.ID)
	}
	unlock, err := s.lock(ctx, p.Instance)
	if err != nil {
		return u, err
	}
	defer func() { err = unlock(err) }()
	u = Undone{Run: p.ID, instance: p.Instance, fileName: p.Source}
	err = s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		u.Removed, u.Restored, u.Reopened, u.InTheWay, u.InTheWayTotal, u.Documents = 0, 0, 0, nil, 0, 0
		if err := s.whole(ctx, tx, who); err != nil { // a wall that was raised meanwhile
			return err
		}
		if err := u.inTheWay(ctx, tx, eyes); err != nil {
			return err
		}
		if u.InTheWayTotal > 0 {
			return ErrEdited.With("run", p.ID).With("records", u.InTheWayTotal)
		}
		if err := s.takeBack(ctx, tx, &u); err != nil {
			return err
		}
		if err := s.at("undoing"); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sqlite.Stamp(s.now()), who, "import.undone", fmt.Sprintf("import-%d", p.ID))
	})
	return u, err
}

// whole fails with ErrKept for whoever does not see everything in this node. Before the
// program itself, which opened it by the key file, no wall stands.
func (s *Service) whole(ctx context.Context, q sqlite.Querier, who actor.Actor) error {
	switch who.Kind {
	case actor.System:
		return nil
	case actor.Import:
		who.Kind = actor.Person
	}
	sees, err := s.gate.SeesWhole(ctx, q, who)
	if err == nil && !sees {
		err = ErrKept
	}
	return err
}

// takeBack restores what the run changed, then removes what it made.
func (s *Service) takeBack(ctx context.Context, tx *sqlite.Tx, u *Undone) error {
	now := sqlite.Stamp(s.now())
	changed, err := beforeOf(ctx, tx, u.Run)
	if err != nil {
		return err
	}
	var ids []string
	for _, b := range changed {
		if b.entity == toReferral {
			ids = append(ids, b.id)
		}
	}
	there, err := writers[toReferral].current(ctx, tx, ids)
	if err != nil {
		return err
	}
	records := map[string]*restored{}
	for _, b := range changed {
		if records[b.id] == nil {
			records[b.id] = &restored{from: b.version}
		}
		if err := records[b.id].restore(ctx, tx, u, b, there[b.id], now); err != nil {
			return err
		}
	}
	for _, b := range changed {
		if err := restoreXref(ctx, tx, u.instance, b, records[b.id].version(b)); err != nil {
			return err
		}
	}
	if err := removeMade(ctx, tx, u); err != nil {
		return err
	}
	return forgetRun(ctx, tx, u, now)
}

// restored is a record that a run changed, by one key or by several.
type restored struct {
	from int // its version before the first change
	now  int // since it was put back; 0 where it did not change
}

// restore puts the record back, by its first change alone.
func (r *restored) restore(ctx context.Context, tx *sqlite.Tx, u *Undone, b before, is current, now time.Time) error {
	if b.values == nil || r.now != 0 {
		return nil
	}
	is.version = b.now
	err := writers[b.entity].replace(ctx, tx, b.id, is, b.values, now)
	if err == nil {
		err = moveXrefs(ctx, tx, b.entity, b.id, b.now, b.now+1)
	}
	if err != nil {
		return fmt.Errorf("putting %s back: %w", b.entity, err)
	}
	r.now = b.now + 1
	u.Restored++
	return nil
}

// version returns at which version imports left the record, as far as a key knew before the
// run: at the newest, where nobody had edited it.
func (r *restored) version(b before) int {
	switch {
	case r.now == 0:
		return b.now
	case b.xref.Version == b.version, b.xref.Version == r.from:
		return r.now
	}
	return b.xref.Version
}
