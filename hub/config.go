package hub

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"casehub/internal/currency"
	"casehub/internal/errs"
	"casehub/internal/settings"
)

// Config is the settings of a hub. Zero values work: everything is embedded, in
// the folder "data", and listens on the loopback.
type Config struct {
	// Data is the folder of keys, releases and the private database; "data" when
	// empty.
	Data string
	// Listen is the address of the pages, on the loopback only; 127.0.0.1:8470
	// when empty.
	Listen string
	// GRPC is the address of the gRPC interface; 127.0.0.1:8471 when empty.
	GRPC string `toml:"grpc"`
	// Hosts are the names and addresses by which nodes reach the hub, beside the
	// loopback; they stand in its certificate.
	Hosts []string
	// Timezone is where the day of the reporting deadline ends, an IANA name; the
	// computer's when empty.
	Timezone string
	// Currency is the one in which all offices of this hub count amounts, ISO
	// 4217; ZAR when empty. It is not in a release.
	Currency string
	// ReadersToken is a file whose one line lets readers ask for statistics from
	// elsewhere; without it only those on this machine may.
	ReadersToken string `toml:"readers_token"`
	Database     DatabaseConfig
	NATS         NATSConfig `toml:"nats"`
	// Synthetic marks every page: the cases here were made up.
	Synthetic bool
}

// DatabaseConfig says which Postgres the hub uses.
type DatabaseConfig struct {
	// DSN is its connection string. Passwords belong in a password file. When
	// empty the hub starts a private cluster.
	DSN string `toml:"dsn"`
	// Folder is where the private cluster is; "postgres" in Data when empty.
	Folder string
}

// NATSConfig says which broker carries the releases.
type NATSConfig struct {
	// Listen is the address of the hub's own server; 127.0.0.1:8472 when empty.
	Listen string
	// URL is an outside server; the hub starts none then.
	URL string `toml:"url"`
	// Credentials and CAFile are for an outside server: a file with the hub's JWT
	// and seed, and the authority of the server when that is not the system's.
	Credentials string
	CAFile      string `toml:"ca_file"`
	// Replicas of the stream in an outside cluster; 1 when 0.
	Replicas int
}

// ReadConfig reads the settings file at path; "" gives the zero settings.
func ReadConfig(path string) (Config, error) {
	var c Config
	err := settings.Read(path, &c)
	return c, err
}

// What is wrong with a setting. Each is told with the name of the setting.
var (
	errFolder       = errs.New(errs.Invalid, "hub.setting-folder")
	errTimezone     = errs.New(errs.Invalid, "hub.setting-timezone").On("timezone")
	errCurrency     = errs.New(errs.Invalid, "hub.setting-currency").On("currency")
	errAddress      = errs.New(errs.Invalid, "hub.setting-address")
	errReadersToken = errs.New(errs.Invalid, "hub.setting-readers-token").On("readers_token")
	errReplicas     = errs.New(errs.Invalid, "hub.setting-replicas").On("nats.replicas")
	errURL          = errs.New(errs.Invalid, "hub.setting-nats-url").On("nats.url")
	errCAFile       = errs.New(errs.Invalid, "hub.setting-ca-file").On("nats.ca_file")
	errCredentials  = errs.New(errs.Invalid, "hub.setting-credentials").On("nats.credentials")
	errOutsideOnly  = errs.New(errs.Invalid, "hub.setting-outside-only")
	errDSN          = errs.New(errs.Invalid, "hub.setting-dsn").On("database.dsn")
	errNoBroker     = errs.New(errs.Unavailable, "hub.no-broker").On("nats.url")
	errNoDatabase   = errs.New(errs.Unavailable, "hub.no-database").On("database.dsn")
	// errNotLoopback reports an address of the pages that other machines could
	// reach. The pages name offices and have no sign-in yet.
	errNotLoopback = errs.New(errs.Invalid, "hub.setting-not-loopback")
)

