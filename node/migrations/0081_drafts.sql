-- +goose Up

-- Who may approve from afar where nobody in the office can: the public half of a
-- key that they keep.
CREATE TABLE remote_approvers (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL CHECK (name <> ''),
    reason      TEXT    NOT NULL CHECK (reason <> ''), -- why this person
    key         BLOB    NOT NULL UNIQUE CHECK (length(key) = 32), -- Ed25519
    added_by    TEXT    NOT NULL,                       -- kind:identifier
    added_at    INTEGER NOT NULL,                       -- Unix milliseconds
    counts_from INTEGER NOT NULL,                       -- Unix milliseconds; when the key may approve
    ended_by    TEXT    NOT NULL DEFAULT '',            -- kind:identifier; '' while it may
    ended_at    INTEGER,                                -- Unix milliseconds; NULL while it may
    CHECK ((ended_by = '') = (ended_at IS NULL))
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER remote_approvers_keep BEFORE UPDATE ON remote_approvers
WHEN old.ended_at IS NOT NULL
    OR (new.id, new.name, new.reason, new.key, new.added_by, new.added_at, new.counts_from)
        IS NOT (old.id, old.name, old.reason, old.key, old.added_by, old.added_at, old.counts_from)
BEGIN
    SELECT raise(ABORT, 'an approver ends and does not change');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER remote_approvers_stay BEFORE DELETE ON remote_approvers
BEGIN
    SELECT raise(ABORT, 'who could approve is kept for ever');
END;
-- +goose StatementEnd

-- Releases before they are sealed: the exact bytes, and who looked at them.
CREATE TABLE release_drafts (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind        INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3), -- release.v1 ReleaseKind
    period      INTEGER NOT NULL,                       -- YYYYMM
    voids       INTEGER NOT NULL DEFAULT 0,             -- sequence of what is taken back; 0 for none
    reason      TEXT    NOT NULL DEFAULT '',            -- why; '' for a month like any other
    state       TEXT    NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'checked', 'approved', 'sealed', 'discarded')),
    bytes       BLOB    NOT NULL,                       -- what would leave, before it is signed
    digest      BLOB    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of bytes
    made_by     TEXT    NOT NULL,                       -- kind:identifier of who had the bytes made last
    made_at     INTEGER NOT NULL,                       -- Unix milliseconds
    checked_by  TEXT    NOT NULL DEFAULT '',            -- kind:identifier; '' before
    checked_at  INTEGER,                                -- Unix milliseconds
    rests_from  INTEGER,                                -- Unix milliseconds; the later of checked_at and what the office had noted by then
    approved_by TEXT    NOT NULL DEFAULT '',            -- kind:identifier; remote:number for one from afar; '' before
    approved_at INTEGER,                                -- Unix milliseconds
    signature   BLOB,                                   -- of the digest, by whoever approved from afar; NULL otherwise
    sequence    INTEGER UNIQUE,                         -- of the release that it became; NULL before
    CHECK ((kind = 2) = (voids > 0)),
    CHECK (kind = 1 OR reason <> ''),
    CHECK (state IN ('draft', 'discarded') OR (checked_by <> '' AND checked_at IS NOT NULL AND rests_from >= checked_at)),
    CHECK (state NOT IN ('approved', 'sealed') OR (approved_by NOT IN ('', checked_by, made_by) AND approved_at IS NOT NULL)),
    CHECK (state <> 'draft' OR (checked_by = '' AND approved_by = '')),
    CHECK ((approved_by GLOB 'remote:*') = (signature IS NOT NULL)),
    CHECK ((state = 'sealed') = (sequence IS NOT NULL))
) STRICT;

-- Releases follow one another, so at most one is being decided on.
CREATE UNIQUE INDEX release_drafts_open ON release_drafts (state IN ('draft', 'checked', 'approved')) WHERE state IN ('draft', 'checked', 'approved');

-- +goose StatementBegin
CREATE TRIGGER release_drafts_begin BEFORE INSERT ON release_drafts WHEN new.state <> 'draft'
BEGIN
    SELECT raise(ABORT, 'a draft begins as a draft');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER release_drafts_move BEFORE UPDATE ON release_drafts
WHEN (new.id, new.kind, new.period, new.voids, new.reason) IS NOT (old.id, old.kind, old.period, old.voids, old.reason)
    OR NOT (
        old.state IN ('draft', 'checked', 'approved') AND new.state IN ('draft', 'discarded')
        OR old.state IN ('draft', 'checked') AND new.state = 'checked'
        OR old.state = 'checked' AND new.state = 'approved'
        OR old.state = 'approved' AND new.state = 'sealed'
    )
    OR new.state <> 'draft' AND (new.bytes, new.digest, new.made_by, new.made_at) IS NOT (old.bytes, old.digest, old.made_by, old.made_at)
    OR new.state IN ('approved', 'sealed') AND (new.checked_by, new.checked_at, new.rests_from) IS NOT (old.checked_by, old.checked_at, old.rests_from)
    OR new.state = 'sealed' AND (new.approved_by, new.approved_at, new.signature) IS NOT (old.approved_by, old.approved_at, old.signature)
BEGIN
    SELECT raise(ABORT, 'a draft does not go this way');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER release_drafts_stay BEFORE DELETE ON release_drafts
BEGIN
    SELECT raise(ABORT, 'drafts are kept for ever');
END;
-- +goose StatementEnd

-- What became of each draft, in order.
CREATE TABLE release_draft_steps (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    draft_id INTEGER NOT NULL REFERENCES release_drafts (id),
    at       INTEGER NOT NULL,                          -- Unix milliseconds
    actor    TEXT    NOT NULL,                          -- kind:identifier
    step     TEXT    NOT NULL CHECK (step IN ('made', 'changed', 'checked', 'approved', 'approved-afar', 'sealed', 'discarded')),
    digest   BLOB    NOT NULL CHECK (length(digest) = 32) -- of the bytes at that time
) STRICT;

CREATE INDEX release_draft_steps_draft ON release_draft_steps (draft_id, id);

-- +goose StatementBegin
CREATE TRIGGER release_draft_steps_stay BEFORE UPDATE ON release_draft_steps
BEGIN
    SELECT raise(ABORT, 'what became of a draft is never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER release_draft_steps_stay_for_ever BEFORE DELETE ON release_draft_steps
BEGIN
    SELECT raise(ABORT, 'what became of a draft is never deleted');
END;
-- +goose StatementEnd
