-- +goose Up

-- What became of a referral, once the office knows.
ALTER TABLE referrals ADD COLUMN result INTEGER;               -- leaf of the code list referral_results; NULL not known
ALTER TABLE referrals ADD COLUMN result_on TEXT;               -- YYYY-MM-DD, when the office learned it; NULL with result
ALTER TABLE referrals ADD COLUMN result_note TEXT NOT NULL DEFAULT '';

DROP TRIGGER referrals_touch_update;

-- +goose StatementBegin
CREATE TRIGGER referrals_touch_update AFTER UPDATE OF case_id, destination, referred_on, result, result_on ON referrals
BEGIN
    INSERT INTO ledger_touched (source, id) VALUES ('referrals', new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
