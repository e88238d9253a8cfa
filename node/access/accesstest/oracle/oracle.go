// Package oracle says who may see what, written a second time: in plain Go, case
// by case, from the rules as people tell them. It imports nothing of ours, so
// that no fault of the policy or of the gate is a fault here too. Tests compare
// the two.
package oracle

import (
	"slices"
	"strings"
)

// Grant is what a role may do by one action.
type Grant struct {
	Reach   string
	Classes string // with spaces between
}

// Position is a role that somebody holds, and where; Office "" is where they sit.
type Position struct{ Role, Office string }

// Person is a member of the staff.
type Person struct {
	ID, Office string
	Left       bool
	Positions  []Position
}

// Case is what of a case decides who sees it.
type Case struct {
	ID, Client, Office, Responsible string
	Sensitive                       bool
}

// Client is what of a client decides who sees it.
type Client struct{ ID, Office, Registered string }

// Wall shuts a person out; Until is the last day, "" for none. Own is one that the
// person raised.
type Wall struct {
	Case, Person, Until string
	Ended, Own          bool
}

// Emergency opens a case from Begun until before Ends.
type Emergency struct {
	Case, Person string
	Begun, Ends  int64
}

// Opening lets somebody look at a restricted client, as an Emergency does at a
// case.
type Opening struct {
	Client, Person string
	Begun, Ends    int64
}

// World is everything that decides.
type World struct {
	Today       string
	Now         int64
	Regions     map[string]string // region by office, "" for none
	Teams       [][]string
	People      []Person
	Roles       map[string]map[string]Grant // own roles: by role and action
	Cases       []Case
	Clients     []Client
	Walls       []Wall
	Emergencies []Emergency
	// Restricted are clients who wait for their erasure, with all their cases.
	Restricted []string
	Openings   []Opening
	// Withheld is a class that nobody reads, "" for none: what a node then tells of
	// it, it tells against the oracle.
	Withheld string
}

const all = "contact narrative finance sensitive"

// readyMade are the roles that come with the program.
var readyMade = map[string]map[string]Grant{
	"director": grants(Grant{"organisation", all}, `clients.read clients.register clients.edit clients.export clients.restricted cases.read cases.open
		cases.edit cases.close cases.assign cases.wall cases.emergency emergencies.read referrals.edit consultations.edit
		complaints.edit surveys.edit turnaways.read turnaways.edit activities.read activities.edit quality.check quality.draw
		documents.read documents.edit finance.edit figures.read consents.read consents.edit releases.read imports.run audit.read
		people.read people.manage organisation.manage roles.manage keys.manage backup.read backup.manage retention.read
		retention.manage retention.erase packs.accept releases.check releases.approve releases.manage`),
	"supervisor": with(checks(with(grants(Grant{"office", all}, `clients.read clients.register clients.edit clients.export clients.restricted cases.read cases.open
		cases.edit cases.close cases.assign cases.wall referrals.edit consultations.edit complaints.edit surveys.edit
		turnaways.read turnaways.edit activities.read activities.edit quality.check documents.read documents.edit finance.edit
		figures.read consents.read consents.edit people.read retention.read retention.erase`), "cases.emergency", Grant{"organisation", all})), "releases.approve", Grant{"organisation", ""}),
	"paralegal": checks(with(with(grants(Grant{"team", all}, `clients.read clients.register clients.edit cases.read cases.open cases.edit
		cases.close referrals.edit consultations.edit complaints.edit surveys.edit turnaways.read turnaways.edit activities.edit
		documents.read documents.edit finance.edit figures.read consents.read consents.edit`),
		"cases.emergency", Grant{"office", all}), "activities.read", Grant{"office", all})),
	"lawyer": checks(with(grants(Grant{"team", all}, `clients.read clients.edit cases.read cases.edit cases.close
		referrals.edit consultations.edit complaints.edit surveys.edit documents.read documents.edit finance.edit figures.read consents.read`),
		"cases.emergency", Grant{"region", all})),
	"finance":    released(grants(Grant{"office", "finance"}, `clients.read cases.read finance.edit figures.read`)),
	"monitoring": grants(Grant{"organisation", "finance"}, `figures.read releases.read releases.check`),
	"intake": grants(Grant{"own", "contact narrative"}, `clients.read clients.register clients.edit cases.read cases.open
		consents.read consents.edit turnaways.read turnaways.edit figures.read`),
	"auditor": grants(Grant{"organisation", "narrative finance"}, `clients.read cases.read figures.read releases.read audit.read
		people.read backup.read retention.read turnaways.read activities.read`),
}

