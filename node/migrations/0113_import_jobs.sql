-- +goose Up

-- The mappings that imports were started with from the pages, by their content.
CREATE TABLE import_mappings (
    hash TEXT NOT NULL PRIMARY KEY,                     -- as in import_runs
    text TEXT NOT NULL                                  -- the whole file; its code lists can hold words of the source
) STRICT, WITHOUT ROWID;

-- A live source that the node reads again and again by itself.
CREATE TABLE import_schedules (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    instance     TEXT    NOT NULL UNIQUE,               -- source instance, as the mapping names it
    mapping_hash TEXT    NOT NULL REFERENCES import_mappings (hash),
    every_hours  INTEGER CHECK (every_hours BETWEEN 1 AND 720), -- NULL where it is read at a time of the day
    at_minute    INTEGER CHECK (at_minute BETWEEN 0 AND 1439),  -- minutes after midnight by the office's clock; NULL where it is read every few hours
    active       INTEGER NOT NULL CHECK (active IN (0, 1)),
    actor        TEXT    NOT NULL,                      -- person whose right it needs at each start
    active_from  INTEGER NOT NULL,                      -- Unix milliseconds; since when it counts
    version      INTEGER NOT NULL DEFAULT 1,            -- counts saves; guards against lost edits
    CHECK ((every_hours IS NULL) <> (at_minute IS NULL))
) STRICT;

-- An import that runs in the background of this program, or ran. One that is 'running'
-- and that the program does not know was interrupted.
CREATE TABLE import_jobs (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    instance     TEXT    NOT NULL,
    mapping_hash TEXT    NOT NULL REFERENCES import_mappings (hash),
    upload       TEXT    NOT NULL,                      -- what is read; '' for a live source
    source_name  TEXT    NOT NULL,                      -- as the report calls it
    dry_run      INTEGER NOT NULL CHECK (dry_run IN (0, 1)),
    accept       INTEGER NOT NULL CHECK (accept IN (0, 1)),
    mends        INTEGER REFERENCES import_runs (id),   -- run whose mended rows are read; NULL for the whole source
    schedule_id  INTEGER REFERENCES import_schedules (id) ON DELETE SET NULL,
    status       TEXT    NOT NULL CHECK (status IN ('running', 'done', 'refused', 'failed', 'stopped', 'replaced')),
    run_id       INTEGER REFERENCES import_runs (id),   -- NULL for a dry run, and for one that wrote nothing
    report       TEXT    NOT NULL,                      -- JSON without values of the source; '' without one
    failure      TEXT    NOT NULL,                      -- JSON: key of a message and its values; '' for none
    actor        TEXT    NOT NULL,                      -- kind:identifier
    started_at   INTEGER NOT NULL,                      -- Unix milliseconds
    ended_at     INTEGER,                               -- NULL while running
    CHECK ((status = 'running') = (ended_at IS NULL))
) STRICT;

CREATE UNIQUE INDEX import_jobs_running ON import_jobs (instance) WHERE status = 'running';
CREATE INDEX import_jobs_schedule ON import_jobs (schedule_id, id) WHERE schedule_id IS NOT NULL;
CREATE INDEX import_jobs_run ON import_jobs (run_id) WHERE run_id IS NOT NULL;

-- What a person typed in place of cells of a row that is held back, until the row is
-- taken: personal data, JSON; with the entry that has the row.
ALTER TABLE import_quarantine ADD COLUMN mended TEXT NOT NULL DEFAULT '';
