-- +goose Up

-- Two actions that no page ever asked for are gone from the policy, and from the
-- organisation's own roles with them.
DELETE FROM role_grants
WHERE action IN ('cases.approve', 'finance.approve');
