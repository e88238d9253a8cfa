-- +goose Up

-- A record of a source can be a record that was there before: then the run that met it
-- made nothing, and taking that run back removes nothing.
ALTER TABLE import_xref ADD COLUMN linked INTEGER NOT NULL DEFAULT 0; -- 1 where the run that met the record found it here

CREATE INDEX import_xref_linked ON import_xref (local_id) WHERE linked = 1;

-- Other keys by which a source knows a record.
CREATE TABLE import_alt (
    instance   TEXT NOT NULL,
    stream     TEXT NOT NULL,
    alt_key    TEXT NOT NULL,
    source_key TEXT NOT NULL,                           -- as in import_xref
    PRIMARY KEY (instance, stream, alt_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX import_alt_key ON import_alt (instance, stream, source_key);

-- +goose StatementBegin
CREATE TRIGGER import_xref_alt_delete AFTER DELETE ON import_xref
BEGIN
    DELETE FROM import_alt WHERE instance = old.instance AND stream = old.stream AND source_key = old.source_key;
END;
-- +goose StatementEnd

-- Two clients who may be one person. An import finds them, a person decides.
CREATE TABLE client_pairs (
    first_id   TEXT    NOT NULL,                        -- the client who was there; of clients, while both are there
    second_id  TEXT    NOT NULL,                        -- the client who came
    alike_in   TEXT    NOT NULL,                        -- fields in which they are alike, with spaces between
    found_run  INTEGER NOT NULL,                        -- of import_runs
    found_at   INTEGER NOT NULL,                        -- Unix milliseconds
    decided_id TEXT,                                    -- person who said that they are two people; NULL while open
    decided_at INTEGER,                                 -- Unix milliseconds
    PRIMARY KEY (first_id, second_id),
    CHECK (first_id <> second_id),
    CHECK ((decided_id IS NULL) = (decided_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX client_pairs_second ON client_pairs (second_id);

-- +goose StatementBegin
CREATE TRIGGER client_pairs_delete AFTER DELETE ON clients
BEGIN
    DELETE FROM client_pairs WHERE first_id = old.id;
    DELETE FROM client_pairs WHERE second_id = old.id;
END;
-- +goose StatementEnd
