package node

import (
	"cmp"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"casehub/internal/civil"
	"casehub/internal/currency"
	"casehub/internal/pack"
	"casehub/internal/settings"
	"casehub/node/egress"
	"casehub/node/imports"
	"casehub/node/ledger"
	"casehub/node/vault"
)

// Config is the settings of a node. Zero values work: a node without an office
// number keeps cases and releases nothing.
type Config struct {
	// Data is the folder of the database; "data" when empty.
	Data string
	// KeyFile opens the node without a person: a file of 64 hex digits, made at
	// the set-up. Whoever has it and the disk reads everything, so it is for
	// servers in a locked room. Empty: a person signs in after each start.
	KeyFile string `toml:"key_file"`
	// Listen is the address of the pages, 127.0.0.1:8480 when empty. On any other
	// than the loopback the pages are served by TLS alone.
	Listen string
	// Hosts are names under which other machines reach the pages, beside the
	// addresses of this machine.
	Hosts []string
	// UploadMB is the most that one upload of documents may have, in megabytes, 1
	// to 2000; 20 when 0.
	UploadMB int64 `toml:"upload_mb"`
	// Currency is the one in which amounts recovered are counted, ISO 4217; ZAR
	// when empty.
	Currency string
	// Timezone is the office's, an IANA name; the computer's when empty.
	Timezone string
	Office   OfficeConfig
	Hub      HubConfig
	Packs    PacksConfig
	Backup   BackupConfig
	// Synthetic marks every page: the people here do not exist.
	Synthetic bool
	// SourceSecrets is the only folder in which a mapping from the pages names files with
	// secrets of sources; "source-secrets" beside the settings file when empty.
	SourceSecrets string `toml:"source_secrets"`
	// Sources opens what the pages import from; nil where nothing is read. It is no
	// setting: the program that runs a node knows the sources.
	Sources imports.Opener `toml:"-" json:"-"`

	// vaultCost and vaultOptions are for tests of this package: passwords that
	// cost nothing to compute.
	vaultCost    vault.Params
	vaultOptions []vault.Option
}

// OfficeConfig says whose node it is.
type OfficeConfig struct {
	// OrgUnit is the office's number at the hub, 1 to 999999; 0 releases nothing.
	OrgUnit uint32 `toml:"org_unit"`
	Name    string
	// FirstPeriod is the month of the first release, YYYYMM; 0 begins with the
	// month before the running one.
	FirstPeriod civil.Month `toml:"first_period"`
	// K and KSensitive raise the smallest number of people in a published group,
	// of any code and of a sensitive one. Below the national 5 and 10 they have no
	// effect (rule D2).
	K          uint32
	KSensitive uint32 `toml:"k_sensitive"`
}

// limits are the office's thresholds: the national ones, or stricter.
func (o OfficeConfig) limits() ledger.Limits {
	l := ledger.National()
	l.K = max(l.K, int64(o.K))
	l.KSensitive = max(l.KSensitive, l.K, int64(o.KSensitive))
	return l
}

// firstPeriod is the month of the first release of an office that has made none.
func (o OfficeConfig) firstPeriod(now time.Time) civil.Month {
	if o.FirstPeriod != 0 {
		return o.FirstPeriod
	}
	return civil.MonthOf(now).Add(-1)
}

// PacksConfig says whose rules and plans the node takes. Without it, none.
type PacksConfig struct {
	// Roots is the file of the national body's three keys, as it was given with the
	// set-up. What follows it comes by itself.
	Roots string
	// National is the smallest version of the national pack without which nothing
	// leaves; 0 waits for none.
	National uint32
}

// Own returns the paths of the node's data and secrets: nobody else's settings may
// name them.
func (c Config) Own() []string {
	all := []string{cmp.Or(c.Data, "data"), c.KeyFile, c.Backup.S3.CredentialsFile}
	return slices.DeleteFunc(all, func(path string) bool { return path == "" })
}

// settings reads the file of the keys.
func (p PacksConfig) settings() (egress.PackSettings, error) {
	if p.Roots == "" {
		if p.National > 0 {
			return egress.PackSettings{}, errors.New("setting packs.roots: is missing beside packs.national")
		}
		return egress.PackSettings{}, nil
	}
	b, err := os.ReadFile(p.Roots)
	if err == nil {
		_, err = pack.FirstRoots(b)
	}
	if err != nil {
		return egress.PackSettings{}, fmt.Errorf("setting packs.roots: %w", err)
	}
	return egress.PackSettings{Roots: b, National: p.National}, nil
}

