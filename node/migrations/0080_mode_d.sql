-- +goose Up

-- Rests of categories, "other", corrections netted forward, releases taken back,
-- and what another system published: the rest of Mode D.

-- Events have versions now: what replaces a published event that was corrected is
-- a new row, and the published one stays.
CREATE TABLE ledger_events_new (
    id           INTEGER NOT NULL PRIMARY KEY,
    data_set     INTEGER NOT NULL,                      -- measure of the plan
    source_id    TEXT    NOT NULL,                      -- the record it comes from
    version      INTEGER NOT NULL DEFAULT 1 CHECK (version > 0), -- counts what the record was published as, from 1
    client_id    TEXT    NOT NULL,                      -- whose it is, one for all records of a person (ledger_persons); '' once erased
    code         INTEGER NOT NULL,                      -- leaf of the measure's code list
    period       INTEGER NOT NULL,                      -- month in which it happened, YYYYMM
    amount_minor INTEGER NOT NULL DEFAULT 0,            -- minor units of the office's currency; 0 without money
    weight       INTEGER NOT NULL DEFAULT 1 CHECK (weight > 0), -- how many it counts for: 1, or the participants of an activity
    state        TEXT    NOT NULL DEFAULT 'unpublished' CHECK (state IN ('unpublished', 'published', 'withdrawn')),
    reason       TEXT    NOT NULL DEFAULT '' CHECK (reason IN ('', 'gone', 'elsewhere', 'void', 'changed')),
        -- why withdrawn: the record is gone, another system published it, its release was taken back after its
        -- correction; 'changed': unpublished, and no longer what it was in the group of block
    group_id     INTEGER REFERENCES ledger_groups (id), -- NULL unless published
    block        INTEGER REFERENCES ledger_groups (id), -- the group that fell with its release and held it last; NULL for none
    corrected    INTEGER NOT NULL DEFAULT 0 CHECK (corrected IN (0, 1)), -- 1: published, and an entry takes it back
    erased       INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1)),
    UNIQUE (data_set, source_id, version),
    CHECK ((state = 'published') = (group_id IS NOT NULL))
) STRICT;

INSERT INTO ledger_events_new (id, data_set, source_id, client_id, code, period, amount_minor, state, reason, group_id, erased)
SELECT id, data_set, source_id, client_id, code, period, amount_minor, state,
    CASE WHEN state = 'withdrawn' THEN 'gone' ELSE '' END, group_id, erased
FROM ledger_events;

DROP TABLE ledger_events;
ALTER TABLE ledger_events_new RENAME TO ledger_events;

CREATE INDEX ledger_events_backlog ON ledger_events (data_set, code, period, id, client_id, amount_minor, weight, block) WHERE state = 'unpublished';
CREATE INDEX ledger_events_group ON ledger_events (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX ledger_events_block ON ledger_events (block) WHERE block IS NOT NULL;

-- Groups know their month, what their events add up to, and whether they fell.
ALTER TABLE ledger_groups ADD COLUMN period INTEGER NOT NULL DEFAULT 0; -- month of the release it left in, YYYYMM
ALTER TABLE ledger_groups ADD COLUMN amount_minor INTEGER NOT NULL DEFAULT 0; -- of its events net of entries, minor units
ALTER TABLE ledger_groups ADD COLUMN entries INTEGER NOT NULL DEFAULT 0; -- adjusting entries that were netted in it
ALTER TABLE ledger_groups ADD COLUMN voided_by INTEGER; -- sequence of the release that took its own back; NULL while it counts
ALTER TABLE ledger_groups ADD COLUMN again INTEGER REFERENCES ledger_groups (id); -- the group that fell and that it repeats; NULL for none

DROP TRIGGER ledger_groups_stay;

UPDATE ledger_groups
SET period = coalesce((SELECT r.period FROM releases r WHERE r.sequence = ledger_groups.sequence), from_period),
    amount_minor = coalesce((SELECT sum(e.amount_minor) FROM ledger_events e WHERE e.group_id = ledger_groups.id), 0);

DROP INDEX ledger_groups_code;
CREATE INDEX ledger_groups_code ON ledger_groups (data_set, level, category_option, period, sequence, amount_minor, amount_hundreds) WHERE voided_by IS NULL;

-- Adjusting entries (rule D9): what is taken back of a published group, or given
-- back to it, in the next group of the same code.
CREATE TABLE ledger_entries (
    id              INTEGER NOT NULL PRIMARY KEY,
    event_id        INTEGER NOT NULL REFERENCES ledger_events (id), -- what was published
    data_set        INTEGER NOT NULL,
    level           INTEGER NOT NULL CHECK (level BETWEEN 1 AND 3),
    category_option INTEGER NOT NULL,                   -- code it was published under, at the depth of level
    delta           INTEGER NOT NULL CHECK (delta IN (-1, 1)), -- times weight
    weight          INTEGER NOT NULL CHECK (weight > 0), -- of the event
    amount_minor    INTEGER NOT NULL DEFAULT 0,         -- signed as it is added to the group, minor units
    client_id       TEXT    NOT NULL,                   -- whose the event was when the entry was made; '' once erased
    state           TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'netted', 'cancelled')),
    group_id        INTEGER REFERENCES ledger_groups (id), -- the group that it was netted in; NULL otherwise
    CHECK ((state = 'netted') = (group_id IS NOT NULL))
) STRICT;

