-- +goose Up

-- A draft whose file was handed out, to whoever approves from afar, has left the
-- office: it is sealed as it is, or its groups fall like those of a release that is
-- taken back. What it said is kept here as it was at that moment.
CREATE TABLE release_handed (
    draft_id INTEGER NOT NULL PRIMARY KEY REFERENCES release_drafts (id),
    at       INTEGER NOT NULL                           -- Unix milliseconds
) STRICT;

-- The groups of it, as the ledger would have them, each with the evidence that the
-- auditor found for it.
CREATE TABLE release_handed_groups (
    draft_id        INTEGER NOT NULL REFERENCES release_handed (draft_id),
    n               INTEGER NOT NULL CHECK (n >= 0),    -- place on the wire
    data_set        INTEGER NOT NULL,
    level           INTEGER NOT NULL CHECK (level BETWEEN 1 AND 3),
    category_option INTEGER NOT NULL,
    from_period     INTEGER NOT NULL,                   -- YYYYMM
    period          INTEGER NOT NULL,                   -- YYYYMM
    value           INTEGER NOT NULL,
    amount_hundreds INTEGER NOT NULL,
    carry_minor     INTEGER NOT NULL,                   -- minor units, like all that end so
    amount_minor    INTEGER NOT NULL,
    entries         INTEGER NOT NULL,                   -- adjusting entries that it is net of
    again           INTEGER,                            -- of ledger_groups: the one that fell and that it repeats; NULL for none
    clients         INTEGER NOT NULL,                   -- evidence, as in the auditor
    absolute_minor  INTEGER NOT NULL,
    first_minor     INTEGER NOT NULL,
    second_minor    INTEGER NOT NULL,
    share           INTEGER NOT NULL,
    negative        INTEGER NOT NULL CHECK (negative IN (0, 1)),
    carried_minor   INTEGER NOT NULL,
    sensitive       INTEGER NOT NULL CHECK (sensitive IN (0, 1)),
    block           INTEGER NOT NULL CHECK (block IN (0, 1)),
    PRIMARY KEY (draft_id, n)
) STRICT, WITHOUT ROWID;

-- The events in each group.
CREATE TABLE release_handed_events (
    draft_id     INTEGER NOT NULL,
    n            INTEGER NOT NULL,                      -- of the group
    event_id     INTEGER NOT NULL,                      -- of ledger_events, which a preview empties and rolls back
    code         INTEGER NOT NULL,                      -- these three as they were then
    amount_minor INTEGER NOT NULL,
    weight       INTEGER NOT NULL,
    PRIMARY KEY (draft_id, event_id),
    FOREIGN KEY (draft_id, n) REFERENCES release_handed_groups (draft_id, n)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER release_handed_stays BEFORE UPDATE ON release_handed
BEGIN
    SELECT raise(ABORT, 'what was handed out stays so');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER release_handed_stays_for_ever BEFORE DELETE ON release_handed
BEGIN
    SELECT raise(ABORT, 'what was handed out stays so');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER release_handed_groups_stay BEFORE UPDATE ON release_handed_groups
BEGIN
    SELECT raise(ABORT, 'what was handed out stays so');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER release_handed_groups_stay_for_ever BEFORE DELETE ON release_handed_groups
BEGIN
    SELECT raise(ABORT, 'what was handed out stays so');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER release_handed_events_stay BEFORE UPDATE ON release_handed_events
BEGIN
    SELECT raise(ABORT, 'what was handed out stays so');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER release_handed_events_stay_for_ever BEFORE DELETE ON release_handed_events
BEGIN
    SELECT raise(ABORT, 'what was handed out stays so');
END;
-- +goose StatementEnd

-- A second file with other bytes could be subtracted from the first.
-- +goose StatementBegin
CREATE TRIGGER release_drafts_handed BEFORE UPDATE ON release_drafts
WHEN EXISTS (SELECT 1 FROM release_handed WHERE draft_id = old.id) AND (
    (new.bytes, new.digest) IS NOT (old.bytes, old.digest)
    OR new.state = 'discarded' AND (SELECT count(*) FROM ledger_groups WHERE sequence = -old.id)
        <> (SELECT count(*) FROM release_handed_groups WHERE draft_id = old.id)
)
BEGIN
    SELECT raise(ABORT, 'what was handed out leaves as it is, or falls');
END;
-- +goose StatementEnd

-- Two more steps: handed out, and put back to be looked at again as it is.
CREATE TABLE release_draft_steps_new (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    draft_id INTEGER NOT NULL REFERENCES release_drafts (id),
    at       INTEGER NOT NULL,                          -- Unix milliseconds
    actor    TEXT    NOT NULL,                          -- kind:identifier
    step     TEXT    NOT NULL CHECK (step IN ('made', 'changed', 'checked', 'handed', 'back', 'approved', 'approved-afar', 'sealed', 'discarded')),
    digest   BLOB    NOT NULL CHECK (length(digest) = 32) -- of the bytes at that time
) STRICT;

INSERT INTO release_draft_steps_new (id, draft_id, at, actor, step, digest)
SELECT id, draft_id, at, actor, step, digest
FROM release_draft_steps;

DROP TABLE release_draft_steps;
ALTER TABLE release_draft_steps_new RENAME TO release_draft_steps;

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
