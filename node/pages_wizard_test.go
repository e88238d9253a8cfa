package node

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
)

// register is what an office keeps in Spanish: eight rows, of which one has no day that
// anybody could read, and a client who came twice.
const register = "Registro de casos - Oficina de Ayacucho;;;;;;;;;\n" +
	"N°;Nombres;Apellidos;DNI;Teléfono;Fecha de apertura;Fecha de cierre;Tipo de caso;Resultado;Observaciones\n" +
	"1;María José;Ñahui Quispe;40123456;966 111 222;23/01/2025;;Alimentos;;Tiene dos hijos\n" +
	"2;José;Núñez Árbol;40123457;;05/02/2025;28/03/2025;Despido;Conciliado;\n" +
	"3;Rosa;Güemes;40123458;;14/02/2025;;Desalojo;;\n" +
	"4;María José;Ñahui Quispe;40123456;;03/03/2025;;Violencia familiar;;Marcadorsecreto\n" +
	"5;Ana;Peña;40123460;;17/03/2025;30/04/2025;Alimentos;Se retiró;\n" +
	"6;Luis;Íñiguez;40123461;;mañana;;Despido;;\n" +
	"7;Elsa;Chávez;40123462;;21/04/2025;;Cosa rara;;\n" +
	"8;Inés;Yáñez;40123463;;30/04/2025;;Alimentos;;\n"

// latin1 returns a text as an old program writes it.
func latin1(t *testing.T, s string) []byte {
	t.Helper()
	var b []byte
	for _, r := range s {
		if r > 0xff {
			t.Fatalf("%q is not in the encoding", r)
		}
		b = append(b, byte(r))
	}
	return b
}

// openSheet opens spreadsheets alone.
func openSheet(_ context.Context, m *imports.Mapping, at place.Place) (adapters.Source, error) {
	var s spreadsheet.Settings
	if err := m.DecodeSource(&s); err != nil {
		return nil, err
	}
	return spreadsheet.Open(at, s)
}

// importing is a node whose pages read spreadsheets, and its director.
func importing(t *testing.T) (*Node, *visitor) {
	t.Helper()
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Sources: openSheet})
	v := &visitor{t: t, pages: asDirector(t, n), cookies: map[string]string{}}
	v.token = tokenInput.FindStringSubmatch(v.get("/").body)[1]
	return n, v
}

// brings sends a file in a form.
func (v *visitor) brings(path, name string, content []byte, fields ...string) answer {
	v.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	err := m.WriteField("form_token", v.token)
	for i := 0; i < len(fields); i += 2 {
		err = errors.Join(err, m.WriteField(fields[i], fields[i+1]))
	}
	part, partErr := m.CreateFormFile("file", name)
	if partErr != nil {
		v.t.Fatal(partErr)
	}
	_, writeErr := part.Write(content)
	if err = errors.Join(err, writeErr, m.Close()); err != nil {
		v.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return v.send(r)
}

// form returns every input of a page with what it holds, as a browser would send it.
func form(body string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(version|table)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		all = append(all, m[1], m[2])
	}
	for _, m := range regexp.MustCompile(`<input id="[^"]*" name="([^"]*)" type="text" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		all = append(all, m[1], m[2])
	}
	for _, m := range regexp.MustCompile(`(?s)<select id="[^"]*" name="([^"]*)".*?</select>`).FindAllStringSubmatch(body, -1) {
		value := ""
		if c := regexp.MustCompile(`<option value="([^"]*)" selected`).FindStringSubmatch(m[0]); c != nil {
			value = c[1]
		} else if first := regexp.MustCompile(`<option value="([^"]*)"`).FindStringSubmatch(m[0]); first != nil {
			value = first[1]
		}
		all = append(all, m[1], value)
	}
	return all
}

// nameOf returns the name of the input whose label is a text.
func nameOf(t *testing.T, body, label string) string {
	t.Helper()
	m := regexp.MustCompile(`<label for="([^"]*)"[^>]*>` + regexp.QuoteMeta(label) + `</label>`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no input is called %q", label)
	}
	return m[1]
}

