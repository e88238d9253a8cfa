package imports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"casehub/internal/sqlite"
	"casehub/node/vault"
)

// selectDrafts reads whole drafts; what narrows them follows.
const selectDrafts = `
SELECT id, owner, kind, step, title, file, size, choices, mapping, job, created_at, used_at, version
FROM import_drafts
`

func scanDraft(row sqlite.Row) (Preparation, error) {
	var d Preparation
	var choices string
	var created, used int64
	err := row.Scan(&d.ID, &d.owner, &d.Kind, &d.Step, &d.Title, &d.file, &d.Size, &choices, &d.Text, &d.Job, &created, &used, &d.Version)
	if err != nil {
		return d, err
	}
	d.CreatedAt, d.UsedAt = sqlite.Instant(created), sqlite.Instant(used)
	return d, json.Unmarshal([]byte(choices), &d.Choices)
}

// draftOf returns the draft of a person. It fails with ErrNoDraft, also for the draft
// of somebody else.
func draftOf(ctx context.Context, q sqlite.Querier, id, owner string) (Preparation, error) {
	d, err := scanDraft(q.QueryRow(ctx, selectDrafts+`WHERE id = @id AND owner = @owner`, sqlite.Args{"id": id, "owner": owner}))
	switch {
	case errors.Is(err, sqlite.ErrNoRows):
		return Preparation{}, ErrNoDraft
	case err != nil:
		return Preparation{}, fmt.Errorf("reading the draft of an import: %w", err)
	}
	return d, nil
}

// draftNamed returns a draft, whoever's it is: for a job that its owner started. It
// fails with ErrNoDraft.
func draftNamed(ctx context.Context, q sqlite.Querier, id string) (Preparation, error) {
	all, err := draftsWhere(ctx, q, `WHERE id = @id`, sqlite.Args{"id": id})
	if err == nil && len(all) == 0 {
		err = ErrNoDraft
	}
	if err != nil {
		return Preparation{}, err
	}
	return all[0], nil
}

// mostDrafts is how many drafts a person may have.
const mostDrafts = 50

// draftsOf lists the drafts of a person, those used last first.
func draftsOf(ctx context.Context, q sqlite.Querier, owner string) ([]Preparation, error) {
	return draftsWhere(ctx, q, `WHERE owner = @owner ORDER BY used_at DESC, id LIMIT @most`, sqlite.Args{"owner": owner, "most": mostDrafts})
}

// oldDrafts lists the drafts that nobody has used since a moment.
func oldDrafts(ctx context.Context, q sqlite.Querier, before time.Time) ([]Preparation, error) {
	return draftsWhere(ctx, q, `WHERE used_at < @before`, sqlite.Args{"before": before.UnixMilli()})
}

func draftsWhere(ctx context.Context, q sqlite.Querier, where string, args sqlite.Args) ([]Preparation, error) {
	rows, err := q.Query(ctx, selectDrafts+where, args)
	if err != nil {
		return nil, fmt.Errorf("listing drafts of imports: %w", err)
	}
	defer rows.Close()
	var all []Preparation
	for rows.Next() {
		d, err := scanDraft(rows)
		if err != nil {
			return nil, fmt.Errorf("listing drafts of imports: %w", err)
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

// sealedFiles lists the files that drafts name.
func sealedFiles(ctx context.Context, q sqlite.Querier) (map[vault.FileID]bool, error) {
	rows, err := q.Query(ctx, `
SELECT file
FROM import_drafts
WHERE file <> ''`, nil)
	if err != nil {
		return nil, fmt.Errorf("listing the files of drafts: %w", err)
	}
	defer rows.Close()
	all := map[vault.FileID]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("listing the files of drafts: %w", err)
		}
		all[vault.FileID(id)] = true
	}
	return all, rows.Err()
}

func insertDraft(ctx context.Context, q sqlite.Querier, d Preparation) error {
	choices, err := json.Marshal(d.Choices)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `
INSERT INTO import_drafts (id, owner, kind, step, title, file, size, choices, mapping, created_at, used_at)
VALUES (@id, @owner, @kind, @step, @title, @file, @size, @choices, @mapping, @at, @at)`, sqlite.Args{
		"id": d.ID, "owner": d.owner, "kind": d.Kind, "step": string(d.Step), "title": d.Title, "file": string(d.file), "size": d.Size,
		"choices": string(choices), "mapping": d.Text, "at": d.CreatedAt.UnixMilli(),
	})
	return err
}

// updateDraft saves a draft unless its row has moved on since it was read.
func updateDraft(ctx context.Context, q sqlite.Querier, d Preparation) error {
	choices, err := json.Marshal(d.Choices)
	if err != nil {
		return err
	}
	n, err := q.Exec(ctx, `
UPDATE import_drafts
SET step = @step, title = @title, file = @file, size = @size, choices = @choices, mapping = @mapping, job = @job, used_at = @at, version = version + 1
WHERE id = @id AND owner = @owner AND version = @version`, sqlite.Args{
		"id": d.ID, "owner": d.owner, "version": d.Version, "step": string(d.Step), "title": d.Title, "file": string(d.file), "size": d.Size,
		"choices": string(choices), "mapping": d.Text, "job": int64(d.Job), "at": d.UsedAt.UnixMilli(),
	})
	if err == nil && n == 0 {
		err = ErrDraftChanged
	}
	return err
}

func deleteDraft(ctx context.Context, q sqlite.Querier, id, owner string) error {
	_, err := q.Exec(ctx, `
DELETE FROM import_drafts
WHERE id = @id AND owner = @owner`, sqlite.Args{"id": id, "owner": owner})
	return err
}
