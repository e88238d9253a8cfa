package sqldump

import (
	"slices"
	"testing"

	"casehub/adapters"
)

// Dumps of two schemas by pg_dump before version 11 name tables by the path that is set.
func TestTablesOfTwoSchemasStayApart(t *testing.T) {
	text := `--
-- PostgreSQL database dump
--
SET search_path = north, pg_catalog;
CREATE TABLE cases (
    id integer NOT NULL,
    name text
);
SET search_path = south, pg_catalog;
CREATE TABLE cases (
    id integer NOT NULL,
    title text
);
SET search_path = north, pg_catalog;
COPY cases (id, name) FROM stdin;
1\ta
2\tb
\.

SET search_path = south, pg_catalog;
COPY cases (id, title) FROM stdin;
1\tc
\.

INSERT INTO north.cases VALUES (3, 'd');
`
	s, err := opener(file(t, "two.sql", text), Settings{})()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := s.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, st := range cat.Streams {
		got[st.Name] = st.Records
		if i := slices.IndexFunc(st.Fields, func(f adapters.Field) bool { return f.Name == "title" }); i >= 0 != (st.Name == "south.cases") {
			t.Errorf("%s has %v", st.Name, st.Fields)
		}
	}
	if len(got) != 2 || got["north.cases"] != 3 || got["south.cases"] != 1 {
		t.Errorf("the tables have %v", got)
	}
}
