-- +goose Up

-- Whoever approves a draft neither had it made, ever, nor checked it since it was made
-- or put back, whether or not another one checked it after them.
-- +goose StatementBegin
CREATE TRIGGER release_drafts_second BEFORE UPDATE OF state ON release_drafts
WHEN new.state = 'approved' AND EXISTS (
    SELECT 1
    FROM release_draft_steps s
    WHERE s.draft_id = new.id AND s.actor = new.approved_by AND (s.step = 'made' OR s.step = 'checked' AND s.id > (
        SELECT coalesce(max(b.id), 0)
        FROM release_draft_steps b
        WHERE b.draft_id = new.id AND b.step IN ('made', 'changed', 'back')
    ))
)
BEGIN
    SELECT raise(ABORT, 'whoever checked a draft or had it made does not approve it');
END;
-- +goose StatementEnd
