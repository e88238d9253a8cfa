-- +goose Up

-- Whether a case was opened in an emergency is asked at each look at it.
CREATE INDEX emergencies_case ON emergencies (case_id);
