package ingest

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"casehub/hub/migrations"
	"casehub/hub/registry"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/postgres/postgrestest"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nkeys"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// meter counts words.
type meter struct {
	mu    sync.Mutex
	words map[string]int
}

func (m *meter) Message(s releasev1.ReceiptStatus, r releasev1.ReasonCode) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.words == nil {
		m.words = map[string]int{}
	}
	m.words[s.String()+" "+r.String()]++
}

func (m *meter) Committed(int, int, time.Duration) {}

func (m *meter) Pending(uint64) {}

// bench is an Ingest on a database of its own with offices enrolled.
type bench struct {
	*Ingest
	dsn     string
	meter   *meter
	offices map[uint32]*author
	stream  uint64 // place of the last message made
}

// author writes the releases of one office as a node does.
type author struct {
	orgUnit uint32
	key     ed25519.PrivateKey
	keyID   uint32
	user    nkeys.KeyPair
	// next and head are where the author's own chain stands.
	next uint32
	head []byte
}

var clock = func() time.Time { return time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC) }

func newBench(t testing.TB, offices ...uint32) *bench {
	t.Helper()
	return newBenchWith(t, codelist.National(), offices...)
}

func newBenchWith(t testing.TB, codes *codelist.Registry, offices ...uint32) *bench {
	t.Helper()
	dsn := postgrestest.DSN(t, migrations.FS)
	b := open(t, postgrestest.Connect(t, dsn), codes)
	b.dsn = dsn
	for _, n := range offices {
		b.enrol(t, n)
	}
	return b
}

func open(t testing.TB, db *pgxpool.Pool, codes *codelist.Registry) *bench {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{}
	reg := registry.New(db, codes, clock)
	in := New(db, reg, key, m, slog.New(slog.DiscardHandler), clock)
	return &bench{Ingest: in, meter: m, offices: map[uint32]*author{}}
}

func (b *bench) enrol(t testing.TB, n uint32) *author {
	t.Helper()
	a := newAuthor(t, n)
	if err := b.reg.Enrol(t.Context(), a.office(t)); err != nil {
		t.Fatal(err)
	}
	b.offices[n] = a
	return a
}

func newAuthor(t testing.TB, n uint32) *author {
	t.Helper()
	seed := sha256.Sum256(fmt.Append(nil, "office ", n))
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	return &author{orgUnit: n, key: ed25519.NewKeyFromSeed(seed[:]), keyID: 1, user: user, next: 1}
}

func (a *author) office(t testing.TB) registry.Office {
	t.Helper()
	user, err := a.user.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return registry.Office{
		OrgUnit: a.orgUnit, Name: fmt.Sprintf("Office %d", a.orgUnit), Province: "Gauteng", OpenedOn: "2026-01-01",
		KeyID: a.keyID, ReleaseKey: a.key.Public().(ed25519.PublicKey), TransportKey: user,
	}
}

// draft returns the author's next release with n groups of cases opened.
func (a *author) draft(n int) *releasev1.Release {
	r := &releasev1.Release{
		SchemaVersion: 1, OrgUnit: a.orgUnit, Sequence: a.next, PreviousDigest: a.head,
		Period: uint32(civil.Month(192101).Add(int(a.next) - 1)), PlanVersion: 2, RegistryVersion: 2, RulesVersion: 1,
		Kind: releasev1.ReleaseKind_RELEASE_KIND_REGULAR,
	}
	var groups []*releasev1.Group
	for i, f := range codelist.National().List(codelist.CaseTypes).Leaves() {
		if i == n {
			break
		}
		groups = append(groups, &releasev1.Group{
			CategoryOption: uint32(f.Code), Level: releasev1.GroupLevel_GROUP_LEVEL_LEAF, FromPeriod: r.Period,
			Value: 10 + a.orgUnit*7%50 + a.next + uint32(i), ObsStatus: releasev1.ObsStatus_OBS_STATUS_NORMAL,
		})
	}
	if n > 0 {
		r.Tables = []*releasev1.Table{{DataSet: codelist.CasesOpened, Groups: groups}}
	}
	return r
}

// void returns the author's next release, which takes back an earlier one.
func (a *author) void(sequence uint32) *releasev1.Release {
	r := a.draft(0)
	r.Kind, r.VoidsSequence = releasev1.ReleaseKind_RELEASE_KIND_VOID, sequence
	return r
}

