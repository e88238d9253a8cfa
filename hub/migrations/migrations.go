// Package migrations holds the schema of the hub's Postgres database, one step
// a file, forward only.
package migrations

import "embed"

// FS holds the steps in their order.
//
//go:embed *.sql
var FS embed.FS
