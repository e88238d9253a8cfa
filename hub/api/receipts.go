package api

import (
	"context"

	"casehub/hub/ingest"
	"casehub/hub/registry"
	"casehub/internal/release"
	hubv1 "casehub/proto/casehub/hub/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const maxSequence = 9999

type receipts struct {
	hubv1.UnimplementedReceiptsServer
	in  *ingest.Ingest
	reg *registry.Registry
}

// Since answers an office's receipts after a sequence. That the office or its
// key is unknown looks the same from outside as a wrong signature.
func (s *receipts) Since(ctx context.Context, q *hubv1.ReceiptsSinceRequest) (*hubv1.ReceiptsSinceResponse, error) {
	if q.GetOrgUnit() == 0 || q.GetOrgUnit() > registry.MaxOrgUnit || q.GetAfterSequence() > maxSequence {
		return nil, status.Error(codes.InvalidArgument, "")
	}
	key, ok := s.reg.Newest(q.GetOrgUnit(), q.GetKeyId())
	if !ok || release.VerifySince(key, q) != nil {
		return nil, status.Error(codes.Unauthenticated, "")
	}
	all, more, err := s.in.Receipts(ctx, q.GetOrgUnit(), q.GetAfterSequence())
	if err != nil {
		return nil, err
	}
	return &hubv1.ReceiptsSinceResponse{Receipts: all, More: more}, nil
}
