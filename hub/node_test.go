package hub_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"casehub/hub"
	"casehub/hub/registry"
	"casehub/internal/broker"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/release"
	hubv1 "casehub/proto/casehub/hub/v1"
	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// reachable is where a test finds a hub.
type reachable struct {
	nats, grpc, ca string
	receiptKey     ed25519.PublicKey
}

// office does what a node does, without one: it writes releases, sends them and
// asks for receipts.
type office struct {
	orgUnit uint32
	key     ed25519.PrivateKey
	keyID   uint32
	user    nkeys.KeyPair
	sealed  [][]byte // all releases so far, in order
	events  int      // in all of them
	head    []byte
}

// newOffice makes an office whose keys follow from its number, so that another
// process has the same.
func newOffice(t testing.TB, n uint32) *office {
	t.Helper()
	o := &office{orgUnit: n}
	o.newKeys(t)
	return o
}

// newKeys gives the office keys with the next number.
func (o *office) newKeys(t testing.TB) {
	t.Helper()
	o.keyID++
	seed := sha256.Sum256(fmt.Append(nil, "release key ", o.keyID, " of office ", o.orgUnit))
	userSeed := sha256.Sum256(fmt.Append(nil, "transport key ", o.keyID, " of office ", o.orgUnit))
	user, err := nkeys.FromRawSeed(nkeys.PrefixByteUser, userSeed[:])
	if err != nil {
		t.Fatal(err)
	}
	o.key, o.user = ed25519.NewKeyFromSeed(seed[:]), user
}

func (o *office) registered(t testing.TB) registry.Office {
	t.Helper()
	user, err := o.user.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return registry.Office{
		OrgUnit: o.orgUnit, Name: fmt.Sprintf("Office %d", o.orgUnit), Province: "Gauteng", OpenedOn: "2000-01-01",
		KeyID: o.keyID, ReleaseKey: o.key.Public().(ed25519.PublicKey), TransportKey: user,
	}
}

// month makes the office's next release, with so many groups.
func (o *office) month(t testing.TB, groups int) []byte {
	t.Helper()
	sequence := uint32(len(o.sealed) + 1)
	r := &releasev1.Release{
		SchemaVersion: 1, OrgUnit: o.orgUnit, Sequence: sequence, PreviousDigest: o.head,
		Period: uint32(civil.Month(200001).Add(int(sequence) - 1)), PlanVersion: 2, RegistryVersion: 2, RulesVersion: 1, Kind: releasev1.ReleaseKind_RELEASE_KIND_REGULAR,
		Tables: []*releasev1.Table{{DataSet: codelist.CasesOpened}},
	}
	for i, f := range codelist.National().List(codelist.CaseTypes).Leaves()[:groups] {
		value := 10 + o.orgUnit%40 + sequence + uint32(i)
		o.events += int(value)
		r.Tables[0].Groups = append(r.Tables[0].Groups, &releasev1.Group{
			CategoryOption: uint32(f.Code), Level: releasev1.GroupLevel_GROUP_LEVEL_LEAF, FromPeriod: r.Period,
			Value: value, ObsStatus: releasev1.ObsStatus_OBS_STATUS_NORMAL,
		})
	}
	b, err := release.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := release.Seal(o.key, o.keyID, b)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(b)
	o.sealed, o.head = append(o.sealed, sealed), digest[:]
	return sealed
}

// connect connects to the broker as the office.
func (o *office) connect(at reachable) (*nats.Conn, jetstream.JetStream, error) {
	user, err := o.user.PublicKey()
	if err != nil {
		return nil, nil, err
	}
	c, err := nats.Connect(at.nats, nats.RootCAs(at.ca), nats.Nkey(user, o.user.Sign),
		nats.CustomInboxPrefix(broker.Inbox(o.orgUnit)), nats.NoReconnect())
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(c, jetstream.WithDefaultTimeout(5*time.Second))
	return c, js, err
}

// send publishes messages on the office's subject.
func (o *office) send(ctx context.Context, at reachable, messages ...[]byte) error {
	c, js, err := o.connect(at)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, m := range messages {
		if _, err := js.Publish(ctx, release.Subject(o.orgUnit), m); err != nil {
			return err
		}
	}
	return nil
}

// dial opens a gRPC connection to the hub.
func dial(t testing.TB, at reachable) *grpc.ClientConn {
	t.Helper()
	pem, err := os.ReadFile(at.ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	c, err := grpc.NewClient(at.grpc, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// since asks for the office's receipts and checks the hub's signatures.
func (o *office) since(t testing.TB, conn *grpc.ClientConn, at reachable, after uint32) []*releasev1.Receipt {
	t.Helper()
	q := &hubv1.ReceiptsSinceRequest{OrgUnit: o.orgUnit, AfterSequence: after, KeyId: o.keyID}
	if err := release.SignSince(o.key, q); err != nil {
		t.Fatal(err)
	}
	resp, err := hubv1.NewReceiptsClient(conn).Since(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range resp.GetReceipts() {
		if err := release.VerifyReceipt(at.receiptKey, r); err != nil {
			t.Fatal(err)
		}
	}
	return resp.GetReceipts()
}

// await waits until the hub has given this word on a release.
func (o *office) await(t testing.TB, at reachable, sequence uint32, s releasev1.ReceiptStatus) *releasev1.Receipt {
	t.Helper()
	conn := dial(t, at)
	var last *releasev1.Receipt
	for range 2400 {
		if all := o.since(t, conn, at, sequence-1); len(all) > 0 && all[0].GetSequence() == sequence {
			if last = all[0]; last.GetStatus() == s {
				return last
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("office %d, release %d: the hub's word is %v %v, want %v", o.orgUnit, sequence, last.GetStatus(), last.GetReasonCode(), s)
	return nil
}

func sign(t testing.TB, o *office, q *hubv1.ReceiptsSinceRequest) *hubv1.ReceiptsSinceRequest {
	t.Helper()
	if err := release.SignSince(o.key, q); err != nil {
		t.Fatal(err)
	}
	return q
}

func readConfig(t testing.TB, text string) (hub.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hub.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return hub.ReadConfig(path)
}
