package egress

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
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
	hubv1 "casehub/proto/casehub/hub/v1"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// TestInvariantI06WhatWasSealedIsWhatIsStoredAndSent: the bytes that two people
// approved, those that are kept and those that the permit sends have one SHA-256. What
// the hub keeps is TestWhateverComesFollowsFromTheKeptBytes of hub/ingest.
func TestInvariantI06WhatWasSealedIsWhatIsStoredAndSent(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	for _, m := range []civil.Month{202607, 202608, 202609} {
		d, err := g.Make(t.Context(), actor.Node(), Wanted{Period: m})
		if err != nil {
			t.Fatal(err)
		}
		approved := sha256.Sum256(d.Bytes)
		if _, err := g.Check(t.Context(), checker, d.ID, d.Digest); err != nil {
			t.Fatal(err)
		}
		r, err := g.Approve(t.Context(), approver, d.ID, d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := selectSealed(t.Context(), db, r.Sequence)
		must(t, err)
		kept, err := release.Open(stored)
		must(t, err)
		rows, err := selectOutbox(t.Context(), db)
		must(t, err)
		p, err := g.permitFor(rows[len(rows)-1])
		must(t, err)
		sent, err := release.Open(p.sealed)
		must(t, err)
		for where, digest := range map[string][32]byte{"release": [32]byte(r.Digest), "stored": kept.Digest, "permit": p.digest, "sent": sent.Digest} {
			if digest != approved {
				t.Errorf("%d: %s has another digest than what was approved", m, where)
			}
		}
		if !bytes.Equal(p.sealed, stored) {
			t.Errorf("%d: sent are other bytes than those kept", m)
		}
	}
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
	free, _, err := g.layers(t.Context(), db, g.reg.Now())
	must(t, err)
	for _, l := range []ledger.Limits{
		{},
		{K: 6},
		{K: 12},
		{K: 13, KSensitive: 20},
		{Largest: 20},
		{Months: 6},
		{Months: 12},
		{Withheld: []codelist.Code{1101}},
		{Withheld: []codelist.Code{1102, 1100}},
		{Withheld: []codelist.Code{1000}},
		{DataSets: []uint32{2}},
	} {
		if l.Largest == 0 {
			l.Largest = 5000
		}
		err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
			strict := *g
			strict.ledger = g.ledger.Within(l)
			c, err := strict.built(t.Context(), tx, 202609)
			if err != nil {
				return err
			}
			if c.rules = free; g.judge(t.Context(), &c) != nil {
				t.Errorf("with %+v leaves what the program alone refuses", l)
			}
			return errRolledBack
		})
		if !errors.Is(err, errRolledBack) {
			t.Fatal(err)
		}
	}
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
