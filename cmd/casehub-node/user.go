package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/node"
	"casehub/node/people"
)

const userUsage = `usage: casehub-node user list -login LOGIN …
       casehub-node user add -login LOGIN -user LOGIN -name NAME [-role ROLE] [-office OFFICE] [-language en|es] …
       casehub-node user reset -login LOGIN -user LOGIN …
       casehub-node user leave -login LOGIN -user LOGIN …
       casehub-node user end-sessions -login LOGIN -user LOGIN …

-login is who you are, -user whom it is about. -password-file FILE and -config FILE
go with each.

  list          who works here, with which roles
  add           record somebody and print a one-time password
  reset         print a new one-time password; the one of before and all sessions end
  leave         end somebody's work here: password, sessions and second factors go
  end-sessions  end all sessions of somebody
`

// user answers "casehub-node user": what the staff pages do, for a node without a
// browser. Who asks may do what they may do there.
func user(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return subcommand(ctx, map[string]command{
		"list": userCommand("list", listUsers), "add": addUser, "reset": userCommand("reset", resetUser),
		"leave": userCommand("leave", leaveUser), "end-sessions": userCommand("end-sessions", endSessions),
	}, userUsage, args, stdout, stderr)
}

// about is an open node, who asks, and whom it is about.
type about struct {
	*node.Node
	who    actor.Actor
	login  string
	stdout io.Writer
}

// userCommand makes a command of what is done about one person.
func userCommand(name string, do func(ctx context.Context, a about) error) command {
	return func(ctx context.Context, args []string, stdout, stderr io.Writer) error {
		return withUsers(ctx, "user "+name, args, stdout, stderr, nil, do)
	}
}

// withUsers reads the flags of a command, opens the node as a person, and calls do.
func withUsers(ctx context.Context, name string, args []string, stdout, stderr io.Writer, more func(*flag.FlagSet), do func(context.Context, about) error) (err error) {
	var e entry
	a := about{stdout: stdout}
	flags := []func(*flag.FlagSet){e.flags}
	if name != "user list" {
		flags = append(flags, func(fl *flag.FlagSet) { fl.StringVar(&a.login, "user", "", "login of whom it is about") })
	}
	if more != nil {
		flags = append(flags, more)
	}
	if err := parse(name, args, stderr, flags...); err != nil {
		return err
	}
	if name != "user list" && a.login == "" {
		return errors.New("user: say whom it is about")
	}
	if a.Node, a.who, err = newDialog(stderr).openAs(ctx, e); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return do(ctx, a)
}

// errNoUser reports a login that nobody has.
var errNoUser = errors.New("user: nobody has this login")

// person finds whom it is about.
func (a about) person(ctx context.Context) (people.Person, error) {
	all, err := a.People.People(ctx)
	if err != nil {
		return people.Person{}, err
	}
	for _, p := range all {
		if p.Login == people.CleanLogin(a.login) {
			return p, nil
		}
	}
	return people.Person{}, errNoUser
}

func listUsers(ctx context.Context, a about) error {
	if err := a.Access.May(ctx, a.who, "people.read"); err != nil {
		return err
	}
	all, err := a.People.People(ctx)
	if err != nil {
		return err
	}
	roles, err := a.roles(ctx)
	if err != nil {
		return err
	}
	held, err := a.People.Positions(ctx)
	if err != nil {
		return err
	}
	of := map[people.ID][]string{}
	for _, o := range held {
		of[o.PersonID] = append(of[o.PersonID], roles.name(o.Role))
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "LOGIN\tNAME\tROLES\tPASSWORD")
	for _, p := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Login, p.Name, strings.Join(of[p.ID], ", "), passwordState(p))
	}
	return w.Flush()
}

// passwordState says how somebody comes in.
func passwordState(p people.Person) string {
	switch {
	case p.Status == people.Left:
		return "has left"
	case !p.HasPassword:
		return "needs a new one"
	case !p.TemporaryUntil.IsZero():
		return "one-time, until " + p.TemporaryUntil.UTC().Format("2006-01-02 15:04 MST")
	}
	return "own"
}

// ownRoles are the roles that the organisation made itself.
type ownRoles []people.Role

