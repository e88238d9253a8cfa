package server

import (
	"cmp"
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

// At finds the database at an address, mysql://…, postgres://… or sqlserver://…; it does
// not connect. Its errors hold nothing of the address.
func At(dsn string) (*Database, error) {
	wrong := adapters.ErrSettings.With("setting", "dsn_env")
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return nil, wrong
	}
	a := &Database{Host: u.Hostname(), Name: strings.TrimPrefix(u.Path, "/")}
	switch u.Scheme {
	case "mysql", "mariadb":
		return a, a.mysql(u)
	case "postgres", "postgresql":
		return a, a.postgres(u, dsn)
	case "sqlserver", "mssql":
		return a, a.sqlserver(u)
	}
	return nil, wrong
}

func onThisMachine(host string) bool {
	if host == "" || host == "localhost" || strings.HasPrefix(host, "/") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// mysql reads mysql://user:password@host:port/database?socket=/path&tls=…
func (a *Database) mysql(u *url.URL) error {
	c := mysql.NewConfig()
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.DBName, c.Net, c.Addr = a.Name, "tcp", u.Host
	if u.Port() == "" {
		c.Addr = net.JoinHostPort(u.Hostname(), "3306")
	}
	if s := u.Query().Get("socket"); s != "" && u.Host == "" {
		c.Net, c.Addr = "unix", s
	}
	local := onThisMachine(a.Host)
	a.Host = cmp.Or(a.Host, "localhost")
	if c.TLSConfig = u.Query().Get("tls"); c.TLSConfig == "" && !local {
		c.TLSConfig = "true"
	}
	c.InterpolateParams, c.ParseTime, c.AllowAllFiles = true, false, false
	a.Proven = local || c.TLSConfig == "true"
	a.Dialect = &mysqlDialect
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	a.open = func() *sql.DB { return sql.OpenDB(connector) }
	return nil
}

// postgres reads an address as libpq does, but that another machine must prove who
// it is where nothing is said of that.
func (a *Database) postgres(u *url.URL, dsn string) error {
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
	a.Host, a.Name = c.Host, c.Database
	if strings.HasPrefix(a.Host, "/") {
		a.Host = "localhost"
	}
	a.Proven = provenPostgres(c)
	a.Dialect = &postgresDialect
	a.open = func() *sql.DB { return stdlib.OpenDB(*c) }
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
func (a *Database) sqlserver(u *url.URL) error {
	q := u.Query()
	if q.Get("database") == "" && a.Name != "" && !strings.Contains(a.Name, "/") {
		q.Set("database", a.Name)
		u.Path = ""
	}
	a.Name = q.Get("database")
	q.Set("ApplicationIntent", "ReadOnly")
	said := func(name string) bool { return strings.EqualFold(name, "encrypt") }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(q)), said) && !onThisMachine(a.Host) {
		q.Set("encrypt", "true")
	}
	u.RawQuery, u.Scheme = q.Encode(), "sqlserver"
	c, err := msdsn.Parse(u.String())
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	encrypted := c.Encryption == msdsn.EncryptionRequired || c.Encryption == msdsn.EncryptionStrict
	a.Proven = onThisMachine(c.Host) && c.FailOverPartner == "" || encrypted && verifies(c.TLSConfig)
	connector, err := mssql.NewConnector(u.String())
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	a.Dialect = &sqlserverDialect
	a.open = func() *sql.DB { return sql.OpenDB(connector) }
	return nil
}
