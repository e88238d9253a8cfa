-- +goose Up

-- The newest key file that the node has seen: an older one put back is noticed.
ALTER TABLE key_notes ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;     -- of the key file; 0: none noted yet
ALTER TABLE key_notes ADD COLUMN others   TEXT    NOT NULL DEFAULT '[]';  -- JSON: names of the slots that are no password's, of that revision
ALTER TABLE key_notes ADD COLUMN put_back_at    INTEGER;                  -- Unix milliseconds: an older key file was met; NULL: none, or a director has looked
ALTER TABLE key_notes ADD COLUMN put_back_words INTEGER NOT NULL DEFAULT 0 CHECK (put_back_words IN (0, 1)); -- 1: recovery words of before count again

-- Whoever had a second factor when the master key was changed sets one up anew,
-- whatever their role asks for.
ALTER TABLE people ADD COLUMN enrol_again INTEGER NOT NULL DEFAULT 0 CHECK (enrol_again IN (0, 1));
