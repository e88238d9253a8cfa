package egress

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node/auditor"
)

// allowed is the verdict of a release that passed every check. Any other
// verdict is the code of the check that refused.
const allowed = "allowed"

// Decision is one entry of the decision log. It never holds what was judged: a
// refused release is just the one with a name in it.
type Decision struct {
	Seq     int64
	At      int64 // Unix milliseconds
	Period  civil.Month
	Digest  []byte
	Layers  string
	Verdict string
	Hash    []byte
}

// ErrDecisionsBroken reports a decision log whose chain does not hold.
var ErrDecisionsBroken = errors.New("the decision log was changed")

// hashOn returns the hash of the entry behind another: SHA-256 over its fields,
// each after its length.
func (d Decision) hashOn(previous []byte) []byte {
	var b []byte
	for _, f := range [][]byte{
		[]byte("casehub/decision/v1"), binary.BigEndian.AppendUint64(nil, uint64(d.At)),
		binary.BigEndian.AppendUint32(nil, uint32(d.Period)), d.Digest, []byte(d.Layers), []byte(d.Verdict), previous,
	} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// record appends a verdict in the caller's transaction.
func (g *Gate) record(ctx context.Context, tx *sqlite.Tx, c *candidate, verdict string) error {
	previous, err := selectLastDecision(ctx, tx)
	if err != nil {
		return fmt.Errorf("reading the decision log: %w", err)
	}
	d := Decision{At: g.now().UnixMilli(), Period: c.period, Digest: c.digest[:], Layers: c.judges(), Verdict: verdict}
	d.Hash = d.hashOn(previous)
	if err := insertDecision(ctx, tx, d, previous); err != nil {
		return fmt.Errorf("recording the decision: %w", err)
	}
	return nil
}

// recordRefusal appends a refusal, unless the log ends with the very same: a node
// tries again every few minutes.
func (g *Gate) recordRefusal(ctx context.Context, c *candidate, r *refusal) error {
	return g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		same, err := endsWith(ctx, tx, Decision{Period: c.period, Digest: c.digest[:], Layers: c.judges(), Verdict: r.check})
		if err == nil && !same {
			err = g.record(ctx, tx, c, r.check)
		}
		return errors.Join(err, markTried(ctx, tx, g.now()))
	})
}

// judges lists who judged, as the log has them: the layers with their versions, and
// the auditor with what it said.
func (c *candidate) judges() string {
	all := make([]string, len(c.layers))
	for i, l := range c.layers {
		all[i] = l.String()
	}
	said := "agreed"
	var differs *auditor.Difference
	if errors.As(c.audit, &differs) {
		said = string(differs.Fault)
	}
	return strings.Join(append(all, "auditor "+said), ", ")
}

// VerifyDecisions follows the chain of the decision log from its beginning. It
// fails with ErrDecisionsBroken.
func (g *Gate) VerifyDecisions(ctx context.Context) error {
	list, err := selectDecisions(ctx, g.db)
	if err != nil {
		return fmt.Errorf("reading the decision log: %w", err)
	}
	var previous []byte
	for _, d := range list {
		if string(d.hashOn(previous)) != string(d.Hash) {
			return fmt.Errorf("entry %d: %w", d.Seq, ErrDecisionsBroken)
		}
		previous = d.Hash
	}
	return nil
}
