package canary

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/node"
	hubv1 "casehub/proto/casehub/hub/v1"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
)

// leak lets a text out on purpose, at one place and in one disguise.
type leak struct {
	name string
	at   string // column of the marker that it lets out
	from string // beginning of the source's name where it must be found
	out  func(s *stage, text string) error
}

func hubLog(format string, disguise func(string) string) func(*stage, string) error {
	return func(s *stage, text string) error {
		s.hubLog.logger().Info(fmt.Sprintf(format, disguise(text)))
		return nil
	}
}

func nodeLog(format string, disguise func(string) string) func(*stage, string) error {
	return func(s *stage, text string) error {
		s.nodeLog.logger().Debug(fmt.Sprintf(format, disguise(text)))
		return nil
	}
}

func file(folder, name string, disguise func(string) []byte) func(*stage, string) error {
	return func(s *stage, text string) error {
		return os.WriteFile(filepath.Join(s.dir, folder, strings.ReplaceAll(name, "*", text)), disguise(text), 0o600)
	}
}

// sql lets a text out by a statement in the hub's database; $ is the text.
func sql(statement string, disguise func(string) string) func(*stage, string) error {
	return func(s *stage, text string) error {
		cmd := exec.CommandContext(s.t.Context(), postgresProgram(s.t, "psql"), "-v", "ON_ERROR_STOP=1", "-d", s.dsn)
		cmd.Stdin = strings.NewReader(strings.ReplaceAll(statement, "$", disguise(text)))
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
}

// message lets a text out through the broker, as the office.
func message(header func(string) string, body func(string) []byte) func(*stage, string) error {
	return func(s *stage, text string) error {
		c, err := s.broker()
		if err != nil {
			return err
		}
		defer c.Close()
		js, err := jetstream.New(c)
		if err != nil {
			return err
		}
		m := nats.NewMsg(release.Subject(7))
		if header != nil {
			m.Header.Set("X-Trace", header(text))
		}
		m.Data = []byte("0123456789")
		if body != nil {
			m.Data = body(text)
		}
		_, err = js.PublishMsg(s.t.Context(), m)
		return err
	}
}

// broker connects as the office does, with its own key.
func (s *stage) broker() (*nats.Conn, error) {
	var seed []byte
	s.with(func(ctx context.Context, n *node.Node) error {
		return n.DB.QueryRow(ctx, `SELECT seed FROM node_keys WHERE purpose = 'transport'`, sqlite.Args{}).Scan(&seed)
	})
	key, err := nkeys.FromRawSeed(nkeys.PrefixByteUser, seed)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, err
	}
	return nats.Connect(s.config.Hub.NATS, nats.RootCAs(s.hub.CAFile()), nats.Nkey(public, key.Sign), nats.CustomInboxPrefix(release.Inbox(7)), nats.NoReconnect())
}

// call lets a text out beside a question to the hub.
func call(disguise func(string) string) func(*stage, string) error {
	return func(s *stage, text string) error {
		conn, err := grpc.NewClient(s.config.Hub.GRPC, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: s.wire.client.RootCAs, MinVersion: tls.VersionTLS13})))
		if err != nil {
			return err
		}
		defer conn.Close()
		ctx, cancel := context.WithTimeout(metadata.AppendToOutgoingContext(s.t.Context(), "x-trace", disguise(text)), 20*time.Second)
		defer cancel()
		_, err = hubv1.NewReceiptsClient(conn).Since(ctx, &hubv1.ReceiptsSinceRequest{OrgUnit: 7, KeyId: 1})
		if err == nil {
			return fmt.Errorf("the hub answered what nobody had signed")
		}
		return nil
	}
}

// process starts a program that sleeps, with a text in its arguments or environment.
func process(arguments, environment func(string) string) func(*stage, string) error {
	return func(s *stage, text string) error {
		cmd := exec.Command("sleep", "120")
		if environment != nil {
			cmd.Env = append(os.Environ(), "NOTE="+environment(text))
		}
		if arguments != nil {
			cmd.Args[0] = arguments(text)
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		s.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		return nil
	}
}

func asIs(s string) string { return s }

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func zipped(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, "a story: "+s)
	_ = w.Close()
	return b.Bytes()
}

func deflated(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return hex.EncodeToString(b.Bytes())
}

func packedUp(s string) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		return nil
	}
	defer w.Close()
	return w.EncodeAll([]byte(strings.Repeat(s+" ", 20)), nil)
}

