-- +goose Up

-- What the office held for many at once. No name of a participant is kept.
CREATE TABLE activities (
    id           TEXT    NOT NULL PRIMARY KEY,          -- UUID
    kind         INTEGER NOT NULL,                      -- leaf of the code list activity_kinds
    held_on      TEXT    NOT NULL,                      -- YYYY-MM-DD
    place        TEXT    NOT NULL DEFAULT '',
    participants INTEGER NOT NULL CHECK (participants BETWEEN 0 AND 5000),
    note         TEXT    NOT NULL DEFAULT '',
    office_id    TEXT    REFERENCES offices (id),       -- NULL for the organisation as a whole
    recorded_by  TEXT    REFERENCES people (id),        -- NULL for what the program did
    created_at   INTEGER NOT NULL,                      -- Unix milliseconds
    updated_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1             -- counts saves; guards against lost edits
) STRICT;

CREATE INDEX activities_held ON activities (held_on DESC, id);

-- +goose StatementBegin
CREATE TRIGGER activities_touch_insert AFTER INSERT ON activities
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('activities', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER activities_touch_update AFTER UPDATE OF kind, held_on, participants ON activities
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('activities', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER activities_touch_delete AFTER DELETE ON activities
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('activities', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
