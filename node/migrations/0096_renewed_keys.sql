-- +goose Up

-- Keys of this node are numbered. After something was stolen the master key is
-- changed and a new key of each purpose takes the place of the one before, whose
-- seed is destroyed: what it signed still verifies.
CREATE TABLE node_keys_new (
    purpose  TEXT    NOT NULL CHECK (purpose IN ('release', 'transport')),
    key_id   INTEGER NOT NULL CHECK (key_id BETWEEN 1 AND 1000), -- counts the keys of a purpose
    seed     BLOB    CHECK (length(seed) = 32),         -- Ed25519 seed; NULL once replaced
    public   BLOB    CHECK (length(public) = 32),       -- Ed25519 public key, once replaced; NULL before
    known_at INTEGER,                                   -- Unix milliseconds: when the hub first answered to this release key; NULL before
    PRIMARY KEY (purpose, key_id),
    CHECK ((seed IS NULL) <> (public IS NULL))
) STRICT;

INSERT INTO node_keys_new (purpose, key_id, seed, known_at)
SELECT purpose, key_id, seed, CASE WHEN purpose = 'release' THEN (SELECT min(receipted_at) FROM releases) END
FROM node_keys;

DROP TABLE node_keys;
ALTER TABLE node_keys_new RENAME TO node_keys;

CREATE UNIQUE INDEX node_keys_one_signs ON node_keys (purpose) WHERE seed IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER node_keys_count_on BEFORE INSERT ON node_keys
WHEN new.key_id <= (SELECT max(key_id) FROM node_keys WHERE purpose = new.purpose)
BEGIN
    SELECT raise(ABORT, 'a number of a key never comes back');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER node_keys_stay_replaced BEFORE UPDATE OF purpose, key_id, seed, public ON node_keys WHEN old.seed IS NULL
BEGIN
    SELECT raise(ABORT, 'a key that was replaced never signs again');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER node_keys_stay BEFORE DELETE ON node_keys WHEN old.seed IS NULL
BEGIN
    SELECT raise(ABORT, 'what a replaced key signed is verified for ever');
END;
-- +goose StatementEnd

-- What waits in the outbox is sealed again under the new key: the same release,
-- another number of a key and another signature, which are the last 68 bytes, or 69
-- from key 128 on. Nothing else changes, and nothing once the hub has counted it.
DROP TRIGGER releases_keep_their_bytes;

-- +goose StatementBegin
CREATE TRIGGER releases_keep_their_bytes BEFORE UPDATE OF sequence, kind, period, voids_sequence, digest, sealed, sealed_at ON releases
WHEN (new.sequence, new.kind, new.period, new.voids_sequence, new.digest, new.sealed_at)
        IS NOT (old.sequence, old.kind, old.period, old.voids_sequence, old.digest, old.sealed_at)
    OR new.sealed IS NOT old.sealed AND (
        old.receipted_at IS NOT NULL
        OR NOT EXISTS (SELECT 1 FROM outbox WHERE sequence = old.sequence)
        OR length(new.sealed) - length(old.sealed) NOT IN (0, 1)
        OR substr(new.sealed, 1, length(old.sealed) - 68) IS NOT substr(old.sealed, 1, length(old.sealed) - 68)
    )
BEGIN
    SELECT raise(ABORT, 'a sealed release never changes');
END;
-- +goose StatementEnd
