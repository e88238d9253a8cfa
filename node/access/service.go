package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Service raises and ends walls, and keeps emergencies. Every operation asks the
// gate, runs in one transaction, and leaves one audit entry.
type Service struct {
	db   *sqlite.DB
	gate *Gate
	now  func() time.Time
}

// NewService returns the service.
func NewService(db *sqlite.DB, gate *Gate, now func() time.Time) *Service {
	return &Service{db: db, gate: gate, now: now}
}

// Raise puts a wall between a person and a case and returns it as it was saved.
// Nobody raises one against themselves by it, and a director always sees the case.
func (s *Service) Raise(ctx context.Context, who actor.Actor, w Wall) (Wall, error) {
	return s.build(ctx, who, "cases.wall", "wall.raised", w, func() error {
		if w.PersonID == who.ID {
			return errWallSelf
		}
		return nil
	})
}

// StepBack raises a wall between a person and a case that they see themselves:
// they have an interest in it. From then on they see nothing of it and cannot end
// the wall; it has no last day, because others judge when the reason is over. It
// fails with ErrNoCase, and refuses the last director who sees the case.
func (s *Service) StepBack(ctx context.Context, who actor.Actor, w Wall) error {
	w.PersonID, w.Until = who.ID, ""
	_, err := s.build(ctx, who, caseRow.read, "wall.declared", w, func() error {
		if who.Kind != actor.Person {
			return ErrForbidden
		}
		return nil
	})
	if err == errWallLast { //nolint:errorlint // build answers with the value itself
		return errStepLast
	}
	return err
}

// build saves a wall that somebody raises by an action, unless refuse has a
// reason against it.
func (s *Service) build(ctx context.Context, who actor.Actor, action, entry string, w Wall, refuse func() error) (Wall, error) {
	w.ID, w.RaisedBy, w.RaisedAt, w.EndedBy, w.EndedAt = reference.NewID(), who.ID, sqlite.Stamp(s.now()), "", time.Time{}
	w.Note = strings.TrimSpace(w.Note)
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.gate.Case(ctx, tx, who, action, w.CaseID); err != nil {
			return err
		}
		if err := refuse(); err != nil {
			return err
		}
		if err := w.check(s.gate.today()); err != nil {
			return err
		}
		if err := s.checkPerson(ctx, tx, w); err != nil {
			return err
		}
		if err := insertWall(ctx, tx, w); err != nil {
			return fmt.Errorf("raising a wall: %w", err)
		}
		return audit.Record(ctx, tx, s.now(), who, entry, w.CaseID,
			audit.Change{Field: "person_id", New: w.PersonID}, audit.Change{Field: "reason", New: string(w.Reason)},
			audit.Change{Field: "until", New: string(w.Until)})
	})
	if err != nil {
		return Wall{}, err
	}
	return w, nil
}

// checkPerson refuses a wall against nobody, and a second one beside one that
// stands.
func (s *Service) checkPerson(ctx context.Context, tx *sqlite.Tx, w Wall) error {
	names, err := selectNames(ctx, tx, []string{w.PersonID})
	if err != nil {
		return err
	}
	if names[w.PersonID] == "" {
		return errWallPerson
	}
	all, err := wallsOf(ctx, tx, w.CaseID)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.PersonID == w.PersonID && other.Stands(s.gate.today()) {
			return errWallStands
		}
	}
	return s.checkOversight(ctx, tx, w)
}

// checkOversight refuses a wall behind which no director sees the case any more:
// whoever raised it would be watched by nobody, and nobody could end it.
func (s *Service) checkOversight(ctx context.Context, tx *sqlite.Tx, w Wall) error {
	directors, err := selectDirectors(ctx, tx, w.CaseID, s.gate.today())
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(directors, func(id string) bool { return id == w.PersonID })
	if len(left) == 0 {
		return errWallLast
	}
	return nil
}

// End ends a wall, which stays on record. It fails with ErrNoWall and with
// ErrWallEnded.
func (s *Service) End(ctx context.Context, who actor.Actor, id string) (caseID string, err error) {
	err = s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		w, err := wallByID(ctx, tx, id)
		if err := GoOn(err, ErrNoWall); err != nil {
			return err
		}
		if err := s.gate.Case(ctx, tx, who, "cases.wall", w.CaseID); err != nil {
			return Hidden(err, ErrNoWall)
		}
		ended, err := endWall(ctx, tx, id, who.ID, s.now())
		if err != nil {
			return fmt.Errorf("ending a wall: %w", err)
		}
		if !ended {
			return ErrWallEnded
		}
		caseID = w.CaseID
		return audit.Record(ctx, tx, s.now(), who, "wall.ended", w.CaseID, audit.Change{Field: "person_id", Old: w.PersonID})
	})
	return caseID, err
}

