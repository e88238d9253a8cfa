// Package locale holds what the hub says to people: one catalogue for each
// language, with the same keys.
package locale

import "embed"

// FS holds the catalogues.
//
//go:embed *.toml
var FS embed.FS
