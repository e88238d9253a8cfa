package people

import (
	"context"
	"fmt"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// standing is what somebody may do and how far it reaches, as their positions say,
// with what is needed to hold other positions against it. Nobody gives, takes or
// comes to hold what it does not cover; directors, whose role is the whole
// organisation's, are free.
type standing struct {
	everything bool
	me         ID
	held       []held
	region     map[string]string // of each office, "" in none
	office     map[ID]string     // of each person, "" in none
	teams      map[ID][]string
	members    map[string][]ID
}

// held is one grant, and the office that it reaches from.
type held struct {
	Grant
	from string
}

// standing returns that of an actor. What is not a person was let by the gate, and
// is free.
func (s *Service) standing(ctx context.Context, q sqlite.Querier, who actor.Actor) (standing, error) {
	st := standing{me: ID(who.ID), region: map[string]string{}, office: map[ID]string{}, teams: map[ID][]string{}, members: map[string][]ID{}}
	if who.Kind != actor.Person {
		st.everything = true
		return st, nil
	}
	mine, err := positionsOf(ctx, q, st.me)
	if err != nil {
		return st, fmt.Errorf("reading positions: %w", err)
	}
	if isDirector(mine) {
		st.everything = true
		return st, nil
	}
	if err := st.gather(ctx, q); err != nil {
		return st, fmt.Errorf("reading who works where: %w", err)
	}
	for _, o := range mine {
		all, err := s.grantsOf(ctx, q, o.Role)
		if err != nil {
			return st, err
		}
		for _, g := range all {
			st.held = append(st.held, held{g, st.from(o)})
		}
	}
	return st, nil
}

func (st *standing) gather(ctx context.Context, q sqlite.Querier) error {
	all, err := offices(ctx, q)
	if err != nil {
		return err
	}
	for _, o := range all {
		st.region[o.ID] = o.RegionID
	}
	staff, err := listPeople(ctx, q)
	if err != nil {
		return err
	}
	for _, p := range staff {
		st.office[p.ID] = p.OfficeID
	}
	list, err := teams(ctx, q)
	for _, t := range list {
		st.members[t.ID] = t.Members
		for _, m := range t.Members {
			st.teams[m] = append(st.teams[m], t.ID)
		}
	}
	return err
}

// from is the office that a position reaches from.
func (st standing) from(o Position) string {
	if o.OfficeID != "" {
		return o.OfficeID
	}
	return st.office[o.PersonID]
}

// grantsOf returns what a role allows. A ready-made one that the vocabulary does
// not know is everything, for directors alone.
func (s *Service) grantsOf(ctx context.Context, q sqlite.Querier, role string) ([]Grant, error) {
	if slices.Contains(s.words.Roles, role) {
		return s.words.Grants[role], nil
	}
	r, err := roleByID(ctx, q, role)
	return r.Grants, err
}

// reachesOffice reports whether a grant reaches what is of an office.
func (st standing) reachesOffice(h held, office string) bool {
	switch h.Reach {
	case "organisation":
		return true
	case "region":
		return office != "" && st.region[office] != "" && st.region[office] == st.region[h.from]
	case "office":
		return office != "" && office == h.from
	}
	return false
}

// reachesPerson reports whether a grant reaches somebody and what is theirs.
func (st standing) reachesPerson(h held, id ID) bool {
	switch h.Reach {
	case "own":
		return id == st.me
	case "team":
		return id == st.me || slices.ContainsFunc(st.teams[id], func(t string) bool { return slices.Contains(st.teams[st.me], t) })
	}
	return st.reachesOffice(h, st.office[id])
}

// widens reports whether a grant goes at least as far as a reach of somebody from
// an office.
func (st standing) widens(h held, reach, from string, holder ID) bool {
	switch reach {
	case "own":
		return st.reachesPerson(h, holder)
	case "team":
		if !st.reachesPerson(h, holder) {
			return false
		}
		for _, t := range st.teams[holder] {
			if slices.ContainsFunc(st.members[t], func(m ID) bool { return !st.reachesPerson(h, m) }) {
				return false
			}
		}
		return true
	case "office":
		return st.reachesOffice(h, from)
	case "region":
		return h.Reach == "organisation" || h.Reach == "region" && st.reachesOffice(h, from)
	}
	return h.Reach == "organisation"
}

// covers reports whether everything that a position allows its holder, each class
// by itself, is allowed to this person as well, and as far.
func (st standing) covers(grants []Grant, from string, holder ID) bool {
	return st.each(grants, func(h held, g Grant) bool { return st.widens(h, g.Reach, from, holder) })
}

// matches is covers for a role that nobody holds yet: some position of this person
// must go as far from where it is.
func (st standing) matches(grants []Grant) bool {
	return st.each(grants, func(h held, g Grant) bool {
		return slices.Index(Reaches, h.Reach) >= slices.Index(Reaches, g.Reach)
	})
}

// each reports whether for every grant, and every class in it, there is one that is
// held and goes far enough.
func (st standing) each(grants []Grant, enough func(held, Grant) bool) bool {
	if st.everything {
		return true
	}
	for _, g := range grants {
		for _, class := range append([]string{""}, g.Classes...) {
			if !slices.ContainsFunc(st.held, func(h held) bool {
				return h.Action == g.Action && (class == "" || slices.Contains(h.Classes, class)) && enough(h, g)
			}) {
				return false
			}
		}
	}
	return true
}

// sees reports whether an action reaches somebody.
func (st standing) sees(action string, id ID) bool {
	return st.everything || slices.ContainsFunc(st.held, func(h held) bool { return h.Action == action && st.reachesPerson(h, id) })
}

// seats reports whether an action reaches an office; "" is for who reaches all.
func (st standing) seats(action, office string) bool {
	return st.everything || slices.ContainsFunc(st.held, func(h held) bool { return h.Action == action && st.reachesOffice(h, office) })
}

// mayManage fails with ErrNotFound for somebody whom the right to manage people
// does not reach: they are not shown either.
func (s *Service) mayManage(ctx context.Context, q sqlite.Querier, who actor.Actor, id ID) error {
	st, err := s.standing(ctx, q, who)
	if err == nil && !st.sees(managePeople, id) {
		err = ErrNotFound
	}
	return err
}

// maySeat fails with an error that blames the office where the right to manage
// people does not reach it.
func (s *Service) maySeat(ctx context.Context, q sqlite.Querier, who actor.Actor, office string) error {
	st, err := s.standing(ctx, q, who)
	if err == nil && !st.seats(managePeople, office) {
		err = errSeat
	}
	return err
}

// mayMove fails with an error that blames the office for whoever is no director: the
// work of before goes with a person, and whoever has them in another office, and
// gives them a password there, would come to it.
func (s *Service) mayMove(ctx context.Context, q sqlite.Querier, who actor.Actor) error {
	st, err := s.standing(ctx, q, who)
	if err == nil && !st.everything {
		err = errSeat
	}
	return err
}

// mayHold fails with ErrBeyond where a position allows more, or farther, than who
// deals with it may.
func (s *Service) mayHold(ctx context.Context, q sqlite.Querier, who actor.Actor, o Position) error {
	st, err := s.standing(ctx, q, who)
	if err != nil || st.everything {
		return err
	}
	if _, known := s.words.Grants[o.Role]; !known && slices.Contains(s.words.Roles, o.Role) {
		return ErrBeyond
	}
	grants, err := s.grantsOf(ctx, q, o.Role)
	if err == nil && !st.covers(grants, st.from(o), o.PersonID) {
		err = ErrBeyond
	}
	return err
}

// mayMake fails with ErrBeyond where a role allows more than who makes it may, or
// would allow it to one of its holders.
func (s *Service) mayMake(ctx context.Context, q sqlite.Querier, who actor.Actor, r Role) error {
	st, err := s.standing(ctx, q, who)
	if err != nil || st.everything {
		return err
	}
	if !st.matches(r.Grants) {
		return ErrBeyond
	}
	all, err := positions(ctx, q)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.Role == r.ID && !st.covers(r.Grants, st.from(o), o.PersonID) {
			return ErrBeyond
		}
	}
	return nil
}

// PeopleFor returns those of People whom an action of somebody's reaches, and who
// they are themselves.
func (s *Service) PeopleFor(ctx context.Context, who actor.Actor, action string) ([]Person, error) {
	st, err := s.standing(ctx, s.db, who)
	if err != nil {
		return nil, err
	}
	all, err := s.People(ctx)
	return slices.DeleteFunc(all, func(p Person) bool { return p.ID != st.me && !st.sees(action, p.ID) }), err
}

// managed returns somebody whom the right to manage people reaches, or ErrNotFound.
func (s *Service) managed(ctx context.Context, who actor.Actor, id ID) (Person, error) {
	if err := s.mayManage(ctx, s.db, who, id); err != nil {
		return Person{}, err
	}
	return s.Person(ctx, id)
}
