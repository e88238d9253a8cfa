-- +goose Up

-- Drills: somebody restored a backup on another machine with the paper, and typed
-- the code that only a whole restore prints.
CREATE TABLE backup_drills (
    sequence    INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0), -- of the backup; each is good for one drill
    recorded_at INTEGER NOT NULL,                                  -- ms since 1970, UTC
    person_id   TEXT    NOT NULL                                   -- who recorded it
) STRICT;
