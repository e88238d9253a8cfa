-- +goose Up

-- More kinds of records come with imports.
CREATE TABLE import_xref_new (
    instance     TEXT    NOT NULL,
    stream       TEXT    NOT NULL,                      -- as the mapping names it
    source_key   TEXT    NOT NULL,                      -- key columns, or a hash of the content with its ordinal
    entity       TEXT    NOT NULL CHECK (entity IN ('client', 'case', 'referral', 'recovery', 'consultation', 'visit', 'service', 'turn_away',
        'activity', 'complaint', 'survey', 'answer', 'document')),
    local_id     TEXT    NOT NULL,                      -- follows from instance, stream and key
    content_hash BLOB    NOT NULL,                      -- SHA-256 of the values last imported
    field_hashes BLOB    NOT NULL,                      -- 8 bytes a field of the values last imported, for the three-way rule
    mapping      TEXT    NOT NULL,                      -- name/version that wrote it last
    version      INTEGER NOT NULL DEFAULT 1,            -- of the record when an import wrote it last
    first_run    INTEGER NOT NULL REFERENCES import_runs (id),
    last_run     INTEGER NOT NULL REFERENCES import_runs (id), -- run that wrote it last
    gone_run     INTEGER REFERENCES import_runs (id),   -- run that did not find it any more; NULL while it is there
    PRIMARY KEY (instance, stream, source_key)
) STRICT, WITHOUT ROWID;

INSERT INTO import_xref_new (instance, stream, source_key, entity, local_id, content_hash, field_hashes, mapping, first_run, last_run, gone_run)
SELECT instance, stream, source_key, entity, local_id, content_hash, field_hashes, mapping, first_run, last_run, gone_run
FROM import_xref;
DROP TABLE import_xref;
ALTER TABLE import_xref_new RENAME TO import_xref;

-- What could not be taken as it was. Severity 'error' held the record back;
-- 'warning' took the record without the field; 'info' is for a person to look at.
CREATE TABLE import_quarantine_new (
    instance     TEXT    NOT NULL,
    stream       TEXT    NOT NULL,
    source_key   TEXT    NOT NULL,                      -- as in import_xref; the content where no key could be made
    field        TEXT    NOT NULL,                      -- of the mapping; '' for the whole record
    code         TEXT    NOT NULL,                      -- of the closed list in adapters
    severity     TEXT    NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
    file         TEXT    NOT NULL,
    sheet        TEXT    NOT NULL,
    row_number   INTEGER NOT NULL,                      -- 1 is the first line; 0 unknown
    source_column TEXT   NOT NULL,
    raw_excerpt  TEXT    NOT NULL,                      -- personal data; at most 200 characters of the value
    source_row   TEXT    NOT NULL DEFAULT '',           -- personal data; the whole row as JSON, with one entry of those about it; '' with the others
    status       TEXT    NOT NULL CHECK (status IN ('open', 'resolved')),
    first_run    INTEGER NOT NULL REFERENCES import_runs (id),
    last_run     INTEGER NOT NULL REFERENCES import_runs (id),
    PRIMARY KEY (instance, stream, source_key, field, code)
) STRICT, WITHOUT ROWID;

INSERT INTO import_quarantine_new (instance, stream, source_key, field, code, severity, file, sheet, row_number, source_column, raw_excerpt, status, first_run, last_run)
SELECT instance, stream, source_key, field, code, severity, file, sheet, row_number, source_column, raw_excerpt, status, first_run, last_run
FROM import_quarantine;
DROP TABLE import_quarantine;
ALTER TABLE import_quarantine_new RENAME TO import_quarantine;

CREATE INDEX import_quarantine_open ON import_quarantine (instance, stream, source_key) WHERE status = 'open';

-- A run that was taken back.
ALTER TABLE import_runs ADD COLUMN undone_at INTEGER;   -- Unix milliseconds; NULL while it counts

-- What a run changed, as it was before: for taking the run back.
CREATE TABLE import_before (
    run_id     INTEGER NOT NULL REFERENCES import_runs (id),
    stream     TEXT    NOT NULL,
    source_key TEXT    NOT NULL,
    local_id   TEXT    NOT NULL,
    version    INTEGER NOT NULL,                        -- of the record before the run; 0 where it was not there
    before     TEXT    NOT NULL,                        -- personal data: the fields as JSON; '' where only the cross-reference changed
    xref       TEXT    NOT NULL,                        -- the cross-reference as it was, as JSON
    PRIMARY KEY (run_id, stream, source_key)
) STRICT, WITHOUT ROWID;
