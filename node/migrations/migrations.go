// Package migrations holds the schema of a node's database, one step a file,
// forward only.
package migrations

import "embed"

// FS holds the steps in their order.
//
//go:embed *.sql
var FS embed.FS