// Walls returns the walls of a case, the newest first, those that were ended
// among them. It fails with ErrNoCase and ErrForbidden.
func (s *Service) Walls(ctx context.Context, who actor.Actor, caseID string) ([]Wall, error) {
	if err := s.gate.Case(ctx, s.db, who, "cases.wall", caseID); err != nil {
		return nil, err
	}
	return wallsOf(ctx, s.db, caseID)
}

// Declare opens a case to a person in an emergency and returns its identifier.
// The case is named by its reference; who may read it already gets there without
// an emergency.
func (s *Service) Declare(ctx context.Context, who actor.Actor, ref, why string) (caseID string, err error) {
	why, ref = strings.TrimSpace(why), strings.ToUpper(strings.TrimSpace(ref))
	if err := s.gate.May(ctx, who, "cases.emergency"); err != nil {
		return "", err
	}
	if err := checkWhy(why); err != nil {
		return "", err
	}
	err = s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		caseID, err = s.declarable(ctx, tx, who, ref)
		if err != nil {
			return err
		}
		err := s.gate.Case(ctx, tx, who, caseRow.read, caseID)
		if err == nil || err != ErrNoCase { //nolint:errorlint // the gate answers with the value itself
			return err
		}
		now := sqlite.Stamp(s.now())
		e := Emergency{ID: reference.NewID(), CaseID: caseID, PersonID: who.ID, Why: why, BegunAt: now, EndsAt: now.Add(lasts)}
		if err := insertEmergency(ctx, tx, e); err != nil {
			return fmt.Errorf("declaring an emergency: %w", err)
		}
		return audit.Record(ctx, tx, now, who, "emergency.declared", caseID, audit.Change{Field: "reason", New: why})
	})
	return caseID, err
}

// declarable returns the case that bears a reference, if the person may declare
// an emergency in it. A walled case bears no reference.
func (s *Service) declarable(ctx context.Context, tx *sqlite.Tx, who actor.Actor, ref string) (string, error) {
	p, err := s.gate.ask(ctx, tx, who, "cases.emergency")
	if err != nil {
		return "", err
	}
	return caseByReference(ctx, tx, ref, s.gate.at(p.cases))
}

// told is for how long the first page tells of somebody who stepped back.
const told = 14 * 24 * time.Hour

// steppedBack returns who shut themselves out of a case: of late, or while they
// are still responsible for it.
func (s *Service) steppedBack(ctx context.Context, who actor.Actor) ([]aside, error) {
	f, err := s.gate.Cases(ctx, who, "cases.wall")
	if err != nil {
		return nil, err
	}
	reads, err := s.gate.Cases(ctx, who, caseRow.read)
	if err != nil {
		return nil, err
	}
	return selectAside(ctx, s.db, f.and(reads), s.gate.today(), s.now().Add(-told))
}

// unseen returns emergencies of others that nobody has been told of.
func (s *Service) unseen(ctx context.Context, who actor.Actor) ([]declared, error) {
	f, err := s.gate.Cases(ctx, who, "emergencies.read")
	if err != nil {
		return nil, err
	}
	reads, err := s.gate.Cases(ctx, who, caseRow.read)
	if err != nil {
		return nil, err
	}
	return unseenEmergencies(ctx, s.db, f.and(reads))
}

// running returns the emergencies that a person is in.
func (s *Service) running(ctx context.Context, who actor.Actor) ([]declared, error) {
	f, err := s.gate.Cases(ctx, who, caseRow.read)
	if err != nil {
		return nil, err
	}
	return runningEmergencies(ctx, s.db, f)
}

// See marks an emergency as known to a director. Nobody does that with their
// own. It fails with ErrNoEmergency.
func (s *Service) See(ctx context.Context, who actor.Actor, id string) error {
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		e, err := emergencyByID(ctx, tx, id)
		if err := GoOn(err, ErrNoEmergency); err != nil {
			return err
		}
		if err := s.gate.Case(ctx, tx, who, "emergencies.read", e.CaseID); err != nil {
			return Hidden(err, ErrNoEmergency)
		}
		if e.PersonID == who.ID {
			return errOwnEmergency
		}
		first, err := seeEmergency(ctx, tx, id, who.ID, s.now())
		if err != nil || !first {
			return err
		}
		return audit.Record(ctx, tx, s.now(), who, "emergency.seen", e.CaseID)
	})
}
