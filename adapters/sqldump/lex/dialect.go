package lex

// Dialect is the SQL that a dump is written in.
type Dialect string

// The dialects.
const (
	MySQL     Dialect = "mysql" // and MariaDB
	Postgres  Dialect = "postgres"
	SQLServer Dialect = "sqlserver"
	SQLite    Dialect = "sqlite"
)
