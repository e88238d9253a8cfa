-- +goose Up
CREATE TABLE clients (
    id              TEXT    NOT NULL PRIMARY KEY,       -- UUID
    reference       TEXT    NOT NULL UNIQUE,            -- short random code that people read out; has no gaps to read
    surname         TEXT    NOT NULL DEFAULT '',        -- '' where the client gave no name
    given_names     TEXT    NOT NULL DEFAULT '',
    birth_date      TEXT,                               -- YYYY-MM-DD, the first day where only month or year is known; NULL unknown
    birth_precision TEXT    NOT NULL DEFAULT '' CHECK (birth_precision IN ('', 'day', 'month', 'year', 'about')),
    sex             TEXT    NOT NULL DEFAULT '' CHECK (sex IN ('', 'female', 'male', 'other')),
    id_number       TEXT    NOT NULL DEFAULT '',        -- as in the document; always text
    phones          TEXT    NOT NULL DEFAULT '',        -- one a line
    contact_safety  TEXT    NOT NULL DEFAULT 'unknown' CHECK (contact_safety IN ('unknown', 'safe', 'unsafe')),
    address         TEXT    NOT NULL DEFAULT '',
    language        TEXT    NOT NULL DEFAULT '',        -- BCP 47
    notes           TEXT    NOT NULL DEFAULT '',
    legacy          TEXT    NOT NULL DEFAULT '',        -- JSON object of source columns that no field took; '' when none
    created_at      INTEGER NOT NULL,                   -- Unix milliseconds
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,         -- counts saves; guards against lost edits
    CHECK ((birth_date IS NULL) = (birth_precision = ''))
) STRICT;

CREATE INDEX clients_updated ON clients (updated_at DESC, id);
CREATE INDEX clients_id_number ON clients (id_number) WHERE id_number <> '';

-- What a search looks through. Numbers stand there as they were written and
-- without spaces and hyphens, so that both ways of typing one find it.
CREATE VIEW clients_words AS
SELECT rowid, surname, given_names, reference,
    id_number || ' ' || replace(replace(id_number, ' ', ''), '-', '') AS id_numbers,
    phones || ' ' || replace(replace(phones, ' ', ''), '-', '') AS phones
FROM clients;

-- The rowid of clients_fts is the rowid of clients.
CREATE VIRTUAL TABLE clients_fts USING fts5 (
    surname, given_names, reference, id_numbers, phones,
    content = 'clients_words', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);

-- +goose StatementBegin
CREATE TRIGGER clients_fts_insert AFTER INSERT ON clients
BEGIN
    INSERT INTO clients_fts (rowid, surname, given_names, reference, id_numbers, phones)
    VALUES (new.rowid, new.surname, new.given_names, new.reference,
        new.id_number || ' ' || replace(replace(new.id_number, ' ', ''), '-', ''),
        new.phones || ' ' || replace(replace(new.phones, ' ', ''), '-', ''));
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER clients_fts_update AFTER UPDATE OF surname, given_names, reference, id_number, phones ON clients
BEGIN
    INSERT INTO clients_fts (clients_fts, rowid, surname, given_names, reference, id_numbers, phones)
    VALUES ('delete', old.rowid, old.surname, old.given_names, old.reference,
        old.id_number || ' ' || replace(replace(old.id_number, ' ', ''), '-', ''),
        old.phones || ' ' || replace(replace(old.phones, ' ', ''), '-', ''));
    INSERT INTO clients_fts (rowid, surname, given_names, reference, id_numbers, phones)
    VALUES (new.rowid, new.surname, new.given_names, new.reference,
        new.id_number || ' ' || replace(replace(new.id_number, ' ', ''), '-', ''),
        new.phones || ' ' || replace(replace(new.phones, ' ', ''), '-', ''));
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER clients_fts_delete AFTER DELETE ON clients
BEGIN
    INSERT INTO clients_fts (clients_fts, rowid, surname, given_names, reference, id_numbers, phones)
    VALUES ('delete', old.rowid, old.surname, old.given_names, old.reference,
        old.id_number || ' ' || replace(replace(old.id_number, ' ', ''), '-', ''),
        old.phones || ' ' || replace(replace(old.phones, ' ', ''), '-', ''));
END;
-- +goose StatementEnd
