package hub

import (
	"cmp"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

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

var (
	errSetting = errs.New(errs.Invalid, "hub.setting")
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
	c.NATS.Replicas = max(c.NATS.Replicas, 1)
	f := filled{Config: c}
	var err error
	if f.Data, err = filepath.Abs(c.Data); err != nil {
		return filled{}, errSetting.On("data")
	}
	if f.zone, err = time.LoadLocation(cmp.Or(c.Timezone, "Local")); err != nil {
		return filled{}, errSetting.On("timezone")
	}
	for name, addr := range map[string]string{"listen": c.Listen, "grpc": c.GRPC, "nats.listen": c.NATS.Listen} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return filled{}, errSetting.On(name)
		}
	}
	if host, _, _ := net.SplitHostPort(c.Listen); !loopback(host) {
		return filled{}, errNotLoopback.On("listen")
	}
	if f.NATS.Replicas > 5 || f.NATS.Replicas > 1 && f.NATS.URL == "" {
		return filled{}, errSetting.On("nats.replicas")
	}
	if c.ReadersToken != "" {
		b, err := os.ReadFile(c.ReadersToken)
		f.token = strings.TrimSpace(string(b))
		if err != nil || len(f.token) < 32 {
			return filled{}, errSetting.On("readers_token")
		}
	}
	return f, nil
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
