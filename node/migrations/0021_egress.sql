-- +goose Up

-- Keys of this node, one a purpose. The database that holds them is encrypted.
CREATE TABLE node_keys (
    purpose TEXT NOT NULL PRIMARY KEY CHECK (purpose IN ('release', 'transport')),
    key_id  INTEGER NOT NULL CHECK (key_id > 0),        -- counts re-enrolments
    seed    BLOB NOT NULL CHECK (length(seed) = 32)     -- Ed25519 seed
) STRICT;

-- Every sealed release, for ever: exactly the bytes that left.
CREATE TABLE releases (
    sequence    INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    period      INTEGER NOT NULL UNIQUE,                -- YYYYMM; one release a month
    digest      BLOB    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the release's bytes
    sealed      BLOB    NOT NULL,                       -- canonical bytes of the SealedRelease
    sealed_at   INTEGER NOT NULL,                       -- Unix milliseconds
    sent_at     INTEGER,                                -- when the broker last took it; NULL before. No proof of anything
    receipted_at INTEGER,                               -- when the receipt that counts was checked; NULL before
    status      INTEGER NOT NULL DEFAULT 0,             -- newest ReceiptStatus from the hub; 0 before the first
    reason      INTEGER NOT NULL DEFAULT 0,             -- newest ReasonCode from the hub
    receipt     BLOB                                    -- canonical bytes of the newest receipt
) STRICT;

-- What still has to reach the hub. A row goes only with a receipt.
CREATE TABLE outbox (
    sequence INTEGER NOT NULL PRIMARY KEY REFERENCES releases (sequence),
    attempts INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Every verdict of the gate, chained by hashes, without what was judged.
CREATE TABLE egress_decisions (
    seq      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,                          -- Unix milliseconds
    period   INTEGER NOT NULL,                          -- month that was to be released, YYYYMM
    digest   BLOB    NOT NULL,                          -- SHA-256 of the bytes judged; empty when there were none
    layers   TEXT    NOT NULL,                          -- versions of the policy's layers, comma between
    verdict  TEXT    NOT NULL,                          -- allowed, or the code of the check that refused
    previous BLOB    NOT NULL,                          -- hash of the entry before; empty in the first
    hash     BLOB    NOT NULL CHECK (length(hash) = 32) -- SHA-256 over the entry and previous
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER releases_keep_their_bytes BEFORE UPDATE OF sequence, period, digest, sealed, sealed_at ON releases
BEGIN
    SELECT raise(ABORT, 'a sealed release never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER releases_stay BEFORE DELETE ON releases
BEGIN
    SELECT raise(ABORT, 'a sealed release is kept for ever');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER outbox_waits_for_its_receipt BEFORE DELETE ON outbox
WHEN (SELECT receipted_at FROM releases WHERE sequence = old.sequence) IS NULL
BEGIN
    SELECT raise(ABORT, 'only a receipt empties the outbox');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER egress_decisions_stay BEFORE UPDATE ON egress_decisions
BEGIN
    SELECT raise(ABORT, 'decisions are never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER egress_decisions_stay_for_ever BEFORE DELETE ON egress_decisions
BEGIN
    SELECT raise(ABORT, 'decisions are never deleted');
END;
-- +goose StatementEnd
