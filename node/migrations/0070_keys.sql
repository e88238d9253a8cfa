-- +goose Up
-- What the node remembers of its keys beside the vault: one row, from the first
-- change on. It holds no secret.
CREATE TABLE key_notes (
    one         INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    generation  INTEGER NOT NULL DEFAULT 1 CHECK (generation > 0), -- of the master key when the people's slots were last held against the vault
    rekeyed_at  INTEGER,                                           -- Unix milliseconds; NULL: the master key is that of the set-up
    recovery_at INTEGER                                            -- Unix milliseconds; NULL: the recovery words are those of the set-up
) STRICT;
