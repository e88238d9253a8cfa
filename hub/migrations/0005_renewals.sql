-- Offices whose keys were replaced after something was stolen.
-- +goose Up
ALTER TABLE chains ADD COLUMN key_id integer NOT NULL DEFAULT 1; -- the one key that may bring something new

UPDATE chains c
SET key_id = (SELECT max(k.key_id) FROM office_keys k WHERE k.org_unit = c.org_unit)
WHERE EXISTS (SELECT FROM office_keys k WHERE k.org_unit = c.org_unit);

-- What people at the hub decided about keys. Each key has one row, but the first.
CREATE TABLE renewals (
    org_unit      integer     NOT NULL,
    key_id        integer     NOT NULL CHECK (key_id > 1), -- of the new key; the one before brings nothing new from then on
    last_sequence integer     NOT NULL,           -- newest release that counted then; 0 when none
    arrival       integer     NOT NULL,           -- newest arrival of the office then
    renewed_at    timestamptz NOT NULL,
    who           text        NOT NULL CHECK (who <> ''), -- account on the hub's machine
    reason        text        NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (org_unit, key_id),
    FOREIGN KEY (org_unit, key_id) REFERENCES office_keys
);