// settled waits until nothing runs from a draft, and returns its last page.
func (v *visitor) settled(path string) answer {
	v.t.Helper()
	for range 600 {
		if a := v.get(path); !strings.Contains(a.body, "<progress") {
			return a
		}
		time.Sleep(50 * time.Millisecond)
	}
	v.t.Fatal("it runs and runs")
	return answer{}
}

// prepared brings the register and goes to the last step: everything is decided.
func prepared(t *testing.T, v *visitor) (draft string) {
	t.Helper()
	at := v.follows(v.brings("/imports/new/spreadsheet", "Registro 2025.csv", latin1(t, register)), "/imports/drafts/")
	draft = strings.TrimSuffix(at, "/preview")
	page := v.get(at)
	v.says(page, http.StatusOK, "Ñahui Quispe", "Fecha de apertura", "windows-1252")
	columns := v.follows(v.post(at, append(form(page.body), "go", "on")...), draft+"/columns")
	page = v.get(columns)
	v.says(page, http.StatusOK, "966 111 222")
	sent := append(form(page.body), nameOf(t, page.body, "Column by which a client is known"), "DNI", "go", "on")
	for i := range sent {
		sent[i] = strings.TrimPrefix(sent[i], "t0-t0")
	}
	sent = append(sent, "t0-client", "DNI")
	codes := v.follows(v.post(columns, sent...), draft+"/codes")
	page = v.get(codes)
	v.says(page, http.StatusOK, "Violencia familiar", "Cosa rara")
	a := v.post(codes, append(form(page.body), "go", "on")...)
	v.says(a, http.StatusUnprocessableEntity, "Decide what this word means")
	sent = append(form(a.body), "go", "on", nameOf(t, a.body, "Cosa rara"), "others", nameOf(t, a.body, "Conciliado"), "5101", nameOf(t, a.body, "Se retiró"), "5203")
	v.follows(v.post(codes, sent...), draft+"/try")
	return draft
}

func TestARegisterIsBroughtInByPointing(t *testing.T) {
	n, v := importing(t)
	draft := prepared(t, v)
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
	page := v.settled(draft + "/try")
	v.says(page, http.StatusOK, "What the import will do", "So many rows are wrong", "Import now")
	if got := v.counted(n, "clients") + v.counted(n, "cases"); got != 0 {
		t.Errorf("a trial wrote %d records", got)
	}
	v.says(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "import"), http.StatusConflict, "Tick the box above the button first", "What the import will do")
	if got := v.counted(n, "clients") + v.counted(n, "cases"); got != 0 {
		t.Errorf("an import of which nobody said that they looked wrote %d records", got)
	}
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "import", "accept", "yes"), draft+"/try")
	page = v.settled(draft + "/try")
	if !strings.Contains(page.body, "It is imported") {
		t.Fatal(regexp.MustCompile(`(?s)<main.*</main>`).FindString(page.body))
	}
	v.says(page, http.StatusOK, "/imports/runs/1", "2 rows that are held back")
	if clients, cases := v.counted(n, "clients"), v.counted(n, "cases"); clients != 5 || cases != 6 {
		t.Errorf("%d clients and %d cases, want 5 and 6", clients, cases)
	}
	v.says(v.get("/clients"), http.StatusOK, "Ñahui Quispe")
	yaml := v.get(draft + "/yaml")
	v.says(yaml, http.StatusOK, "mapping: registro-2025/", "Alimentos")
}

// counted returns how many rows a table has.
func (v *visitor) counted(n *Node, table string) (count int) {
	v.t.Helper()
	if err := n.DB.QueryRow(v.t.Context(), `SELECT count(*) FROM `+table, nil).Scan(&count); err != nil {
		v.t.Fatal(err)
	}
	return count
}

// versionOf returns the version of a draft as its page sends it.
func versionOf(t *testing.T, v *visitor, draft string) string {
	t.Helper()
	m := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(v.get(draft + "/try").body)
	if m == nil {
		t.Fatal("the page has no version")
	}
	return m[1]
}

