-- +goose Up

-- One row a countable event, in exactly one state (rule D1). It is derived from
-- a record of the office and follows it until it is published; then it stands
-- for ever in one group.
CREATE TABLE ledger_events (
    id           INTEGER NOT NULL PRIMARY KEY,
    data_set     INTEGER NOT NULL,                      -- measure of the plan
    source_id    TEXT    NOT NULL,                      -- the case, referral or recovery it comes from
    client_id    TEXT    NOT NULL,                      -- whose it is, one for all records of a person (ledger_persons)
    code         INTEGER NOT NULL,                      -- leaf of the measure's code list
    period       INTEGER NOT NULL,                      -- month in which it happened, YYYYMM
    amount_minor INTEGER NOT NULL DEFAULT 0,            -- minor units of the office's currency; 0 without money
    state        TEXT    NOT NULL DEFAULT 'unpublished' CHECK (state IN ('unpublished', 'published', 'withdrawn')),
    group_id     INTEGER REFERENCES ledger_groups (id), -- NULL unless published
    UNIQUE (data_set, source_id),
    CHECK ((state = 'published') = (group_id IS NOT NULL))
) STRICT;

CREATE INDEX ledger_events_backlog ON ledger_events (data_set, code, period, id) WHERE state = 'unpublished';
CREATE INDEX ledger_events_group ON ledger_events (group_id) WHERE group_id IS NOT NULL;

-- One row a published group. The wire carries it as it stands here.
CREATE TABLE ledger_groups (
    id              INTEGER NOT NULL PRIMARY KEY,
    sequence        INTEGER NOT NULL,                   -- number of the release it left in
    data_set        INTEGER NOT NULL,
    category_option INTEGER NOT NULL,                   -- code at the depth of level
    level           INTEGER NOT NULL CHECK (level BETWEEN 1 AND 3),
    from_period     INTEGER NOT NULL,                   -- first month inside, YYYYMM
    value           INTEGER NOT NULL CHECK (value BETWEEN 5 AND 5000),
    amount_hundreds INTEGER NOT NULL DEFAULT 0 CHECK (amount_hundreds >= 0),
    carry_minor     INTEGER NOT NULL DEFAULT 0,         -- what rounding left over for the code's next group, minor units
    UNIQUE (sequence, data_set, category_option, level)
) STRICT;

CREATE INDEX ledger_groups_code ON ledger_groups (data_set, category_option, level, sequence);

-- +goose StatementBegin
CREATE TRIGGER ledger_events_stay_published BEFORE UPDATE ON ledger_events WHEN old.state = 'published'
BEGIN
    SELECT raise(ABORT, 'a published event never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_events_stay BEFORE DELETE ON ledger_events
BEGIN
    SELECT raise(ABORT, 'events are withdrawn, never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_groups_stay BEFORE UPDATE ON ledger_groups
BEGIN
    SELECT raise(ABORT, 'a published group never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_groups_stay_for_ever BEFORE DELETE ON ledger_groups
BEGIN
    SELECT raise(ABORT, 'a published group is never deleted');
END;
-- +goose StatementEnd

-- Which client records are of one person, as far as the office can tell: the
-- same document number, or else the same names and birth date. A group counts
-- people (rule D2), and the same woman on six lines of a register is one. An
-- imported record without a name or a number (its identifier is a UUID of
-- version 5) could be anybody: all of them count as one person. A client whom
-- somebody here registered without a name was told apart by that person.
CREATE VIEW ledger_persons AS
SELECT id AS client_id, min(id) OVER (PARTITION BY CASE
    WHEN id_number <> '' THEN 'number ' || upper(replace(replace(id_number, ' ', ''), '-', ''))
    WHEN surname <> '' OR given_names <> '' THEN 'name ' || lower(surname) || '|' || lower(given_names) || '|' || coalesce(birth_date, '')
    WHEN substr(id, 15, 1) = '5' THEN 'import'
    ELSE 'own ' || id
END) AS person
FROM clients;