CREATE INDEX ledger_entries_waiting ON ledger_entries (data_set, level, category_option, id) WHERE state = 'waiting';
CREATE INDEX ledger_entries_event ON ledger_entries (event_id);
CREATE INDEX ledger_entries_group ON ledger_entries (group_id) WHERE group_id IS NOT NULL;

-- The month from which the office counts: January of the year of its oldest event
-- when it first closed a month. A group of a code that never left is labelled
-- from it.
CREATE TABLE ledger_start (
    one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    month INTEGER NOT NULL                              -- YYYYMM
) STRICT;

INSERT INTO ledger_start (one, month)
SELECT 1, min(period) / 100 * 100 + 1
FROM ledger_events
WHERE period > 0
HAVING (SELECT count(*) FROM ledger_groups) > 0 AND min(period) IS NOT NULL;

-- Months that another system published before (rule D11): they are never counted.
CREATE TABLE ledger_elsewhere (
    data_set INTEGER NOT NULL PRIMARY KEY,
    through  INTEGER NOT NULL,                          -- last such month, YYYYMM
    by       TEXT    NOT NULL,                          -- the director who said so
    at       INTEGER NOT NULL                           -- Unix milliseconds
) STRICT;

-- Records that changed since the ledger last read them. A table that events
-- follow from keeps the three triggers of ledger_touched.
CREATE TABLE ledger_touched (
    source TEXT NOT NULL,                               -- table
    id     TEXT NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

-- By what two records of clients are of one person: hashes of what they have in
-- common. A vague one (own = 0) counts only where it is all that another record
-- knows of a birth.
CREATE TABLE ledger_person_keys (
    client_id TEXT    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    key       INTEGER NOT NULL,                         -- first 8 bytes of a SHA-256
    own       INTEGER NOT NULL CHECK (own IN (0, 1)),
    PRIMARY KEY (client_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX ledger_person_keys_key ON ledger_person_keys (key, own, client_id);
CREATE INDEX ledger_persons_person ON ledger_persons (person);

-- Whoever was one person with a client that is gone may be several now.
-- +goose StatementBegin
CREATE TRIGGER ledger_persons_touch_delete BEFORE DELETE ON ledger_persons WHEN old.person <> 'import'
BEGIN
    INSERT INTO ledger_touched (source, id)
    SELECT 'clients', client_id
    FROM ledger_persons
    WHERE person = old.person
    ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- How the ledger last read the records: other rules, or another currency, make it
-- read them all again.
CREATE TABLE ledger_rules (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    version  INTEGER NOT NULL,                          -- of the event rules
    currency TEXT    NOT NULL                           -- ISO 4217
) STRICT;

-- A release may take back another one, and does not close a month then.
CREATE TABLE releases_new (
    sequence     INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    kind         INTEGER NOT NULL DEFAULT 1 CHECK (kind BETWEEN 1 AND 3), -- release.v1 ReleaseKind: regular, void, closing
    period       INTEGER NOT NULL,                      -- YYYYMM; one release a month, beside those that take back
    voids_sequence INTEGER UNIQUE REFERENCES releases_new (sequence), -- what a void takes back; NULL otherwise
    digest       BLOB    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the release's bytes
    sealed       BLOB    NOT NULL,                      -- canonical bytes of the SealedRelease
    sealed_at    INTEGER NOT NULL,                      -- Unix milliseconds
    sent_at      INTEGER,                               -- when the broker last took it; NULL before. No proof of anything
    receipted_at INTEGER,                               -- when the receipt that counts was checked; NULL before
    status       INTEGER NOT NULL DEFAULT 0,            -- newest ReceiptStatus from the hub; 0 before the first
    reason       INTEGER NOT NULL DEFAULT 0,            -- newest ReasonCode from the hub
    receipt      BLOB,                                  -- canonical bytes of the newest receipt
    CHECK ((kind = 2) = (voids_sequence IS NOT NULL)),
    CHECK (voids_sequence < sequence)
) STRICT;

INSERT INTO releases_new (sequence, period, digest, sealed, sealed_at, sent_at, receipted_at, status, reason, receipt)
SELECT sequence, period, digest, sealed, sealed_at, sent_at, receipted_at, status, reason, receipt
FROM releases;

CREATE TEMPORARY TABLE outbox_kept AS
SELECT sequence, attempts
FROM outbox;

DROP TABLE outbox;
DROP TABLE releases;
ALTER TABLE releases_new RENAME TO releases;

CREATE UNIQUE INDEX releases_period ON releases (period) WHERE kind <> 2;

CREATE TABLE outbox (
    sequence INTEGER NOT NULL PRIMARY KEY REFERENCES releases (sequence),
    attempts INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO outbox (sequence, attempts)
SELECT sequence, attempts
FROM outbox_kept;

DROP TABLE outbox_kept;

-- +goose StatementBegin
CREATE TRIGGER releases_keep_their_bytes BEFORE UPDATE OF sequence, kind, period, voids_sequence, digest, sealed, sealed_at ON releases
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

-- What is published changes in three ways alone: it forgets whose it was, an entry
-- takes it back, or its group falls.
-- +goose StatementBegin
CREATE TRIGGER ledger_events_stay_published BEFORE UPDATE ON ledger_events
WHEN old.state = 'published' AND NOT (
    (new.id, new.data_set, new.source_id, new.version, new.code, new.period, new.amount_minor, new.weight)
        IS (old.id, old.data_set, old.source_id, old.version, old.code, old.period, old.amount_minor, old.weight)
    AND (
        new.erased = 1 AND new.client_id = ''
            AND (new.state, new.group_id, new.block, new.corrected, new.reason)
                IS (old.state, old.group_id, old.block, old.corrected, old.reason)
        OR new.corrected = 1
            AND (new.client_id, new.state, new.group_id, new.block, new.erased, new.reason)
                IS (old.client_id, old.state, old.group_id, old.block, old.erased, old.reason)
        OR new.state <> 'published' AND new.block = old.group_id
            AND (new.client_id, new.erased) IS (old.client_id, old.erased)
            AND (SELECT voided_by FROM ledger_groups WHERE id = old.group_id) IS NOT NULL
    )
)
BEGIN
    SELECT raise(ABORT, 'a published event never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_events_keep_their_block BEFORE UPDATE OF block ON ledger_events
WHEN old.block IS NOT NULL AND new.block IS NULL
BEGIN
    SELECT raise(ABORT, 'an event whose group fell never is as new again');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_events_stay_erased BEFORE UPDATE ON ledger_events WHEN old.erased = 1 AND new.erased = 0
BEGIN
    SELECT raise(ABORT, 'an erased event stays erased');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_events_stay_elsewhere BEFORE UPDATE ON ledger_events WHEN old.reason = 'elsewhere' AND new.state <> 'withdrawn'
BEGIN
    SELECT raise(ABORT, 'what another system published is never counted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_events_stay BEFORE DELETE ON ledger_events
BEGIN
    SELECT raise(ABORT, 'events are withdrawn, never deleted');
END;
-- +goose StatementEnd

-- An erased event that was published stands: nothing takes it back any more, save
-- where its record was published once more as something else.
-- +goose StatementBegin
CREATE TRIGGER ledger_entries_forget AFTER UPDATE OF erased ON ledger_events WHEN new.erased = 1 AND old.erased = 0
BEGIN
    UPDATE ledger_entries
    SET client_id = '', state = CASE
        WHEN state = 'waiting' AND delta < 0 AND NOT EXISTS (
            SELECT 1
            FROM ledger_events n
            WHERE n.data_set = new.data_set AND n.source_id = new.source_id AND n.version > new.version AND n.state = 'published'
        ) THEN 'cancelled'
        ELSE state
    END
    WHERE event_id = new.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_groups_stay BEFORE UPDATE ON ledger_groups
WHEN NOT (
    old.voided_by IS NULL AND new.voided_by > old.sequence
    AND (new.id, new.sequence, new.data_set, new.category_option, new.level, new.from_period, new.value, new.amount_hundreds,
            new.carry_minor, new.period, new.amount_minor, new.entries, new.again)
        IS (old.id, old.sequence, old.data_set, old.category_option, old.level, old.from_period, old.value, old.amount_hundreds,
            old.carry_minor, old.period, old.amount_minor, old.entries, old.again)
)
BEGIN
    SELECT raise(ABORT, 'a published group never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_entries_stay BEFORE UPDATE ON ledger_entries
WHEN (new.id, new.event_id, new.data_set, new.level, new.category_option, new.delta, new.weight, new.amount_minor)
        IS NOT (old.id, old.event_id, old.data_set, old.level, old.category_option, old.delta, old.weight, old.amount_minor)
    OR new.client_id NOT IN ('', old.client_id)
    OR old.state = 'cancelled' AND new.state <> 'cancelled'
    OR old.state = 'netted' AND new.state <> 'netted' AND (SELECT voided_by FROM ledger_groups WHERE id = old.group_id) IS NULL
    OR old.state = 'netted' AND new.state = 'netted' AND new.group_id <> old.group_id
BEGIN
    SELECT raise(ABORT, 'an entry never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_entries_stay_for_ever BEFORE DELETE ON ledger_entries
BEGIN
    SELECT raise(ABORT, 'an entry is never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_start_stays BEFORE UPDATE ON ledger_start
BEGIN
    SELECT raise(ABORT, 'the office counts from where it began');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER cases_touch_insert AFTER INSERT ON cases
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('cases', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER cases_touch_update AFTER UPDATE OF client_id, case_type, status, opened_on, closed_on, outcome ON cases
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('cases', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER cases_touch_delete AFTER DELETE ON cases
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('cases', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER referrals_touch_insert AFTER INSERT ON referrals
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('referrals', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER referrals_touch_update AFTER UPDATE OF case_id, destination, referred_on ON referrals
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('referrals', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER referrals_touch_delete AFTER DELETE ON referrals
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('referrals', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER recoveries_touch_insert AFTER INSERT ON recoveries
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('recoveries', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER recoveries_touch_update AFTER UPDATE OF case_id, kind, received_on, amount_minor, currency ON recoveries
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('recoveries', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER recoveries_touch_delete AFTER DELETE ON recoveries
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('recoveries', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER clients_touch_insert AFTER INSERT ON clients
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('clients', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER clients_touch_update AFTER UPDATE OF id_number, surname, given_names, birth_date, birth_precision, phones ON clients
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('clients', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER clients_touch_delete AFTER DELETE ON clients
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('clients', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
