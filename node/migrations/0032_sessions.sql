-- +goose Up

-- Who is signed in, and where. The token itself is in the browser's cookie
-- alone.
CREATE TABLE sessions (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID; names the session in a list
    token      BLOB    NOT NULL UNIQUE CHECK (length(token) = 32), -- SHA-256 of the token
    person_id  TEXT    NOT NULL REFERENCES people (id),
    stage      TEXT    NOT NULL CHECK (stage IN ('factor', 'full')), -- factor: the password was right, the second factor is awaited
    tries      INTEGER NOT NULL DEFAULT 0,              -- second factors that were wrong
    locked     INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
    source     TEXT    NOT NULL DEFAULT '',             -- network address that it began from
    device     TEXT    NOT NULL DEFAULT '',             -- browser and system, "Firefox, Windows"
    created_at INTEGER NOT NULL,                        -- Unix milliseconds
    seen_at    INTEGER NOT NULL,                        -- of the newest request, within some seconds
    ends_at    INTEGER NOT NULL                         -- whatever happens in it
) STRICT;

CREATE INDEX sessions_person ON sessions (person_id);

-- Key slots that nobody may use any more and that the vault still has to lose:
-- written with the change that makes them so, removed after it.
CREATE TABLE dead_slots (
    slot TEXT NOT NULL PRIMARY KEY
) STRICT;

-- Roles whose holders need a second factor.
CREATE TABLE required_factors (
    role TEXT NOT NULL PRIMARY KEY                      -- as in positions
) STRICT;

INSERT INTO required_factors (role) VALUES ('director');
