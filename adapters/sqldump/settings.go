package sqldump

import (
	"slices"

	"casehub/adapters"
	"casehub/adapters/sqldump/lex"
	"casehub/adapters/tables/charset"
)

// Dialect is the SQL that a dump is written in.
type Dialect = lex.Dialect

// The dialects.
const (
	MySQL     = lex.MySQL // and MariaDB
	Postgres  = lex.Postgres
	SQLServer = lex.SQLServer
	SQLite    = lex.SQLite
)

// Settings declares how a dump is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "sqldump": it says which source the settings are for.
	Type string `yaml:"type"`
	// Dialect of a dump; found in it when empty.
	Dialect Dialect `yaml:"dialect"`
	// Encoding of the texts, as "windows-1250", whatever the dump says of it; what the
	// dump says when empty. Texts that are UTF-8 are read as that all the same.
	Encoding string `yaml:"encoding"`
	// DoubleEncoded says what becomes of texts that were encoded twice, as "JosÃ©":
	// "repair" (the default) where nothing but that can be meant, or "keep".
	DoubleEncoded string `yaml:"double_encoded"`
	// Tables that are streams; all when empty.
	Tables []string `yaml:"tables"`
}

// Check reports the first setting that is wrong.
func (s Settings) Check() error {
	if !slices.Contains([]Dialect{"", MySQL, Postgres, SQLServer, SQLite}, s.Dialect) {
		return adapters.ErrSettings.With("setting", "dialect")
	}
	if s.Encoding != "" {
		if _, ok := charset.Named(s.Encoding); !ok {
			return adapters.ErrSettings.With("setting", "encoding")
		}
	}
	if !slices.Contains([]string{"", "repair", "keep"}, s.DoubleEncoded) {
		return adapters.ErrSettings.With("setting", "double_encoded")
	}
	return nil
}
