// Package api serves the hub's gRPC interface: Receipts and Catalogue for nodes,
// Statistics for readers.
//
// A node shows by a signature that it asks for its own receipts and packs. Statistics
// name offices, so they are for readers on the hub's own machine, or for those
// who bear the readers' token. Errors are codes without text: nothing of a
// request comes back in one. Requests are small, short and few at a time.
//
// The server with its limits is here, the services in receipts.go, catalogue.go
// and statistics.go.
package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"net"
	"strings"
	"time"

	"casehub/hub/ingest"
	"casehub/hub/registry"
	"casehub/hub/statistics"
	"casehub/internal/errs"
	hubv1 "casehub/proto/casehub/hub/v1"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

const (
	// maxRequest is the largest request in bytes; none needs more.
	maxRequest = 4 << 10
	// maxCalls is how many calls one connection may have at once.
	maxCalls = 16
	// callTime is how long one call may take.
	callTime = 20 * time.Second
)

// Meter counts calls by method and code.
type Meter interface {
	Call(method string, code codes.Code)
}

// Settings of the interface.
type Settings struct {
	TLS *tls.Config
	// Token lets readers from elsewhere ask for statistics; "" lets in those of
	// the hub's own machine only.
	Token string
	Meter Meter
}

// New returns the server. Whoever calls it serves and stops it.
func New(in *ingest.Ingest, reg *registry.Registry, stats *statistics.Statistics, s Settings) *grpc.Server {
	g := guard{token: sha256.Sum256([]byte(s.Token)), open: s.Token != "", meter: s.Meter}
	srv := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(s.TLS)),
		grpc.MaxRecvMsgSize(maxRequest), grpc.MaxConcurrentStreams(maxCalls), grpc.MaxHeaderListSize(maxRequest),
		grpc.ConnectionTimeout(10*time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: 5 * time.Minute, MaxConnectionAge: time.Hour}),
		grpc.UnaryInterceptor(g.call),
	)
	hubv1.RegisterReceiptsServer(srv, &receipts{in: in, reg: reg})
	hubv1.RegisterCatalogueServer(srv, &catalogue{reg: reg})
	hubv1.RegisterStatisticsServer(srv, &figures{stats: stats})
	return srv
}

// guard stands around every call.
type guard struct {
	token [32]byte
	open  bool
	meter Meter
}

func (g guard) call(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	defer func() {
		if recover() != nil {
			resp, err = nil, status.Error(codes.Internal, "")
		}
		g.meter.Call(info.FullMethod, status.Code(err))
	}()
	if strings.HasPrefix(info.FullMethod, "/"+hubv1.Statistics_ServiceDesc.ServiceName+"/") && !g.reader(ctx) {
		return nil, status.Error(codes.PermissionDenied, "")
	}
	resp, err = next(ctx, req)
	if err != nil {
		return nil, coded(err)
	}
	return resp, nil
}

// reader reports whether statistics may go to the caller.
func (g guard) reader(ctx context.Context) bool {
	if p, ok := peer.FromContext(ctx); ok {
		if a, ok := p.Addr.(*net.TCPAddr); ok && a.IP.IsLoopback() {
			return true
		}
	}
	md, _ := metadata.FromIncomingContext(ctx)
	for _, v := range md.Get("authorization") {
		sum := sha256.Sum256([]byte(strings.TrimPrefix(v, "Bearer ")))
		if g.open && subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1 {
			return true
		}
	}
	return false
}

// coded turns any error into a code without text.
func coded(err error) error {
	if s, ok := status.FromError(err); ok {
		return status.Error(s.Code(), "")
	}
	code := codes.Internal
	switch errs.KindOf(err) {
	case errs.Invalid:
		code = codes.InvalidArgument
	case errs.NotFound:
		code = codes.NotFound
	case errs.Conflict:
		code = codes.FailedPrecondition
	case errs.Forbidden:
		code = codes.PermissionDenied
	case errs.Unavailable:
		code = codes.Unavailable
	case errs.Internal:
	}
	return status.Error(code, "")
}
