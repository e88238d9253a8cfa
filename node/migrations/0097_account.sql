-- +goose Up

-- Every number that left, and every number of cases, opens to the records that make
-- it, also those of what is past.

-- What was open in some months is what is open now or was closed since.
CREATE INDEX cases_closed ON cases (closed_on, opened_on);

-- A closing that did not last: the case was opened again. What the case says today
-- is its newest state; these are the ones before.
CREATE TABLE case_reopenings (
    case_id     TEXT    NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL CHECK (n > 0),         -- counts those of the case, from 1
    closed_on   TEXT    NOT NULL,                       -- YYYY-MM-DD, as it stood when the case was opened again
    outcome     INTEGER NOT NULL,                       -- leaf of the code list outcomes, likewise
    reopened_on TEXT    NOT NULL,                       -- YYYY-MM-DD, the office's own day
    PRIMARY KEY (case_id, n),
    CHECK (reopened_on >= closed_on)
) STRICT, WITHOUT ROWID;

-- Whoever opens a case again, a person or an import, leaves this behind. The day is
-- that of the save; who knows the office's day puts it in its place.
-- +goose StatementBegin
CREATE TRIGGER cases_reopen AFTER UPDATE OF status ON cases WHEN old.status = 'closed' AND new.status = 'open'
BEGIN
    INSERT INTO case_reopenings (case_id, n, closed_on, outcome, reopened_on)
    SELECT old.id, 1 + count(*), old.closed_on, old.outcome, max(old.closed_on, date(new.updated_at / 1000, 'unixepoch'))
    FROM case_reopenings
    WHERE case_id = old.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER case_reopenings_stay BEFORE UPDATE OF case_id, n, closed_on, outcome ON case_reopenings
BEGIN
    SELECT raise(ABORT, 'a closing that was is never changed');
END;
-- +goose StatementEnd

-- What an erased case leaves in the account where its opening was published, which
-- stands: one row a time that it was open, and nothing of whose it was.
CREATE TABLE case_remains (
    id        INTEGER NOT NULL PRIMARY KEY,
    case_type INTEGER NOT NULL,                         -- leaf of the code list case_types
    again     INTEGER NOT NULL CHECK (again IN (0, 1)), -- 1: it was opened again
    began     INTEGER NOT NULL,                         -- YYYYMM
    ended     INTEGER,                                  -- YYYYMM; NULL when it was open
    CHECK (ended >= began)
) STRICT;

