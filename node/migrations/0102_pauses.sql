-- +goose Up

-- Whether anything may be sealed and sent waits for a person: the database was put
-- back from a backup, or the hub spoke of releases that are not in it. A row for each
-- time.
CREATE TABLE release_pauses (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,                          -- Unix milliseconds
    found    INTEGER NOT NULL CHECK (found IN (0, 1)),  -- 1: by the hub's word; 0: it was put back
    ended_at INTEGER,                                   -- Unix milliseconds; NULL while it waits. Who ended it is in the audit
    told     INTEGER CHECK (told >= 0),                 -- number of the last release as the hub told it; NULL while it waits
    CHECK ((ended_at IS NULL) = (told IS NULL))
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER release_pauses_end BEFORE UPDATE ON release_pauses
WHEN old.ended_at IS NOT NULL OR (new.id, new.at, new.found) IS NOT (old.id, old.at, old.found)
BEGIN
    SELECT raise(ABORT, 'a pause ends and does not change');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER release_pauses_stay BEFORE DELETE ON release_pauses
BEGIN
    SELECT raise(ABORT, 'that something waited for a person is kept');
END;
-- +goose StatementEnd

-- Whatever puts a database back says so in its audit, also a program of before this
-- table, whose word is looked for here: unless something was sealed since.
-- +goose StatementBegin
CREATE TRIGGER audit_pauses_releases AFTER INSERT ON audit WHEN new.action = 'backup.restored'
BEGIN
    INSERT INTO release_pauses (at, found) VALUES (new.at, 0);
END;
-- +goose StatementEnd

INSERT INTO release_pauses (at, found)
SELECT max(at), 0
FROM audit
WHERE action = 'backup.restored' AND at >= (SELECT coalesce(max(sealed_at), 0) FROM releases)
HAVING count(*) > 0;

-- Releases that left from a database that is gone: of each its number and digest, as
-- the hub signed for them. Nothing follows them but a release with the next number.
CREATE TABLE releases_lost (
    sequence INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    digest   BLOB    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the release's bytes
    period   INTEGER NOT NULL,                          -- YYYYMM: nothing up to this month is counted any more
    noted_at INTEGER NOT NULL                           -- Unix milliseconds
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER releases_lost_follow BEFORE INSERT ON releases_lost
WHEN new.sequence <> 1 + max(coalesce((SELECT max(sequence) FROM releases), 0), coalesce((SELECT max(sequence) FROM releases_lost), 0))
BEGIN
    SELECT raise(ABORT, 'a number never gets another content');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER releases_never_lost BEFORE INSERT ON releases WHEN new.sequence <= (SELECT max(sequence) FROM releases_lost)
BEGIN
    SELECT raise(ABORT, 'a number never gets another content');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER releases_lost_stay BEFORE UPDATE ON releases_lost
BEGIN
    SELECT raise(ABORT, 'what left is kept for ever');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER releases_lost_stay_for_ever BEFORE DELETE ON releases_lost
BEGIN
    SELECT raise(ABORT, 'what left is kept for ever');
END;
-- +goose StatementEnd

-- No release while it waits.
-- +goose StatementBegin
CREATE TRIGGER releases_pause BEFORE INSERT ON releases WHEN EXISTS (SELECT 1 FROM release_pauses WHERE ended_at IS NULL)
BEGIN
    SELECT raise(ABORT, 'nothing is sealed before somebody has said what left last');
END;
-- +goose StatementEnd
