-- +goose Up

-- An import that somebody is preparing, step by step: the file that was brought, what
-- was decided, and the mapping that is made of it.
CREATE TABLE import_drafts (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID
    owner      TEXT    NOT NULL,                        -- identifier of a person, who alone sees it
    kind       TEXT    NOT NULL,                        -- type of the source, as a mapping names it
    step       TEXT    NOT NULL CHECK (step IN ('preview', 'columns', 'codes', 'mapping', 'try')),
    title      TEXT    NOT NULL,                        -- personal data: name of the file as its sender calls it, or of the source
    file       TEXT    NOT NULL DEFAULT '',             -- name of the sealed file, random; '' for none
    size       INTEGER NOT NULL DEFAULT 0,              -- bytes of the content
    choices    TEXT    NOT NULL,                        -- personal data: what was decided, as JSON, with words of the source
    mapping    TEXT    NOT NULL,                        -- personal data: YAML written by hand or shipped; '' where it is made of the choices
    job        INTEGER NOT NULL DEFAULT 0,              -- the last run that was started from it; 0 before
    created_at INTEGER NOT NULL,                        -- Unix milliseconds
    used_at    INTEGER NOT NULL,                        -- Unix milliseconds; thrown away 30 days later
    version    INTEGER NOT NULL DEFAULT 1               -- counts saves; guards against lost edits
) STRICT;

CREATE INDEX import_drafts_owner ON import_drafts (owner, used_at DESC, id);
