-- +goose Up

-- An app that shows a code of six digits every 30 seconds (RFC 6238).
CREATE TABLE authenticators (
    person_id    TEXT    NOT NULL PRIMARY KEY REFERENCES people (id),
    secret       TEXT    NOT NULL,                      -- Base32
    confirmed_at INTEGER,                               -- Unix milliseconds; NULL until the first code was right
    last_step    INTEGER NOT NULL DEFAULT 0,            -- newest interval of 30 s whose code was used; no code counts twice
    created_at   INTEGER NOT NULL                       -- Unix milliseconds
) STRICT;

-- Codes for whoever lost the device. A used one is gone.
CREATE TABLE recovery_codes (
    person_id TEXT NOT NULL REFERENCES people (id),
    code      BLOB NOT NULL CHECK (length(code) = 32),  -- SHA-256 over the person and the code
    PRIMARY KEY (person_id, code)
) STRICT, WITHOUT ROWID;

-- Keys of devices and security keys (WebAuthn).
CREATE TABLE passkeys (
    id            TEXT    NOT NULL PRIMARY KEY,         -- UUID
    person_id     TEXT    NOT NULL REFERENCES people (id),
    name          TEXT    NOT NULL,                     -- what its owner calls it
    host          TEXT    NOT NULL,                     -- name of the site that it works for
    credential_id BLOB    NOT NULL UNIQUE,
    credential    TEXT    NOT NULL,                     -- JSON: public key, counter, flags
    created_at    INTEGER NOT NULL,                     -- Unix milliseconds
    used_at       INTEGER                               -- NULL never
) STRICT;

CREATE INDEX passkeys_person ON passkeys (person_id);
