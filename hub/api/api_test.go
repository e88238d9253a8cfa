package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"net"
	"testing"

	"casehub/internal/errs"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// calls remembers what was counted.
type calls map[string]codes.Code

func (c calls) Call(method string, code codes.Code) { c[method] = code }

func from(address, authorization string) context.Context {
	ctx := peer.NewContext(context.Background(), &peer.Peer{Addr: &net.TCPAddr{IP: net.ParseIP(address)}})
	if authorization != "" {
		ctx = metadata.NewIncomingContext(ctx, metadata.Pairs("authorization", authorization))
	}
	return ctx
}

func TestStatisticsAreForReaders(t *testing.T) {
	const token = "a token of thirty-two characters"
	open := guard{token: sha256.Sum256([]byte(token)), open: true, meter: calls{}}
	closed := guard{token: sha256.Sum256(nil), meter: calls{}}
	for name, c := range map[string]struct {
		guard guard
		ctx   context.Context
		want  codes.Code
	}{
		"this machine":           {closed, from("127.0.0.1", ""), codes.OK},
		"this machine by IPv6":   {closed, from("::1", ""), codes.OK},
		"elsewhere":              {open, from("10.0.0.9", ""), codes.PermissionDenied},
		"elsewhere, with token":  {open, from("10.0.0.9", "Bearer "+token), codes.OK},
		"elsewhere, wrong token": {open, from("10.0.0.9", "Bearer guess"), codes.PermissionDenied},
		"no token set":           {closed, from("10.0.0.9", "Bearer "), codes.PermissionDenied},
		"from nowhere":           {open, context.Background(), codes.PermissionDenied},
	} {
		_, err := c.guard.call(c.ctx, nil, &grpc.UnaryServerInfo{FullMethod: "/casehub.hub.v1.Statistics/Totals"},
			func(context.Context, any) (any, error) { return "totals", nil })
		if status.Code(err) != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// What a request held, or what the database said of it, must not come back.
func TestErrorsAreCodesWithoutText(t *testing.T) {
	const secret = "Nomvula Khumalo"
	seen := calls{}
	for name, c := range map[string]struct {
		fail func() error
		want codes.Code
	}{
		"plain":   {func() error { return errors.New(secret) }, codes.Internal},
		"status":  {func() error { return status.Error(codes.InvalidArgument, secret) }, codes.InvalidArgument},
		"invalid": {func() error { return errs.New(errs.Invalid, "x").With("name", secret) }, codes.InvalidArgument},
		"absent":  {func() error { return errs.New(errs.NotFound, "x") }, codes.NotFound},
		"away":    {func() error { return errs.New(errs.Unavailable, "x") }, codes.Unavailable},
		"panic":   {func() error { panic(secret) }, codes.Internal},
	} {
		_, err := guard{meter: seen}.call(from("10.0.0.9", ""), nil, &grpc.UnaryServerInfo{FullMethod: "/casehub.hub.v1.Receipts/" + name},
			func(context.Context, any) (any, error) { return nil, c.fail() })
		s := status.Convert(err)
		if s.Code() != c.want || s.Message() != "" || len(s.Details()) != 0 {
			t.Errorf("%s: %v, want %v without text", name, err, c.want)
		}
		if seen["/casehub.hub.v1.Receipts/"+name] != c.want {
			t.Errorf("%s was counted as %v", name, seen["/casehub.hub.v1.Receipts/"+name])
		}
	}
}
