-- +goose Up

-- By which the keys of sources become pseudonyms, where an import keeps no more of a
-- person than that: drawn by chance, once.
CREATE TABLE import_secret (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    secret BLOB    NOT NULL CHECK (length(secret) >= 32)
) STRICT;
