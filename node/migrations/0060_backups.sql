-- +goose Up
-- One row: what this node is to its backups, and when it makes them.
CREATE TABLE backup_settings (
    one       INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    backup_id TEXT    NOT NULL CHECK (length(backup_id) = 32), -- random; stands in the marker of each place
    hour      INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23)   -- of the office's day, from which on one is due
) STRICT;

-- Folders that somebody chose for backups. A store on another machine stands in
-- the settings of the program, because its key does.
CREATE TABLE backup_folders (
    id       TEXT    NOT NULL PRIMARY KEY,
    path     TEXT    NOT NULL,
    added_at INTEGER NOT NULL, -- ms since 1970, UTC
    ended_at INTEGER           -- NULL while backups go there
) STRICT;

CREATE UNIQUE INDEX backup_folders_path ON backup_folders (path) WHERE ended_at IS NULL;

CREATE TABLE backups (
    sequence    INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    place       TEXT    NOT NULL,                     -- backup_folders.id, or 's3'
    begun_at    INTEGER NOT NULL,                     -- ms since 1970, UTC
    ended_at    INTEGER,                              -- NULL while it runs, and when the program died
    size        INTEGER NOT NULL DEFAULT 0,           -- bytes at the place
    verified_at INTEGER,                              -- NULL until it was restored and compared
    failure     TEXT    NOT NULL DEFAULT '',          -- code; '' when nothing failed
    CHECK (verified_at IS NULL OR failure = '')
) STRICT;
