package consultations

import (
	"context"
	"fmt"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
)

// place is where a service belongs: whose it is, and from which day on.
type place struct {
	client clients.ID
	from   civil.Date
	// of is the reference of the case, "" where it is a consultation.
	of string
}

// place returns where a service belongs, when somebody may record it there. Whoever
// does reads the story of the case, or all of the consultation.
func (s *Service) place(ctx context.Context, who actor.Actor, g Given) (place, error) {
	if g.Consultation != "" {
		c, err := s.edits(ctx, who, g.Consultation)
		return place{client: c.ClientID, from: c.HeldOn}, err
	}
	if err := s.gate.Needs(ctx, s.db, who, editing, string(g.CaseID), access.ReadsNarrative); err != nil {
		return place{}, err
	}
	c, err := cases.Get(ctx, s.db, g.CaseID)
	return place{c.ClientID, c.OpenedOn, c.Reference}, err
}

// lookedAround records that a person looks at what a service belongs to, which they
// have been found to see.
func (s *Service) lookedAround(ctx context.Context, who actor.Actor, g Given) error {
	if g.Consultation == "" {
		return s.gate.Looked(ctx, s.db, s.now(), who, string(g.CaseID))
	}
	c, err := s.ByID(ctx, who, g.Consultation)
	if err != nil {
		return err
	}
	return s.looked(ctx, who, c)
}

// Give saves a new service and returns it as it was saved.
func (s *Service) Give(ctx context.Context, who actor.Actor, g Given) (Given, error) {
	now := s.now()
	at, err := s.place(ctx, who, g)
	if err != nil {
		return Given{}, fmt.Errorf("recording a service: %w", err)
	}
	if err := g.Validate(s.reg, at.from, civil.On(now)); err != nil {
		return Given{}, err
	}
	g.ID, g.ClientID, g.Version = NewServiceID(), at.client, 1
	return g, s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := insertGiven(ctx, tx, g, now); err != nil {
			return fmt.Errorf("recording a service: %w", err)
		}
		return audit.RecordWithin(ctx, tx, now, who, "service.recorded", string(g.ID), g.within(), serviceChanges(Given{}, g)...)
	})
}

// UpdateGiven saves kind and day of g over the version that it was read as. It fails
// with ErrChanged when somebody saved it since, and with ErrNoService.
func (s *Service) UpdateGiven(ctx context.Context, who actor.Actor, g Given) error {
	now := s.now()
	old, at, err := s.given(ctx, who, g.ID)
	if err != nil {
		return err
	}
	g.ClientID, g.CaseID, g.Consultation = old.ClientID, old.CaseID, old.Consultation
	if err := g.Validate(s.reg, at.from, civil.On(now)); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := updateGiven(ctx, tx, g, now); err != nil {
			return fmt.Errorf("updating service %s: %w", g.ID, err)
		}
		return audit.RecordWithin(ctx, tx, now, who, "service.updated", string(g.ID), g.within(), serviceChanges(old, g)...)
	})
}

// RemoveGiven deletes a service that was recorded by mistake, for a reason that the
// audit keeps.
func (s *Service) RemoveGiven(ctx context.Context, who actor.Actor, id ServiceID, why string) error {
	old, _, err := s.given(ctx, who, id)
	if err != nil {
		return err
	}
	what, err := audit.Because(why, serviceChanges(old, Given{}))
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := deleteGiven(ctx, tx, id); err != nil {
			return fmt.Errorf("deleting service %s: %w", id, err)
		}
		return audit.RecordWithin(ctx, tx, s.now(), who, "service.removed", string(id), old.within(), what...)
	})
}

// given returns a service that somebody may change, with where it belongs. Who may
// not read it is told that there is none.
func (s *Service) given(ctx context.Context, who actor.Actor, id ServiceID) (Given, place, error) {
	g, err := getGiven(ctx, s.db, id)
	if err := access.GoOn(err, ErrNoService); err != nil {
		return Given{}, place{}, err
	}
	if err := s.seesGiven(ctx, who, g); err != nil {
		return Given{}, place{}, access.Hidden(err, ErrNoService)
	}
	at, err := s.place(ctx, who, g)
	return g, at, access.Hidden(err, ErrNoService)
}

// seesGiven reports whether somebody sees a service, in its case or in its
// consultation. Both are asked for, so that one that is hidden takes the statements
// of one that is not there.
func (s *Service) seesGiven(ctx context.Context, who actor.Actor, g Given) error {
	_, inConsultation := s.ByID(ctx, who, g.Consultation)
	may, inCase := s.gate.Classes(ctx, s.db, who, string(g.CaseID))
	switch {
	case g.Consultation != "":
		return inConsultation
	case inCase == nil && !may.Narrative:
		return ErrNoService
	}
	return inCase
}

// Given returns a service that somebody may change. It fails with ErrNoService.
func (s *Service) Given(ctx context.Context, who actor.Actor, id ServiceID) (Given, error) {
	g, _, err := s.given(ctx, who, id)
	return g, err
}

// OfCase returns the services given in a case, the latest first; withheld says that
// they are not for the person. It fails with cases.ErrNotFound.
func (s *Service) OfCase(ctx context.Context, who actor.Actor, id cases.ID) (all []Given, withheld bool, err error) {
	may, err := s.gate.Classes(ctx, s.db, who, string(id))
	if err != nil || !may.Narrative {
		return nil, true, err
	}
	all, err = givenIn(ctx, s.db, id, nil)
	return all, false, err
}

// OfConsultations returns the services given out of consultations that were listed,
// the latest first.
func (s *Service) OfConsultations(ctx context.Context, all []Seen) (map[ID][]Given, error) {
	var ids []ID
	for _, c := range all {
		if c.Reads {
			ids = append(ids, c.ID)
		}
	}
	list, err := givenIn(ctx, s.db, "", ids)
	out := map[ID][]Given{}
	for _, g := range list {
		out[g.Consultation] = append(out[g.Consultation], g)
	}
	return out, err
}
