package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"casehub/internal/sqlite"
	"casehub/node"
)

// oldRows is how long the register of the test is: long enough to be in the middle of.
const oldRows = 3000

// oldRegister is what an office kept: every hundredth row has no day that anybody could
// read, and every fortieth client came before.
func oldRegister() []byte {
	var b bytes.Buffer
	b.WriteString("N°;Nombres;Apellidos;DNI;Teléfono;Fecha de apertura;Fecha de cierre;Tipo de caso;Resultado;Observaciones\n")
	kinds := []string{"Alimentos", "Despido", "Desalojo"}
	for i := 1; i <= oldRows; i++ {
		client, opened, ended, outcome := i, fmt.Sprintf("%02d/%02d/2025", 13+i%15, 1+i%12), "", ""
		if i%40 == 0 {
			client = i - 7
		}
		if i%3 == 0 {
			ended, outcome = "31/12/2025", "Conciliado"
		}
		if i%100 == 0 {
			opened = "mañana"
		}
		fmt.Fprintf(&b, "%d;Nombre%d;Apellido%d;4%07d;;%s;%s;%s;%s;Nota %d\n", i, client, client, client, opened, ended, kinds[i%3], outcome, i)
	}
	return b.Bytes()
}

// prepared brings the register in the wizard and points at its columns and words, up to
// the page on which it is tried. It returns the address of the draft.
func (s *served) prepared() string {
	s.t.Helper()
	s.holds(s.get("/imports/new/spreadsheet"), "/imports/new/spreadsheet")
	page := s.holds(s.answer(s.bring("/imports/new/spreadsheet", "Registro 2025.csv", bytes.NewReader(oldRegister()))), "/imports/drafts/", "Nombre1", "Fecha de apertura")
	draft := strings.TrimSuffix(page.path, "/preview")
	page = s.holds(s.post(page.path, append(filled(page.body), "go", "on")...), draft+"/columns")
	sent := append(filled(page.body), s.called(page.body, "Column by which a client is known"), "DNI", "go", "on")
	page = s.holds(s.post(page.path, sent...), draft+"/codes", "Conciliado")
	sent = append(filled(page.body), s.called(page.body, "Conciliado"), "5101", "go", "on")
	s.holds(s.post(page.path, sent...), draft+"/try")
	return draft
}

// goes presses a button of the last step.
func (s *served) goes(draft, what string) shown {
	s.t.Helper()
	page := s.holds(s.get(draft+"/try"), draft+"/try")
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page.body)
	if version == nil {
		s.t.Fatalf("nothing can be pressed: %s", saidOn(page.body))
	}
	return s.holds(s.post(draft+"/try", "version", version[1], "go", what), draft+"/try")
}

// settled waits until nothing runs from the draft, and returns its page.
func (s *served) settled(draft string) shown {
	s.t.Helper()
	for range 2400 {
		if page := s.get(draft + "/try"); !strings.Contains(page.body, "<progress") {
			return page
		}
		time.Sleep(25 * time.Millisecond)
	}
	s.t.Fatal("it runs and runs")
	return shown{}
}

var rowsDone = regexp.MustCompile(`(\d+) rows? (?:is|are) done`)

// killedAt kills the program once its page says that so many rows were written, and -1
// once anything runs. It reports whether the import was running then.
func (s *served) killedAt(draft string, rows int) bool {
	s.t.Helper()
	for {
		page := s.get(draft + "/try")
		if !strings.Contains(page.body, "<progress") {
			s.kill()
			return false
		}
		if rows < 0 {
			break
		}
		plain := strings.NewReplacer(",", "", "\u202f", "", "\u00a0", "").Replace(page.body)
		if m := rowsDone.FindStringSubmatch(plain); m != nil {
			if n, _ := strconv.Atoi(m[1]); n >= rows {
				break
			}
		}
	}
	s.kill()
	return true
}

