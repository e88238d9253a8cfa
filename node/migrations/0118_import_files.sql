-- +goose Up

-- The files that the records of a run stand in, as entries of the quarantine name them:
-- of an archive its members, of a folder its files, of a live source its server or its
-- tables. JSON list of texts.
ALTER TABLE import_runs ADD COLUMN files TEXT NOT NULL DEFAULT '[]';

-- Of earlier runs it is known what they held back.
UPDATE import_runs AS r
SET files = (
    SELECT json_group_array(f.name)
    FROM (
        SELECT r.source_name AS name
        UNION
        SELECT q.file
        FROM import_runs o
        JOIN import_quarantine q ON q.instance = o.instance AND o.id IN (q.first_run, q.last_run)
        WHERE o.instance = r.instance AND o.source_name = r.source_name
    ) f
);

-- What was taken is kept no second time.
UPDATE import_quarantine
SET source_row = '', mended = ''
WHERE status = 'resolved';
