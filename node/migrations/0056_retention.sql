-- +goose Up

-- A restricted record waits for its erasure: it is kept because the law demands
-- it, and nobody works with it any more.
ALTER TABLE clients ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0 CHECK (restricted IN (0, 1));
ALTER TABLE cases ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0 CHECK (restricted IN (0, 1));

CREATE INDEX clients_restricted ON clients (id) WHERE restricted = 1;
CREATE INDEX cases_restricted ON cases (id, client_id) WHERE restricted = 1;

-- Somebody looks at a restricted client for a reason, for a short time.
CREATE TABLE restriction_openings (
    id        TEXT    NOT NULL PRIMARY KEY,             -- UUID
    client_id TEXT    NOT NULL REFERENCES clients (id),
    person_id TEXT    NOT NULL REFERENCES people (id),
    reason    TEXT    NOT NULL,
    begun_at  INTEGER NOT NULL,                         -- Unix milliseconds
    ends_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX restriction_openings_person ON restriction_openings (person_id, client_id, ends_at);
CREATE INDEX restriction_openings_client ON restriction_openings (client_id);

-- Years for which a closed case is kept, where they are not those of the program.
CREATE TABLE retention_rules (
    code  INTEGER NOT NULL PRIMARY KEY,                 -- leaf or category of the code list case_types; 0: a client without a case
    years INTEGER NOT NULL CHECK (years BETWEEN 1 AND 100)
) STRICT;

-- Requests to erase a client, or one case. What says whom it was about goes with
-- the erasure; that there was one stays.
CREATE TABLE erasures (
    id           TEXT    NOT NULL PRIMARY KEY,          -- UUID
    client_id    TEXT    NOT NULL,                      -- '' once erased
    case_id      TEXT    NOT NULL,                      -- '' for the whole client, and once erased
    ground       TEXT    NOT NULL CHECK (ground IN ('asked', 'due')),
    note         TEXT    NOT NULL DEFAULT '',           -- '' once erased
    asked_on     TEXT    NOT NULL,                      -- YYYY-MM-DD
    requested_by TEXT    NOT NULL,                      -- identifier of a person
    requested_at INTEGER NOT NULL,                      -- Unix milliseconds
    state        TEXT    NOT NULL CHECK (state IN ('waiting', 'taken-back', 'erased', 'done')), -- erased: the rows are gone; done: their traces too
    decided_by   TEXT    NOT NULL DEFAULT '',           -- identifier of a person; '' while it waits
    decided_at   INTEGER,                               -- NULL while it waits
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK ((state IN ('erased', 'done')) = (client_id = ''))
) STRICT;

CREATE UNIQUE INDEX erasures_waiting ON erasures (client_id, case_id) WHERE state = 'waiting';
CREATE INDEX erasures_decided ON erasures (decided_at) WHERE decided_at IS NOT NULL;

-- Keys of erased cases that still have to be destroyed.
CREATE TABLE erasure_keys (
    case_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Whether what was erased may have left bytes in the file. One row.
CREATE TABLE erasure_traces (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    since INTEGER                                       -- Unix milliseconds of the first erasure; NULL: none left
) STRICT;

INSERT INTO erasure_traces (id, since) VALUES (1, NULL);

-- Keyed hashes of what was erased, so that a restored backup is erased again.
CREATE TABLE erasure_journal (
    tag BLOB NOT NULL PRIMARY KEY CHECK (length(tag) = 32)
) STRICT, WITHOUT ROWID;
