package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/adapters/sqldb/mariadbtest"
	"casehub/node"
)

const mattersSQL = `CREATE TABLE matter (id int PRIMARY KEY, person int, surname varchar(60), problem varchar(20), opened date, changed_at datetime);
INSERT INTO matter SELECT seq, seq, concat('Lejano', seq), if(seq % 2, 'Wages', 'Eviction'), '2025-02-03', '2025-02-03 10:00:00' + INTERVAL seq DAY FROM seq_1_to_60`

const mattersMapping = `mapping: matters/1
instance: matters
source: {type: sqldb, dsn_env: CASEHUB_SOURCE_MATTERS, tables: [matter], watermark: {matter: changed_at}}
defaults: {date_order: ymd}
sweep_days: 30
streams:
  client: {from: matter, to: client, key: person, fields: {surname: surname}}
  case: {from: matter, to: case, key: "@key", fields: {client: {ref: client}, case_type: {col: problem, codes: {Wages: 1102, Eviction: 1601}}, opened_on: opened}}
`

// besides puts casehub-source, built from this tree, beside a copy of the program of the
// test, which is what a node has.
func (s *served) besides() {
	s.t.Helper()
	dir := s.t.TempDir()
	b, err := os.ReadFile(s.exe)
	if err != nil {
		s.t.Fatal(err)
	}
	ending := filepath.Ext(s.exe) // .exe on Windows
	s.exe = filepath.Join(dir, "casehub-node"+ending)
	if err := os.WriteFile(s.exe, b, 0o700); err != nil {
		s.t.Fatal(err)
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(dir, "casehub-source"+ending), "casehub/cmd/casehub-source")
	if out, err := build.CombinedOutput(); err != nil {
		s.t.Fatalf("building casehub-source: %v\n%s", err, out)
	}
}

// signsIn opens the pages as the director of setUp.
func (s *served) signsIn() {
	s.t.Helper()
	s.get("/sign-in?lang=en")
	s.holds(s.post("/sign-in", "login", login, "password", password), "/")
}

// job waits until the newest job of a schedule has ended, and returns the page of the
// schedule and that of what the job led to.
func (s *served) job(schedule string, nth int) (page, led shown) {
	s.t.Helper()
	for range 1200 {
		page = s.holds(s.get(schedule), schedule)
		jobs := regexp.MustCompile(`<a href="(/imports/jobs/\d+)">`).FindAllStringSubmatch(page.body, -1)
		if len(jobs) >= nth && !strings.Contains(page.body, ">Running<") {
			return page, s.get(jobs[0][1])
		}
		time.Sleep(25 * time.Millisecond)
	}
	s.t.Fatalf("it runs and runs: %s", saidOn(page.body))
	return page, led
}

