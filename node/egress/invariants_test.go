package egress

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pki"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/node/ledger"
	"casehub/policy"
	hubv1 "casehub/proto/casehub/hub/v1"
	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// TestInvariantI06WhatWasSealedIsWhatIsStoredAndSent: the bytes that two people
// approved, those that are kept and those that came to the broker have one SHA-256, and
// the last two are the same bytes. What the hub keeps is
// TestWhateverComesFollowsFromTheKeptBytes of hub/ingest.
func TestInvariantI06WhatWasSealedIsWhatIsStoredAndSent(t *testing.T) {
	p := newPost(t)
	g, db := newOffice(t)
	g.link = p.office
	p.enrol(t, g)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	for i, m := range []civil.Month{202607, 202608, 202609} {
		d, err := g.Make(t.Context(), actor.Node(), Wanted{Period: m})
		must(t, err)
		_, err = g.Check(t.Context(), checker, d.ID, d.Digest)
		must(t, err)
		_, err = g.Approve(t.Context(), approver, d.ID, d.Digest)
		must(t, err)
		p.arrives(t, m.Dash(), g, uint64(i+1))
		must(t, p.sameBytes(t, g, uint32(i+1), sha256.Sum256(d.Bytes)))
	}
	// Its red: what comes is another release, and another seal of the same one.
	approved := [32]byte(opened(t, db, 3).Digest)
	for _, c := range []struct {
		name     string
		sequence uint32
	}{{"another release", 2}, {"another seal", 3}} {
		// By a key of nobody's: the broker drops what it had before.
		b, err := release.Seal(ed25519.NewKeyFromSeed(make([]byte, 32)), 9, opened(t, db, c.sequence).Sealed.GetRelease())
		must(t, err)
		nc, js, err := g.broker()
		must(t, err)
		must(t, g.publish(t.Context(), js, permit{sequence: 3, sealed: b}))
		nc.Close()
		if p.sameBytes(t, g, 3, approved) == nil {
			t.Errorf("%s came, and nobody notices", c.name)
		}
	}
}

// sameBytes compares the newest message that the broker has with what is kept of a
// release, and both with what was approved.
func (p *post) sameBytes(t *testing.T, g *Gate, sequence uint32, approved [32]byte) error {
	t.Helper()
	newest, err := p.link.Stream.CreateConsumer(t.Context(), jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverLastPolicy, AckPolicy: jetstream.AckNonePolicy})
	must(t, err)
	came, err := newest.Next(jetstream.FetchMaxWait(time.Minute))
	must(t, err)
	stored, err := selectSealed(t.Context(), g.db, sequence)
	must(t, err)
	kept, err := release.Open(stored)
	must(t, err)
	sent, err := release.Open(came.Data())
	must(t, err)
	r, err := selectRelease(t.Context(), g.db, sequence)
	must(t, err)
	for where, digest := range map[string][32]byte{"noted": [32]byte(r.Digest), "kept": kept.Digest, "sent": sent.Digest} {
		if digest != approved {
			return fmt.Errorf("release %d: what is %s has another digest than what was approved", sequence, where)
		}
	}
	if !bytes.Equal(came.Data(), stored) {
		return fmt.Errorf("release %d: sent were other bytes than those kept", sequence)
	}
	return nil
}

