-- +goose Up

-- Whose an event is: what is left of the records of a client with a case behind a wall
-- is asked for on every page of releases.
CREATE INDEX ledger_events_client ON ledger_events (client_id, data_set);
