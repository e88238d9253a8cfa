-- What the national body signed and offices are handed.
-- +goose Up
CREATE TABLE packs (
    name         text        NOT NULL,
    version      integer     NOT NULL CHECK (version BETWEEN 1 AND 9999),
    digest       bytea       NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the manifest
    file         bytea       NOT NULL CHECK (length(file) <= 524288), -- as it was signed
    expires      date        NOT NULL,
    published_at timestamptz NOT NULL,
    who          text        NOT NULL CHECK (who <> ''), -- account on the hub's machine
    PRIMARY KEY (name, version)
);
