package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"

	"casehub/node"
	"casehub/node/people"
	"casehub/node/setup"
)

// Password opens every invented account of the demonstration.
const Password = "demonstration only"

// hand is somebody invented who works in an office.
type hand struct {
	login, name, role string
	office            int // which of the offices, from 0
}

// director is the first person of every invented organisation. The director
// approves what leaves, and whoever looks after the figures checks it before.
const (
	director = "director"
	monitor  = "monitor"
)

// figures is who looks after the figures, in every organisation.
var figures = hand{monitor, "Monitoring officer (invented)", "monitoring", 0}

// reads is the organisation's own role of who looks after the figures: what would
// leave is looked at by people from whom nothing is kept.
var reads = people.Role{Name: "Reads everything, to check releases (invented)", Grants: []people.Grant{
	{Action: "activities.read", Reach: "organisation", Classes: people.Classes},
	{Action: "cases.read", Reach: "organisation", Classes: people.Classes},
	{Action: "figures.read", Reach: "organisation", Classes: people.Classes},
	{Action: "turnaways.read", Reach: "organisation", Classes: people.Classes},
}}

// team is who works in the largest organisation beside these.
var team = []hand{
	{"supervisor", "Supervisor (invented)", "supervisor", 0},
	{"paralegal", "Paralegal at Central (invented)", "paralegal", 0},
	{"hillside", "Paralegal at Hillside (invented)", "paralegal", 1},
	{"finance", "Finance officer (invented)", "finance", 0},
	{"reception", "Reception volunteer (invented)", "intake", 0},
}

// plan is the set-up of an invented organisation. Those with a team have two
// offices in two regions.
func plan(p Profile) setup.Plan {
	offices := []setup.Office{{Name: p.Name}}
	if p.Team {
		offices = []setup.Office{{Name: p.Place + " Central", Region: "Town"}, {Name: p.Place + " Hillside", Region: "Hills"}}
	}
	return setup.Plan{
		Organisation: p.Name, Language: "en", Offices: offices,
		Director: setup.Director{Name: "Director (invented)", Login: director, Password: Password},
	}
}

// seat is where a case is worked on and by whom.
type seat struct{ office, person string }

// seatOf returns the seat of whatever bears an identifier: the same one every time.
func seatOf(seats []seat, id string) seat {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return seats[h.Sum32()%uint32(len(seats))]
}

// hire gives an organisation its team and returns who works on cases. Nobody is
// asked for a second factor here.
func hire(ctx context.Context, n *node.Node, p Profile) ([]seat, error) {
	offices, err := n.People.Offices(ctx)
	if err != nil {
		return nil, err
	}
	first, err := n.People.People(ctx)
	if err != nil {
		return nil, err
	}
	boss := first[0].ID.Actor()
	if err := n.People.RequireFactors(ctx, boss, nil); err != nil {
		return nil, err
	}
	add := func(h hand) (people.ID, error) {
		id, _, err := n.People.AddPerson(ctx, boss, people.Person{Login: h.login, Name: h.name, Language: "en", OfficeID: offices[h.office].ID})
		if err != nil {
			return "", err
		}
		return id, n.People.GivePosition(ctx, boss, people.Position{PersonID: id, Role: h.role, OfficeID: offices[h.office].ID})
	}
	looks, err := add(figures)
	if err != nil {
		return nil, err
	}
	role, err := n.People.AddRole(ctx, boss, reads)
	if err == nil {
		err = n.People.GivePosition(ctx, boss, people.Position{PersonID: looks, Role: role, OfficeID: offices[0].ID})
	}
	if err != nil {
		return nil, err
	}
	if !p.Team {
		return []seat{{offices[0].ID, string(first[0].ID)}}, nil
	}
	var seats []seat
	for _, h := range team {
		id, err := add(h)
		if err != nil {
			return nil, err
		}
		if h.role == "paralegal" {
			seats = append(seats, seat{offices[h.office].ID, string(id)})
		}
	}
	return seats, nil
}

// welcome gives everybody of a team the password of the demonstration, so that a
// visitor can be any of them.
func welcome(ctx context.Context, n *node.Node) error {
	all, err := n.People.People(ctx)
	if err != nil {
		return err
	}
	var boss people.ID
	for _, p := range all {
		if p.Login == director {
			boss = p.ID
		}
	}
	for _, p := range all {
		if p.ID == boss {
			continue
		}
		if err := choose(ctx, n, boss, p); err != nil {
			return fmt.Errorf("password of %s: %w", p.Login, err)
		}
	}
	return nil
}

// choose signs somebody in with a one-time password and changes it.
func choose(ctx context.Context, n *node.Node, boss people.ID, p people.Person) error {
	once, err := n.People.ResetPassword(ctx, boss.Actor(), p.ID)
	if err != nil {
		return err
	}
	token, _, err := n.People.SignIn(ctx, people.Try{Login: p.Login, Password: once, From: people.From{Source: "demo"}})
	if err != nil {
		return err
	}
	s, err := n.People.Session(ctx, token)
	if err != nil {
		return err
	}
	return errors.Join(n.People.ChangePassword(ctx, s, once, Password), n.People.SignOut(ctx, token))
}

// pairOf finds the two people of an organisation who stand for what leaves.
func pairOf(ctx context.Context, n *node.Node) (node.Pair, error) {
	all, err := n.People.People(ctx)
	if err != nil {
		return node.Pair{}, err
	}
	var by node.Pair
	for _, p := range all {
		switch p.Login {
		case director:
			by.Approver = p.ID.Actor()
		case monitor:
			by.Checker = p.ID.Actor()
		}
	}
	return by, nil
}
