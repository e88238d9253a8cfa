-- +goose Up

-- Whoever was shut out of a case until it was erased stays shut out of what it left.
CREATE TABLE case_remains_walls (
    remains_id INTEGER NOT NULL REFERENCES case_remains (id),
    person_id  TEXT    NOT NULL REFERENCES people (id),
    PRIMARY KEY (person_id, remains_id)
) STRICT, WITHOUT ROWID;

-- Who was shut out of an erased case of which something was published, and so still
-- opens no published number.
CREATE TABLE ledger_shut_out (
    person_id TEXT NOT NULL PRIMARY KEY REFERENCES people (id)
) STRICT, WITHOUT ROWID;

-- The walls that were not ended are read while they are there. Whoever erases takes
-- those away before whose last day is past, which the database does not know.
DROP TRIGGER cases_leave_remains;

-- +goose StatementBegin
CREATE TRIGGER cases_leave_remains BEFORE DELETE ON cases
WHEN EXISTS (SELECT 1 FROM ledger_events WHERE data_set = 1 AND source_id = old.id AND state = 'published' AND erased = 1)
BEGIN
    INSERT INTO case_remains (case_type, again, began, ended)
    SELECT old.case_type, again, CAST(substr(began_on, 1, 4) || substr(began_on, 6, 2) AS INTEGER),
        CAST(substr(ended_on, 1, 4) || substr(ended_on, 6, 2) AS INTEGER)
    FROM case_spells
    WHERE case_id = old.id;
    INSERT INTO case_remains_walls (remains_id, person_id)
    SELECT DISTINCT m.id, w.person_id
    FROM case_remains m
    JOIN walls w ON w.case_id = old.id AND w.ended_at IS NULL
    WHERE m.id > (SELECT max(id) FROM case_remains) - (SELECT count(*) FROM case_spells WHERE case_id = old.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER cases_take_walls AFTER DELETE ON cases
BEGIN
    DELETE FROM walls
    WHERE case_id = old.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER case_remains_walls_stay BEFORE UPDATE ON case_remains_walls
BEGIN
    SELECT raise(ABORT, 'who was shut out of an erased case stays shut out');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER case_remains_walls_stay_for_ever BEFORE DELETE ON case_remains_walls
BEGIN
    SELECT raise(ABORT, 'who was shut out of an erased case stays shut out');
END;
-- +goose StatementEnd
