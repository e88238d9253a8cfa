-- +goose Up
CREATE TABLE audit (
    seq     INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,            -- Unix milliseconds
    actor   TEXT    NOT NULL,            -- kind:identifier
    action  TEXT    NOT NULL,            -- area.verb, for example case.closed
    subject TEXT    NOT NULL             -- identifier of what it was done to
) STRICT;

CREATE INDEX audit_subject ON audit (subject);

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
