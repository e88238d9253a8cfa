-- +goose Up

-- A month's files of which some were drawn to be checked with their clients.
CREATE TABLE quality_samples (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID
    month      INTEGER NOT NULL UNIQUE,                 -- YYYYMM in which the files were captured
    seed       TEXT    NOT NULL,                        -- 64 hexadecimal digits: anybody can draw the same files again
    files      INTEGER NOT NULL CHECK (files >= 0),     -- captured in the month
    size       INTEGER NOT NULL CHECK (size BETWEEN 1 AND 200), -- asked for
    drawn_by   TEXT    NOT NULL,                        -- kind:identifier
    drawn_at   INTEGER NOT NULL                         -- Unix milliseconds
) STRICT;

-- One drawn file, and what the client said of it. Which field was wrong stays here.
CREATE TABLE quality_checks (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID
    sample_id  TEXT    NOT NULL REFERENCES quality_samples (id),
    case_id    TEXT    NOT NULL REFERENCES cases (id),
    result     INTEGER,                                 -- leaf of the code list quality_results; NULL not yet checked
    checked_on TEXT,                                    -- YYYY-MM-DD; NULL with result
    wrong      TEXT    NOT NULL DEFAULT '',             -- the fields with an error, with spaces between
    note       TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,                        -- Unix milliseconds
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL DEFAULT 1,              -- counts saves; guards against lost edits
    UNIQUE (sample_id, case_id),
    CHECK ((result IS NULL) = (checked_on IS NULL))
) STRICT;

CREATE INDEX quality_checks_case ON quality_checks (case_id);

-- +goose StatementBegin
CREATE TRIGGER quality_checks_touch_insert AFTER INSERT ON quality_checks
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('quality_checks', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER quality_checks_touch_update AFTER UPDATE OF case_id, result, checked_on ON quality_checks
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('quality_checks', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER quality_checks_touch_delete AFTER DELETE ON quality_checks
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('quality_checks', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