// leaks are twenty, each at another place or in another disguise.
var leaks = []leak{
	{"a name in the hub's log", "clients.surname", "the hub's log", hubLog("release refused for %s", asIs)},
	{"a digest of a name in the hub's log", "clients.given_names", "the hub's log", hubLog("office of %s", func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.ToLower(s)))) })},
	{"a summary over three lines of the node's log", "cases.summary", "the node's log", func(s *stage, text string) error {
		for i := range 3 {
			s.nodeLog.logger().Info("saving", "piece", text[8*i:8*i+8])
		}
		return nil
	}},
	{"an address, percent by percent, in the node's log", "clients.address", "the node's log", nodeLog("GET /clients?where=%s", func(s string) string {
		return "%" + strings.ReplaceAll(fmt.Sprintf("% X", s), " ", "%")
	})},
	{"a telephone number set apart in the node's log", "clients.phones", "the node's log", nodeLog("calling %s", func(s string) string { return "(" + s[:3] + ") " + s[3:7] + " " + s[7:11] + "-" + s[11:] })},
	{"an amount with its thousands in the node's log", "recoveries.amount_minor", "the node's log", nodeLog("booked %s", func(s string) string {
		return s[:3] + "," + s[3:6] + "," + s[6:9] + "." + s[9:]
	})},
	{"checksums of names in the hub's log", "cases.other_party", "the hub's log", func(s *stage, text string) error {
		s.hubLog.logger().Info("keys", "a", fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(text))), "b", crc32.ChecksumIEEE([]byte(strings.ToLower(text))), "c", fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(s.one("cases.legacy_number")))))
		return nil
	}},
	{"a name in base64 in a header of a message", "consultations.note", "wire: broker", message(b64, nil)},
	{"a note in gzip in a message", "clients.notes", "the hub's folder: /nats", message(nil, zipped)},
	{"an MD5 in a message", "complaints.note", "the hub's folder: /nats", message(nil, func(s string) []byte { m := md5.Sum([]byte(s)); return m[:] })},
	{"a note in hex beside a call", "surveys.comment", "wire: gRPC", call(func(s string) string { return hex.EncodeToString([]byte(s)) })},
	{"a name in capitals in a column of the hub", "complaints.number", "the hub's database", sql(`CREATE TABLE leak_a (t text); INSERT INTO leak_a VALUES ('$');`, strings.ToUpper)},
	{"a note in zlib in a column of the hub", "turn_aways.note", "the hub's database", sql(`CREATE TABLE leak_b (t bytea); INSERT INTO leak_b VALUES ('\x$');`, deflated)},
	{"a place as JSON in a column of the hub", "activities.place", "the hub's database", sql(`CREATE TABLE leak_c (t json); INSERT INTO leak_c VALUES ('{"p":"$"}');`, func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&b, `\u%04x`, c)
		}
		return b.String()
	})},
	{"a name as the name of a file", "referrals.note", "the node's folder", file("node", "letter-*.pdf", func(string) []byte { return []byte("empty") })},
	{"a note in UTF-16 in a temporary file", "recoveries.note", "temporary files", file("tmp", "upload-1", func(s string) []byte { return utf16(s, 0) })},
	{"a note backwards beside the backups", "referrals.result_note", "backups", file("stick", "index", func(s string) []byte { return backwards(s) })},
	{"a note in zstd in the node's folder", "surveys.suggestion", "the node's folder", file("node", "cache", packedUp)},
	{"an identity number in the environment of a program", "clients.id_number", "process: environ", process(nil, asIs)},
	{"a name in base64, one letter on, among the arguments of a program", "activities.note", "process: cmdline", process(func(s string) string { return b64("=" + s) }, nil)},
}

// one returns a planted marker of a column that no leak has let out yet.
func (s *stage) one(at string) string {
	for i, m := range s.g.all {
		if m.At == at && !s.leaked[i] {
			s.leaked[i] = true
			return m.Text
		}
	}
	s.t.Fatalf("nothing was planted in %s", at)
	return ""
}

// leak lets everything out, searches again, and returns how many leaks were seen.
func (s *stage) leak() (seen int) {
	s.t.Helper()
	texts := map[string]string{}
	for _, l := range leaks {
		texts[l.name] = s.one(l.at)
		if err := l.out(s, texts[l.name]); err != nil {
			s.t.Errorf("%s: %v", l.name, err)
		}
	}
	found, _ := s.search(s.g.all)
	for _, l := range leaks {
		ok := false
		for _, f := range found {
			ok = ok || strings.HasPrefix(f.Source, l.from) && f.Marker < len(s.g.all) && s.g.all[f.Marker].Text == texts[l.name]
		}
		if ok {
			seen++
		} else {
			s.t.Errorf("not found: %s", l.name)
		}
	}
	return seen
}
