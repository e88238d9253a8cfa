package server

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/microsoft/go-mssqldb"
)

// Dialect is what differs between the servers.
type Dialect struct {
	// Quote writes a name, Arg the n-th argument, from 1.
	Quote func(name string) string
	Arg   func(n int) string
	// Text selects a column of a type as text.
	Text func(column, of string) string
	// Page begins and ends a SELECT of so many rows.
	Page func(n int) (head, tail string)
	// RowBytes is true where binary columns come as their bytes; else in hexadecimal.
	RowBytes bool

	begin               []string // what is said first on a connection
	columns, keys, refs string
	denied, missing     func(error) bool
}

var mysqlDialect = Dialect{
	begin: []string{
		"SET SESSION time_zone = '+00:00'",
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
		"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
	},
	Quote:    func(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" },
	Arg:      func(int) string { return "?" },
	RowBytes: true,
	Text: func(column, of string) string {
		switch base, _, _ := strings.Cut(of, "("); base {
		case "bit":
			return column + "+0"
		case "geometry", "point", "linestring", "polygon", "multipoint", "multipolygon", "multilinestring", "geometrycollection":
			return "ST_AsText(" + column + ")"
		case "float", "double":
			return "CAST(" + column + " AS CHAR)"
		}
		if strings.Contains(of, "zerofill") {
			return "CAST(" + column + " AS CHAR)"
		}
		return column
	},
	Page: func(n int) (string, string) { return "", " LIMIT " + strconv.Itoa(n) },
	columns: `SELECT '', c.table_name, c.column_name, c.column_type, c.column_comment FROM information_schema.columns c
		JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
		WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position`,
	keys: `SELECT '', table_name, column_name FROM information_schema.key_column_usage
		WHERE table_schema = DATABASE() AND constraint_name = 'PRIMARY' ORDER BY table_name, ordinal_position`,
	refs: `SELECT '', table_name, constraint_name, column_name, '', referenced_table_name, referenced_column_name FROM information_schema.key_column_usage
		WHERE table_schema = DATABASE() AND referenced_table_schema = DATABASE() ORDER BY table_name, constraint_name, ordinal_position`,
	denied: func(err error) bool {
		var e *mysql.MySQLError
		return errors.As(err, &e) && (e.Number == 1044 || e.Number == 1045 || e.Number == 1142 || e.Number == 1698)
	},
	missing: func(err error) bool {
		var e *mysql.MySQLError
		return errors.As(err, &e) && (e.Number == 1049 || e.Number == 1054 || e.Number == 1064 || e.Number == 1146)
	},
}

var postgresDialect = Dialect{
	begin: []string{
		"SET default_transaction_read_only = on",
		"SET timezone = 'UTC'",
		"SET datestyle = 'ISO, YMD'",
		"SET bytea_output = 'hex'",
		"SET extra_float_digits = 1",
		"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	},
	Quote: func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` },
	Arg:   func(n int) string { return "$" + strconv.Itoa(n) },
	Text:  func(column, _ string) string { return column + "::text" },
	Page:  func(n int) (string, string) { return "", " LIMIT " + strconv.Itoa(n) },
	columns: `SELECT n.nspname::text, c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)::text, coalesce(col_description(c.oid, a.attnum), '')
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
		AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
		AND n.nspname NOT LIKE 'pg_toast%' ORDER BY 1, 2, a.attnum`,
	keys: `SELECT n.nspname::text, c.relname::text, a.attname::text FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS x(attnum, at) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.attnum
		WHERE k.contype = 'p' ORDER BY 1, 2, x.at`,
	refs: `SELECT n.nspname::text, c.relname::text, k.conname::text, a.attname::text, fn.nspname::text, f.relname::text, fa.attname::text
		FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
		CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS x(attnum, fattnum, at)
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.attnum JOIN pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = x.fattnum
		WHERE k.contype = 'f' ORDER BY 1, 2, 3, x.at`,
	denied: func(err error) bool {
		var e *pgconn.PgError
		return errors.As(err, &e) && (strings.HasPrefix(e.Code, "28") || e.Code == "42501")
	},
	missing: func(err error) bool {
		var e *pgconn.PgError
		return errors.As(err, &e) && (e.Code == "3D000" || strings.HasPrefix(e.Code, "42"))
	},
}

// sqlserverDialect cannot open a transaction that may not write; what is read is
// made here of names alone, or a single SELECT, and the user should have no more.
var sqlserverDialect = Dialect{
	begin: []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET LOCK_TIMEOUT 30000"},
	Quote: func(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" },
	Arg:   func(n int) string { return "@p" + strconv.Itoa(n) },
	Text: func(column, of string) string {
		switch base, _, _ := strings.Cut(of, "("); base {
		case "date", "datetime", "datetime2", "smalldatetime", "datetimeoffset", "time":
			return "CONVERT(nvarchar(50), " + column + ", 126)"
		case "money", "smallmoney":
			return "CONVERT(nvarchar(50), " + column + ", 2)"
		case "float", "real":
			return "CONVERT(nvarchar(50), " + column + ", 3)"
		case "binary", "varbinary", "image", "timestamp", "rowversion":
			return "CONVERT(varchar(max), CONVERT(varbinary(max), " + column + "), 2)"
		}
		return "CONVERT(nvarchar(max), " + column + ")"
	},
	Page: func(n int) (string, string) { return "TOP (" + strconv.Itoa(n) + ") ", "" },
	columns: `SELECT c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, '' FROM INFORMATION_SCHEMA.COLUMNS c
		JOIN INFORMATION_SCHEMA.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME WHERE t.TABLE_TYPE = 'BASE TABLE'
		ORDER BY 1, 2, c.ORDINAL_POSITION`,
	keys: `SELECT k.TABLE_SCHEMA, k.TABLE_NAME, k.COLUMN_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE k
		JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS c ON c.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = k.CONSTRAINT_NAME
		WHERE c.CONSTRAINT_TYPE = 'PRIMARY KEY' ORDER BY 1, 2, k.ORDINAL_POSITION`,
	refs: `SELECT OBJECT_SCHEMA_NAME(f.parent_object_id), OBJECT_NAME(f.parent_object_id), OBJECT_NAME(f.constraint_object_id),
		COL_NAME(f.parent_object_id, f.parent_column_id), OBJECT_SCHEMA_NAME(f.referenced_object_id), OBJECT_NAME(f.referenced_object_id),
		COL_NAME(f.referenced_object_id, f.referenced_column_id) FROM sys.foreign_key_columns f ORDER BY 1, 2, 3, f.constraint_column_id`,
	denied: func(err error) bool {
		var e mssql.Error
		return errors.As(err, &e) && (e.Number == 18456 || e.Number == 229 || e.Number == 4060)
	},
	missing: func(err error) bool {
		var e mssql.Error
		return errors.As(err, &e) && (e.Number == 208 || e.Number == 207 || e.Number == 102)
	},
}
