-- +goose Up
CREATE TABLE cases (
    id            TEXT    NOT NULL PRIMARY KEY,         -- UUID
    reference     TEXT    NOT NULL UNIQUE,              -- short random code that people read out; has no gaps to read
    client_id     TEXT    NOT NULL REFERENCES clients (id),
    case_type     INTEGER NOT NULL,                     -- leaf of the code list case_types
    status        TEXT    NOT NULL CHECK (status IN ('open', 'closed')),
    opened_on     TEXT    NOT NULL,                     -- YYYY-MM-DD, the office's own day
    closed_on     TEXT,                                 -- NULL while open
    outcome       INTEGER,                              -- leaf of the code list outcomes; NULL while open
    other_party   TEXT    NOT NULL DEFAULT '',
    summary       TEXT    NOT NULL DEFAULT '',
    legacy_number TEXT    NOT NULL DEFAULT '',          -- the case's number in the system it was imported from
    legacy        TEXT    NOT NULL DEFAULT '',          -- JSON object of source columns that no field took; '' when none
    created_at    INTEGER NOT NULL,                     -- Unix milliseconds
    updated_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,           -- counts saves; guards against lost edits
    CHECK ((status = 'closed') = (closed_on IS NOT NULL)),
    CHECK ((status = 'closed') = (outcome IS NOT NULL)),
    CHECK (closed_on IS NULL OR closed_on >= opened_on)
) STRICT;

CREATE INDEX cases_client ON cases (client_id);
CREATE INDEX cases_opened ON cases (opened_on DESC, id);
CREATE INDEX cases_updated ON cases (updated_at DESC, id);
CREATE INDEX cases_type ON cases (case_type, opened_on);

-- The rowid of cases_fts is the rowid of cases.
CREATE VIRTUAL TABLE cases_fts USING fts5 (
    reference, legacy_number, other_party,
    content = 'cases', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);

-- +goose StatementBegin
CREATE TRIGGER cases_fts_insert AFTER INSERT ON cases
BEGIN
    INSERT INTO cases_fts (rowid, reference, legacy_number, other_party)
    VALUES (new.rowid, new.reference, new.legacy_number, new.other_party);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER cases_fts_update AFTER UPDATE OF reference, legacy_number, other_party ON cases
BEGIN
    INSERT INTO cases_fts (cases_fts, rowid, reference, legacy_number, other_party)
    VALUES ('delete', old.rowid, old.reference, old.legacy_number, old.other_party);
    INSERT INTO cases_fts (rowid, reference, legacy_number, other_party)
    VALUES (new.rowid, new.reference, new.legacy_number, new.other_party);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER cases_fts_delete AFTER DELETE ON cases
BEGIN
    INSERT INTO cases_fts (cases_fts, rowid, reference, legacy_number, other_party)
    VALUES ('delete', old.rowid, old.reference, old.legacy_number, old.other_party);
END;
-- +goose StatementEnd
