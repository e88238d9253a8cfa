package registry_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"casehub/hub/migrations"
	"casehub/hub/registry"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/postgres/postgrestest"

	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

func now() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func open(t *testing.T) *registry.Registry {
	t.Helper()
	return registry.New(postgrestest.Open(t, migrations.FS), codelist.National(), now)
}

func office(n uint32) registry.Office {
	key := make(ed25519.PublicKey, ed25519.PublicKeySize)
	key[0] = byte(n)
	return registry.Office{
		OrgUnit: n, Name: "Mountain View Advice Office", Province: "Free State", Network: "Rural network",
		OpenedOn: "2026-01-01", ClosedOn: "2027-12-31", KeyID: 1, ReleaseKey: key,
		TransportKey: "U" + strings.Repeat("A", 54) + string(rune('A'+n%26)),
	}
}

func TestAnOfficeIsKeptAsItWasEnrolled(t *testing.T) {
	r := open(t)
	open := office(2)
	open.ClosedOn, open.Network = "", ""
	for _, o := range []registry.Office{office(1), open} {
		if err := r.Enrol(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.Offices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := office(1)
	first.KeySince, open.KeySince = now(), now()
	if d := cmp.Diff([]registry.Office{first, open}, got); d != "" {
		t.Errorf("offices (-want +got):\n%s", d)
	}
	one, err := r.Office(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(open, one); d != "" {
		t.Errorf("office 2 (-want +got):\n%s", d)
	}
	if _, err := r.Office(t.Context(), 3); !errors.Is(err, registry.ErrUnknown) {
		t.Errorf("office 3: %v, want ErrUnknown", err)
	}
	if k, ok := r.Key(1, 1); !ok || !k.Equal(office(1).ReleaseKey) {
		t.Errorf("key of office 1: %x, %v", k, ok)
	}
	if k, ok := r.Newest(1, 1); !ok || !k.Equal(office(1).ReleaseKey) {
		t.Errorf("newest key of office 1: %x, %v", k, ok)
	}
	if _, ok := r.Key(1, 2); ok {
		t.Error("office 1 has a key that it was not enrolled with")
	}
}

func TestANumberAndAKeyAreTakenOnce(t *testing.T) {
	r := open(t)
	if err := r.Enrol(t.Context(), office(1)); err != nil {
		t.Fatal(err)
	}
	again := office(1)
	again.TransportKey = office(2).TransportKey
	if err := r.Enrol(t.Context(), again); !errors.Is(err, registry.ErrEnrolled) {
		t.Errorf("the number again: %v, want ErrEnrolled", err)
	}
	thief := office(3)
	thief.TransportKey = office(1).TransportKey
	if err := r.Enrol(t.Context(), thief); !errors.Is(err, registry.ErrKeyTaken) {
		t.Errorf("the key again: %v, want ErrKeyTaken", err)
	}
	twice := office(4)
	twice.ReleaseKey = office(1).ReleaseKey
	if err := r.Enrol(t.Context(), twice); !errors.Is(err, registry.ErrKeyUsed) {
		t.Errorf("the signing key again: %v, want ErrKeyUsed", err)
	}
	if all, err := r.Offices(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d offices, %v, want the first alone", len(all), err)
	}
}

func TestWhatKeepsAnOfficeOut(t *testing.T) {
	for field, spoil := range map[string]func(*registry.Office){
		"org_unit":      func(o *registry.Office) { o.OrgUnit = registry.MaxOrgUnit + 1 },
		"name":          func(o *registry.Office) { o.Name = " Mountain View" },
		"province":      func(o *registry.Office) { o.Province = "" },
		"network":       func(o *registry.Office) { o.Network = "two\nlines" },
		"opened_on":     func(o *registry.Office) { o.OpenedOn = "2026-02-30" },
		"closed_on":     func(o *registry.Office) { o.ClosedOn = "2025-12-31" },
		"key_id":        func(o *registry.Office) { o.KeyID = 0 },
		"release_key":   func(o *registry.Office) { o.ReleaseKey = o.ReleaseKey[:31] },
		"transport_key": func(o *registry.Office) { o.TransportKey = "X" + o.TransportKey[1:] },
	} {
		o := office(1)
		spoil(&o)
		err := o.Check()
		if errs.KindOf(err) != errs.Invalid || errs.As(err).Field() != field {
			t.Errorf("%s: %v, want a fault of that field", field, err)
		}
	}
	if err := office(1).Check(); err != nil {
		t.Errorf("a good office: %v", err)
	}
}

func TestFollowersHearOfChangesByOthers(t *testing.T) {
	dsn := postgrestest.DSN(t, migrations.FS)
	here := registry.New(postgrestest.Connect(t, dsn), codelist.National(), now)
	there := registry.New(postgrestest.Connect(t, dsn), codelist.National(), now)
	ctx, cancel := context.WithCancel(t.Context())
	heard, done := make(chan bool, 10), make(chan error, 1)
	go func() {
		done <- here.Follow(ctx, func(context.Context) error {
			_, ok := here.Key(1, 1)
			heard <- ok
			return nil
		})
	}()
	if <-heard {
		t.Error("an office was known before it was enrolled")
	}
	if err := there.Enrol(t.Context(), office(1)); err != nil {
		t.Fatal(err)
	}
	select {
	case ok := <-heard:
		if !ok {
			t.Error("the follower was called before it knew the key")
		}
	case <-time.After(10 * time.Second):
		t.Error("the follower was not called")
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("following ended with %v", err)
	}
}

func TestADatabaseHasOneName(t *testing.T) {
	dsn := postgrestest.DSN(t, migrations.FS)
	first, err := registry.New(postgrestest.Connect(t, dsn), codelist.National(), now).ID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := registry.New(postgrestest.Connect(t, dsn), codelist.National(), now).ID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := open(t).ID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first != again || first == other {
		t.Errorf("names %q, %q and of another database %q", first, again, other)
	}
}
