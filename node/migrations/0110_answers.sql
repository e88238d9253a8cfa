-- +goose Up

-- The form of a survey, as its source has it. Each version is kept.
CREATE TABLE instruments (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID
    form       TEXT    NOT NULL,                        -- identifier of the form at its source
    version    TEXT    NOT NULL,                        -- '' where the form names none
    title      TEXT    NOT NULL,
    definition TEXT    NOT NULL,                        -- questions, choices and translations as JSON
    created_at INTEGER NOT NULL,                        -- Unix milliseconds
    UNIQUE (form, version)
) STRICT;

-- What somebody answered, unchanged.
CREATE TABLE answers (
    id            TEXT    NOT NULL PRIMARY KEY,         -- UUID
    instrument_id TEXT    REFERENCES instruments (id),  -- NULL where the source has no form
    form          TEXT    NOT NULL,                     -- identifier of the form at its source
    case_id       TEXT    REFERENCES cases (id),        -- NULL where no answer names a case
    answered_on   TEXT    NOT NULL,                     -- YYYY-MM-DD
    answers       TEXT    NOT NULL,                     -- personal data: every value by its name, with the repeats, as JSON
    office_id     TEXT    REFERENCES offices (id),      -- NULL for the organisation as a whole
    created_at    INTEGER NOT NULL,                     -- Unix milliseconds
    updated_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1            -- counts saves; guards against lost edits
) STRICT;

CREATE INDEX answers_case ON answers (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX answers_form ON answers (form, answered_on DESC, id);