// The bytes of a file that was brought stand nowhere in the clear, and are gone with
// the draft.
func TestAnUploadLiesNowhereInTheClear(t *testing.T) {
	n, v := importing(t)
	draft := prepared(t, v)
	if found := marked(t, n.config.Data, "Marcadorsecreto"); found != "" {
		t.Errorf("%s holds the file in the clear", found)
	}
	files := 0
	count := func() {
		files = 0
		_ = filepath.WalkDir(filepath.Join(n.config.Data, uploadsName), func(_ string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files++
			}
			return err
		})
	}
	if count(); files != 1 {
		t.Errorf("%d sealed files, want 1", files)
	}
	v.follows(v.post(draft+"/discard"), "/imports/new")
	if count(); files != 0 {
		t.Errorf("%d sealed files are left", files)
	}
	v.says(v.get(draft+"/try"), http.StatusNotFound)
}

// marked returns a file below a folder that holds a text.
func marked(t *testing.T, dir, text string) (found string) {
	t.Helper()
	looked := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		looked++
		if bytes.Contains(b, []byte(text)) {
			found = path
		}
		return err
	})
	if err != nil || looked < 4 {
		t.Fatalf("looked into %d files, %v", looked, err)
	}
	return found
}

func TestADraftIsForItsOwnerAlone(t *testing.T) {
	n, v := importing(t)
	draft := prepared(t, v)
	accesstest.Hire(t, n.DB, "thandi", "")
	accesstest.Appoint(t, n.DB, "thandi", "director", "")
	other := browserOf(t, n, "thandi")
	for _, page := range []string{"", "/preview", "/columns", "/codes", "/mapping", "/try", "/yaml"} {
		other.says(other.get(draft+page), http.StatusNotFound)
	}
	for _, page := range []string{"/preview", "/columns", "/codes", "/mapping", "/try", "/discard"} {
		other.says(other.post(draft+page, "version", "1", "go", "dry"), http.StatusNotFound)
	}
	other.says(other.brings(draft+"/file", "x.csv", []byte("a;b\n1;2\n")), http.StatusNotFound)
	other.silent(other.get("/imports/new"), "Registro 2025")
}

func TestABrokenFileSaysWhatToDo(t *testing.T) {
	_, v := importing(t)
	at := v.follows(v.brings("/imports/new/spreadsheet", "book.xlsx", []byte("PK\x03\x04 this is no workbook")), "/imports/drafts/")
	v.says(v.get(at), http.StatusOK, "This cannot be read", "Put this file in its place")
	v.follows(v.brings(strings.TrimSuffix(at, "/preview")+"/file", "book.csv", []byte("Name;Date\nAna;2026-01-02\n")), at)
	v.says(v.get(at), http.StatusOK, "Ana")
	v.says(v.brings("/imports/new/spreadsheet", "empty.csv", nil), http.StatusUnprocessableEntity, "This file is empty")
	v.says(v.get("/imports/new/none"), http.StatusNotFound)
}

// A shipped mapping is used as it is, under a name of its own, and can be written on.
func TestAReadyMappingIsUsed(t *testing.T) {
	n, v := importing(t)
	file := []byte("Registro\n\n\nNo.;Client;;Contact;Date;;Problem;Amount;Remarks\n;Name & Surname;ID no;Tel;In;Out;;Recovered;\n" +
		"1;DLAMINI, Thandi;;;12/02/2025;;Eviction;;\n2;NKOSI, Sipho;;;13/02/2025;;UIF;;\n3;MOLEFE, Ann;;;14/02/2025;;UIF;;\n")
	at := v.follows(v.brings("/imports/new/spreadsheet", "walkin.csv", file, "start", "walk-in-register"), "/imports/drafts/")
	draft := strings.TrimSuffix(at, "/preview")
	v.follows(v.post(at, "version", "1", "go", "on"), draft+"/mapping")
	page := v.get(draft + "/mapping")
	v.says(page, http.StatusOK, "It makes:", "Amount recovered")
	b, _ := imports.Shipped("walk-in-register")
	v.says(v.post(draft+"/mapping", "version", "2", "instance", "Kliptown", "text", strings.Replace(string(b), "to: client", "to: nobody", 1)), http.StatusUnprocessableEntity, "Line")
	v.follows(v.post(draft+"/mapping", "version", "2", "instance", "Kliptown", "text", string(b)), draft+"/try")
	v.follows(v.post(draft+"/try", "version", "3", "go", "dry"), draft+"/try")
	v.says(v.settled(draft+"/try"), http.StatusOK, "Import now")
	v.follows(v.post(draft+"/try", "version", "4", "go", "import"), draft+"/try")
	v.says(v.settled(draft+"/try"), http.StatusOK, "It is imported")
	if got := v.counted(n, "cases"); got != 3 {
		t.Errorf("%d cases, want 3", got)
	}
	v.says(v.get(draft+"/yaml"), http.StatusOK, "instance: kliptown")
}