// filled is a Config with its defaults in place and its parts understood.
type filled struct {
	Config
	zone  *time.Location
	token string
}

// fill puts the defaults in and checks every setting. Errors name the setting.
func (c Config) fill() (filled, error) {
	c.Data = cmp.Or(c.Data, "data")
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:8470")
	c.GRPC = cmp.Or(c.GRPC, "127.0.0.1:8471")
	c.NATS.Listen = cmp.Or(c.NATS.Listen, "127.0.0.1:8472")
	c.Currency = cmp.Or(c.Currency, "ZAR")
	c.NATS.Replicas = max(c.NATS.Replicas, 1)
	f := filled{Config: c}
	var err error
	if f.Data, err = filepath.Abs(c.Data); err != nil {
		return filled{}, errFolder.On("data")
	}
	if f.zone, err = time.LoadLocation(cmp.Or(c.Timezone, "Local")); err != nil {
		return filled{}, errTimezone
	}
	if !currency.Known(c.Currency) {
		return filled{}, errCurrency
	}
	for _, a := range []struct{ name, addr string }{{"listen", c.Listen}, {"grpc", c.GRPC}, {"nats.listen", c.NATS.Listen}} {
		if _, port, err := net.SplitHostPort(a.addr); err != nil || !isPort(port) {
			return filled{}, errAddress.On(a.name)
		}
	}
	if host, _, _ := net.SplitHostPort(c.Listen); !loopback(host) {
		return filled{}, errNotLoopback.On("listen")
	}
	if c.ReadersToken != "" {
		b, err := os.ReadFile(c.ReadersToken)
		f.token = strings.TrimSpace(string(b))
		if err != nil || len(f.token) < 32 {
			return filled{}, errReadersToken
		}
	}
	return f, f.NATS.check()
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= 65535
}

// check blames the first setting of the broker that does not hold.
func (n NATSConfig) check() error {
	if n.URL == "" {
		switch {
		case n.Replicas > 1:
			return errOutsideOnly.On("nats.replicas")
		case n.CAFile != "":
			return errOutsideOnly.On("nats.ca_file")
		case n.Credentials != "":
			return errOutsideOnly.On("nats.credentials")
		}
		return nil
	}
	for one := range strings.SplitSeq(n.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) || u.User != nil {
			return errURL
		}
	}
	if n.Replicas > 5 {
		return errReplicas
	}
	if n.CAFile != "" {
		b, err := os.ReadFile(n.CAFile)
		if err != nil || !x509.NewCertPool().AppendCertsFromPEM(b) {
			return errCAFile
		}
	}
	if n.Credentials != "" {
		if b, err := os.ReadFile(n.Credentials); err != nil || !bytes.Contains(b, []byte("BEGIN USER NKEY SEED")) {
			return errCredentials
		}
	}
	return nil
}

// loopback reports whether only this machine reaches a host.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// reached returns the address by which nodes reach what listens on addr.
func (f filled) reached(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	if err != nil || len(f.Hosts) == 0 || host != "" && (ip == nil || !ip.IsUnspecified()) {
		return addr
	}
	return net.JoinHostPort(f.Hosts[0], port)
}

func (f filled) keys() string { return filepath.Join(f.Data, "keys") }

// pageHosts are the names by which a browser may ask for the pages: this
// machine's own, the address that they listen on, and the names of the settings.
func (f filled) pageHosts() []string {
	all := []string{"localhost", "127.0.0.1", "::1"}
	if host, _, err := net.SplitHostPort(f.Listen); err == nil && host != "" {
		all = append(all, host)
	}
	return append(all, f.Hosts...)
}

// hosts are all names of the hub's certificate.
func (f filled) hosts() []string {
	all := []string{"localhost", "127.0.0.1", "::1"}
	for _, addr := range []string{f.GRPC, f.NATS.Listen} {
		if host, _, err := net.SplitHostPort(addr); err == nil && host != "" {
			all = append(all, host)
		}
	}
	return append(all, f.Hosts...)
}
