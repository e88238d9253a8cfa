-- +goose Up

-- Somebody came, was advised, and was not registered: an older register has no more
-- than what they called themselves. No client is made up for them.
CREATE TABLE visits (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID
    case_type  INTEGER NOT NULL,                        -- leaf of the code list case_types
    held_on    TEXT    NOT NULL,                        -- YYYY-MM-DD
    called     TEXT    NOT NULL DEFAULT '',             -- personal data: the name in the register, as it stands there
    office_id  TEXT    REFERENCES offices (id),         -- NULL for the organisation as a whole
    note       TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,                        -- Unix milliseconds
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL DEFAULT 1               -- counts saves; guards against lost edits
) STRICT;

CREATE INDEX visits_held ON visits (held_on DESC, id);
