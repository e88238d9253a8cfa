package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/node/imports"
)

// draftOf runs discover on a file and checks that the draft can be read.
func draftOf(t *testing.T, path string, flags ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if status := run(t.Context(), append(append([]string{"discover"}, flags...), path), &out, &errs); status != 0 {
		t.Fatalf("status %d: %s", status, &errs)
	}
	if _, err := imports.SourceSettings(out.Bytes()); err != nil {
		t.Fatalf("%v in\n%s", err, &out)
	}
	return out.String()
}

// TestDraftsOfFilesWithoutRows: somebody tries the template of a register before
// anything is in it.
func TestDraftsOfFilesWithoutRows(t *testing.T) {
	header := tongues["es"].header
	for _, c := range []struct{ file, text string }{
		{"empty.csv", strings.Join(header[:], ";") + "\r\n"},
		{"nothing closed.csv", "Nº;Apellidos;Fecha de apertura;Fecha de cierre\r\n1;Paz;02/01/2024;\r\n2;Peña;13/01/2024;\r\n"},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if draft := draftOf(t, path); !strings.Contains(draft, "surname: Apellidos") || !strings.Contains(draft, "closed_on: Fecha de cierre") {
				t.Errorf("%s", draft)
			}
		})
	}
}

// TestADraftFindsThePeopleOfCasesInTheirTable: where a column of the cases has the keys of
// people, these are the clients, and no other is made up for each case. Lawyers are none.
func TestADraftFindsThePeopleOfCasesInTheirTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("-- MySQL dump 10.13\nCREATE TABLE `personas` (`id` int NOT NULL, `apellidos` varchar(40), `nombres` varchar(40), `telefono` varchar(20), PRIMARY KEY (`id`));\n" +
		"CREATE TABLE `abogados` (`id` int NOT NULL, `apellidos` varchar(40), `nombres` varchar(40), PRIMARY KEY (`id`));\nINSERT INTO `abogados` VALUES (1,'Abogada1','Eva'),(2,'Abogada2','Ida');\n" +
		"CREATE TABLE `registro` (`nro` int NOT NULL, `abogado` int, `persona` int, `tipo_caso` varchar(20), `fecha_apertura` date, PRIMARY KEY (`nro`), CONSTRAINT `a` FOREIGN KEY (`abogado`) REFERENCES `abogados` (`id`), CONSTRAINT `p` FOREIGN KEY (`persona`) REFERENCES `personas` (`id`));\n")
	for i := range 12 {
		fmt.Fprintf(&b, "INSERT INTO `personas` VALUES (%d,'Persona%d','Ana','7123450%d');\nINSERT INTO `registro` VALUES (%d,1,%d,'Alimentos','2024-03-%02d');\n", 100+i, i, i, i+1, 100+i/2, i+1)
	}
	b.WriteString("-- Dump completed on 2024-04-01 10:00:00\n")
	o := newOffice(t)
	path := o.file("base.sql", b.String())
	draft := draftOf(t, path, "--type", "sqldump")
	if !strings.Contains(draft, "client: {ref: {stream: client, columns: [persona]}}") || strings.Contains(draft, "client-2") || !strings.Contains(draft, "The table abogados: 3 columns, nothing guessed") || strings.Contains(draft, "kept as it is: persona") {
		t.Fatalf("the draft makes up clients:\n%s", draft)
	}
	decided := strings.NewReplacer("TODO one short name for this one source, as cape-town-register", "lpz", "currency: TODO", "currency: BOB", "locale: TODO", "locale: es-BO", `"Alimentos": TODO`, `"Alimentos": 1303`).Replace(draft)
	status, out, errs := o.run("--mapping", o.file("m.yaml", decided), path)
	if status != 0 || !strings.Contains(out, "balanced: true") {
		t.Fatalf("status %d\n%s%s\n%s", status, out, errs, decided)
	}
	if got := strings.Join(o.lines("", `SELECT '' || count(DISTINCT client_id) || ' of ' || count(*) FROM cases WHERE @instance = ''`), ""); got != "6 of 12" {
		t.Errorf("the cases are of %s people", got)
	}
}
