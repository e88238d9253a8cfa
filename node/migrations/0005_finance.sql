-- +goose Up

-- Money that reached a client through a case. An amount below zero takes back
-- one captured before.
CREATE TABLE recoveries (
    id           TEXT    NOT NULL PRIMARY KEY,          -- UUID
    case_id      TEXT    NOT NULL REFERENCES cases (id),
    kind         INTEGER NOT NULL,                      -- leaf of the code list recovery_kinds
    received_on  TEXT    NOT NULL,                      -- YYYY-MM-DD
    amount_minor INTEGER NOT NULL CHECK (amount_minor <> 0), -- minor units (cents) of the currency
    currency     TEXT    NOT NULL CHECK (length(currency) = 3), -- ISO 4217
    note         TEXT    NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,                      -- Unix milliseconds
    updated_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1             -- counts saves; guards against lost edits
) STRICT;

CREATE INDEX recoveries_case ON recoveries (case_id, received_on);
