-- +goose Up

-- What a client said of the office when their case was closed.
CREATE TABLE surveys (
    id          TEXT    NOT NULL PRIMARY KEY,           -- UUID
    case_id     TEXT    NOT NULL UNIQUE REFERENCES cases (id),
    answered_on TEXT    NOT NULL,                       -- YYYY-MM-DD
    rating      INTEGER NOT NULL,                       -- leaf of the code list satisfaction_ratings
    cost        TEXT    NOT NULL DEFAULT '' CHECK (cost IN ('', 'good', 'fair', 'poor')), -- '' not answered
    pace        TEXT    NOT NULL DEFAULT '' CHECK (pace IN ('', 'good', 'fair', 'poor')), -- the time it took
    attention   TEXT    NOT NULL DEFAULT '' CHECK (attention IN ('', 'good', 'fair', 'poor')),
    lawyers     TEXT    NOT NULL DEFAULT '' CHECK (lawyers IN ('', 'better', 'same', 'worse')), -- beside a private lawyer
    comment     TEXT    NOT NULL DEFAULT '',            -- good and bad, in words
    suggestion  TEXT    NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,                       -- Unix milliseconds
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL DEFAULT 1              -- counts saves; guards against lost edits
) STRICT;

CREATE INDEX surveys_answered ON surveys (answered_on DESC, id);

-- +goose StatementBegin
CREATE TRIGGER surveys_touch_insert AFTER INSERT ON surveys
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('surveys', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER surveys_touch_update AFTER UPDATE OF case_id, answered_on, rating ON surveys
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('surveys', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER surveys_touch_delete AFTER DELETE ON surveys
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('surveys', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
