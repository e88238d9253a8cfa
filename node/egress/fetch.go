package egress

import (
	"context"
	"errors"
	"fmt"

	"casehub/internal/actor"
	"casehub/internal/pack"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	hubv1 "casehub/proto/casehub/hub/v1"

	"google.golang.org/grpc"
)

// maxPacks is the largest answer of the hub about packs, in bytes.
const maxPacks = 5 * pack.MaxBytes

// FetchPacks asks the hub for packs that the office does not have and takes them
// in. It fails with ErrNoHub without a hub, and does nothing in an office that was
// given no keys. A pack that may not be taken keeps no other back; its error is
// returned with those that were taken.
func (g *Gate) FetchPacks(ctx context.Context) ([]Taken, error) {
	if g.packs.Roots == nil {
		return nil, nil
	}
	if g.link == nil {
		return nil, ErrNoHub
	}
	files, err := g.askForPacks(ctx)
	if err != nil {
		return nil, err
	}
	var taken []Taken
	for _, file := range files {
		t, fault := g.TakePack(ctx, actor.Node(), file)
		if fault != nil {
			err = errors.Join(err, fmt.Errorf("taking a pack from the hub: %w", fault))
			continue
		}
		taken = append(taken, t)
	}
	return taken, err
}

// askForPacks sends the versions that the office has, and nothing else.
func (g *Gate) askForPacks(ctx context.Context) ([][]byte, error) {
	q, err := g.packsRequest(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := g.hub()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	resp, err := hubv1.NewCatalogueClient(conn).Packs(ctx, q, grpc.MaxCallRecvMsgSize(maxPacks))
	if err != nil {
		return nil, fmt.Errorf("asking the hub for packs: %w", stranger(err))
	}
	return resp.GetPacks(), nil
}

func (g *Gate) packsRequest(ctx context.Context) (*hubv1.PacksRequest, error) {
	q := &hubv1.PacksRequest{OrgUnit: g.office.OrgUnit, KeyId: g.keys.releaseID}
	err := g.db.Snapshot(ctx, func(tx *sqlite.Tx) error {
		chain, err := g.packs.chain(ctx, tx)
		if err != nil {
			return err
		}
		q.RootsVersion = chain[len(chain)-1].Version
		national, err := selectSeen(ctx, tx, pack.National)
		if err != nil {
			return err
		}
		own, err := selectSeen(ctx, tx, pack.OfficeName(g.office.OrgUnit))
		q.NationalVersion, q.OfficeVersion = national.Version, own.Version
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the packs: %w", err)
	}
	return q, release.SignPacks(g.keys.release, q)
}
