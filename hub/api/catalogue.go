package api

import (
	"context"

	"casehub/hub/registry"
	"casehub/internal/release"
	hubv1 "casehub/proto/casehub/hub/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxPack is the largest version of a pack.
const maxPack = 9999

type catalogue struct {
	hubv1.UnimplementedCatalogueServer
	reg *registry.Registry
}

// Packs answers the packs that an office does not have yet.
func (s *catalogue) Packs(ctx context.Context, q *hubv1.PacksRequest) (*hubv1.PacksResponse, error) {
	if q.GetOrgUnit() == 0 || q.GetOrgUnit() > registry.MaxOrgUnit || max(q.GetRootsVersion(), q.GetNationalVersion(), q.GetOfficeVersion()) > maxPack {
		return nil, status.Error(codes.InvalidArgument, "")
	}
	key, ok := s.reg.Newest(q.GetOrgUnit(), q.GetKeyId())
	if !ok || release.VerifyPacks(key, q) != nil {
		return nil, status.Error(codes.Unauthenticated, "")
	}
	files, err := s.reg.PacksAfter(ctx, q.GetOrgUnit(), q.GetRootsVersion(), q.GetNationalVersion(), q.GetOfficeVersion())
	if err != nil {
		return nil, err
	}
	return &hubv1.PacksResponse{Packs: files}, nil
}