// inside opens the node of a program that does not run.
func (s *served) inside(do func(*node.Node)) {
	s.t.Helper()
	config, err := node.ReadConfig(filepath.Join(s.dir, "node.toml"))
	if err != nil {
		s.t.Fatal(err)
	}
	config.Data, config.KeyFile = filepath.Join(s.dir, "data"), filepath.Join(s.dir, "node.key")
	n, err := node.Open(s.t.Context(), config, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		s.t.Fatal(err)
	}
	do(n)
	if err := n.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// broughtIn is what an import leaves in a node, but for the moments at which it did.
func (s *served) broughtIn() (all string, cases int) {
	s.t.Helper()
	s.inside(func(n *node.Node) {
		var b strings.Builder
		for _, query := range []string{
			`SELECT id || ' ' || surname || ' ' || given_names || ' ' || id_number FROM clients ORDER BY id`,
			`SELECT id || ' ' || client_id || ' ' || case_type || ' ' || opened_on || ' ' || coalesce(closed_on, '') || ' ' || coalesce(outcome, '') || ' ' || legacy_number FROM cases ORDER BY id`,
			`SELECT stream || ' ' || source_key || ' ' || local_id || ' ' || hex(content_hash) FROM import_xref ORDER BY 1`,
			`SELECT stream || ' ' || source_key || ' ' || code || ' ' || status FROM import_quarantine ORDER BY 1`,
			`SELECT status || ' ' || report FROM import_runs ORDER BY id`,
		} {
			for _, row := range listOf(s.t, n, query) {
				b.WriteString(row + "\n")
			}
		}
		all, cases = b.String(), len(listOf(s.t, n, `SELECT id FROM cases`))
	})
	return all, cases
}

// listOf reads one column.
func listOf(t *testing.T, n *node.Node, query string) []string {
	t.Helper()
	rows, err := n.DB.Query(t.Context(), query, nil)
	all, err := sqlite.Collect(rows, err, func(r *sql.Rows) (text string, err error) { return text, r.Scan(&text) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAKilledProgramImportsToTheSameEnd kills the real program in the middle of an import
// that somebody began on its pages, at points that a seed chooses and once in the import
// that was continued, and looks at what somebody finds who starts it again. It was killed
// on the way there, too: while a file arrived, and while the import was tried.
func TestAKilledProgramImportsToTheSameEnd(t *testing.T) {
	base := serveIn(t)
	base.start()
	base.setUpByPages()
	draft := base.triedAmongDeaths()

	left := base.copied()
	left.start()
	left.goes(draft, "import")
	left.holds(left.settled(draft), draft+"/try", "It is imported", strconv.Itoa(oldRows/100)+" rows that are held back")
	left.stop()
	want, cases := left.broughtIn()
	if cases != oldRows-oldRows/100 {
		t.Fatalf("an import that nobody killed made %d cases of %d rows", cases, oldRows)
	}

	const seed = 7
	chance := rand.New(rand.NewPCG(seed, 1))
	between := 0
	for _, rows := range []int{-1, 1 + chance.IntN(oldRows/3), oldRows/3 + chance.IntN(oldRows/3)} {
		s := killedIn(t, base, draft, rows)
		_, written := s.broughtIn()
		if written > 0 && written < cases {
			between++
		}
		t.Logf("killed at %d rows: %d of %d cases were written", rows, written, cases)
		s.start()
		s.holds(s.get("/imports"), "/imports", "Interrupted")
		s.holds(s.get(draft+"/try"), draft+"/try", "It was interrupted when the program ended", "Go on with it")
		s.goes(draft, "continue")
		if rows > oldRows/3 {
			again := s.killedAt(draft, rows)
			s.start()
			if again {
				s.goes(draft, "continue")
			}
		}
		s.holds(s.settled(draft), draft+"/try", "It is imported", strconv.Itoa(oldRows/100)+" rows that are held back")
		s.holds(s.get("/imports/runs/1"), "/imports/runs/1", "Every row was counted exactly once")
		s.holds(s.get("/imports/runs/1/held"), "/imports/runs/1/held", "mañana")
		s.stop()
		if got, n := s.broughtIn(); got != want {
			t.Errorf("seed %d, killed at %d rows with %d cases written: it ends with %d cases, want %d, and another content", seed, rows, written, n, cases)
		}
		if strings.Contains(s.said.String(), "Apellido") {
			t.Error("the log names a client")
		}
	}
	if between == 0 {
		t.Error("no import died between its first case and its last")
	}
}

// killedIn kills a copy of a node in its import, once so many rows are written. Where the
// import was quicker than whoever watched it, another copy is killed earlier.
func killedIn(t *testing.T, base *served, draft string, rows int) *served {
	t.Helper()
	for range 8 {
		s := base.copied()
		s.start()
		s.goes(draft, "import")
		if s.killedAt(draft, rows) {
			return s
		}
		rows /= 2
	}
	t.Fatal("every import ended before it was killed")
	return nil
}

// triedAmongDeaths prepares an import and tries it, and kills the program while the file
// arrives, while another takes its place, and while it is tried: nothing is left half done,
// and the draft goes on. It returns the address of the draft of a program that is dead.
func (s *served) triedAmongDeaths() (draft string) {
	s.t.Helper()
	s.killedBringing("/imports/new/spreadsheet")
	s.start()
	if page := s.holds(s.get("/imports/new"), "/imports/new"); strings.Contains(page.body, "/imports/drafts/") {
		s.t.Errorf("a file that did not arrive is a draft: %s", saidOn(page.body))
	}
	draft = s.prepared()
	s.killedBringing(draft + "/file")
	if found := heldIn(s.t, s.dir, "Apellido1"); found != "" {
		s.t.Errorf("%s holds the file in the clear", found)
	}
	s.start()
	s.holds(s.get(draft+"/preview"), draft+"/preview", "Nombre1", "Fecha de apertura")
	for range 8 {
		s.goes(draft, "dry")
		if s.killedAt(draft, -1) {
			break
		}
		s.start()
	}
	s.start()
	s.holds(s.get(draft), draft+"/try", "It was interrupted when the program ended", "Go on with it")
	s.goes(draft, "continue")
	s.holds(s.settled(draft), draft+"/try", "What the import will do", "Import now")
	s.kill()
	s.inside(func(n *node.Node) {
		for query, want := range map[string]int{
			`SELECT id FROM clients`: 0, `SELECT source_key FROM import_xref`: 0, `SELECT source_key FROM import_quarantine`: 0, `SELECT id FROM import_drafts`: 1,
		} {
			if got := len(listOf(s.t, n, query)); got != want {
				s.t.Errorf("%d rows of %s, want %d", got, query, want)
			}
		}
	})
	return draft
}

// killedBringing kills the program while a file arrives at an address.
func (s *served) killedBringing(path string) {
	s.t.Helper()
	content, to := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if r, err := s.bring(path, "Registro 2025.csv", content); err == nil {
			_ = r.Body.Close()
			s.t.Errorf("a file that did not arrive was answered with %s", r.Status)
		}
	}()
	file := oldRegister()
	if _, err := to.Write(file[:len(file)/2]); err != nil {
		s.t.Fatal(err)
	}
	for range 600 {
		if s.arriving() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !s.arriving() {
		s.t.Fatal("nothing of the file is on the disk")
	}
	s.kill()
	_ = to.CloseWithError(io.ErrUnexpectedEOF)
	<-ended
}

// arriving reports whether the part of a file lies among the uploads.
func (s *served) arriving() (found bool) {
	_ = filepath.WalkDir(filepath.Join(s.dir, "data", "uploads"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".part") {
			found = true
		}
		return nil
	})
	return found
}

// heldIn returns a file below a folder that holds a text in the clear.
func heldIn(t *testing.T, dir, text string) (found string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			found = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
