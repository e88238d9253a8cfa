-- +goose Up

-- Files of their own data that clients were given. The file is not kept: this is
-- so that somebody who sees everything learns of one that had not everything.
CREATE TABLE own_data_files (
    id        TEXT    NOT NULL PRIMARY KEY,             -- UUID
    client_id TEXT    NOT NULL REFERENCES clients (id),
    made_by   TEXT    NOT NULL,                         -- identifier of a person
    made_at   INTEGER NOT NULL,                         -- Unix milliseconds
    complete  INTEGER NOT NULL CHECK (complete IN (0, 1)) -- whether its maker saw the client with every case and all of each
) STRICT;

CREATE INDEX own_data_files_client ON own_data_files (client_id, made_at);
