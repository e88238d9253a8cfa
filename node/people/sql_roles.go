package people

import (
	"context"
	"database/sql"
	"strings"

	"casehub/internal/sqlite"
)

func scanRole(row scanner) (Role, error) {
	var r Role
	err := row.Scan(&r.ID, &r.Name, &r.Version)
	return r, err
}

func roles(ctx context.Context, q sqlite.Querier) ([]Role, error) {
	rows, err := q.Query(ctx, `
SELECT id, name, version
FROM roles
ORDER BY name, id`, nil)
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Role, error) { return scanRole(rows) })
	if err != nil {
		return nil, err
	}
	granted, err := grants(ctx, q)
	for i := range all {
		all[i].Grants = granted[all[i].ID]
	}
	return all, err
}

func roleByID(ctx context.Context, q sqlite.Querier, id string) (Role, error) {
	r, err := scanRole(q.QueryRow(ctx, `
SELECT id, name, version
FROM roles
WHERE id = @id`, sqlite.Args{"id": id}))
	if err != nil {
		return r, found(err)
	}
	granted, err := grants(ctx, q)
	r.Grants = granted[id]
	return r, err
}

// grants returns what every own role allows.
func grants(ctx context.Context, q sqlite.Querier) (map[string][]Grant, error) {
	type row struct {
		role  string
		grant Grant
	}
	rows, err := q.Query(ctx, `
SELECT role_id, action, reach, classes
FROM role_grants
ORDER BY role_id, action`, nil)
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (row, error) {
		var r row
		var classes string
		err := rows.Scan(&r.role, &r.grant.Action, &r.grant.Reach, &classes)
		r.grant.Classes = strings.Fields(classes)
		return r, err
	})
	granted := map[string][]Grant{}
	for _, r := range all {
		granted[r.role] = append(granted[r.role], r.grant)
	}
	return granted, err
}

func insertRole(ctx context.Context, tx *sqlite.Tx, r Role) error {
	n, err := tx.Exec(ctx, `
INSERT INTO roles (id, name)
VALUES (@id, @name)
ON CONFLICT (name) DO NOTHING`, sqlite.Args{"id": r.ID, "name": r.Name})
	return one(n, err, ErrNameTaken)
}

// updateRole saves r unless its row has moved on since r was read.
func updateRole(ctx context.Context, tx *sqlite.Tx, r Role) error {
	args := sqlite.Args{"id": r.ID, "name": r.Name}
	err := free(ctx, tx, `
SELECT count(*)
FROM roles
WHERE name = @name AND id <> @id`, args)
	if err != nil {
		return err
	}
	args["version"] = r.Version
	n, err := tx.Exec(ctx, `
UPDATE roles
SET name = @name, version = version + 1
WHERE id = @id AND version = @version`, args)
	return one(n, err, ErrChanged)
}

func deleteRole(ctx context.Context, tx *sqlite.Tx, id string) error {
	if _, err := tx.Exec(ctx, `
DELETE FROM required_factors
WHERE role = @id AND NOT EXISTS (SELECT 1 FROM positions WHERE role = @id)`, sqlite.Args{"id": id}); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
DELETE FROM roles
WHERE id = @id AND NOT EXISTS (SELECT 1 FROM positions WHERE role = @id)`, sqlite.Args{"id": id})
	return one(n, err, ErrInUse)
}

func insertGrants(ctx context.Context, tx *sqlite.Tx, r Role) error {
	for _, g := range r.Grants {
		_, err := tx.Exec(ctx, `
INSERT INTO role_grants (role_id, action, reach, classes)
VALUES (@role, @action, @reach, @classes)`, sqlite.Args{
			"role": r.ID, "action": g.Action, "reach": g.Reach, "classes": joined(g.Classes),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func deleteGrants(ctx context.Context, tx *sqlite.Tx, role string) error {
	_, err := tx.Exec(ctx, `
DELETE FROM role_grants
WHERE role_id = @role`, sqlite.Args{"role": role})
	return err
}

func requiredFactors(ctx context.Context, q sqlite.Querier) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT role
FROM required_factors
ORDER BY role`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (string, error) {
		var role string
		return role, rows.Scan(&role)
	})
}

func replaceRequiredFactors(ctx context.Context, tx *sqlite.Tx, roles []string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM required_factors`, nil); err != nil {
		return err
	}
	for _, r := range roles {
		_, err := tx.Exec(ctx, `
INSERT INTO required_factors (role)
VALUES (@role)
ON CONFLICT DO NOTHING`, sqlite.Args{"role": r})
		if err != nil {
			return err
		}
	}
	return nil
}
