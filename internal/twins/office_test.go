package twins

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node"
	"casehub/node/clients"
	"casehub/node/egress"
	"casehub/node/people"
	"casehub/node/setup"
	releasev1 "casehub/proto/casehub/release/v1"
)

// stage is where pairs are played, one after the other.
type stage struct {
	folder    string
	endpoint  *endpoint
	templates []string // of each flavour, a node with its people and nothing else
}

// scratch makes a folder in memory where there is one: nothing here has to last.
func scratch() (string, error) {
	dir, err := os.MkdirTemp("/dev/shm", "twins-")
	if err != nil {
		dir, err = os.MkdirTemp("", "twins-")
	}
	return dir, err
}

// newStage sets up the other end of everything, and a place for nodes.
func newStage(t *testing.T) *stage {
	t.Helper()
	folder, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	s := &stage{folder: folder, endpoint: newEndpoint(t, folder)}
	if s.templates, err = templates(); err != nil {
		t.Fatal(err)
	}
	return s
}

// templatesIn is the folder of the templates, "" as long as there are none.
var templatesIn string

// templates are a node of each flavour, set up once for all stages. Both have the same
// keys, since these are no secret of a client's.
var templates = sync.OnceValues(func() (folders []string, err error) {
	if templatesIn, err = scratch(); err != nil {
		return nil, err
	}
	var keys []seed
	for i := range flavours {
		folder := filepath.Join(templatesIn, flavours[i].name)
		if keys, err = template(context.Background(), &flavours[i], folder, keys); err != nil {
			return nil, fmt.Errorf("setting a node up: %w", err)
		}
		folders = append(folders, folder)
	}
	return folders, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if templatesIn != "" {
		_ = os.RemoveAll(templatesIn)
	}
	os.Exit(code)
}

// before is when the nodes are set up: before every play.
var before = time.Date(2023, 11, 6, 9, 0, 0, 0, time.UTC)

// seed is one of a node's keys.
type seed struct {
	purpose string
	seed    []byte
}

func config(data string, p play) node.Config {
	return node.Config{
		Data: data, KeyFile: filepath.Join(data, "node.key"), Listen: "127.0.0.1:0", Timezone: "Africa/Johannesburg",
		Office: node.OfficeConfig{OrgUnit: p.orgUnit, FirstPeriod: p.first, K: p.k, KSensitive: p.sensitive},
	}
}

func (s *stage) config(data string, p play) node.Config {
	c := config(data, p)
	c.Hub = s.endpoint.config
	if p.rules != nil {
		c.Packs.Roots = s.endpoint.body.file
	}
	return c
}

// template sets up a node with these keys, or with its own, and returns them.
func template(ctx context.Context, f *world, folder string, keys []seed) ([]seed, error) {
	w := f.settle(play{})
	at := func() time.Time { return before }
	c := config(folder, play{orgUnit: 1, first: 202401})
	_, err := node.Create(ctx, c, setup.Plan{
		Organisation: w.text(), Language: "en", Offices: []setup.Office{{Name: w.text(), Region: w.text()}, {Name: w.text(), Region: w.text()}},
		Director: setup.Director{Name: w.text(), Login: strings.ToLower(w.word(99)), Password: password},
	}, at)
	if err != nil {
		return nil, err
	}
	n, err := node.Open(ctx, c, slog.New(slog.DiscardHandler), at)
	if err != nil {
		return nil, err
	}
	err = hire(ctx, n, w)
	for _, k := range keys {
		if err == nil {
			_, err = n.DB.Exec(ctx, `UPDATE node_keys SET seed = @seed WHERE purpose = @purpose`, sqlite.Args{"seed": k.seed, "purpose": k.purpose})
		}
	}
	if err == nil {
		keys, err = keysOf(ctx, n)
	}
	return keys, errors.Join(err, n.Close())
}

const password = "four words in a row"

func keysOf(ctx context.Context, n *node.Node) ([]seed, error) {
	rows, err := n.DB.Query(ctx, `SELECT purpose, seed FROM node_keys ORDER BY purpose`, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []seed
	for rows.Next() {
		var k seed
		if err := rows.Scan(&k.purpose, &k.seed); err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, rows.Err()
}

// hire gives an office three people for what leaves, and two who work on cases.
func hire(ctx context.Context, n *node.Node, w *world) error {
	offices, err := n.People.Offices(ctx)
	if err != nil {
		return err
	}
	first, err := n.People.People(ctx)
	if err != nil {
		return err
	}
	boss := first[0].ID.Actor()
	if err := n.People.RequireFactors(ctx, boss, nil); err != nil {
		return err
	}
	for i, role := range []string{"director", "director", "paralegal", "paralegal"} {
		p := people.Person{Login: strings.ToLower(w.word(100 + i)), Name: w.text(), Language: "en", OfficeID: offices[i%2].ID}
		id, _, err := n.People.AddPerson(ctx, boss, p)
		if err == nil {
			err = n.People.GivePosition(ctx, boss, people.Position{PersonID: id, Role: role, OfficeID: offices[i%2].ID})
		}
		if err != nil {
			return fmt.Errorf("hiring: %w", err)
		}
	}
	return nil
}

// office is a node at work in one world.
type office struct {
	*world
	node     *node.Node
	pages    http.Handler
	heard    all
	endpoint *endpoint
	log      *slog.Logger
	folder   string
	at       time.Time
	// month is the one that is being played.
	month int
	// answered is when somebody was asked for consent last.
	answered map[clients.ID]civil.Date

	checker, approver, director actor.Actor
}

// open opens the node of a world in a fresh copy of the template.
func (s *stage) open(ctx context.Context, flavour int, p play, leaks []leak) (*office, error) {
	folder := filepath.Join(s.folder, "node") // the same in both worlds
	if err := errors.Join(os.RemoveAll(folder), os.CopyFS(folder, os.DirFS(s.templates[flavour]))); err != nil {
		return nil, err
	}
	o := &office{world: flavours[flavour].settle(p), endpoint: s.endpoint, folder: folder, at: before, answered: map[clients.ID]civil.Date{}}
	for _, l := range leaks {
		o.heard = append(o.heard, newHeard(l))
	}
	o.log = slog.New(slog.NewJSONHandler(lines{o.heard.say}, &slog.HandlerOptions{Level: slog.LevelInfo}))
	s.endpoint.listenTo(o)
	var err error
	if o.node, err = node.Open(ctx, s.config(folder, p), o.log, func() time.Time { return o.at }); err != nil {
		return nil, err
	}
	if err = o.meet(ctx); err == nil {
		o.pages, err = o.node.Handler()
	}
	if err != nil {
		return nil, errors.Join(err, o.node.Close())
	}
	return o, nil
}

// lines hears the lines of a log.
type lines struct {
	say func(way, format string, args ...any)
}

func (l lines) Write(b []byte) (int, error) {
	l.say(byLog, "%s", bytes.TrimRight(b, "\n"))
	return len(b), nil
}

// meet finds the people of the office.
func (o *office) meet(ctx context.Context) error {
	all, err := o.node.People.People(ctx)
	if err != nil {
		return err
	}
	who := map[string]actor.Actor{}
	for _, p := range all {
		who[p.Login] = p.ID.Actor()
		o.seats = append(o.seats, seat{p.OfficeID, string(p.ID)})
	}
	login := func(n int) actor.Actor { return who[strings.ToLower(o.word(n))] }
	o.director, o.checker, o.approver = login(99), login(100), login(101)
	return nil
}

// play plays the whole play and returns what was heard with each leak. look is called
// before the node is closed.
func (s *stage) play(ctx context.Context, flavour int, p play, leaks []leak, look func(*office) error) (all, error) {
	o, err := s.open(ctx, flavour, p, leaks)
	if err != nil {
		return nil, fmt.Errorf("opening: %w", err)
	}
	err = o.months(ctx)
	if err == nil && look != nil {
		err = look(o)
	}
	if err = errors.Join(err, o.node.Close()); err != nil {
		return nil, fmt.Errorf("world %s: %w", o.name, err)
	}
	o.files()
	return o.heard, nil
}

func (o *office) months(ctx context.Context) error {
	if o.elsewhere > 0 {
		err := o.node.DB.Tx(ctx, func(tx *sqlite.Tx) error {
			return o.node.Ledger.Elsewhere(ctx, tx, o.elsewhere, o.first.Add(2), o.director.String(), o.at)
		})
		if err != nil {
			return err
		}
	}
	for m := range o.play.months {
		o.month = m
		o.heard.next(m)
		if err := o.live(ctx, m); err != nil {
			return fmt.Errorf("month %d: %w", m, err)
		}
	}
	return nil
}

// live plays one month: what is captured, and what leaves in the month after.
func (o *office) live(ctx context.Context, m int) error {
	next := o.first.Add(m + 1).First()
	// Work ends at another minute in each world.
	o.at = next.AddDays(-1).Time().Add(18*time.Hour + time.Duration(o.IntN(3600_000))*time.Millisecond)
	if err := o.node.DB.Tx(ctx, func(tx *sqlite.Tx) error { return o.capture(ctx, tx, m) }); err != nil {
		return fmt.Errorf("capturing: %w", err)
	}
	if err := o.work(ctx, m); err != nil {
		return fmt.Errorf("working: %w", err)
	}
	// What leaves does so at the same instant in both.
	o.at = next.AddDays(8).Time().Add(10 * time.Hour)
	if err := o.leave(ctx, m); err != nil {
		return err
	}
	for _, h := range o.heard {
		if h.leak.turn != nil {
			h.leak.turn(o, h)
		}
	}
	o.endpoint.settle()
	return o.measure()
}

// leave has the month drafted, approved and sent.
func (o *office) leave(ctx context.Context, m int) error {
	if o.closes && m == o.play.months-1 {
		if err := o.order(ctx, egress.Wanted{Kind: releasev1.ReleaseKind_RELEASE_KIND_CLOSING, Period: o.first.Add(m), Reason: o.text()}); err != nil {
			return fmt.Errorf("closing: %w", err)
		}
	} else {
		o.node.Turn(ctx) // drafts
		o.endpoint.settle()
		d, open, err := o.node.Gate.OpenDraft(ctx)
		if err == nil && !open {
			_, err = o.node.Gate.Make(ctx, o.checker, egress.Wanted{Period: o.first.Add(m)})
			if e := errs.As(err); e != nil {
				err = fmt.Errorf("%w: %v", err, e.Args())
			}
			err = fmt.Errorf("there is no draft: %w", err)
		}
		if err == nil {
			err = o.approve(ctx, d)
		}
		if err != nil {
			return fmt.Errorf("releasing: %w", err)
		}
	}
	if n := o.voids[m]; n > 0 {
		if err := o.order(ctx, egress.Wanted{Kind: releasev1.ReleaseKind_RELEASE_KIND_VOID, Voids: n, Reason: o.text()}); err != nil && !errors.Is(err, egress.ErrNotToTakeBack) {
			return fmt.Errorf("taking back: %w", err)
		}
	}
	o.at = o.at.Add(time.Hour)
	o.node.Turn(ctx) // sends
	return nil
}

func (o *office) approve(ctx context.Context, d egress.Draft) error {
	_, err := o.node.Gate.Check(ctx, o.checker, d.ID, d.Digest)
	if err == nil {
		_, err = o.node.Gate.Approve(ctx, o.approver, d.ID, d.Digest)
	}
	return err
}

// order has a release made that is not a month like any other.
func (o *office) order(ctx context.Context, w egress.Wanted) error {
	d, err := o.node.Gate.Make(ctx, o.director, w)
	if err != nil {
		return err
	}
	return o.approve(ctx, d)
}

// measure reads the metrics as a monitor of this machine does.
func (o *office) measure() error {
	r := httptest.NewRequest("GET", "http://localhost/metrics", nil)
	r.RemoteAddr = "127.0.0.1:5000"
	w := httptest.NewRecorder()
	o.pages.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return fmt.Errorf("metrics: status %d", w.Code)
	}
	for _, h := range o.heard {
		h.say(byMetrics, "%s", h.leak.metrics(o, w.Body.String()))
	}
	return nil
}

// files lists the files that are there at the end, in the node's folder and in that of
// its backups.
func (o *office) files() {
	for _, folder := range []string{"", "-backups"} {
		_ = filepath.WalkDir(o.folder+folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				name, _ := filepath.Rel(filepath.Dir(o.folder), path)
				o.heard.say(byFiles, "%s", filepath.ToSlash(name))
			}
			return nil
		})
	}
}
