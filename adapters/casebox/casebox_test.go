package casebox

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
	"casehub/adapters/sqldb"
	"casehub/adapters/sqldb/mariadbtest"
	"casehub/adapters/sqldump"
	"casehub/adapters/tables/system"
)

const document0 = "%PDF-1.4 Canary"

// coreSQL is a small core in Spanish: cases below two folders, their people as
// children, thesauri, files, a task, a comment and a shortcut.
func coreSQL(cases int) string {
	sum := md5.Sum([]byte(document0))
	var tree, objects, info, log, files strings.Builder
	add := func(id, pid, template int, name, data string, more ...string) {
		status, draft := "0", "0"
		if len(more) > 0 {
			status = more[0]
		}
		if len(more) > 1 {
			draft = more[1]
		}
		fmt.Fprintf(&tree, "INSERT INTO `tree` VALUES (%d,%d,%d,0,'%s','2013-04-07 00:00:00',NULL,101,'2013-04-07 08:00:00',NULL,NULL,%s,%s,NULL,101);\n", id, pid, template, name, status, draft)
		if data != "" {
			fmt.Fprintf(&objects, "INSERT INTO `objects` VALUES (%d,'%s','{\"task_status\":2}');\n", id, strings.ReplaceAll(data, `\`, `\\`))
		}
		fmt.Fprintf(&info, "INSERT INTO `tree_info` VALUES (%d,%d);\n", id, 1000)
	}
	add(1, 0, 5, "Tree", "")
	add(2, 1, 5, "Estados", "")
	add(3, 2, 8, "abierto", `{"en":"Open","es":"Abierto"}`)
	add(4, 2, 8, "cerrado", `{"en":"Closed"}`)
	add(5, 2, 8, "otro", ``)
	for i := range cases {
		id := 1000 + i*10
		switch i % 50 {
		case 7:
			add(id, 1, 20, "Canary", `{"_title":"x"}`, "1")
		case 8:
			add(id, 1, 20, "Canary", `{"_title":"x"}`, "0", "1")
		case 9:
			add(id, 1, 20, "Canary", `{"_title":"Canary`)
		case 10:
			add(id, 1, 20, "Canary", "")
		case 11:
			add(id, 1, 20, "Canary", "[]")
		default:
			add(id, 1, 20, "Canary", fmt.Sprintf(`{"_title":"Canary %d","estado":{"value":%d,"info":"confirmado"},"tags":"3,4","abierto":"2013-04-06T22:00:00Z","ok":-1,`+
				`"tel":["1",{"value":"2","info":"madre"}],"abogado":101,"H1":{"value":null,"childs":{"seguimiento":[{"value":"Carta","info":"ayer"},{"value":"Visita"}]}},"viejo":"Mu\u00f1oz \/"}`, i, 3+i%3))
		}
		if i >= 60 {
			continue
		}
		add(id+1, id, 5, "Documentos", "")
		add(id+2, id+1, 21, "Canary", `{"nombre":"Canary","nacido":"1980-01-02"}`)
		add(id+3, id, 22, "Llamar", `{"_title":"Llamar"}`)
		add(id+4, id, 23, "atajo", "")
		add(id+5, id+1, 6, "a.pdf", "")
		fmt.Fprintf(&files, "INSERT INTO `files` VALUES (%d,%d,'2013-04-07','Canary.pdf',NULL,101,101,'2013-04-07 08:00:00',NULL);\n", id+5, 1+i%2)
		fmt.Fprintf(&log, "INSERT INTO `action_log` VALUES (%d,%d,1,101,'create','2013-04-07 08:00:00','{}');\n", i+1, id+2)
	}
	add(900001, 900002, 21, "Canary", `{"nombre":"Canary"}`) // in a circle
	add(900002, 900001, 5, "Canary", "")
	add(900003, 1, 77, "Canary", "")
	return `-- MySQL dump
CREATE TABLE tree (id bigint, pid bigint, template_id int, ` + "`system`" + ` int, name varchar(100), date datetime, date_end datetime, cid int, cdate timestamp, uid int, udate timestamp, dstatus int, draft int, target_id bigint, oid int, PRIMARY KEY (id));
CREATE TABLE objects (id bigint, data mediumtext, sys_data mediumtext, PRIMARY KEY (id));
CREATE TABLE tree_info (id bigint, case_id bigint);
CREATE TABLE templates (id int, type varchar(20), name varchar(100), l1 varchar(100));
CREATE TABLE templates_structure (id int, pid int, template_id int, name varchar(100), l1 varchar(100), type varchar(30), ` + "`order`" + ` int, cfg text);
CREATE TABLE files (id bigint, content_id bigint, date date, name varchar(250), title varchar(200), cid int, uid int, cdate timestamp, udate timestamp);
CREATE TABLE files_content (id bigint, size bigint, type varchar(100), path varchar(250), md5 varchar(100));
CREATE TABLE files_versions (id bigint, file_id bigint, content_id bigint, date date, name varchar(250), cdate timestamp);
CREATE TABLE users_groups (id int, type int, name varchar(50), first_name varchar(50), last_name varchar(50), password varchar(255));
CREATE TABLE action_log (id bigint, object_id bigint, object_pid bigint, user_id int, action_type varchar(20), action_time timestamp, data text);
CREATE TABLE config (id int, param varchar(50), value text);
INSERT INTO config VALUES (1,'default_language','es');
INSERT INTO users_groups VALUES (101,2,'a','Ana','Canary','SECRET');
INSERT INTO templates VALUES (5,'object','folder','Carpeta'),(6,'file','file_template','Archivo'),(8,'object','Thesauri Item','Item'),(20,'case','Expediente','Expediente'),(21,'object','Beneficiario','Beneficiario'),(22,'task','task','Tarea'),(23,'shortcut','shortcut','Atajo');
INSERT INTO templates_structure VALUES (1,20,20,'_title','Título','varchar',1,NULL),(2,20,20,'estado','Estado','_objects',2,'{,"source":"tree","scope":2}
'),(3,20,20,'tags','Temas','_objects',3,'{"source":"tree","multiValued":true}'),(4,20,20,'abierto','Abierto','date',4,''),(5,20,20,'ok','Sí','checkbox',5,NULL),(6,20,20,'tel','Teléfono','varchar',6,NULL),
(7,20,20,'abogado','Abogado','_objects',7,'{"source":"users"}'),(8,20,20,'H1','Historia','varchar',8,NULL),(9,8,20,'seguimiento','Seguimiento','varchar',9,NULL),(10,21,21,'nombre','Nombre','varchar',1,NULL),(11,21,21,'nacido','Nacido','date',2,NULL),(12,22,22,'_title','Tarea','varchar',1,NULL);
INSERT INTO files_content VALUES (1,15,'application/pdf','2013/04/07','` + hex.EncodeToString(sum[:]) + `s15'),(2,15,'application/pdf','../..','` + hex.EncodeToString(sum[:]) + `s15');
INSERT INTO files_versions VALUES (1,1005,1,'2012-01-01','Canary v1.pdf','2012-01-01 00:00:00');
` + tree.String() + objects.String() + info.String() + files.String() + log.String() + "-- Dump completed\n"
}

func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// filesDir is a folder of files with the document of content 1.
func filesDir(t testing.TB) string {
	path := write(t, filepath.Join("core", "2013", "04", "07", "1"), document0)
	return strings.TrimSuffix(path, filepath.Join("2013", "04", "07", "1"))
}

func opener(path string, s Settings) func() (adapters.Source, error) {
	return func() (adapters.Source, error) {
		db, err := sqldump.NewDB(place.On(path), sqldump.Settings{})
		if err != nil {
			return nil, err
		}
		return New(db, s)
	}
}

func records(t testing.TB, open func() (adapters.Source, error), stream string) (all []adapters.Record) {
	t.Helper()
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	err = src.Read(t.Context(), stream, "", func(r adapters.Record) error {
		all = append(all, r)
		return nil
	}, func(adapters.Cursor) error { return nil })
	if err != nil {
		t.Fatalf("reading %s: %v", stream, err)
	}
	return all
}

func byKey(all []adapters.Record, key string) *adapters.Record {
	i := slices.IndexFunc(all, func(r adapters.Record) bool { return r.Key == key })
	if i < 0 {
		return &adapters.Record{}
	}
	return &all[i]
}

func shown(v adapters.Value) string {
	if v.List != nil {
		var parts []string
		for _, e := range v.List {
			parts = append(parts, shown(e))
		}
		return strings.Join(parts, "|")
	}
	if v.Null {
		return "∅"
	}
	return v.Raw
}

func TestCaseboxKeepsTheContract(t *testing.T) {
	hostile := map[string]func() (adapters.Source, error){}
	deep := strings.Repeat(`{"value":`, 500) + "1" + strings.Repeat("}", 500)
	for name, data := range map[string]string{"deep": `{"a":` + deep + `}`, "list": `[1,2]`, "number": `1`, "cut": `{"a":"Canary`, "lists": strings.Repeat("[", 2000), "key": `{"":1,"id":"Canary","data":"Canary","name":{"childs":{"x":{"childs":{}}}}}`} {
		sql := coreSQL(3) + "INSERT INTO objects VALUES (1001,'" + data + "',NULL);"
		hostile[name] = opener(write(t, "core.sql", sql), Settings{})
	}
	hostile["no core"] = opener(write(t, "x.sql", "CREATE TABLE tree (id int); INSERT INTO tree VALUES (1);"), Settings{})
	dir := filesDir(t)
	at := func(at place.Place) (adapters.Source, error) {
		db, err := sqldump.NewDB(at, sqldump.Settings{})
		if err != nil {
			return nil, err
		}
		return New(db, Settings{Settings: system.Settings{FilesDir: dir}})
	}
	adaptertest.Run(t, adaptertest.Harness{File: write(t, "core.sql", coreSQL(1020)), At: at, Hostile: hostile, Canary: "Canary", Patience: 60e9})
}

func TestNodesBecomeRecords(t *testing.T) {
	open := opener(write(t, "core.sql", coreSQL(60)), Settings{Settings: system.Settings{FilesDir: filesDir(t)}})
	cases := records(t, open, "Expediente")
	if len(cases) != 60 {
		t.Fatalf("%d cases", len(cases))
	}
	r := byKey(cases, "1000")
	for column, want := range map[string]string{
		"id": "1000", "case_id": "1000", "_title": "Canary 0", "estado": "3", "estado.label": "Abierto", "estado.info": "confirmado", "tags": "3|4", "tags.label": "Abierto|Closed",
		"abierto": "2013-04-07", "ok": "false", "tel": "1|2", "abogado": "101", "abogado.label": "Ana Canary", "seguimiento": "Carta|Visita", "viejo": "Muñoz /",
		"children.Beneficiario": "1002", "author": "Ana Canary", "created": "2013-04-07T08:00:00", "data": "∅",
	} {
		if got := shown(r.Value(column)); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	if v := r.Children["values"]; len(v) != 12 || !slices.ContainsFunc(v, func(c adapters.Record) bool {
		return c.Value("field").Raw == "seguimiento" && c.Value("value").Raw == "Visita" && c.Value("parent").Raw == "H1" && c.Value("position").Raw == "2"
	}) {
		t.Errorf("%d values stand in others", len(v))
	}
	for key, want := range map[string]string{"1070": "deleted at source", "1080": "draft", "1000": ""} {
		if got := byKey(cases, key); got.Skip != want || got.Deleted != (key == "1070") {
			t.Errorf("%s is left out because %q, want %q", key, got.Skip, want)
		}
	}
	bad := byKey(cases, "1090")
	if !slices.Equal(bad.Problems, []adapters.Problem{{Code: adapters.BadJSON, Column: "data"}}) || bad.Value("data").Null || bad.Value("name").Raw != "Canary" {
		t.Errorf("values that cannot be read: %v", bad.Problems)
	}
	people := records(t, open, "Beneficiario")
	if p := byKey(people, "1002"); p.Value("case_id").Raw != "1000" || p.Value("nombre").Raw != "Canary" {
		t.Errorf("the person's case is %q", p.Value("case_id").Raw)
	}
	if p := byKey(people, "900001"); p.Key == "" || !p.Value("case_id").Null {
		t.Error("a node in a circle is lost or has a case")
	}
	if all := records(t, open, "shortcut"); len(all) != 60 || all[0].Skip == "" {
		t.Errorf("%d shortcuts", len(all))
	}
	if all := records(t, open, "without template"); len(all) != 1 {
		t.Errorf("%d nodes without template", len(all))
	}
	if all := records(t, open, "task"); all[0].Value("task_status").Raw != "2" {
		t.Errorf("the task's status is %q", all[0].Value("task_status").Raw)
	}
	if all := records(t, open, "thesauri"); len(all) != 3 || all[0].Value("folder").Raw != "Estados" || all[2].Value("label").Raw != "otro" {
		t.Errorf("thesauri: %d", len(all))
	}
	if all := records(t, open, "action_log"); all[3].Value("case_id").Raw != "1030" || all[3].Value("user").Raw != "Ana Canary" {
		t.Error("the log does not say the case")
	}
	for _, u := range records(t, open, "users") {
		if slices.Contains(u.Header.Names(), "password") {
			t.Error("passwords are read")
		}
	}
}

func TestFilesOpenBelowTheirFolderAlone(t *testing.T) {
	open := opener(write(t, "core.sql", coreSQL(2)), Settings{Settings: system.Settings{FilesDir: filesDir(t)}})
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	files := records(t, open, "files")
	first, second := byKey(files, "1005"), byKey(files, "1015")
	if first.Value("case_id").Raw != "1000" || len(first.Problems) > 0 || len(first.Children["versions"]) != 1 || first.Children["versions"][0].Documents[0].Name != "Canary v1.pdf" {
		t.Errorf("%v, %v", first, first.Problems)
	}
	r, err := src.Open(t.Context(), first.Documents[0].Blob)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	sum := md5.Sum(b)
	if err != nil || string(b) != document0 || hex.EncodeToString(sum[:]) != first.Documents[0].MD5 || first.Documents[0].Size != int64(len(b)) {
		t.Errorf("%q, %v", b, err)
	}
	if !slices.Contains(second.Problems, adapters.Problem{Code: adapters.AttachmentMissing, Column: "document"}) {
		t.Error("a document outside the folder is no problem")
	}
	for _, b := range []adapters.Blob{second.Documents[0].Blob, "../1", "/etc/passwd", "2013", "2013/04/07/2", ""} {
		if _, err := src.Open(t.Context(), b); !errors.Is(err, adapters.ErrBlob) {
			t.Errorf("%s: %v", b, err)
		}
	}
}

// A live core reads as its dump does.
func TestALiveCoreReadsAsItsDump(t *testing.T) {
	sql := coreSQL(120)
	dump := opener(write(t, "core.sql", sql), Settings{})
	t.Setenv("CASEHUB_SOURCE_CASEBOX", mariadbtest.DSN(t, strings.Replace(sql, "-- MySQL dump", "SET sql_mode = '';", 1)))
	db, err := sqldb.NewDB(sqldb.Settings{DSNEnv: "CASEHUB_SOURCE_CASEBOX"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	live := func() (adapters.Source, error) {
		return New(db, Settings{Settings: system.Settings{Type: "casebox", DSNEnv: "CASEHUB_SOURCE_CASEBOX"}})
	}
	for _, stream := range []string{"Expediente", "Beneficiario", "task", "files", "thesauri", "users", "action_log"} {
		a, b := records(t, dump, stream), records(t, live, stream)
		if len(a) == 0 || len(a) != len(b) {
			t.Errorf("%s: %d records in the dump, %d live", stream, len(a), len(b))
			continue
		}
		byHash := map[string][32]byte{}
		for _, r := range a {
			byHash[r.Key] = r.Hash
		}
		for _, r := range b {
			if byHash[r.Key] != r.Hash {
				t.Errorf("%s: record %s is not the same live", stream, r.Key)
				break
			}
		}
	}
}

func TestFixtures(t *testing.T) {
	shared := filepath.Join("..", "..", "..", "shared", "fixtures", "casebox")
	if _, err := os.Stat(shared); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	open := opener(filepath.Join(shared, "synthetic_core_v2_mysqldump_utf8.sql"), Settings{})
	count := func(stream string) (live, deleted, draft int) {
		for _, r := range records(t, open, stream) {
			switch {
			case r.Skip == "draft":
				draft++
			case r.Deleted:
				deleted++
			case r.Skip == "":
				live++
			}
		}
		return live, deleted, draft
	}
	for stream, want := range map[string][3]int{"Case": {27, 2, 1}, "Contact": {25, 0, 0}, "Consultation": {46, -1, -1}, "Comment": {17, -1, -1}, "task": {16, -1, -1}, "Referral": {7, -1, -1}, "files": {19, -1, -1}} {
		live, deleted, draft := count(stream)
		ok := live == want[0] || want[1] < 0 && live+deleted == want[0]
		if !ok || want[1] >= 0 && (deleted != want[1] || draft != want[2]) {
			t.Errorf("%s: %d live, %d deleted, %d drafts, want %v", stream, live, deleted, draft, want)
		}
	}
	versions := 0
	for _, f := range records(t, open, "files") {
		versions += len(f.Children["versions"])
	}
	if versions != 5 {
		t.Errorf("%d versions", versions)
	}
	src, err := opener(filepath.Join(shared, "cb_default_v2_empty_core.sql"), Settings{})()
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Check(t.Context()); err != nil {
		t.Errorf("an empty core: %v", err)
	}
}
