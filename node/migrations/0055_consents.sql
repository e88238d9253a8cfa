-- +goose Up

-- What a client answered when the office asked, one row an answer. Nothing is
-- written over: what holds is the newest answer for a purpose, and the others are
-- its history. Rows go with their client alone.
CREATE TABLE consents (
    id          TEXT    NOT NULL PRIMARY KEY,           -- UUID, ascending with time
    client_id   TEXT    NOT NULL REFERENCES clients (id),
    purpose     TEXT    NOT NULL CHECK (purpose IN ('record', 'contact', 'referral', 'feedback', 'sample', 'story')),
    answer      TEXT    NOT NULL CHECK (answer IN ('given', 'refused', 'withdrawn')),
    answered_on TEXT    NOT NULL,                       -- YYYY-MM-DD, the office's own day
    manner      TEXT    NOT NULL CHECK (manner IN ('writing', 'orally', 'thumbprint', 'guardian')),
    guardian    TEXT    NOT NULL DEFAULT '',            -- who answered in the client's place; '' for the client
    expires_on  TEXT,                                   -- YYYY-MM-DD, the last day on which it holds; NULL until it is withdrawn
    note        TEXT    NOT NULL DEFAULT '',
    captured_by TEXT    NOT NULL,                       -- kind:identifier
    captured_at INTEGER NOT NULL,                       -- Unix milliseconds
    CHECK ((manner = 'guardian') = (guardian <> '')),
    CHECK (expires_on IS NULL OR answer = 'given' AND expires_on >= answered_on)
) STRICT;

CREATE INDEX consents_client ON consents (client_id, purpose, answered_on, id);
CREATE INDEX consents_expiring ON consents (expires_on, id) WHERE expires_on IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER consents_keep_their_words BEFORE UPDATE ON consents
BEGIN
    SELECT raise(ABORT, 'an answer is never changed: record the new one');
END;
-- +goose StatementEnd

-- How long a consent holds, by purpose.
CREATE TABLE consent_terms (
    purpose TEXT    NOT NULL PRIMARY KEY,               -- as in consents
    months  INTEGER NOT NULL CHECK (months BETWEEN 0 AND 120) -- 0: until it is withdrawn
) STRICT;

INSERT INTO consent_terms (purpose, months)
VALUES ('record', 12), ('contact', 12), ('referral', 6), ('feedback', 6), ('sample', 12), ('story', 24);
