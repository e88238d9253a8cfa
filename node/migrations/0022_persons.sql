-- +goose Up

-- Which records of clients are of one person, as far as the office can tell: a
-- group counts people (rule D2). The ledger works it out anew whenever it reads
-- the office's records (node/ledger/persons.go), so that the table only follows
-- and is never edited. It takes the place of a view that could join records by
-- one attribute alone.
DROP VIEW ledger_persons;

CREATE TABLE ledger_persons (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    person    TEXT NOT NULL                             -- the lowest client_id of the person's records; 'import' for imported ones that could be anybody
) STRICT;