// An import that ended with the program says so on its page, and goes on to the same
// end.
func TestAnImportThatWasInterruptedGoesOn(t *testing.T) {
	reading := make(chan struct{}, 1)
	c := Config{Data: t.TempDir(), Timezone: "UTC", Sources: openSheet}
	n := openNode(t, c)
	v := &visitor{t: t, pages: asDirector(t, n), cookies: map[string]string{}}
	v.token = tokenInput.FindStringSubmatch(v.get("/").body)[1]
	draft := prepared(t, v)
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
	v.settled(draft + "/try")
	version := versionOf(t, v, draft)
	v.says(v.post(draft+"/columns", append(form(v.get(draft+"/columns").body), "go", "stay")...), http.StatusSeeOther)
	v.says(v.post(draft+"/try", "version", version, "go", "import", "accept", "yes"), http.StatusConflict, "has changed since")

	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	c.Sources = func(ctx context.Context, m *imports.Mapping, at place.Place) (adapters.Source, error) {
		src, err := openSheet(ctx, m, at)
		return stuck{src, reading}, err
	}
	n = openNode(t, c)
	v.returns(n)
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
	<-reading
	a := v.get(draft + "/try")
	v.says(a, http.StatusOK, "Trying: nothing is written", "<progress")
	if a := v.post(draft + "/discard"); a.status != http.StatusConflict {
		t.Errorf("a draft that runs was thrown away: status %d", a.status)
	}
	if a := v.brings(draft+"/file", "Registro 2025.csv", latin1(t, register)); a.status != http.StatusConflict {
		t.Errorf("the file of a draft that runs was replaced: status %d", a.status)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}

	c.Sources = openSheet
	n = openNode(t, c)
	v.returns(n)
	v.says(v.get(draft+"/try"), http.StatusOK, "It was interrupted when the program ended")
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "continue"), draft+"/try")
	v.says(v.settled(draft+"/try"), http.StatusOK, "Import now")
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "import", "accept", "yes"), draft+"/try")
	v.says(v.settled(draft+"/try"), http.StatusOK, "It is imported")
	if clients, cases := v.counted(n, "clients"), v.counted(n, "cases"); clients != 5 || cases != 6 {
		t.Errorf("%d clients and %d cases, want 5 and 6", clients, cases)
	}
}

// returns goes on with the session at a node that was opened again.
func (v *visitor) returns(n *Node) {
	v.t.Helper()
	site, err := n.site()
	if err != nil {
		v.t.Fatal(err)
	}
	pages := v.pages.(signedIn)
	pages.Handler, pages.site = n.People.Recognise(site), site
	v.pages = pages
	v.token = tokenInput.FindStringSubmatch(v.get("/").body)[1]
}

// stuck is a source that never comes to its end.
type stuck struct {
	adapters.Source
	reading chan<- struct{}
}

