package canary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"casehub/hub"
	"casehub/hub/migrations"
	"casehub/hub/registry"
	"casehub/internal/codelist"
	"casehub/internal/postgres/postgrestest"
	"casehub/internal/sqlite"
	"casehub/node"
	"casehub/node/egress"
	"casehub/node/people"
	"casehub/node/setup"
	releasev1 "casehub/proto/casehub/release/v1"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// stage is a hub, a node, and everything that can be searched of both.
type stage struct {
	t       *testing.T
	g       *garden
	hub     *hub.Hub
	dsn     string
	wire    *wire
	config  node.Config
	dir     string
	hubLog  *journal
	nodeLog *journal
	asked   *journal // every address that was asked for, and the headers of the answers
	metrics *journal
	said    *journal // what the commands printed
	login   string
	second  string
	office  string
	person  string
	base    string // of the pages
	leaked  map[int]bool
}

const password = "four words in a row"

// journal is what is written down, from many goroutines.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

func (j *journal) bytes() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return bytes.Clone(j.b.Bytes())
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
}

// now is the day on which everything happens.
func now() time.Time { return time.Date(2026, 10, 20, 9, 30, 0, 0, time.UTC) }

// newStage starts a hub, and plants a node with n clients that speaks to it through
// the wire.
func newStage(t *testing.T, n int) *stage {
	t.Helper()
	dir := postgrestest.Dir(t)
	tmp := filepath.Join(dir, "tmp")
	for _, d := range []string{tmp, filepath.Join(dir, "stick")} {
		if err := os.Mkdir(d, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	s := &stage{t: t, g: newGarden(uint64(os.Getpid())), dir: dir, hubLog: &journal{}, nodeLog: &journal{}, asked: &journal{}, metrics: &journal{}, said: &journal{}, leaked: map[int]bool{}}
	t.Logf("seed %d", s.g.seed) // another for each process: what is searched holds those of the whole machine
	s.dsn = postgrestest.DSN(t, migrations.FS)
	t.Setenv("TMPDIR", tmp)
	var err error
	s.hub, err = hub.Start(t.Context(), hub.Config{
		Data: s.at("hub"), Listen: "127.0.0.1:0", GRPC: "127.0.0.1:0", Timezone: "UTC",
		NATS: hub.NATSConfig{Listen: "127.0.0.1:0"}, Database: hub.DatabaseConfig{DSN: s.dsn},
	}, s.hubLog.logger(), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.hub.Stop(); err != nil {
			t.Errorf("stopping the hub: %v", err)
		}
	})
	s.wire = newWire(t, filepath.Join(s.at("hub"), "keys"), s.hub.CAFile())
	s.config = node.Config{
		Data: s.at("node"), KeyFile: s.at("node.key"), Listen: "127.0.0.1:0", Timezone: "UTC", Office: node.OfficeConfig{OrgUnit: 7, FirstPeriod: first},
		Hub: node.HubConfig{
			NATS: "tls://" + s.wire.between(t, "broker", s.hub.NATSURL()[len("tls://"):], true), GRPC: s.wire.between(t, "gRPC", s.hub.GRPCAddr(), false),
			CAFile: s.hub.CAFile(), ReceiptKey: fmt.Sprintf("%x", []byte(s.hub.ReceiptKey())),
		},
	}
	s.settle(n)
	return s
}

func (s *stage) at(name string) string { return filepath.Join(s.dir, name) }

// settle sets the node up: two directors, and what they have written so far.
func (s *stage) settle(n int) {
	t, g := s.t, s.g
	t.Helper()
	s.login, s.second = lower(Marker{Text: g.word("people.login")}), lower(Marker{Text: g.word("people.login")})
	words, err := node.Create(t.Context(), s.config, setup.Plan{
		Organisation: g.word("organisation.name"), Language: "en", Offices: []setup.Office{{Name: g.word("offices.name"), Region: g.word("regions.name")}},
		Director: setup.Director{Name: g.word("people.name"), Login: s.login, Password: password},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	s.write("words", strings.Join(words.List("en"), "\n"))
	s.with(func(ctx context.Context, n1 *node.Node) error {
		all, err := n1.People.People(ctx)
		if err != nil {
			return err
		}
		boss := all[0].ID.Actor()
		s.person = string(all[0].ID)
		offices, err := n1.People.Offices(ctx)
		if err != nil {
			return err
		}
		s.office = offices[0].ID
		if err := n1.People.RequireFactors(ctx, boss, nil); err != nil {
			return err
		}
		id, once, err := n1.People.AddPerson(ctx, boss, people.Person{Login: s.second, Name: g.word("people.name"), Language: "en", OfficeID: s.office})
		if err == nil {
			err = n1.People.GivePosition(ctx, boss, people.Position{PersonID: id, Role: "director", OfficeID: s.office})
		}
		if err != nil {
			return err
		}
		token, _, err := n1.People.SignIn(ctx, people.Try{Login: s.second, Password: once, From: people.From{Source: "127.0.0.1"}})
		if err != nil {
			return err
		}
		session, err := n1.People.Session(ctx, token)
		if err == nil {
			err = n1.People.ChangePassword(ctx, session, once, password)
		}
		if err != nil {
			return err
		}
		plant(t, n1.DB, g, s.office, s.person, n)
		e, err := n1.Enrolment()
		if err != nil {
			return err
		}
		return s.hub.Enrol(ctx, registry.Office{
			OrgUnit: 7, Name: "Office 7", Province: "Gauteng", OpenedOn: "2026-07-01", KeyID: e.KeyID, ReleaseKey: e.ReleaseKey, TransportKey: e.TransportKey,
		})
	})
}

// with opens the node without its pages.
func (s *stage) with(do func(ctx context.Context, n *node.Node) error) {
	s.t.Helper()
	n, err := node.Open(s.t.Context(), s.config, s.nodeLog.logger(), now)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := errors.Join(do(s.t.Context(), n), n.Close()); err != nil {
		s.t.Fatal(err)
	}
}

// releases lets the months out, takes one back, sends everything, asks for receipts
// and packs, and closes the office's account at last.
func (s *stage) releases() {
	s.t.Helper()
	s.with(func(ctx context.Context, n *node.Node) error {
		all, err := n.People.People(ctx)
		if err != nil {
			return err
		}
		by := node.Pair{}
		for _, p := range all {
			if p.Login == s.login {
				by.Checker = p.ID.Actor()
			} else if p.Login == s.second {
				by.Approver = p.ID.Actor()
			}
		}
		for m := first; m < last; m = m.Add(1) {
			if _, err := n.CloseMonth(ctx, by, m); err != nil {
				return err
			}
			if err := s.recode(ctx, n); err != nil {
				return err
			}
		}
		if err := s.refused(ctx, n, by); err != nil {
			return err
		}
		for _, w := range []egress.Wanted{
			{Kind: releasev1.ReleaseKind_RELEASE_KIND_VOID, Voids: 2, Reason: s.g.word("release_drafts.reason")},
			{Kind: releasev1.ReleaseKind_RELEASE_KIND_CLOSING, Period: last, Reason: s.g.word("release_drafts.reason")},
		} {
			if err := s.through(ctx, n, by, w); err != nil {
				return fmt.Errorf("release of kind %d: %w", w.Kind, err)
			}
		}
		if _, err := n.Gate.FetchPacks(ctx); err != nil {
			return err
		}
		for range 3 {
			done, err := n.Sync(ctx)
			if err != nil || done.Left == 0 {
				return err
			}
		}
		return errors.New("not every release has a receipt")
	})
}

// recode gives some published cases another kind, so that a correction waits.
func (s *stage) recode(ctx context.Context, n *node.Node) error {
	_, err := n.DB.Exec(ctx, `
UPDATE cases
SET case_type = @kind, version = version + 1
WHERE id IN (SELECT source_id FROM ledger_events WHERE state = 'published' AND data_set = 1 ORDER BY id LIMIT 3)`, sqlite.Args{"kind": leaf(codelist.CaseTypes, 7)})
	return err
}

func (s *stage) through(ctx context.Context, n *node.Node, by node.Pair, w egress.Wanted) error {
	d, err := n.Gate.Make(ctx, by.Checker, w)
	if err == nil {
		_, err = n.Gate.Check(ctx, by.Checker, d.ID, d.Digest)
	}
	if err == nil {
		_, err = n.Gate.Approve(ctx, by.Approver, d.ID, d.Digest)
	}
	return err
}

// serve serves the pages of a node until the function that it returns is called. The
// code is that of a first run.
func (s *stage) serve(c node.Config) (stop func(), code string) {
	s.t.Helper()
	ready := make(chan string, 1)
	h, err := node.NewHost(c, s.nodeLog.logger(), now, node.Tell{Ready: func(url, _ string) { ready <- url }, Code: func(got string) { code = got }})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx) }()
	select {
	case s.base = <-ready:
	case err := <-ended:
		cancel()
		s.t.Fatalf("the pages ended: %v", err)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Errorf("the pages: %v", err)
		}
	})
	s.t.Cleanup(stop)
	return stop, code
}

