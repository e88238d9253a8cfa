package hub_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"casehub/hub"
	"casehub/hub/ingest"
	"casehub/hub/migrations"
	"casehub/hub/registry"
	"casehub/internal/postgres/postgrestest"
	"casehub/internal/release"
	hubv1 "casehub/proto/casehub/hub/v1"

	"github.com/nats-io/nats.go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A laptop was stolen: the office comes with new keys, and whoever has the old ones
// is cut off, comes in no more, hears nothing, and gets no release counted, also by
// the wire of another.
func TestWhoeverHasTheOldKeysIsShutOut(t *testing.T) {
	dsn := postgrestest.DSN(t, migrations.FS)
	h := start(t, onAnyPort(t.TempDir(), dsn))
	at := reach(h)
	o, other := enrol(t, h, 4), enrol(t, h, 5)
	if err := o.send(t.Context(), at, o.month(t, 4), o.month(t, 4)); err != nil {
		t.Fatal(err)
	}
	o.await(t, at, 2, accepted)
	thief := *o
	wire, js, err := thief.connect(at)
	if err != nil {
		t.Fatal(err)
	}
	defer wire.Close()
	cut := make(chan struct{})
	wire.SetClosedHandler(func(*nats.Conn) { close(cut) })

	o.newKeys(t)
	renew(t, dsn, o)
	select {
	case <-cut:
	case <-time.After(30 * time.Second):
		t.Error("the thief's connection is open still")
	}
	if _, err := js.Publish(t.Context(), release.Subject(4), thief.month(t, 3)); err == nil {
		t.Error("the thief published after the renewal")
	}
	if c, _, err := thief.connect(at); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("the thief comes in: %v", err)
		c.Close()
	}
	ask := sign(t, &thief, &hubv1.ReceiptsSinceRequest{OrgUnit: 4, KeyId: thief.keyID})
	if _, err := hubv1.NewReceiptsClient(dial(t, at)).Since(t.Context(), ask); status.Code(err) != codes.Unauthenticated {
		t.Errorf("the thief hears of receipts: %v", err)
	}
	packs := &hubv1.PacksRequest{OrgUnit: 4, KeyId: thief.keyID}
	if err := release.SignPacks(thief.key, packs); err != nil {
		t.Fatal(err)
	}
	if _, err := hubv1.NewCatalogueClient(dial(t, at)).Packs(t.Context(), packs); status.Code(err) != codes.Unauthenticated {
		t.Errorf("the thief hears of packs: %v", err)
	}

	// The new wire and the old signature: whatever got through is refused.
	smuggler := thief
	smuggler.user = o.user
	if err := smuggler.send(t.Context(), at, thief.sealed[2]); err != nil {
		t.Fatal(err)
	}
	if err := o.send(t.Context(), at, o.month(t, 4)); err != nil {
		t.Fatal(err)
	}
	o.await(t, at, 3, accepted)
	counted(t, h, o, 3)
	if n := events(t, h); n != o.events {
		t.Errorf("%d events at the hub, want the office's own %d", n, o.events)
	}
	if err := other.send(t.Context(), at, other.month(t, 1)); err != nil {
		t.Errorf("another office: %v", err)
	}
	_, body := get(t, h, "/offices/4?lang=en")
	for _, want := range []string{"its key number 2 since", "Release no. 2 was the last that counted by then", "1 release came since then by a key that was replaced"} {
		if !strings.Contains(body, want) {
			t.Errorf("the office's page does not say %q", want)
		}
	}
	if _, body := get(t, h, "/offices/5?lang=en"); strings.Contains(body, "its key number") {
		t.Error("the page of another office speaks of new keys")
	}
	wantDerivable(t, dsn)
}

// renew gives an office its newest keys in another process.
func renew(t *testing.T, dsn string, o *office) {
	t.Helper()
	is := o.registered(t)
	k := registry.Keys{OrgUnit: is.OrgUnit, KeyID: is.KeyID, ReleaseKey: is.ReleaseKey, TransportKey: is.TransportKey}
	d := ingest.Decision{Who: "thandi", Reason: "the laptop was stolen; known by voice"}
	err := hub.WithRegistry(t.Context(), onAnyPort(t.TempDir(), dsn), slog.New(slog.DiscardHandler), func(ctx context.Context, r *hub.Register) error {
		unknown := k
		unknown.OrgUnit = 99
		if _, err := r.Renew(ctx, ingest.Renewal{Keys: unknown}, d); !errors.Is(err, registry.ErrUnknown) {
			t.Errorf("an office that is not there: %v", err)
		}
		_, err := r.Renew(ctx, ingest.Renewal{Keys: k}, d)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func wantDerivable(t *testing.T, dsn string) {
	t.Helper()
	err := hub.WithRegistry(t.Context(), onAnyPort(t.TempDir(), dsn), slog.New(slog.DiscardHandler), func(ctx context.Context, r *hub.Register) error {
		c, err := r.Rebuild(ctx, false)
		if err == nil && !c.Equal() {
			t.Errorf("what is stored does not follow: %+v", c)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
