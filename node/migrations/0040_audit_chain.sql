-- +goose Up

-- Entries from before the chain wait here until the program, at its next start,
-- hangs them into it in their order. Empty from then on.
CREATE TABLE audit_unchained (
    seq     INTEGER NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,            -- Unix milliseconds
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    within  TEXT    NOT NULL
) STRICT;

INSERT INTO audit_unchained (seq, at, actor, action, subject, within)
SELECT a.seq, a.at, a.actor, a.action, a.subject, coalesce(r.case_id, v.case_id, '')
FROM audit AS a
LEFT JOIN referrals AS r ON r.id = a.subject
LEFT JOIN recoveries AS v ON v.id = a.subject;

DROP TABLE audit;

-- Who did what, and when. Each entry is chained to the one before it.
CREATE TABLE audit (
    seq     INTEGER NOT NULL PRIMARY KEY,   -- from 1, without a gap
    format  INTEGER NOT NULL,               -- of the bytes that are hashed: 1
    at      INTEGER NOT NULL,               -- Unix milliseconds
    actor   TEXT    NOT NULL,               -- kind:identifier
    action  TEXT    NOT NULL,               -- area.verb, for example case.closed
    subject TEXT    NOT NULL,               -- identifier of what it was done to
    within  TEXT    NOT NULL,               -- identifier of the case in which that stands; '' in none
    changes BLOB    NOT NULL,               -- fields and commitments to their values; empty without
    hash    BLOB    NOT NULL CHECK (length(hash) = 32)  -- of all columns and of the hash before
) STRICT;

CREATE INDEX audit_subject ON audit (subject, seq);
CREATE INDEX audit_within ON audit (within, seq) WHERE within <> '';
CREATE INDEX audit_actor ON audit (actor, seq);
CREATE INDEX audit_erasures ON audit (subject, seq) WHERE action = 'audit.erased';

-- What a change said before and after. An erased value has neither, and the
-- chain holds all the same: it has hashed the commitment alone.
CREATE TABLE audit_values (
    seq   INTEGER NOT NULL REFERENCES audit (seq),
    n     INTEGER NOT NULL,                 -- place in the entry, from 0
    field TEXT    NOT NULL,
    old   TEXT,                             -- NULL once erased
    new   TEXT,
    salt  BLOB,                             -- 16 random bytes
    PRIMARY KEY (seq, n),
    CHECK ((old IS NULL) = (salt IS NULL) AND (new IS NULL) = (salt IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_values_erased ON audit_values (seq) WHERE salt IS NULL;

-- Where the chain ends, and the key of its hashes. One row.
CREATE TABLE audit_head (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    key  BLOB    NOT NULL CHECK (length(key) = 32),
    seq  INTEGER NOT NULL,                  -- of the last entry; 0 before the first
    hash BLOB    NOT NULL CHECK (length(hash) = 32)     -- of the last entry; zeros before the first
) STRICT;

INSERT INTO audit_head (id, key, seq, hash) VALUES (1, randomblob(32), 0, zeroblob(32));

-- +goose StatementBegin
CREATE TRIGGER audit_keeps_entries BEFORE UPDATE ON audit
BEGIN
    SELECT raise(ABORT, 'audit entries are never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_loses_nothing BEFORE DELETE ON audit
BEGIN
    SELECT raise(ABORT, 'audit entries are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_has_no_gap BEFORE INSERT ON audit
WHEN new.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
BEGIN
    SELECT raise(ABORT, 'an audit entry follows the last one');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_values_are_erased_or_kept BEFORE UPDATE ON audit_values
WHEN new.salt IS NOT NULL OR new.seq <> old.seq OR new.n <> old.n OR new.field <> old.field
BEGIN
    SELECT raise(ABORT, 'audit values are erased or kept');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_values_stay BEFORE DELETE ON audit_values
BEGIN
    SELECT raise(ABORT, 'audit values are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_values_come_with_their_entry BEFORE INSERT ON audit_values
WHEN new.seq <> (SELECT coalesce(max(seq), 0) FROM audit)
BEGIN
    SELECT raise(ABORT, 'audit values come with their entry');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_head_goes_forward BEFORE UPDATE ON audit_head
WHEN new.seq <> old.seq + 1 OR new.key <> old.key
BEGIN
    SELECT raise(ABORT, 'the audit goes forward');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
BEGIN
    SELECT raise(ABORT, 'the audit goes forward');
END;
-- +goose StatementEnd