// whole are actions on the organisation, which nobody does to a part of it.
var whole = strings.Fields(`releases.read imports.run audit.read people.manage organisation.manage roles.manage keys.manage
	backup.read backup.manage retention.manage packs.accept quality.draw releases.check releases.approve releases.manage`)

// waiting are the actions that reach what waits for its erasure.
var waiting = strings.Fields(`clients.restricted retention.read retention.manage retention.erase`)

// looking are the actions that change nothing: only they reach a restricted client
// whom somebody has open.
var looking = strings.Fields(`cases.read clients.read clients.export documents.read figures.read consents.read audit.read
	turnaways.read activities.read releases.read people.read backup.read`)

// opened are the actions that an emergency opens.
var opened = strings.Fields(`cases.read clients.read documents.read`)

func grants(g Grant, actions string) map[string]Grant {
	role := map[string]Grant{}
	for _, a := range strings.Fields(actions) {
		role[a] = g
	}
	return role
}

func with(role map[string]Grant, action string, g Grant) map[string]Grant {
	role[action] = g
	return role
}

// released lets a role read what left the office, which is of no office alone.
func released(role map[string]Grant) map[string]Grant {
	return with(role, "releases.read", Grant{"organisation", ""})
}

// checks lets a role look at what would leave, too, and say that it is right.
func checks(role map[string]Grant) map[string]Grant {
	return with(released(role), "releases.check", Grant{"organisation", ""})
}

// Actions are all actions there are.
func Actions() []string {
	var list []string
	for a := range readyMade["director"] {
		list = append(list, a)
	}
	slices.Sort(list)
	return list
}

// Roles are the ready-made roles.
func Roles() []string {
	var list []string
	for r := range readyMade {
		list = append(list, r)
	}
	slices.Sort(list)
	return list
}

func (w *World) person(id string) Person {
	for _, p := range w.People {
		if p.ID == id && !p.Left {
			return p
		}
	}
	return Person{}
}

// held is a grant as somebody holds it, with the office it counts from.
type held struct {
	Grant
	office string
}

func (w *World) held(id, action string) []held {
	p := w.person(id)
	var list []held
	for _, o := range p.Positions {
		role := readyMade[o.Role]
		if role == nil {
			role = w.Roles[o.Role]
		}
		g, ok := role[action]
		if !ok || slices.Contains(whole, action) && g.Reach != "organisation" {
			continue
		}
		office := o.Office
		if office == "" {
			office = p.Office
		}
		list = append(list, held{g, office})
	}
	return list
}

// reaches reports whether a grant reaches an office's and a person's record.
func (w *World) reaches(me string, g held, office, person string) bool {
	switch g.Reach {
	case "own":
		return person == me
	case "team":
		return person == me || person != "" && w.share(me, person)
	case "office":
		return g.office != "" && office == g.office
	case "region":
		return g.office != "" && office != "" && w.Regions[g.office] != "" && w.Regions[office] == w.Regions[g.office]
	case "organisation":
		return true
	}
	return false
}

func (w *World) share(a, b string) bool {
	for _, team := range w.Teams {
		if slices.Contains(team, a) && slices.Contains(team, b) {
			return true
		}
	}
	return false
}

// Walled reports whether a wall stands between a person and a case.
func (w *World) Walled(me, id string) bool {
	return slices.ContainsFunc(w.Walls, func(x Wall) bool {
		return x.Person == me && x.Case == id && !x.Ended && (x.Until == "" || x.Until >= w.Today)
	})
}

// kept reports whether a client is restricted and kept from a person.
func (w *World) kept(me, action, client string) bool {
	if slices.Contains(waiting, action) || !slices.Contains(w.Restricted, client) {
		return false
	}
	return !slices.Contains(looking, action) || !slices.ContainsFunc(w.Openings, func(o Opening) bool {
		return o.Person == me && o.Client == client && o.Begun <= w.Now && w.Now < o.Ends
	})
}

func (w *World) inEmergency(me, action, id string) bool {
	if !slices.Contains(opened, action) || len(w.held(me, "cases.emergency")) == 0 {
		return false
	}
	return slices.ContainsFunc(w.Emergencies, func(e Emergency) bool {
		return e.Person == me && e.Case == id && e.Begun <= w.Now && w.Now < e.Ends
	})
}

// May reports whether somebody may come to a page at all.
func (w *World) May(me, action string) bool {
	for _, g := range w.held(me, action) {
		nowhere := g.Reach == "office" && g.office == "" || g.Reach == "region" && w.Regions[g.office] == ""
		if !nowhere {
			return true
		}
	}
	return slices.Contains(opened, action) && len(w.held(me, "cases.emergency")) > 0
}

