-- +goose Up

-- Browsers by which somebody came in with everything that was asked of them. A
-- guesser elsewhere, and at another browser of the same computer, makes nobody wait
-- there. It opens nothing.
CREATE TABLE known_devices (
    person_id TEXT    NOT NULL REFERENCES people (id),
    device    BLOB    NOT NULL CHECK (length(device) = 32), -- SHA-256 of what is in the browser's cookie
    seen_at   INTEGER NOT NULL,                             -- Unix milliseconds: the newest sign-in
    PRIMARY KEY (person_id, device)
) STRICT, WITHOUT ROWID;