// TestInvariantI13ReleasesFollowEachOtherWithoutAGap through months, one that is taken
// back, and refusals between them; and a release that is missing or changed is found.
func TestInvariantI13ReleasesFollowEachOtherWithoutAGap(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-07-02")
	checks := g.checks
	for i, m := range []civil.Month{202607, 202608} {
		g.checks = append(checks[:len(checks):len(checks)], check{"never", func(context.Context, *candidate) bool { return false }})
		if _, err := g.Close(t.Context(), actor.Node(), m); !errors.Is(err, ErrRefused) {
			t.Fatalf("a refused month: %v", err)
		}
		g.checks = checks
		if r, err := g.Close(t.Context(), actor.Node(), m); err != nil || r.Sequence != uint32(i+1) {
			t.Fatalf("month %d is release %d, %v", m, r.Sequence, err)
		}
	}
	manager := person("m")
	g.staff = crew{may: map[string][]string{"m": {toManage, toCheck}, checker.ID: {toCheck}, approver.ID: {toApprove}}}
	if _, err := g.through(t.Context(), manager, Wanted{Kind: releasev1.ReleaseKind_RELEASE_KIND_VOID, Voids: 1, Reason: "twice"}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Fatal(err)
	}
	all, err := selectAllSealed(t.Context(), db)
	must(t, err)
	var before []byte
	for i, row := range all {
		o, err := release.Open(row.sealed)
		must(t, err)
		if o.Release.GetSequence() != uint32(i+1) || !bytes.Equal(o.Release.GetPreviousDigest(), before) {
			t.Errorf("release %d of the chain has the number %d", i+1, o.Release.GetSequence())
		}
		before = o.Digest[:]
	}
	if len(all) != 4 {
		t.Errorf("%d releases, want 4", len(all))
	}
}

// TestInvariantI09WhatStricterLimitsLetOutAlsoTheProgramDoes is the ledger's part of I9;
// that no pack lets more out is TestAnotherLayerNeverAllowsMore of the policy. Whatever
// the ledger chooses under the limits of a pack passes the layers without that pack.
func TestInvariantI09WhatStricterLimitsLetOutAlsoTheProgramDoes(t *testing.T) {
	g, db := packed(t, 0)
	openCases(t, db, 0, 30, 1101, "2026-07-02")
	openCases(t, db, 40, 52, 1102, "2026-07-02")
	openCases(t, db, 60, 64, 1103, "2026-07-02")
	openCases(t, db, 70, 72, 1104, "2026-07-02")
	openCases(t, db, 80, 88, 1401, "2026-07-02") // sensitive, and too few by themselves
	free, _, err := g.layers(t.Context(), db, g.reg.Now())
	must(t, err)
	for _, c := range []struct {
		ledger.Limits
		groups int // that leave of the cases that were opened
	}{
		{ledger.Limits{}, 3},
		{ledger.Limits{K: 6}, 3},
		{ledger.Limits{K: 12}, 2},
		{ledger.Limits{K: 13, KSensitive: 20}, 2},
		{ledger.Limits{Largest: 20}, 3},
		{ledger.Limits{Months: 6}, 2},
		{ledger.Limits{Months: 12}, 2},
		{ledger.Limits{Withheld: []codelist.Code{1101}}, 2},
		{ledger.Limits{Withheld: []codelist.Code{1102, 1100}}, 1},
		{ledger.Limits{Withheld: []codelist.Code{1401}}, 3},
		{ledger.Limits{DataSets: []uint32{codelist.CasesOpened}}, 3},
	} {
		l := c.Limits
		if l.Largest == 0 {
			l.Largest = 5000
		}
		got, err := judged(t, g, db, g.ledger.Within(l), free)
		if err != nil {
			t.Errorf("with %+v leaves what the program alone refuses", l)
		}
		if got != c.groups {
			t.Errorf("with %+v %d groups leave, want %d", l, got, c.groups)
		}
	}
	// Its red: a ledger that is laxer with what is sensitive than the program.
	lax := ledger.New(g.reg, ledger.Limits{K: 5, KSensitive: 6, P: 25, Largest: 5000}, "ZAR", 10_000)
	if got, err := judged(t, g, db, lax, free); err == nil || got != 4 {
		t.Errorf("%d groups leave of a ledger that is laxer than the program, %v", got, err)
	}
}

