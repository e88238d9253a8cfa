-- +goose Up

-- Whose node this is. One row, from the first run on.
CREATE TABLE organisation (
    id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    name         TEXT    NOT NULL,
    language     TEXT    NOT NULL,                      -- BCP 47: of what is not for one reader
    lock_minutes INTEGER NOT NULL DEFAULT 10 CHECK (lock_minutes BETWEEN 1 AND 240), -- without a request, until a session locks
    created_at   INTEGER NOT NULL,                      -- Unix milliseconds
    version      INTEGER NOT NULL DEFAULT 1             -- counts saves; guards against lost edits
) STRICT;

CREATE TABLE regions (
    id   TEXT NOT NULL PRIMARY KEY,                     -- UUID
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE offices (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID
    name       TEXT    NOT NULL UNIQUE,
    region_id  TEXT    REFERENCES regions (id),         -- NULL: in no region
    closed     INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
    created_at INTEGER NOT NULL                         -- Unix milliseconds
) STRICT;

CREATE INDEX offices_region ON offices (region_id);

-- Staff and whoever else signs in. Somebody who left stays, for the audit.
CREATE TABLE people (
    id              TEXT    NOT NULL PRIMARY KEY,       -- UUID
    login           TEXT    NOT NULL UNIQUE,            -- small letters; never changes
    name            TEXT    NOT NULL,
    language        TEXT    NOT NULL DEFAULT '',        -- BCP 47; '' the organisation's
    office_id       TEXT    REFERENCES offices (id),    -- where the person sits: new cases begin there; NULL in none
    status          TEXT    NOT NULL CHECK (status IN ('active', 'left')),
    slot            TEXT    NOT NULL DEFAULT '',        -- key slot of the password in the vault; '' none
    temporary_until INTEGER,                            -- Unix milliseconds: a director gave the password, and it has to be changed before; NULL the person's own
    created_at      INTEGER NOT NULL,                   -- Unix milliseconds
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1          -- counts saves; guards against lost edits
) STRICT;

CREATE TABLE teams (
    id        TEXT NOT NULL PRIMARY KEY,                -- UUID
    name      TEXT NOT NULL UNIQUE,
    office_id TEXT REFERENCES offices (id)              -- NULL: across offices
) STRICT;

CREATE TABLE team_members (
    team_id   TEXT NOT NULL REFERENCES teams (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    PRIMARY KEY (team_id, person_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX team_members_person ON team_members (person_id);

-- Own roles of the organisation. The ready-made ones are in the policy.
CREATE TABLE roles (
    id      TEXT NOT NULL PRIMARY KEY,                  -- UUID
    name    TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL DEFAULT 1                  -- counts saves; guards against lost edits
) STRICT;

-- What an own role may do: one action, how far, and which field classes.
CREATE TABLE role_grants (
    role_id TEXT NOT NULL REFERENCES roles (id),
    action  TEXT NOT NULL,                              -- of the policy's closed list, "cases.read"
    reach   TEXT NOT NULL CHECK (reach IN ('own', 'team', 'office', 'region', 'organisation')),
    classes TEXT NOT NULL DEFAULT '',                   -- of contact, narrative, finance, sensitive; with spaces between
    PRIMARY KEY (role_id, action)
) STRICT, WITHOUT ROWID;

-- Who holds which role, and where: reaches count from office_id.
CREATE TABLE positions (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID
    person_id  TEXT    NOT NULL REFERENCES people (id),
    role       TEXT    NOT NULL,                        -- id of an own role, or the code of a ready-made one, "paralegal"
    office_id  TEXT    REFERENCES offices (id),         -- NULL: the person's own office
    created_at INTEGER NOT NULL                         -- Unix milliseconds
) STRICT;

CREATE UNIQUE INDEX positions_once ON positions (person_id, role, coalesce(office_id, ''));
