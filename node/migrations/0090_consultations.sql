-- +goose Up

-- Somebody came and was advised: one row is one client on one day about one matter.
CREATE TABLE consultations (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID
    client_id  TEXT    NOT NULL REFERENCES clients (id),
    case_type  INTEGER NOT NULL,                        -- leaf of the code list case_types
    held_on    TEXT    NOT NULL,                        -- YYYY-MM-DD
    worker_id  TEXT    REFERENCES people (id),          -- who advised; NULL unknown
    case_id    TEXT    REFERENCES cases (id),           -- the case that it became; NULL none
    note       TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,                        -- Unix milliseconds
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL DEFAULT 1               -- counts saves; guards against lost edits
) STRICT;

CREATE INDEX consultations_client ON consultations (client_id, held_on);
CREATE INDEX consultations_case ON consultations (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX consultations_held ON consultations (held_on DESC, id);

-- What the office did for a client: in a case, or out of a consultation that became
-- none.
CREATE TABLE services (
    id              TEXT    NOT NULL PRIMARY KEY,       -- UUID
    client_id       TEXT    NOT NULL REFERENCES clients (id), -- whose the case or the consultation is
    case_id         TEXT    REFERENCES cases (id),
    consultation_id TEXT    REFERENCES consultations (id),
    kind            INTEGER NOT NULL,                   -- leaf of the code list service_kinds
    given_on        TEXT    NOT NULL,                   -- YYYY-MM-DD
    created_at      INTEGER NOT NULL,                   -- Unix milliseconds
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,         -- counts saves; guards against lost edits
    CHECK ((case_id IS NULL) <> (consultation_id IS NULL))
) STRICT;

CREATE INDEX services_case ON services (case_id, given_on) WHERE case_id IS NOT NULL;
CREATE INDEX services_consultation ON services (consultation_id, given_on) WHERE consultation_id IS NOT NULL;
CREATE INDEX services_client ON services (client_id);

-- Somebody came and the office could not help. Whoever is registered may be named.
CREATE TABLE turn_aways (
    id          TEXT    NOT NULL PRIMARY KEY,           -- UUID
    reason      INTEGER NOT NULL,                       -- leaf of the code list turn_away_reasons
    came_on     TEXT    NOT NULL,                       -- YYYY-MM-DD
    client_id   TEXT    REFERENCES clients (id),        -- NULL for somebody whom the office has not registered
    office_id   TEXT    REFERENCES offices (id),        -- NULL for the organisation as a whole
    recorded_by TEXT    REFERENCES people (id),         -- NULL for what the program did
    note        TEXT    NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,                       -- Unix milliseconds
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL DEFAULT 1              -- counts saves; guards against lost edits
) STRICT;

CREATE INDEX turn_aways_came ON turn_aways (came_on DESC, id);
CREATE INDEX turn_aways_client ON turn_aways (client_id) WHERE client_id IS NOT NULL;

-- The ledger reads again what changed.
-- +goose StatementBegin
CREATE TRIGGER consultations_touch_insert AFTER INSERT ON consultations
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('consultations', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER consultations_touch_update AFTER UPDATE OF client_id, case_type, held_on ON consultations
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('consultations', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER consultations_touch_delete AFTER DELETE ON consultations
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('consultations', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER services_touch_insert AFTER INSERT ON services
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('services', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER services_touch_update AFTER UPDATE OF client_id, kind, given_on ON services
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('services', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER services_touch_delete AFTER DELETE ON services
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('services', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER turn_aways_touch_insert AFTER INSERT ON turn_aways
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('turn_aways', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER turn_aways_touch_update AFTER UPDATE OF client_id, reason, came_on ON turn_aways
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('turn_aways', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER turn_aways_touch_delete AFTER DELETE ON turn_aways
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('turn_aways', old.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
