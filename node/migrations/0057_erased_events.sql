-- +goose Up

-- An event whose record was erased stays where it was counted, is no correction,
-- and is never counted again. It forgets whose it was.
ALTER TABLE ledger_events ADD COLUMN erased INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1));

DROP TRIGGER ledger_events_stay_published;

-- +goose StatementBegin
CREATE TRIGGER ledger_events_stay_published BEFORE UPDATE ON ledger_events
WHEN old.state = 'published' AND NOT (
    new.erased = 1 AND new.client_id = ''
    AND (new.id, new.data_set, new.source_id, new.code, new.period, new.amount_minor, new.state, new.group_id)
        IS (old.id, old.data_set, old.source_id, old.code, old.period, old.amount_minor, old.state, old.group_id)
)
BEGIN
    SELECT raise(ABORT, 'a published event never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_events_stay_erased BEFORE UPDATE ON ledger_events WHEN old.erased = 1 AND new.erased = 0
BEGIN
    SELECT raise(ABORT, 'an erased event stays erased');
END;
-- +goose StatementEnd