// HubConfig says where the hub is. All or nothing: without it releases wait.
type HubConfig struct {
	// NATS is the broker's address, tls://host:port; GRPC the hub's, host:port.
	NATS, GRPC string
	// CAFile is the hub's certificate authority in PEM.
	CAFile string `toml:"ca_file"`
	// ReceiptKey is the hub's key for receipts: 64 hex digits.
	ReceiptKey string `toml:"receipt_key"`
}

// ReadConfig reads the settings file at path; "" gives the zero settings.
func ReadConfig(path string) (Config, error) {
	var c Config
	err := settings.Read(path, &c)
	return c, err
}

// filled is a Config with its defaults in place and its parts understood.
type filled struct {
	Config
	zone  *time.Location
	link  *egress.Link
	packs egress.PackSettings
	minor int64 // minor units in a hundred of the currency
	// pageHosts are the names under which the pages answer; nil is this machine's
	// own.
	pageHosts []string
}

// fill puts the defaults in and checks every setting. Errors name the setting.
func (c Config) fill() (filled, error) {
	c.Data = cmp.Or(c.Data, "data")
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:8480")
	c.Currency = cmp.Or(c.Currency, "ZAR")
	c.UploadMB = cmp.Or(c.UploadMB, 20)
	f := filled{Config: c, zone: time.Local}
	if err := f.checkAddress(); err != nil {
		return f, err
	}
	if c.UploadMB < 1 || c.UploadMB > 2000 {
		return f, errors.New("setting upload_mb: must be from 1 to 2000")
	}
	if c.Office.OrgUnit > 999_999 {
		return f, errors.New("setting office.org_unit: must be at most 999999")
	}
	if c.Office.FirstPeriod != 0 && !c.Office.FirstPeriod.Valid() {
		return f, errors.New("setting office.first_period: must be a month as YYYYMM")
	}
	var err error
	if f.minor, err = minorPerHundred(c.Currency); err != nil {
		return f, fmt.Errorf("setting currency: %w", err)
	}
	if c.Timezone != "" {
		if f.zone, err = time.LoadLocation(c.Timezone); err != nil {
			return f, errors.New("setting timezone: there is no such zone")
		}
	}
	if f.packs, err = c.Packs.settings(); err != nil {
		return f, err
	}
	f.link, err = c.Hub.link()
	return f, err
}

// checkAddress checks where the pages are served.
func (f filled) checkAddress() error {
	host, _, err := net.SplitHostPort(f.Listen)
	if err != nil {
		return errors.New("setting listen: must be host:port, as 127.0.0.1:8480")
	}
	if net.ParseIP(host) == nil && host != "localhost" {
		return errors.New("setting listen: must begin with an address of this machine, as 127.0.0.1:8480 or 0.0.0.0:8480")
	}
	return nil
}

// name stands in the bar of every page.
func (f filled) name() string {
	if f.Office.Name == "" {
		return "casehub"
	}
	return "casehub · " + f.Office.Name
}

// minorPerHundred returns how many minor units make a hundred of a currency.
func minorPerHundred(code string) (int64, error) {
	if !currency.Valid(code) {
		return 0, errors.New("must be a code of ISO 4217, as ZAR")
	}
	minor := int64(100)
	for range currency.MinorDigits(code) {
		minor *= 10
	}
	return minor, nil
}

// link reads the hub's certificate and key. Without any setting there is no
// hub; with some of them, each has to be there.
func (h HubConfig) link() (*egress.Link, error) {
	if h == (HubConfig{}) {
		return nil, nil
	}
	for _, s := range []struct{ name, value string }{{"nats", h.NATS}, {"grpc", h.GRPC}, {"ca_file", h.CAFile}, {"receipt_key", h.ReceiptKey}} {
		if s.value == "" {
			return nil, fmt.Errorf("setting hub.%s: is missing beside the other settings of the hub", s.name)
		}
	}
	ca, err := os.ReadFile(h.CAFile)
	if err != nil {
		return nil, fmt.Errorf("setting hub.ca_file: %w", err)
	}
	key, err := hex.DecodeString(h.ReceiptKey)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("setting hub.receipt_key: must be 64 hex digits")
	}
	return &egress.Link{NATSURL: h.NATS, GRPCAddr: h.GRPC, CA: ca, ReceiptKey: key}, nil
}