// Case reports whether somebody may do something to a case.
func (w *World) Case(me, action string, c Case) bool {
	if w.Walled(me, c.ID) || w.kept(me, action, c.Client) {
		return false
	}
	for _, g := range w.held(me, action) {
		if w.reaches(me, g, c.Office, c.Responsible) {
			return true
		}
	}
	return w.inEmergency(me, action, c.ID)
}

// Class reports whether somebody may read a class of a case by an action.
func (w *World) Class(me, action string, c Case, class string) bool {
	if !w.Case(me, action, c) || class == w.Withheld {
		return false
	}
	if class == "sensitive" && !c.Sensitive || w.inEmergency(me, action, c.ID) {
		return true
	}
	for _, g := range w.held(me, action) {
		classes := strings.Fields(g.Classes)
		readsIt := slices.Contains(classes, class) && (!c.Sensitive || class == "finance" || slices.Contains(classes, "sensitive"))
		if readsIt && w.reaches(me, g, c.Office, c.Responsible) {
			return true
		}
	}
	return false
}

// Adds reports whether somebody may record something new of a client whom they see:
// not of one who waits for the erasure and is open for looking.
func (w *World) Adds(me string, k Client) bool {
	return w.Client(me, "clients.read", k) && !slices.Contains(w.Restricted, k.ID)
}

// Whole reports whether somebody may do something about a client's erasure: they may
// open what is restricted, and nothing of the client and of any case is withheld.
func (w *World) Whole(me, action string, k Client) bool {
	for _, by := range []string{"clients.restricted", action} {
		for _, class := range strings.Fields(all) {
			if !w.Client(me, by, k) || !w.ClientClass(me, by, k, class) {
				return false
			}
			for _, c := range w.Cases {
				if c.Client == k.ID && !w.Class(me, by, c, class) {
					return false
				}
			}
		}
	}
	return true
}

// Client reports whether somebody may do something to a client.
func (w *World) Client(me, action string, k Client) bool {
	return w.client(me, k, func(c Case) bool { return w.Case(me, action, c) }, func(g held) bool { return true }, action)
}

// ClientClass reports whether somebody may read a class of a client by an action.
func (w *World) ClientClass(me, action string, k Client, class string) bool {
	return class != w.Withheld && w.client(me, k, func(c Case) bool { return w.Class(me, action, c, class) },
		func(g held) bool { return slices.Contains(strings.Fields(g.Classes), class) }, action)
}

// ClientSecret reports whether somebody may read a class of what is of a sensitive
// type, belongs to a client and is no case: a consultation.
func (w *World) ClientSecret(me, action string, k Client, class string) bool {
	if w.Withheld == "sensitive" || class == w.Withheld {
		return false
	}
	reads := func(g held) bool {
		classes := strings.Fields(g.Classes)
		return slices.Contains(classes, "sensitive") && slices.Contains(classes, class)
	}
	through := func(c Case) bool {
		if !w.Case(me, action, c) {
			return false
		}
		return w.inEmergency(me, action, c.ID) || slices.ContainsFunc(w.held(me, action), func(g held) bool {
			return reads(g) && w.reaches(me, g, c.Office, c.Responsible)
		})
	}
	return w.client(me, k, through, reads, action)
}

// Everywhere reports whether somebody may do something in the whole organisation, and
// reads some classes of it together, "" for none.
func (w *World) Everywhere(me, action, classes string) bool {
	return slices.ContainsFunc(w.held(me, action), func(g held) bool {
		return g.Reach == "organisation" && !slices.ContainsFunc(strings.Fields(classes), func(class string) bool {
			return !slices.Contains(strings.Fields(g.Classes), class)
		})
	})
}

// Entry reports whether somebody may do something to what an office keeps and a
// person recorded.
func (w *World) Entry(me, action, office, recorded string) bool {
	return slices.ContainsFunc(w.held(me, action), func(g held) bool { return w.reaches(me, g, office, recorded) })
}

func (w *World) client(me string, k Client, through func(Case) bool, by func(held) bool, action string) bool {
	has := false
	for _, c := range w.Cases {
		if c.Client == k.ID {
			has = true
			if through(c) {
				return true
			}
		}
	}
	return !has && !w.kept(me, action, k.ID) && slices.ContainsFunc(w.held(me, action), func(g held) bool { return by(g) && w.reaches(me, g, k.Office, k.Registered) })
}
