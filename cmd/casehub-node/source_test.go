package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASourceIsOpenedWithWhatItNeeds(t *testing.T) {
	o := newOffice(t)
	live := o.file("kobo.yaml", "mapping: kobo/1\ninstance: x\nsource: {type: kobo, url: https://kf.example.org, token_env: CASEHUB_SOURCE_KOBO, assets: {a: b}}\n"+
		"streams:\n  client:\n    to: client\n    key: _id\n    fields: {surname: s}\n")
	file := o.file("visits.yaml", visitMapping)
	if status, said, errs := o.run("--mapping", live, o.file("march.csv", "a\n")); status != 2 || !strings.Contains(errs, "kobo") || !strings.Contains(errs, "takes no file") {
		t.Errorf("a server with a file: status %d\n%s%s", status, said, errs)
	}
	if status, said, errs := o.run("--mapping", file); status != 2 || !strings.Contains(errs, "is a file, and none was given") {
		t.Errorf("a file without one: status %d\n%s%s", status, said, errs)
	}
	thief := o.file("thief.yaml", strings.Replace(read(t, live), "token_env: CASEHUB_SOURCE_KOBO", "token_file: '"+filepath.Join(o.dir, "data", "node.db")+"'", 1))
	if status, said, errs := o.run("--mapping", thief); status != 1 || !strings.Contains(errs, "token_file names files of this program itself") {
		t.Errorf("a stranger's mapping: status %d\n%s%s", status, said, errs)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
