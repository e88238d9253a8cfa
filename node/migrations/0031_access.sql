-- +goose Up

-- Whose case it is. A case without an office is seen by whoever sees the whole
-- organisation, and by nobody else.
ALTER TABLE cases ADD COLUMN office_id TEXT REFERENCES offices (id);
ALTER TABLE cases ADD COLUMN responsible_id TEXT REFERENCES people (id);
-- The office that registered the client.
ALTER TABLE clients ADD COLUMN office_id TEXT REFERENCES offices (id);

CREATE INDEX cases_office ON cases (office_id, opened_on DESC, id);
CREATE INDEX cases_responsible ON cases (responsible_id, opened_on DESC, id);
CREATE INDEX clients_office ON clients (office_id);

-- A wall shuts one person out of one case. An ended wall stays, for the record.
CREATE TABLE walls (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID
    case_id    TEXT    NOT NULL REFERENCES cases (id),
    person_id  TEXT    NOT NULL REFERENCES people (id),
    reason     TEXT    NOT NULL CHECK (reason IN ('conflict', 'related', 'dispute', 'other')),
    note       TEXT    NOT NULL DEFAULT '',
    raised_by  TEXT    NOT NULL,                        -- identifier of the person
    raised_at  INTEGER NOT NULL,                        -- Unix milliseconds
    until      TEXT,                                    -- YYYY-MM-DD, the last day; NULL without end
    ended_by   TEXT,                                    -- NULL while it stands
    ended_at   INTEGER,
    CHECK ((ended_by IS NULL) = (ended_at IS NULL))
) STRICT;

CREATE INDEX walls_person ON walls (person_id, case_id) WHERE ended_at IS NULL;
CREATE INDEX walls_case ON walls (case_id);

-- Break-glass: a person who may not read a case reads it in an emergency, for a
-- short time, with a reason that the director is shown.
CREATE TABLE emergencies (
    id         TEXT    NOT NULL PRIMARY KEY,            -- UUID
    case_id    TEXT    NOT NULL REFERENCES cases (id),
    person_id  TEXT    NOT NULL REFERENCES people (id),
    reason     TEXT    NOT NULL,
    begun_at   INTEGER NOT NULL,                        -- Unix milliseconds
    ends_at    INTEGER NOT NULL,
    seen_by    TEXT,                                    -- the director who has read of it; NULL nobody yet
    seen_at    INTEGER,
    CHECK ((seen_by IS NULL) = (seen_at IS NULL))
) STRICT;

CREATE INDEX emergencies_person ON emergencies (person_id, case_id, ends_at);
