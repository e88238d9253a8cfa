package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os/user"
	"text/tabwriter"

	"casehub/hub"
	"casehub/hub/ingest"
	"casehub/hub/registry"
	"casehub/hub/statistics"
)

// resumeOffice lets an office go on that is held because of a fork.
func resumeOffice(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("office resume", stderr)
	orgUnit := f.Uint("org-unit", 0, "number of the office, 1 to 999999")
	reason := f.String("reason", "", "what was found and why the office may go on, on one line without any name; kept for ever")
	c, err := f.read(args)
	if err != nil {
		return err
	}
	if *orgUnit == 0 || *orgUnit > registry.MaxOrgUnit {
		fmt.Fprintln(stderr, "casehub-hub office resume: -org-unit is missing or does not hold")
		return errUsage
	}
	who, err := user.Current()
	if err != nil {
		return fmt.Errorf("asking who decides: %w", err)
	}
	number := uint32(*orgUnit)
	err = hub.WithRegistry(ctx, c, f.log(), func(ctx context.Context, r *hub.Register) error {
		return r.Resume(ctx, number, ingest.Decision{Who: who.Username, Reason: *reason})
	})
	if errors.Is(err, ingest.ErrReason) {
		return blame(f, err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "office %d goes on; what was counted goes on counting\n", number)
	return err
}

// alarms lists what a person must look at.
func alarms(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("alarms", stderr)
	all := f.Bool("all", false, "list also those that somebody has decided, with who did and why")
	c, err := f.read(args)
	if err != nil {
		return err
	}
	return hub.WithRegistry(ctx, c, f.log(), func(ctx context.Context, r *hub.Register) error {
		found, err := r.Alarms(ctx, *all)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			_, err := fmt.Fprintln(stdout, "no alarm is open")
			return err
		}
		w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "OFFICE\tRELEASE\tMARK\tRAISED\tDECIDED\tBY\tREASON")
		for _, a := range found {
			fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\t%s\n", a.OrgUnit, a.Sequence, hex.EncodeToString(a.Digest[:4]),
				a.RaisedAt.Format("2006-01-02"), decided(a), dash(a.Who), dash(a.Reason))
		}
		return w.Flush()
	})
}

func decided(a statistics.Alarm) string {
	if a.Open() {
		return "open"
	}
	return a.ClosedAt.Format("2006-01-02")
}
