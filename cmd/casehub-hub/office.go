package main

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"io"
	"text/tabwriter"

	"casehub/hub"
	"casehub/hub/registry"
	"casehub/internal/civil"
	"casehub/internal/errs"
)

func addOffice(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("office add", stderr)
	orgUnit := f.Uint("org-unit", 0, "number of the office, 1 to 999999")
	name := f.String("name", "", "name of the office")
	province := f.String("province", "", "province it is in")
	network := f.String("network", "", "network it belongs to, if any")
	opened := f.String("opened-on", "", "first day on which it is expected to report, YYYY-MM-DD")
	closed := f.String("closed-on", "", "last such day; empty while it is open")
	releaseKey := f.String("release-key", "", "key of its releases, 64 hex digits, as its node prints it")
	keyID := f.Uint("key-id", 1, "number of that key")
	transportKey := f.String("transport-key", "", "key of its connection, as its node prints it")
	c, err := f.read(args)
	if err != nil {
		return err
	}
	k := keysOf(*orgUnit, *keyID, *releaseKey, *transportKey)
	o := registry.Office{
		OrgUnit: k.OrgUnit, Name: *name, Province: *province, Network: *network,
		OpenedOn: civil.Date(*opened), ClosedOn: civil.Date(*closed),
		KeyID: k.KeyID, ReleaseKey: k.ReleaseKey, TransportKey: k.TransportKey,
	}
	if err := o.Check(); err != nil {
		return blame(f, err)
	}
	err = hub.WithRegistry(ctx, c, f.log(), func(ctx context.Context, r *hub.Register) error { return r.Enrol(ctx, o) })
	if err != nil {
		return fmt.Errorf("office %d: %w", o.OrgUnit, err)
	}
	_, err = fmt.Fprintf(stdout, "office %d is enrolled\n", o.OrgUnit)
	return err
}

// keysOf makes keys of what flags hold. What does not hold is left so that their
// check says which flag is at fault.
func keysOf(orgUnit, keyID uint, releaseKey, transportKey string) registry.Keys {
	key, err := hex.DecodeString(releaseKey)
	if err != nil {
		key = nil
	}
	return registry.Keys{
		OrgUnit: uint32(min(orgUnit, registry.MaxOrgUnit+1)), KeyID: uint32(min(keyID, registry.MaxKeyID+1)),
		ReleaseKey: ed25519.PublicKey(key), TransportKey: transportKey,
	}
}

// blame names the flag whose value does not hold.
func blame(f flags, err error) error {
	flagOf := map[string]string{
		"org_unit": "org-unit", "name": "name", "province": "province", "network": "network", "opened_on": "opened-on",
		"closed_on": "closed-on", "release_key": "release-key", "key_id": "key-id", "transport_key": "transport-key",
		"reason": "reason", "last": "last", "mark": "mark",
	}
	if e := errs.As(err); e != nil && flagOf[e.Field()] != "" {
		fmt.Fprintf(f.stderr, "%s: -%s is missing or does not hold: %s\n", f.Name(), flagOf[e.Field()], message(e))
		return errUsage
	}
	return err
}

func listOffices(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("office list", stderr)
	c, err := f.read(args)
	if err != nil {
		return err
	}
	return hub.WithRegistry(ctx, c, f.log(), func(ctx context.Context, r *hub.Register) error {
		all, err := r.Offices(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NUMBER\tNAME\tPROVINCE\tNETWORK\tOPENED\tCLOSED\tKEY\tKEY SINCE\tHELD SINCE")
		for _, o := range all {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", o.OrgUnit, o.Name, o.Province,
				dash(o.Network), o.OpenedOn, dash(string(o.ClosedOn)), o.KeyID, civil.On(o.KeySince), heldSince(o))
		}
		return w.Flush()
	})
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func heldSince(o registry.Office) string {
	if !o.Held() {
		return "-"
	}
	return string(civil.On(o.HeldSince))
}
