-- +goose Up

-- A complaint that the office took to an institution for a case, and what became of
-- it there.
CREATE TABLE complaints (
    id          TEXT    NOT NULL PRIMARY KEY,           -- UUID
    case_id     TEXT    NOT NULL REFERENCES cases (id),
    institution INTEGER NOT NULL,                       -- leaf of the code list institutions
    filed_on    TEXT    NOT NULL,                       -- YYYY-MM-DD
    number      TEXT    NOT NULL DEFAULT '',            -- the institution's own number of it
    progress    TEXT    NOT NULL CHECK (progress IN ('filed', 'received', 'investigated', 'answered', 'closed')),
    outcome     TEXT    NOT NULL DEFAULT '' CHECK (outcome IN ('', 'upheld', 'partly', 'rejected', 'settled', 'withdrawn')), -- '' not known
    answered_on TEXT,                                   -- YYYY-MM-DD; NULL while nobody answered
    note        TEXT    NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,                       -- Unix milliseconds
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL DEFAULT 1,             -- counts saves; guards against lost edits
    CHECK (answered_on IS NULL OR answered_on >= filed_on)
) STRICT;

CREATE INDEX complaints_case ON complaints (case_id, filed_on);
CREATE INDEX complaints_filed ON complaints (filed_on DESC, id);

-- +goose StatementBegin
CREATE TRIGGER complaints_touch_insert AFTER INSERT ON complaints
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('complaints', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER complaints_touch_update AFTER UPDATE OF case_id, institution, filed_on ON complaints
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('complaints', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER complaints_touch_delete AFTER DELETE ON complaints
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('complaints', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
