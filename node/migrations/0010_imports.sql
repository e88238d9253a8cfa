-- +goose Up

-- One attempt to bring a file or another source into this node. A run that was
-- interrupted stays 'running', and the next one with the same source and
-- mapping goes on with it.
CREATE TABLE import_runs (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    instance     TEXT    NOT NULL,                      -- source instance, as the mapping names it
    mapping      TEXT    NOT NULL,                      -- name/version
    mapping_hash TEXT    NOT NULL,                      -- SHA-256 of the mapping file
    source_name  TEXT    NOT NULL,                      -- file name without its folder; '' for a live source
    source_hash  TEXT    NOT NULL,                      -- SHA-256 of the content; '' for a live source
    status       TEXT    NOT NULL CHECK (status IN ('running', 'done', 'abandoned')),
    actor        TEXT    NOT NULL,                      -- kind:identifier
    started_at   INTEGER NOT NULL,                      -- Unix milliseconds
    finished_at  INTEGER,                               -- NULL while running
    report       TEXT    NOT NULL DEFAULT '',           -- JSON without values of the source; '' while running
    CHECK ((status = 'running') = (finished_at IS NULL))
) STRICT;

CREATE UNIQUE INDEX import_runs_running ON import_runs (instance) WHERE status = 'running';

-- Which record of a source became which record of this node.
CREATE TABLE import_xref (
    instance     TEXT    NOT NULL,
    stream       TEXT    NOT NULL,                      -- as the mapping names it
    source_key   TEXT    NOT NULL,                      -- key columns, or a hash of the content with its ordinal
    entity       TEXT    NOT NULL CHECK (entity IN ('client', 'case', 'referral', 'recovery')),
    local_id     TEXT    NOT NULL,                      -- UUIDv5 of instance, stream and key
    content_hash BLOB    NOT NULL,                      -- SHA-256 of the values last imported
    field_hashes BLOB    NOT NULL,                      -- 8 bytes a field of the values last imported, for the three-way rule
    mapping      TEXT    NOT NULL,                      -- name/version that wrote it last
    first_run    INTEGER NOT NULL REFERENCES import_runs (id),
    last_run     INTEGER NOT NULL REFERENCES import_runs (id), -- run that wrote it last
    gone_run     INTEGER REFERENCES import_runs (id),   -- run that did not find it any more; NULL while it is there
    PRIMARY KEY (instance, stream, source_key)
) STRICT, WITHOUT ROWID;

-- What could not be taken as it was. Severity 'error' held the record back;
-- 'warning' took the record without the field.
CREATE TABLE import_quarantine (
    instance     TEXT    NOT NULL,
    stream       TEXT    NOT NULL,
    source_key   TEXT    NOT NULL,                      -- as in import_xref; the content where no key could be made
    field        TEXT    NOT NULL,                      -- of the mapping; '' for the whole record
    code         TEXT    NOT NULL,                      -- of the closed list in adapters
    severity     TEXT    NOT NULL CHECK (severity IN ('warning', 'error')),
    file         TEXT    NOT NULL,
    sheet        TEXT    NOT NULL,
    row_number   INTEGER NOT NULL,                      -- 1 is the first line; 0 unknown
    source_column TEXT   NOT NULL,
    raw_excerpt  TEXT    NOT NULL,                      -- personal data; at most 200 characters of the value
    status       TEXT    NOT NULL CHECK (status IN ('open', 'resolved')),
    first_run    INTEGER NOT NULL REFERENCES import_runs (id),
    last_run     INTEGER NOT NULL REFERENCES import_runs (id),
    PRIMARY KEY (instance, stream, source_key, field, code)
) STRICT, WITHOUT ROWID;

CREATE INDEX import_quarantine_open ON import_quarantine (instance, stream, source_key) WHERE status = 'open';
