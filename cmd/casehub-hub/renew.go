package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"

	"casehub/hub"
	"casehub/hub/ingest"
	"casehub/hub/registry"
)

// renewOffice gives an office new keys: those before neither connect nor bring
// anything new from then on.
func renewOffice(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("office renew", stderr)
	orgUnit := f.Uint("org-unit", 0, "number of the office, 1 to 999999")
	keyID := f.Uint("key-id", 0, "number of its new key, one more than that of the key before")
	releaseKey := f.String("release-key", "", "new key of its releases, 64 hex digits, as its node prints it")
	transportKey := f.String("transport-key", "", "new key of its connection, as its node prints it")
	reason := f.String("reason", "", "what happened and how you know that it is the office, on one line without any name; kept for ever")
	resume := f.Bool("resume", false, "let the office go on that is held because of a fork; look at its alarms before")
	last := f.Int("last", -1, "newest release that the office itself sent, as its node prints it; 0 for none. What came after it is withdrawn")
	mark := f.String("mark", "", "mark of that release, four times four letters and digits, read out by the office")
	withdraw := f.Int("withdraw", 0, "`how many` releases counted after that one and are withdrawn with -last; look them up on the office's page")
	c, err := f.read(args)
	if err != nil {
		return err
	}
	r := ingest.Renewal{Keys: keysOf(*orgUnit, *keyID, *releaseKey, *transportKey), Resume: *resume}
	if err := r.Check(); err != nil {
		return blame(f, err)
	}
	if *last != -1 || *mark != "" {
		if r.Own, err = ingest.ReadOwn(*last, *mark); err != nil {
			return blame(f, err)
		}
		r.Own.Withdraw = *withdraw
	}
	who, err := user.Current()
	if err != nil {
		return fmt.Errorf("asking who decides: %w", err)
	}
	var before registry.Office
	var done ingest.Renewed
	err = hub.WithRegistry(ctx, c, f.log(), func(ctx context.Context, reg *hub.Register) error {
		if before, err = reg.Office(ctx, r.OrgUnit); err != nil {
			return err
		}
		done, err = reg.Renew(ctx, r, ingest.Decision{Who: who.Username, Reason: *reason})
		return err
	})
	if errors.Is(err, ingest.ErrReason) {
		return blame(f, err)
	}
	if err != nil {
		return err
	}
	tellRenewed(stdout, r, done)
	if c.NATS.URL != "" {
		fmt.Fprintf(stdout, "the broker is not the hub's own: revoke there the user with the key %s\n", before.TransportKey)
	}
	return nil
}

func tellRenewed(stdout io.Writer, r ingest.Renewal, done ingest.Renewed) {
	fmt.Fprintf(stdout, "office %d has key number %d; its keys before neither connect nor bring anything new\n", r.OrgUnit, r.KeyID)
	switch {
	case r.Own != nil && done.Withdrawn > 0:
		fmt.Fprintf(stdout, "releases %d to %d came after the office's own last and were withdrawn; their bytes are kept\n",
			done.Last+1, int(done.Last)+done.Withdrawn)
	case r.Own != nil:
		fmt.Fprintln(stdout, "nothing counted after the office's own last release")
	case done.Last > 0:
		fmt.Fprintf(stdout, "release %d is the last that counted by then: if the office says that it sent less, renew its keys again with -last\n", done.Last)
	default:
		fmt.Fprintln(stdout, "no release counted by then")
	}
	if done.Dropped > 0 {
		fmt.Fprintf(stdout, "releases that were here and did not count, and were refused: %d; the office sends its own again\n", done.Dropped)
	}
	if done.Resumed {
		fmt.Fprintf(stdout, "office %d was held and goes on; what was counted goes on counting\n", r.OrgUnit)
	}
}
