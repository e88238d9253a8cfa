-- +goose Up
CREATE TABLE referrals (
    id          TEXT    NOT NULL PRIMARY KEY,           -- UUID
    case_id     TEXT    NOT NULL REFERENCES cases (id),
    destination INTEGER NOT NULL,                       -- leaf of the code list referral_destinations
    referred_on TEXT    NOT NULL,                       -- YYYY-MM-DD
    note        TEXT    NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,                       -- Unix milliseconds
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL DEFAULT 1              -- counts saves; guards against lost edits
) STRICT;

CREATE INDEX referrals_case ON referrals (case_id, referred_on);
