-- +goose Up

-- By which plan the ledger read the records last: a newer one may bring a measure of
-- records that are there already. 0 is before this was noted.
ALTER TABLE ledger_rules ADD COLUMN registry INTEGER NOT NULL DEFAULT 0;
