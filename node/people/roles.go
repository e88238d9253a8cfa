package people

import (
	"context"
	"slices"
	"strings"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Role is a role of the organisation's own.
type Role struct {
	ID, Name string
	Grants   []Grant // by action
	Version  int
}

// Grant is one action that a role allows, how far it reaches, and which classes
// of fields it shows.
type Grant struct {
	Action  string
	Reach   string
	Classes []string
}

// Reaches are how far a grant may go, the nearest first.
var Reaches = []string{"own", "team", "office", "region", "organisation"}

// Classes are the classes of fields beside the plain ones.
var Classes = []string{"contact", "narrative", "finance", "sensitive"}

var (
	errAction = errs.New(errs.Invalid, "people.action-unknown").On("grants")
	errReach  = errs.New(errs.Invalid, "people.reach-unknown").On("grants")
)

func (s *Service) validRole(r Role) error {
	for _, g := range r.Grants {
		if !slices.Contains(s.words.Actions, g.Action) {
			return errAction
		}
		if !slices.Contains(Reaches, g.Reach) || slices.ContainsFunc(g.Classes, func(c string) bool { return !slices.Contains(Classes, c) }) {
			return errReach
		}
	}
	return validName(r.Name)
}

// Vocabulary returns the ready-made roles and the actions.
func (s *Service) Vocabulary() Vocabulary { return s.words }

// Roles returns the organisation's own roles by name.
func (s *Service) Roles(ctx context.Context) ([]Role, error) { return roles(ctx, s.db) }

// Role returns one own role, or ErrNotFound.
func (s *Service) Role(ctx context.Context, id string) (Role, error) { return roleByID(ctx, s.db, id) }

// AddRole makes an own role and returns its identifier. Nobody gives a role what
// their own positions do not allow as far and with as many classes: ErrBeyond.
func (s *Service) AddRole(ctx context.Context, who actor.Actor, r Role) (string, error) {
	r.ID, r.Version = reference.NewID(), 1
	if err := s.validRole(r); err != nil {
		return "", err
	}
	return r.ID, s.change(ctx, who, manageRoles, "role.added", r.ID, func(tx *sqlite.Tx) ([]audit.Change, error) {
		if err := s.mayMake(ctx, tx, who, r); err != nil {
			return nil, err
		}
		if err := insertRole(ctx, tx, r); err != nil {
			return nil, err
		}
		return r.since(Role{}), insertGrants(ctx, tx, r)
	})
}

// SaveRole changes an own role for everybody who holds it. It fails with
// ErrChanged when somebody else saved it meanwhile, and with ErrBeyond where the
// role or one of its holders would be allowed more than who changes it.
func (s *Service) SaveRole(ctx context.Context, who actor.Actor, r Role) error {
	if err := s.validRole(r); err != nil {
		return err
	}
	return s.change(ctx, who, manageRoles, "role.changed", r.ID, func(tx *sqlite.Tx) ([]audit.Change, error) {
		before, err := roleByID(ctx, tx, r.ID)
		if err != nil {
			return nil, err
		}
		if err := s.mayMake(ctx, tx, who, r); err != nil {
			return nil, err
		}
		if err := updateRole(ctx, tx, r); err != nil {
			return nil, err
		}
		if err := deleteGrants(ctx, tx, r.ID); err != nil {
			return nil, err
		}
		return r.since(before), insertGrants(ctx, tx, r)
	})
}

// RemoveRole removes an own role. It fails with ErrInUse while anybody holds it,
// also somebody who left: what they were stays readable.
func (s *Service) RemoveRole(ctx context.Context, who actor.Actor, id string) error {
	return s.change(ctx, who, manageRoles, "role.removed", id, func(tx *sqlite.Tx) ([]audit.Change, error) {
		before, err := roleByID(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if err := deleteGrants(ctx, tx, id); err != nil {
			return nil, err
		}
		return Role{}.since(before), deleteRole(ctx, tx, id)
	})
}

// RequiredFactors returns the roles whose holders need a second factor.
func (s *Service) RequiredFactors(ctx context.Context) ([]string, error) {
	return requiredFactors(ctx, s.db)
}

// RequireFactors says whose holders need a second factor, and nobody else's.
func (s *Service) RequireFactors(ctx context.Context, who actor.Actor, roles []string) error {
	return s.change(ctx, who, manageOrganisation, "organisation.factors-required", "organisation", func(tx *sqlite.Tx) ([]audit.Change, error) {
		for _, r := range roles {
			if err := s.roleExists(ctx, tx, r); err != nil {
				return nil, err
			}
		}
		before, err := requiredFactors(ctx, tx)
		if err != nil {
			return nil, err
		}
		return listChange("roles", before, roles), replaceRequiredFactors(ctx, tx, roles)
	})
}

func (s *Service) roleExists(ctx context.Context, q sqlite.Querier, role string) error {
	if slices.Contains(s.words.Roles, role) {
		return nil
	}
	_, err := roleByID(ctx, q, role)
	if errs.KindOf(err) == errs.NotFound {
		return errRole
	}
	return err
}

// CheckRole fails with an error that blames the field "role" when no role has a
// code.
func (s *Service) CheckRole(ctx context.Context, code string) error {
	return s.roleExists(ctx, s.db, code)
}

func joined(classes []string) string { return strings.Join(classes, " ") }