// refused tries what the gate lets nobody do.
func (s *stage) refused(ctx context.Context, n *node.Node, by node.Pair) error {
	if _, err := n.Gate.TakePack(ctx, by.Checker, []byte(s.g.word("packs that are none"))); err == nil {
		return errors.New("a word was taken as a pack")
	}
	if _, err := n.CloseMonth(ctx, by, first); err == nil {
		return errors.New("a month was closed twice")
	}
	if _, err := n.Gate.Make(ctx, by.Checker, egress.Wanted{Kind: releasev1.ReleaseKind_RELEASE_KIND_VOID, Voids: 77, Reason: s.g.word("release_drafts.reason")}); err == nil {
		return errors.New("a release that is not there was taken back")
	}
	return nil
}

// get asks for a page of no node, as the hub's metrics.
func get(t *testing.T, url string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// postgresProgram finds a program of the Postgres that the hub has.
func postgresProgram(t *testing.T, name string) string {
	t.Helper()
	if dir := os.Getenv("PG_BINDIR"); dir != "" {
		return filepath.Join(dir, name)
	}
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(all) > 0 {
		return all[len(all)-1]
	}
	return name
}

// sources are everything that is searched: all but the answers to the people of the
// office, on its own pages.
func (s *stage) sources() []source {
	s.t.Helper()
	dump := exec.CommandContext(s.t.Context(), postgresProgram(s.t, "pg_dump"), "--inserts", s.dsn)
	var out, errs bytes.Buffer
	dump.Stdout, dump.Stderr = &out, &errs
	if err := dump.Run(); err != nil || out.Len() < 10_000 {
		s.t.Fatalf("dumping the hub's database: %d bytes, %v: %s", out.Len(), err, errs.Bytes())
	}
	all := []source{
		{"the hub's database", out.Bytes()},
		{"the hub's log", s.hubLog.bytes()},
		{"the node's log", s.nodeLog.bytes()},
		{"what commands printed", s.said.bytes()},
		{"addresses and headers of pages", s.asked.bytes()},
		{"metrics of the node", s.metrics.bytes()},
		{"metrics of the hub", get(s.t, "http://"+s.hub.HTTPAddr()+"/metrics")},
		{"pages of the hub", get(s.t, "http://"+s.hub.HTTPAddr()+"/")},
	}
	all = append(all, s.wire.sources()...)
	all = append(all, filesIn(s.t, "the hub's folder", s.at("hub"))...)
	all = append(all, filesIn(s.t, "the node's folder", s.at("node"))...)
	all = append(all, filesIn(s.t, "the folder of a first run", s.at("begun"))...)
	all = append(all, filesIn(s.t, "the node's folder, restored", s.at("restored"))...)
	all = append(all, filesIn(s.t, "backups", s.at("stick"))...)
	all = append(all, filesIn(s.t, "temporary files", os.TempDir())...)
	return append(all, processes(s.t)...)
}

// search looks for markers in all sources and returns how many bytes there were.
func (s *stage) search(markers []Marker) (found []Finding, size int) {
	s.t.Helper()
	d := NewDetector(append(markers, Marker{"SQLite format 3\x00", "the beginning of a database that is not encrypted"}))
	for _, x := range s.sources() {
		d.Search(x.name, x.b)
		size += len(x.b)
	}
	return d.Found(), size
}