// Read tells that it began, and waits for its end.
func (s stuck) Read(ctx context.Context, _ string, _ adapters.Cursor, _ func(adapters.Record) error, _ func(adapters.Cursor) error) error {
	select {
	case s.reading <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return ctx.Err()
}

// What nobody has used for 30 days is gone, with its file; what was used stays.
func TestADraftGoesAfterThirtyDays(t *testing.T) {
	n, v := importing(t)
	old, kept := prepared(t, v), prepared(t, v)
	w := walker{v, n, nil}
	w.sets(`UPDATE import_drafts SET used_at = used_at - 31 * 86400000 WHERE id = '` + strings.TrimPrefix(old, "/imports/drafts/") + `'`)
	if err := n.Wizard.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.says(v.get(old+"/try"), http.StatusNotFound)
	v.says(v.get(kept+"/try"), http.StatusOK)
	// A file that is gone, as after a restore, is asked for again.
	if err := os.RemoveAll(filepath.Join(n.config.Data, uploadsName)); err != nil {
		t.Fatal(err)
	}
	v.says(v.brings(kept+"/file", "Registro 2025.csv", latin1(t, register)), http.StatusSeeOther)
	v.says(v.get(kept+"/preview"), http.StatusOK, "Ñahui")
}

// What somebody decided in one window is not lost to another one.
func TestTwoWindowsDoNotOverwriteEachOther(t *testing.T) {
	_, v := importing(t)
	at := v.follows(v.brings("/imports/new/spreadsheet", "Registro 2025.csv", latin1(t, register)), "/imports/drafts/")
	draft := strings.TrimSuffix(at, "/preview")
	v.follows(v.post(at, append(form(v.get(at).body), "go", "on")...), draft+"/columns")
	first := v.get(draft + "/columns").body
	one := append(form(first), nameOf(t, first, "Observaciones"), "leave-out", "go", "stay")
	v.follows(v.post(draft+"/columns", one...), draft+"/columns")
	two := append(form(first), nameOf(t, first, "Observaciones"), "case.summary", "go", "stay")
	a := v.post(draft+"/columns", two...)
	v.says(a, http.StatusConflict, "Somebody saved this import meanwhile")
	if got := v.get(draft + "/columns").body; !regexp.MustCompile(`(?s)Observaciones</label>.*?value="leave-out" selected`).MatchString(got) {
		t.Error("what was saved first is gone")
	}
}

// What is missing on a step is named at its top, each with a way to where it is given, also
// where no input stands beside it: a page of columns can be very long.
func TestWhatIsMissingIsNamedAtTheTop(t *testing.T) {
	_, v := importing(t)
	at := v.follows(v.brings("/imports/new/spreadsheet", "a.csv", []byte("No;A;B;C\n1;x;y;3\n2;z;w;4\n")), "/imports/drafts/")
	draft := strings.TrimSuffix(at, "/preview")
	v.follows(v.post(at, append(form(v.get(at).body), "go", "on")...), draft+"/columns")
	sent := func(pairs ...string) answer {
		return v.post(draft+"/columns", append(append(form(v.get(draft+"/columns").body), "go", "on"), pairs...)...)
	}
	leads := func(a answer, id, text string) {
		t.Helper()
		v.says(a, http.StatusUnprocessableEntity, `<a href="#`+id+`" class="anywhere">`+text+`</a>`, `id="`+id+`"`)
	}
	all := []string{"t0-c0", "keep", "t0-c1", "keep", "t0-c2", "keep", "t0-c3", "keep", "date_order", "dmy", "decimal", "point", "currency", "ZAR"}
	leads(sent(all...), "t0-c0", "No column was chosen to be anything yet")
	leads(sent(append(all, "t0-c1", "client.notes")...), "t0-nameless", "Name of the client")
	leads(sent(append(all, "t0-c1", "client.surname", "t0-c2", "client.surname")...), "t0-c2", "Surname, or the whole name")
	leads(sent(append(all, "t0-c1", "recovery.amount", "decimal", "")...), "about-decimal", "What stands before the cents?")
	leads(sent(append(all, "t0-c1", "recovery.amount")...), "t0-t0-fix-recovery.case", "Number of its case, which is here already")
	leads(sent(append(all, "t0-c1", "case.summary", "t0-nameless", "yes")...), "t0-t0-fix-case.opened_on", "Day it was opened")
}
