package sqldb

import (
	"database/sql"
	"net"
	"net/url"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/microsoft/go-mssqldb"

	"casehub/adapters"
)

// address is where a database is.
type address struct {
	dialect   *dialect
	host      string
	database  string
	local     bool // on this machine
	encrypted bool // and cannot be otherwise
	open      func() (*sql.DB, error)
}

// parseAddress reads an address. Its errors hold nothing of it.
func parseAddress(dsn string) (address, error) {
	wrong := adapters.ErrSettings.With("setting", "dsn_env")
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return address{}, wrong
	}
	a := address{host: u.Hostname(), database: strings.TrimPrefix(u.Path, "/")}
	a.local = onThisMachine(a.host)
	switch u.Scheme {
	case "mysql", "mariadb":
		return a, a.mysql(u)
	case "postgres", "postgresql":
		return a, a.postgres(u, dsn)
	case "sqlserver", "mssql":
		return a, a.sqlserver(u)
	}
	return a, wrong
}

func onThisMachine(host string) bool {
	if host == "" || host == "localhost" || strings.HasPrefix(host, "/") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// mysql reads mysql://user:password@host:port/database?socket=/path&tls=…
func (a *address) mysql(u *url.URL) error {
	c := mysql.NewConfig()
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.DBName, c.Net, c.Addr = a.database, "tcp", u.Host
	if u.Port() == "" {
		c.Addr = net.JoinHostPort(u.Hostname(), "3306")
	}
	if s := u.Query().Get("socket"); s != "" && u.Host == "" {
		c.Net, c.Addr = "unix", s
	}
	c.TLSConfig = u.Query().Get("tls")
	if c.TLSConfig == "" && !a.local {
		c.TLSConfig = "preferred"
	}
	c.InterpolateParams, c.ParseTime, c.AllowAllFiles = true, false, false
	a.encrypted = c.TLSConfig == "true"
	a.dialect = &mysqlDialect
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	a.open = func() (*sql.DB, error) { return sql.OpenDB(connector), nil }
	return nil
}

// postgres reads an address as libpq does.
func (a *address) postgres(u *url.URL, dsn string) error {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	c.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	a.local = onThisMachine(c.Host)
	a.host, a.database = c.Host, c.Database
	if a.local && a.host != "localhost" && strings.HasPrefix(a.host, "/") {
		a.host = "localhost"
	}
	mode := u.Query().Get("sslmode")
	a.encrypted = mode == "verify-full" || mode == "verify-ca" || mode == "require"
	a.dialect = &postgresDialect
	a.open = func() (*sql.DB, error) { return stdlib.OpenDB(*c), nil }
	return nil
}

// sqlserver reads sqlserver://user:password@host:port?database=… or …/database
// where there is no named instance.
func (a *address) sqlserver(u *url.URL) error {
	q := u.Query()
	if q.Get("database") == "" && a.database != "" && !strings.Contains(a.database, "/") {
		q.Set("database", a.database)
		u.Path = ""
	}
	a.database = q.Get("database")
	q.Set("ApplicationIntent", "ReadOnly")
	if q.Get("encrypt") == "" && !a.local {
		q.Set("encrypt", "true")
	}
	a.encrypted = q.Get("encrypt") == "true" || q.Get("encrypt") == "strict"
	u.RawQuery, u.Scheme = q.Encode(), "sqlserver"
	connector, err := mssql.NewConnector(u.String())
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	a.dialect = &sqlserverDialect
	a.open = func() (*sql.DB, error) { return sql.OpenDB(connector), nil }
	return nil
}