-- The times for which each case was open, one after the other. A case that was
-- opened again and then closed as of a day before that was never open again: what
-- was said later holds. An opening day that was moved behind a closing ends what
-- was before it.
CREATE VIEW case_spells AS
WITH closings AS (
    SELECT r.case_id, r.n, r.closed_on, r.reopened_on, c.opened_on, c.closed_on AS last_closed,
        min(r.closed_on) OVER (PARTITION BY r.case_id ORDER BY r.n ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_closed
    FROM case_reopenings r
    JOIN cases c ON c.id = r.case_id
), lasting AS (
    SELECT case_id, n, closed_on, reopened_on, last_closed,
        row_number() OVER (PARTITION BY case_id ORDER BY n) AS place,
        lead(closed_on) OVER (PARTITION BY case_id ORDER BY n) AS following
    FROM closings
    WHERE closed_on >= opened_on AND (next_closed IS NULL OR reopened_on <= next_closed) AND (last_closed IS NULL OR reopened_on <= last_closed)
)
SELECT c.id AS case_id, 0 AS n, 0 AS again, c.opened_on AS began_on, coalesce(l.closed_on, c.closed_on) AS ended_on
FROM cases c
LEFT JOIN lasting l ON l.case_id = c.id AND l.place = 1
UNION ALL
SELECT case_id, n, 1, reopened_on, coalesce(following, last_closed)
FROM lasting;

-- +goose StatementBegin
CREATE TRIGGER cases_leave_remains BEFORE DELETE ON cases
WHEN EXISTS (SELECT 1 FROM ledger_events WHERE data_set = 1 AND source_id = old.id AND state = 'published' AND erased = 1)
BEGIN
    INSERT INTO case_remains (case_type, again, began, ended)
    SELECT old.case_type, again, CAST(substr(began_on, 1, 4) || substr(began_on, 6, 2) AS INTEGER),
        CAST(substr(ended_on, 1, 4) || substr(ended_on, 6, 2) AS INTEGER)
    FROM case_spells
    WHERE case_id = old.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER case_remains_stay BEFORE UPDATE ON case_remains
BEGIN
    SELECT raise(ABORT, 'what an erased case left in the account never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER case_remains_stay_for_ever BEFORE DELETE ON case_remains
BEGIN
    SELECT raise(ABORT, 'what an erased case left in the account is never deleted');
END;
-- +goose StatementEnd

-- What a group had counted when its release was taken back: afterwards its events
-- follow their records, and its entries wait for another group.
CREATE TABLE ledger_fallen (
    group_id     INTEGER NOT NULL REFERENCES ledger_groups (id),
    event_id     INTEGER NOT NULL REFERENCES ledger_events (id),
    code         INTEGER NOT NULL,                      -- these four as they were in the group
    period       INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    weight       INTEGER NOT NULL,
    PRIMARY KEY (group_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_fallen_entries (
    group_id INTEGER NOT NULL REFERENCES ledger_groups (id),
    entry_id INTEGER NOT NULL REFERENCES ledger_entries (id),
    PRIMARY KEY (group_id, entry_id)
) STRICT, WITHOUT ROWID;

-- Of what fell before, the events that nobody has changed since are known.
INSERT INTO ledger_fallen (group_id, event_id, code, period, amount_minor, weight)
SELECT block, id, code, period, amount_minor, weight
FROM ledger_events
WHERE block IS NOT NULL AND reason <> 'changed' AND code <> 0;

-- +goose StatementBegin
CREATE TRIGGER ledger_events_fall AFTER UPDATE OF group_id ON ledger_events WHEN old.group_id IS NOT NULL AND new.group_id IS NULL
BEGIN
    INSERT INTO ledger_fallen (group_id, event_id, code, period, amount_minor, weight)
    VALUES (old.group_id, old.id, old.code, old.period, old.amount_minor, old.weight);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_entries_fall AFTER UPDATE OF group_id ON ledger_entries WHEN old.group_id IS NOT NULL AND new.group_id IS NULL
BEGIN
    INSERT INTO ledger_fallen_entries (group_id, entry_id)
    VALUES (old.group_id, old.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_fallen_stay BEFORE UPDATE ON ledger_fallen
BEGIN
    SELECT raise(ABORT, 'what a group had counted never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_fallen_stay_for_ever BEFORE DELETE ON ledger_fallen
BEGIN
    SELECT raise(ABORT, 'what a group had counted is kept for ever');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_fallen_entries_stay BEFORE UPDATE ON ledger_fallen_entries
BEGIN
    SELECT raise(ABORT, 'what a group had counted never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_fallen_entries_stay_for_ever BEFORE DELETE ON ledger_fallen_entries
BEGIN
    SELECT raise(ABORT, 'what a group had counted is kept for ever');
END;
-- +goose StatementEnd

-- No release without the word of two people on its very bytes.
-- +goose StatementBegin
CREATE TRIGGER releases_are_approved BEFORE INSERT ON releases
WHEN NOT EXISTS (
    SELECT 1
    FROM release_drafts
    WHERE state = 'approved' AND kind = new.kind AND period = new.period AND voids = coalesce(new.voids_sequence, 0) AND digest = new.digest
)
BEGIN
    SELECT raise(ABORT, 'nothing leaves that nobody approved');
END;
-- +goose StatementEnd