// A database of another program is read by a schedule that somebody made on the pages, by
// the real programs from a real MariaDB: at once when it is due, then only what changed.
// Where the server is away or the password another, the pages say why, the first page asks
// for somebody until it is read again, and the secret is in nothing that is kept or said.
func TestADatabaseIsReadByASchedule(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals on Windows")
	}
	const secret = "Wort-4711-geheim"
	dsn := mariadbtest.DSN(t, mattersSQL)
	name := mariadbtest.Database(strings.SplitN(dsn, "?", 2)[0])
	mariadbtest.Exec(t, "", "ALTER USER '"+name+"'@'localhost' IDENTIFIED BY '"+secret+"'")
	dsn = strings.Replace(dsn, ":word@", ":"+secret+"@", 1)
	socket := strings.SplitN(dsn, "socket=", 2)[1]

	s := serveIn(t)
	s.besides()
	s.env = []string{"CASEHUB_SOURCE_MATTERS=" + dsn}
	if err := setUp(node.Config{Data: filepath.Join(s.dir, "data"), KeyFile: filepath.Join(s.dir, "node.key")}); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.signsIn()
	var pages strings.Builder
	sees := func(a shown, texts ...string) {
		t.Helper()
		s.holds(a, "/", texts...)
		pages.WriteString(a.body)
	}

	// Made while the program runs, read for the first time when it looks what is due.
	page := s.holds(s.post("/imports/schedules", "mapping", mattersMapping, "when", "hours", "hours", "6", "at", "", "active", "on"), "/imports/schedules/", "CASEHUB_SOURCE_MATTERS", "Not yet")
	schedule := page.path
	s.stop()
	s.start()
	page, led := s.job(schedule, 1)
	sees(page, "Done", "Every 6 hours")
	sees(led, "Every row was counted exactly once")
	if c := counts(t, led.body, "Case"); c != "60 60 0 0" {
		t.Errorf("the first reading, of 60 matters: read, new, changed, as they were: %s", c)
	}

	// The second reading gives what was written since a day before the newest of the first,
	// the two newest among it, and nothing else.
	mariadbtest.Exec(t, name, `UPDATE matter SET problem = 'Eviction', changed_at = now() WHERE id = 7; INSERT INTO matter VALUES (61, 61, 'Lejano61', 'Wages', '2025-05-06', now())`)
	s.holds(s.post(schedule+"/run"), "/imports/")
	page, led = s.job(schedule, 2)
	sees(page, "Done")
	if c := counts(t, led.body, "Case"); c != "4 1 1 2" {
		t.Errorf("the second reading, of one matter that changed and one that is new: read, new, changed, as they were: %s", c)
	}

	// The server is away.
	if err := os.Rename(socket, socket+".away"); err != nil {
		t.Fatal(err)
	}
	s.holds(s.post(schedule+"/run"), "/imports/")
	page, led = s.job(schedule, 3)
	const failed = "The last reading failed"
	sees(page, failed, "does not answer", "Failed")
	sees(led, "does not answer")
	sees(s.get("/"), failed, "matters")
	sees(s.get("/imports"), failed)

	// It is back.
	if err := os.Rename(socket+".away", socket); err != nil {
		t.Fatal(err)
	}
	s.holds(s.post(schedule+"/run"), "/imports/")
	page, _ = s.job(schedule, 4)
	sees(page, "Done")
	sees(s.get("/imports/schedules"), "All well")
	for _, at := range []string{"/", "/imports", schedule} {
		if a := s.get(at); strings.Contains(a.body, failed) {
			t.Errorf("%s tells of a failure that is over", at)
		}
	}

	// The password is another.
	mariadbtest.Exec(t, "", "ALTER USER '"+name+"'@'localhost' IDENTIFIED BY 'another'")
	s.holds(s.post(schedule+"/run"), "/imports/")
	page, led = s.job(schedule, 5)
	sees(page, failed, "does not take the token or password")
	sees(led, "does not take the token or password")
	sees(s.get("/"), failed)
	s.stop()
	for _, word := range []string{secret, "mysql://", "another"} {
		if strings.Contains(pages.String(), word) {
			t.Errorf("a page holds %q", word)
		}
		if strings.Contains(s.said.String(), word) {
			t.Errorf("the program's log holds %q", word)
		}
	}
	if strings.Contains(s.said.String(), "Lejano") {
		t.Error("the program's log names a client")
	}
	if at := heldIn(t, s.dir, secret); at != "" {
		t.Errorf("%s holds the password", at)
	}
	s.inside(func(n *node.Node) {
		for _, table := range listOf(t, n, `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'`) {
			for _, column := range listOf(t, n, `SELECT name FROM pragma_table_info('`+table+`')`) {
				query := fmt.Sprintf(`SELECT 1 FROM "%s" WHERE instr(CAST("%s" AS TEXT), '%s') > 0 OR instr(CAST("%s" AS TEXT), 'mysql://') > 0`, table, column, secret, column)
				if len(listOf(t, n, query)) > 0 {
					t.Errorf("%s.%s holds the secret", table, column)
				}
			}
		}
	})
}

// counts returns what the report of a run counts of a kind of record: read, new, changed,
// as they were.
func counts(t *testing.T, body, kind string) string {
	t.Helper()
	for _, row := range regexp.MustCompile(`(?s)<tr>.*?</tr>`).FindAllString(body, -1) {
		cells := strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(row, " "))
		if i := slices.Index(cells, kind); i >= 0 && len(cells) > i+4 {
			return strings.Join(cells[i+1:i+5], " ")
		}
	}
	t.Fatalf("no counts of %s: %s", kind, saidOn(body))
	return ""
}
