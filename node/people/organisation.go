package people

import (
	"context"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Needs of the operations, in the words of the policy.
const (
	manageOrganisation = "organisation.manage"
	managePeople       = "people.manage"
	readPeople         = "people.read"
	manageRoles        = "roles.manage"
)

// Organisation returns whose node this is. It fails with ErrNotFound before the
// set-up.
func (s *Service) Organisation(ctx context.Context) (Organisation, error) {
	return organisation(ctx, s.db)
}

// SaveOrganisation changes name, language and idle time. It fails with ErrChanged
// when somebody else saved it meanwhile.
func (s *Service) SaveOrganisation(ctx context.Context, who actor.Actor, o Organisation) error {
	if err := o.validate(); err != nil {
		return err
	}
	return s.change(ctx, who, manageOrganisation, "organisation.changed", "organisation", func(tx *sqlite.Tx) ([]audit.Change, error) {
		before, err := organisation(ctx, tx)
		if err != nil {
			return nil, err
		}
		return o.since(before), updateOrganisation(ctx, tx, o)
	})
}

// Regions returns all regions by name.
func (s *Service) Regions(ctx context.Context) ([]Region, error) { return regions(ctx, s.db) }

// AddRegion makes a region. It fails with ErrNameTaken.
func (s *Service) AddRegion(ctx context.Context, who actor.Actor, name string) (string, error) {
	r := Region{reference.NewID(), name}
	if err := validName(name); err != nil {
		return "", err
	}
	return r.ID, s.change(ctx, who, manageOrganisation, "region.added", r.ID, func(tx *sqlite.Tx) ([]audit.Change, error) {
		return r.since(Region{}), insertRegion(ctx, tx, r)
	})
}

// RenameRegion gives a region another name.
func (s *Service) RenameRegion(ctx context.Context, who actor.Actor, r Region) error {
	if err := validName(r.Name); err != nil {
		return err
	}
	return s.change(ctx, who, manageOrganisation, "region.changed", r.ID, func(tx *sqlite.Tx) ([]audit.Change, error) {
		before, err := regionByID(ctx, tx, r.ID)
		if err != nil {
			return nil, err
		}
		return r.since(before), updateRegion(ctx, tx, r)
	})
}

// RemoveRegion removes a region. It fails with ErrInUse while an office is in it.
func (s *Service) RemoveRegion(ctx context.Context, who actor.Actor, id string) error {
	return s.change(ctx, who, manageOrganisation, "region.removed", id, func(tx *sqlite.Tx) ([]audit.Change, error) {
		before, err := regionByID(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		return Region{}.since(before), deleteRegion(ctx, tx, id)
	})
}

// Offices returns all offices by name, closed ones too.
func (s *Service) Offices(ctx context.Context) ([]Office, error) { return offices(ctx, s.db) }

// Office returns one office, or ErrNotFound.
func (s *Service) Office(ctx context.Context, id string) (Office, error) {
	return officeByID(ctx, s.db, id)
}

// AddOffice makes an office and returns its identifier. It fails with
// ErrNameTaken.
func (s *Service) AddOffice(ctx context.Context, who actor.Actor, o Office) (string, error) {
	o.ID = reference.NewID()
	if err := validName(o.Name); err != nil {
		return "", err
	}
	return o.ID, s.change(ctx, who, manageOrganisation, "office.added", o.ID, func(tx *sqlite.Tx) ([]audit.Change, error) {
		return o.since(Office{}), insertOffice(ctx, tx, o, s.now())
	})
}

// SaveOffice changes name and region of an office, and whether it is closed. The
// people and cases of a closed office stay where they are.
func (s *Service) SaveOffice(ctx context.Context, who actor.Actor, o Office) error {
	if err := validName(o.Name); err != nil {
		return err
	}
	return s.change(ctx, who, manageOrganisation, "office.changed", o.ID, func(tx *sqlite.Tx) ([]audit.Change, error) {
		before, err := officeByID(ctx, tx, o.ID)
		if err != nil {
			return nil, err
		}
		// Positions reach over a region: nobody but who manages roles moves its bounds.
		if o.RegionID != before.RegionID {
			if err := s.gate.May(ctx, who, manageRoles); err != nil {
				return nil, err
			}
		}
		return o.since(before), updateOffice(ctx, tx, o)
	})
}

// Teams returns all teams by name with their active members.
func (s *Service) Teams(ctx context.Context) ([]Team, error) { return teams(ctx, s.db) }

// Team returns one team, or ErrNotFound.
func (s *Service) Team(ctx context.Context, id string) (Team, error) { return teamByID(ctx, s.db, id) }

// AddTeam makes a team with members and returns its identifier.
func (s *Service) AddTeam(ctx context.Context, who actor.Actor, t Team) (string, error) {
	t.ID = reference.NewID()
	if err := validName(t.Name); err != nil {
		return "", err
	}
	return t.ID, s.change(ctx, who, manageOrganisation, "team.added", t.ID, func(tx *sqlite.Tx) ([]audit.Change, error) {
		if err := s.mayJoin(ctx, who, Team{}, t); err != nil {
			return nil, err
		}
		if err := insertTeam(ctx, tx, t); err != nil {
			return nil, err
		}
		return t.since(Team{}), insertMembers(ctx, tx, t)
	})
}

// SaveTeam changes a team and puts members in the place of those before.
func (s *Service) SaveTeam(ctx context.Context, who actor.Actor, t Team) error {
	if err := validName(t.Name); err != nil {
		return err
	}
	return s.change(ctx, who, manageOrganisation, "team.changed", t.ID, func(tx *sqlite.Tx) ([]audit.Change, error) {
		before, err := teamByID(ctx, tx, t.ID)
		if err != nil {
			return nil, err
		}
		if err := s.mayJoin(ctx, who, before, t); err != nil {
			return nil, err
		}
		if err := updateTeam(ctx, tx, t); err != nil {
			return nil, err
		}
		if err := deleteMembers(ctx, tx, t.ID); err != nil {
			return nil, err
		}
		return t.since(before), insertMembers(ctx, tx, t)
	})
}

// mayJoin lets nobody put themselves into a team, whose cases they would see,
// without the right to manage roles.
func (s *Service) mayJoin(ctx context.Context, who actor.Actor, before, after Team) error {
	me := ID(who.ID)
	if who.Kind != actor.Person || !slices.Contains(after.Members, me) || slices.Contains(before.Members, me) {
		return nil
	}
	return s.gate.May(ctx, who, manageRoles)
}

// RemoveTeam dissolves a team. Nothing but what its members saw by it changes.
func (s *Service) RemoveTeam(ctx context.Context, who actor.Actor, id string) error {
	return s.change(ctx, who, manageOrganisation, "team.removed", id, func(tx *sqlite.Tx) ([]audit.Change, error) {
		before, err := teamByID(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if err := deleteMembers(ctx, tx, id); err != nil {
			return nil, err
		}
		return Team{}.since(before), deleteTeam(ctx, tx, id)
	})
}
