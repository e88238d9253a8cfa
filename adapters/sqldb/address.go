package sqldb

import (
	"crypto/tls"
	"database/sql"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"casehub/adapters"
)

// address is where a database is.
type address struct {
	dialect  *dialect
	host     string
	database string
	// proven is true where the server proves who it is before it gets a password, or
	// is on this machine.
	proven bool
	open   func() (*sql.DB, error)
}

// parseAddress reads an address. Its errors hold nothing of it.
func parseAddress(dsn string) (address, error) {
	wrong := adapters.ErrSettings.With("setting", "dsn_env")
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return address{}, wrong
	}
	a := address{host: u.Hostname(), database: strings.TrimPrefix(u.Path, "/")}
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
	local := onThisMachine(a.host)
	if c.TLSConfig = u.Query().Get("tls"); c.TLSConfig == "" && !local {
		c.TLSConfig = "true"
	}
	c.InterpolateParams, c.ParseTime, c.AllowAllFiles = true, false, false
	a.proven = local || c.TLSConfig == "true"
	a.dialect = &mysqlDialect
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	a.open = func() (*sql.DB, error) { return sql.OpenDB(connector), nil }
	return nil
}

// postgres reads an address as libpq does, but that another machine must prove who
// it is where nothing is said of that.
func (a *address) postgres(u *url.URL, dsn string) error {
	c, err := pgx.ParseConfig(dsn)
	if err == nil && !provenPostgres(c) && u.Query().Get("sslmode") == "" {
		q := u.Query()
		q.Set("sslmode", "verify-full")
		u.RawQuery = q.Encode()
		c, err = pgx.ParseConfig(u.String())
	}
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	c.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	a.host, a.database = c.Host, c.Database
	if strings.HasPrefix(a.host, "/") {
		a.host = "localhost"
	}
	a.proven = provenPostgres(c)
	a.dialect = &postgresDialect
	a.open = func() (*sql.DB, error) { return stdlib.OpenDB(*c), nil }
	return nil
}

// provenPostgres judges every way in which a connection is tried, one after the
// other: several hosts, and the same without TLS.
func provenPostgres(c *pgx.ConnConfig) bool {
	ok := onThisMachine(c.Host) || verifies(c.TLSConfig)
	for _, f := range c.Fallbacks {
		ok = ok && (onThisMachine(f.Host) || verifies(f.TLSConfig))
	}
	return ok
}

// verifies reports whether a connection is encrypted to a server whose certificate
// is checked.
func verifies(c *tls.Config) bool {
	return c != nil && (!c.InsecureSkipVerify || c.VerifyPeerCertificate != nil || c.VerifyConnection != nil)
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
	said := func(name string) bool { return strings.EqualFold(name, "encrypt") }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(q)), said) && !onThisMachine(a.host) {
		q.Set("encrypt", "true")
	}
	u.RawQuery, u.Scheme = q.Encode(), "sqlserver"
	c, err := msdsn.Parse(u.String())
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	encrypted := c.Encryption == msdsn.EncryptionRequired || c.Encryption == msdsn.EncryptionStrict
	a.proven = onThisMachine(c.Host) && c.FailOverPartner == "" || encrypted && verifies(c.TLSConfig)
	connector, err := mssql.NewConnector(u.String())
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	a.dialect = &sqlserverDialect
	a.open = func() (*sql.DB, error) { return sql.OpenDB(connector), nil }
	return nil
}
