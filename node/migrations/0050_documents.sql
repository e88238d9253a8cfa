-- +goose Up

-- Papers of a case. The content is a file of its own, encrypted with the key of
-- the case; what it is called stands here alone.
CREATE TABLE documents (
    id       TEXT    NOT NULL PRIMARY KEY,              -- UUID
    case_id  TEXT    NOT NULL REFERENCES cases (id),
    file     TEXT    NOT NULL UNIQUE,                   -- name of the encrypted file, random
    name     TEXT    NOT NULL CHECK (name <> ''),       -- as people call it, with its ending
    type     TEXT    NOT NULL,                          -- media type, told by the bytes
    size     INTEGER NOT NULL CHECK (size > 0),         -- bytes of the content
    sha256   BLOB    NOT NULL CHECK (length(sha256) = 32),
    added_by TEXT    NOT NULL,                          -- identifier of a person
    added_at INTEGER NOT NULL,                          -- Unix milliseconds
    version  INTEGER NOT NULL DEFAULT 1                 -- counts saves; guards against lost edits
) STRICT;

CREATE INDEX documents_case ON documents (case_id, added_at DESC, id);

-- Files that nothing may be left of: begun and not yet in documents, or taken
-- out of it and not yet removed. What still stands here at a start is removed.
CREATE TABLE document_leftovers (
    file TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