// judged closes September with a ledger of its own, and has some layers judge it. It
// returns how many groups of opened cases would leave.
func judged(t *testing.T, g *Gate, db *sqlite.DB, l *ledger.Ledger, layers *policy.Egress) (groups int, refused error) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		must(t, l.Refresh(t.Context(), tx))
		past, err := readPast(t.Context(), tx)
		must(t, err)
		c := candidate{kind: releasev1.ReleaseKind_RELEASE_KIND_REGULAR, period: 202609, past: past, reg: g.reg.Now()}
		left, err := c.close(t.Context(), tx, l)
		must(t, err)
		c.bytes, err = release.Encode(g.message(&c, left))
		must(t, err)
		must(t, g.auditInto(t.Context(), tx, &c, l))
		m, err := release.Decode(c.bytes)
		if err != nil {
			return err
		}
		for _, table := range m.GetTables() {
			if table.GetDataSet() == codelist.CasesOpened {
				groups = len(table.GetGroups())
			}
		}
		c.rules = layers
		refused = g.judge(t.Context(), &c)
		return errRolledBack
	})
	if !errors.Is(err, errRolledBack) {
		t.Fatal(err)
	}
	return groups, refused
}

// words is a hub that hands out receipts.
type words struct {
	hubv1.UnimplementedReceiptsServer
	receipts []*releasev1.Receipt
}

func (w *words) Since(context.Context, *hubv1.ReceiptsSinceRequest) (*hubv1.ReceiptsSinceResponse, error) {
	return &hubv1.ReceiptsSinceResponse{Receipts: w.receipts}, nil
}

// serveWords runs the hub and points the office at it.
func serveWords(t *testing.T, g *Gate, w *words) {
	t.Helper()
	authority, err := pki.Open(t.TempDir(), time.Now)
	must(t, err)
	ca, err := os.ReadFile(authority.File())
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	srv := grpc.NewServer(grpc.Creds(credentials.NewTLS(authority.Server([]string{"127.0.0.1"}))))
	hubv1.RegisterReceiptsServer(srv, w)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		srv.Stop()
		<-done
	})
	// Nobody listens where the broker should be: whoever gets that far fails otherwise.
	g.link = &Link{GRPCAddr: l.Addr().String(), CA: ca, ReceiptKey: hubKey.Public().(ed25519.PublicKey), NATSURL: "tls://127.0.0.1:1"}
}

// TestInvariantI16NothingLeavesADatabaseThatIsOlderThanWhatLeft: an office is put back
// from before its last release, and closes that month anew. Before anything is sent it
// asks for its receipts, and nothing is: the cases would be counted again in other
// groups. Of the database that is whole the same question lets the release go on its
// way.
func TestInvariantI16NothingLeavesADatabaseThatIsOlderThanWhatLeft(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-07-02")
	for _, m := range []civil.Month{202607, 202608} {
		_, err := g.Close(t.Context(), actor.Node(), m)
		must(t, err)
	}
	w := &words{receipts: []*releasev1.Receipt{receipt(t, g, 1, accepted, nil)}}
	serveWords(t, g, w)
	if _, err := g.Sync(t.Context(), 0); errors.Is(err, ErrRolledBack) || err == nil {
		t.Errorf("the whole database: %v, want that nobody listens where the broker should be", err)
	}
	// The second release left as another one, which this database has never seen.
	w.receipts = append(w.receipts, receipt(t, g, 2, accepted, func(r *releasev1.Receipt) { r.ReleaseDigest = bytes.Repeat([]byte{1}, 32) }))
	if s, err := g.Sync(t.Context(), 0); !errors.Is(err, ErrRolledBack) || s.Sent != 0 {
		t.Errorf("the older database: %+v, %v, want ErrRolledBack and nothing sent", s, err)
	}
	_, err := db.Exec(t.Context(), `UPDATE release_pauses SET ended_at = 1, told = 0`, nil) // somebody was wrong about it
	must(t, err)
	// A release after those that this database has, too.
	w.receipts[1] = receipt(t, g, 2, accepted, nil)
	w.receipts = append(w.receipts, receipt(t, g, 2, accepted, func(r *releasev1.Receipt) { r.Sequence = 3 }))
	if s, err := g.Sync(t.Context(), 0); !errors.Is(err, ErrRolledBack) || s.Sent != 0 {
		t.Errorf("a database without the last release: %+v, %v, want ErrRolledBack and nothing sent", s, err)
	}
	if n := left(t, g); n != 2 {
		t.Errorf("%d releases wait, want both", n)
	}
}