func (a about) roles(ctx context.Context) (ownRoles, error) { return a.People.Roles(ctx) }

// name returns what people call a role: ready-made ones have their code.
func (o ownRoles) name(code string) string {
	for _, r := range o {
		if r.ID == code {
			return r.Name
		}
	}
	return code
}

// code returns the role that somebody typed by its code or its name.
func (o ownRoles) code(typed string) string {
	for _, r := range o {
		if strings.EqualFold(r.Name, typed) {
			return r.ID
		}
	}
	return typed
}

// addUser records somebody new, with a first position where a role is given.
func addUser(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var p people.Person
	var role, office string
	return withUsers(ctx, "user add", args, stdout, stderr, func(fl *flag.FlagSet) {
		fl.StringVar(&p.Name, "name", "", "name of the person")
		fl.StringVar(&p.Language, "language", "", "language of their pages, en or es; the organisation's when left out")
		fl.StringVar(&role, "role", "", "role that they hold from the first day: a ready-made one, for example paralegal, or one of your own by its name")
		fl.StringVar(&office, "office", "", "name of the office where they sit")
	}, func(ctx context.Context, a about) error {
		p.Login = people.CleanLogin(a.login)
		return a.add(ctx, p, role, office)
	})
}

// errNoOffice reports an office that does not exist, before anything is made.
var errNoOffice = errors.New("office: there is no open office of this name")

func (a about) add(ctx context.Context, p people.Person, role, office string) error {
	var err error
	if p.OfficeID, err = a.office(ctx, office); err != nil {
		return err
	}
	if role, err = a.role(ctx, role); err != nil {
		return err
	}
	id, password, err := a.People.AddPerson(ctx, a.who, p)
	if err != nil {
		return userField(err)
	}
	fmt.Fprintf(a.stdout, "%s is recorded.\n", p.Login)
	if role != "" {
		err = a.People.GivePosition(ctx, a.who, people.Position{PersonID: id, Role: role})
	}
	return errors.Join(a.tell(ctx, id, password), err)
}

// office finds an office by its name; "" is none.
func (a about) office(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	all, err := a.People.Offices(ctx)
	if err != nil {
		return "", err
	}
	for _, o := range all {
		if strings.EqualFold(o.Name, name) && !o.Closed {
			return o.ID, nil
		}
	}
	return "", errNoOffice
}

// role finds a role by its code or its name; "" is none.
func (a about) role(ctx context.Context, typed string) (string, error) {
	if typed == "" {
		return "", nil
	}
	roles, err := a.roles(ctx)
	if err != nil {
		return "", err
	}
	code := roles.code(typed)
	return code, a.People.CheckRole(ctx, code)
}

// userField blames the flag -user where the area blames a login: -login is who
// asks.
func userField(err error) error {
	if e := errs.As(err); e != nil && e.Field() == "login" {
		return e.On("user")
	}
	return err
}

// tell prints a one-time password, once.
func (a about) tell(ctx context.Context, id people.ID, password string) error {
	p, err := a.People.Person(ctx, id)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "one-time password: %s\nIt lets in until %s, and has to be changed then. It is not shown again.\n", password, p.TemporaryUntil.UTC().Format("2006-01-02 15:04 MST"))
	return nil
}

func resetUser(ctx context.Context, a about) error {
	p, err := a.person(ctx)
	if err != nil {
		return err
	}
	password, err := a.People.ResetPassword(ctx, a.who, p.ID)
	if err != nil {
		return err
	}
	return a.tell(ctx, p.ID, password)
}

func leaveUser(ctx context.Context, a about) error {
	p, err := a.person(ctx)
	if err != nil {
		return err
	}
	if err := a.People.Leave(ctx, a.who, p.ID); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s has left: their password opens nothing any more.\nIf they may have a copy of the files, change the keys too: casehub-node rekey\n", p.Login)
	return nil
}

func endSessions(ctx context.Context, a about) error {
	p, err := a.person(ctx)
	if err != nil {
		return err
	}
	if err := a.People.EndSessions(ctx, a.who, p.ID); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "all sessions of %s have ended\n", p.Login)
	return nil
}
