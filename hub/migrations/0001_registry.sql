-- Who may report: the offices, and the keys by which the hub knows them.
-- +goose Up
CREATE TABLE hub (
    one_row  boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one_row),
    id       text    NOT NULL CHECK (id ~ '^[0-9a-f]{32}$'), -- names this database towards the stream
    made_at  timestamptz NOT NULL
);

CREATE TABLE offices (
    org_unit  integer NOT NULL PRIMARY KEY CHECK (org_unit BETWEEN 1 AND 999999),
    name      text    NOT NULL CHECK (name <> ''),
    province  text    NOT NULL CHECK (province <> ''),
    network   text    NOT NULL DEFAULT '',         -- '' where the office belongs to none
    opened_on date    NOT NULL,                    -- first day on which it is expected to report
    closed_on date    CHECK (closed_on >= opened_on) -- NULL while open
);

-- The keys of an office, by the number that its releases name.
CREATE TABLE office_keys (
    org_unit    integer     NOT NULL REFERENCES offices,
    key_id      integer     NOT NULL CHECK (key_id BETWEEN 1 AND 1000),
    release_key bytea       NOT NULL CHECK (octet_length(release_key) = 32), -- Ed25519, public
    transport_key text        NOT NULL UNIQUE CHECK (transport_key ~ '^U[A-Z2-7]{55}$'), -- nkey, public
    added_at    timestamptz NOT NULL,
    PRIMARY KEY (org_unit, key_id)
);

-- How far an office's releases count. One row an office; whoever holds its lock
-- is the only writer of that office's releases.
CREATE TABLE chains (
    org_unit         integer NOT NULL PRIMARY KEY REFERENCES offices,
    counted_sequence integer NOT NULL DEFAULT 0, -- newest release that counts; 0 when none
    counted_digest   bytea   NOT NULL DEFAULT '', -- its SHA-256; empty when none
    arrivals         integer NOT NULL DEFAULT 0, -- releases kept so far, forks included
    held_since       timestamptz                 -- NULL unless a fork was found
) WITH (fillfactor = 70);
