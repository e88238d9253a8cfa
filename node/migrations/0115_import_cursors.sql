-- +goose Up

-- How far a source that changes while it is read was read, so that the next run goes on
-- there. Written with the end of a run and never before.
CREATE TABLE import_cursors (
    instance     TEXT    NOT NULL,
    table_name   TEXT    NOT NULL,                      -- as the source names it
    mapping_hash TEXT    NOT NULL,                      -- SHA-256 of the mapping file that was read by
    cursor       TEXT    NOT NULL,                      -- of the source's own; can hold a key
    swept_at     INTEGER NOT NULL,                      -- Unix milliseconds; when the whole was read last
    run_id       INTEGER NOT NULL REFERENCES import_runs (id), -- run that wrote it
    PRIMARY KEY (instance, table_name)
) STRICT, WITHOUT ROWID;