// seal signs a release as it is.
func (a *author) seal(t testing.TB, r *releasev1.Release) []byte {
	t.Helper()
	bytes, err := release.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := release.Seal(a.key, a.keyID, bytes)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// publish seals a release and moves the author's chain on.
func (a *author) publish(t testing.TB, r *releasev1.Release) []byte {
	t.Helper()
	sealed := a.seal(t, r)
	o, err := release.Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	a.next, a.head = r.GetSequence()+1, o.Digest[:]
	return sealed
}

// months publishes n releases of so many groups.
func (a *author) months(t testing.TB, n, groups int) [][]byte {
	t.Helper()
	var all [][]byte
	for range n {
		all = append(all, a.publish(t, a.draft(groups)))
	}
	return all
}

// message checks bytes as if they came on the office's subject.
func (b *bench) message(orgUnit uint32, data []byte) message {
	m := check(release.Subject(orgUnit), data, b.reg, b.reg.CodesOf, clock())
	b.stream++
	m.stream = b.stream
	return m
}

// take commits messages in one transaction and gives their receipts.
func (b *bench) take(t testing.TB, batch ...message) outcome {
	t.Helper()
	out, err := b.commit(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.speak(t.Context(), out.words); err != nil {
		t.Fatal(err)
	}
	return out
}

// arrive takes bytes in, each in a transaction of its own.
func (b *bench) arrive(t testing.TB, orgUnit uint32, all ...[]byte) {
	t.Helper()
	for _, data := range all {
		b.take(t, b.message(orgUnit, data))
	}
}

// receipt returns the hub's newest word on a release.
func (b *bench) receipt(t testing.TB, orgUnit, sequence uint32) *releasev1.Receipt {
	t.Helper()
	all, _, err := b.Receipts(t.Context(), orgUnit, sequence-1)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 || all[0].GetSequence() != sequence {
		t.Fatalf("no receipt for release %d of office %d", sequence, orgUnit)
	}
	if err := release.VerifyReceipt(b.key.Public().(ed25519.PublicKey), all[0]); err != nil {
		t.Fatalf("the receipt for release %d: %v", sequence, err)
	}
	return all[0]
}

func (b *bench) wantReceipt(t testing.TB, orgUnit, sequence uint32, s releasev1.ReceiptStatus, r releasev1.ReasonCode) {
	t.Helper()
	got := b.receipt(t, orgUnit, sequence)
	if got.GetStatus() != s || got.GetReasonCode() != r {
		t.Errorf("release %d of office %d: %v %v, want %v %v", sequence, orgUnit, got.GetStatus(), got.GetReasonCode(), s, r)
	}
}

// number answers a question that has one number.
func (b *bench) number(t testing.TB, sql string, args ...any) (n int) {
	t.Helper()
	if err := b.db.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// total is the sum of what counts.
func (b *bench) total(t testing.TB) int {
	t.Helper()
	return b.number(t, `
SELECT coalesce(sum(f.value), 0)
FROM facts f
JOIN releases r ON r.org_unit = f.org_unit AND r.sequence = f.sequence
WHERE r.status = 'counted'`)
}

// state is everything that must not depend on the order in which releases came:
// standings, facts, and where each chain is.
func (b *bench) state(t testing.TB) []string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	var all []string
	for _, sql := range []string{
		`SELECT concat_ws(' ', 'release', org_unit, sequence, encode(digest, 'hex'), status, encode(sha256(sealed), 'hex')) FROM releases`,
		`SELECT concat_ws(' ', 'fact', org_unit, sequence, data_set, category_option, level, from_period, value, amount_hundreds) FROM facts`,
		`SELECT concat_ws(' ', 'chain', org_unit, counted_sequence, encode(counted_digest, 'hex'), held_since IS NOT NULL) FROM chains`,
		`SELECT concat_ws(' ', 'word', org_unit, sequence, encode(digest, 'hex'), CASE WHEN status IN (1, 2) THEN 'good' ELSE status::text END, reason) FROM receipts`,
	} {
		rows, err := b.db.Query(ctx, sql)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			all = append(all, line)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	return all
}

// ownKeys knows the key of one office.
type ownKeys struct{ *author }

func (k ownKeys) Key(orgUnit, keyID uint32) (ed25519.PublicKey, bool) {
	return k.key.Public().(ed25519.PublicKey), orgUnit == k.orgUnit && keyID == 1
}

func ed25519Sign(a *author, b []byte) []byte { return ed25519.Sign(a.key, b) }

func hexOf(s string) string { return hex.EncodeToString([]byte(s)) }
