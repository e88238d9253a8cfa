package egress

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"casehub/internal/pack"
	"casehub/internal/pki"
	"casehub/internal/release"
	hubv1 "casehub/proto/casehub/hub/v1"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// shelf is a hub that hands out whatever it was given.
type shelf struct {
	hubv1.UnimplementedCatalogueServer
	files [][]byte
	asked []*hubv1.PacksRequest
}

func (s *shelf) Packs(_ context.Context, q *hubv1.PacksRequest) (*hubv1.PacksResponse, error) {
	s.asked = append(s.asked, q)
	return &hubv1.PacksResponse{Packs: s.files}, nil
}

// serveShelf runs the hub and points the office at it.
func serveShelf(t *testing.T, g *Gate, s *shelf) {
	t.Helper()
	authority, err := pki.Open(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(authority.File())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer(grpc.Creds(credentials.NewTLS(authority.Server([]string{"127.0.0.1"}))))
	hubv1.RegisterCatalogueServer(srv, s)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		srv.Stop()
		<-done
	})
	g.link = &Link{GRPCAddr: l.Addr().String(), CA: ca}
}

func TestPacksComeFromTheHub(t *testing.T) {
	g, _ := packed(t, 0)
	file, err := pack.Make(pack.National, 3, "2027-06-30", 1, pack.Contents{Limits: pack.Limits{K: 8}})
	s := &shelf{files: [][]byte{
		packRoots(t, 2, [3]byte{3, 4, 5}, 1, 3, 4),
		nationalPack(t, 2, pack.Contents{}), // by the old keys
		[]byte("no pack"),
		signed(t, file, err, 4, 5),
	}}
	serveShelf(t, g, s)
	taken, err := g.FetchPacks(t.Context())
	if len(taken) != 2 || taken[1].Version != 3 || !errors.Is(err, ErrPackSignatures) || !errors.Is(err, ErrPackFormat) {
		t.Errorf("taken %+v, %v; want the keys and the pack that they signed", taken, err)
	}
	s.files = nil
	if _, err := g.FetchPacks(t.Context()); err != nil {
		t.Fatal(err)
	}
	q := s.asked[1]
	if q.GetRootsVersion() != 2 || q.GetNationalVersion() != 3 || q.GetOfficeVersion() != 0 || q.GetOrgUnit() != orgUnit {
		t.Errorf("asked %v", q)
	}
	e, err := g.Enrolment()
	if err != nil {
		t.Fatal(err)
	}
	if err := release.VerifyPacks(e.ReleaseKey, q); err != nil {
		t.Errorf("the request is not the office's: %v", err)
	}
	q.OfficeVersion++
	if release.VerifyPacks(e.ReleaseKey, q) == nil {
		t.Error("a changed request is believed")
	}
}

// TestARequestForPacksSaysNothingElse: the message has whole numbers and one
// signature, and no field that could carry anything of a client.
func TestARequestForPacksSaysNothingElse(t *testing.T) {
	g, db := packed(t, 0)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	q, err := g.packsRequest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := proto.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeField(b)
		if n < 0 || number != 15 && kind != protowire.VarintType || number > 15 {
			t.Fatalf("field %d of kind %d", number, kind)
		}
		b = b[n:]
	}
}

func TestAnOfficeWithoutKeysAsksForNoPacks(t *testing.T) {
	g, _ := newOffice(t)
	s := &shelf{}
	serveShelf(t, g, s)
	if taken, err := g.FetchPacks(t.Context()); len(taken) != 0 || err != nil || len(s.asked) != 0 {
		t.Errorf("taken %v, %v, asked %d times", taken, err, len(s.asked))
	}
}
