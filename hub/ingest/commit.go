package ingest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/jackc/pgx/v5"
)

// name is the key of a release with the digest of its bytes.
type name struct {
	orgUnit, sequence uint32
	digest            [32]byte
}

// outcome is what one transaction did.
type outcome struct {
	words    []word
	releases int // kept for the first time
	facts    int
	forks    []name // found for the first time
	replaced []name // signed by a key that was replaced, and refused
}

// changes is what one transaction writes.
type changes struct {
	releases []arrived
	standing []*kept // rows that moved, with their office in orgs
	orgs     []uint32
	chains   []*chain
	gone     []gone
	forks    []arrived
	refused  []message
	facts    copyBuffer
	brought  map[name]message // the message of each release that came
}

// gone is a release that waited and was refused.
type gone struct {
	name
	reason releasev1.ReasonCode
}

// arrived is a release to keep with the message that brought it.
type arrived struct {
	*kept
	message
}

// commit takes messages in, in one transaction: releases, their facts, the
// office's chain, forks and refusals. It returns what it did; the words become
// receipts after it.
func (in *Ingest) commit(ctx context.Context, batch []message) (outcome, error) {
	var out outcome
	began := time.Now()
	err := pgx.BeginFunc(ctx, in.db, func(tx pgx.Tx) error {
		chains, err := loadChains(ctx, tx, batch)
		if err != nil {
			return err
		}
		var ch changes
		out = ch.collect(chains, batch)
		return ch.save(ctx, tx, in.now())
	})
	if err != nil {
		return outcome{}, fmt.Errorf("taking in %d messages: %w", len(batch), err)
	}
	in.meter.Committed(out.releases, out.facts, time.Since(began))
	return out, nil
}

// loadChains locks the offices of the batch and reads what their chains need to
// know: releases with a number that is in the batch, releases that wait, and
// those that a VOID names.
func loadChains(ctx context.Context, tx pgx.Tx, batch []message) (map[uint32]*chain, error) {
	var orgs []uint32
	wanted := map[uint32][]uint32{}
	for _, m := range batch {
		if m.opened == nil {
			continue
		}
		orgs = append(orgs, m.orgUnit)
		r := m.opened.Release
		wanted[m.orgUnit] = append(wanted[m.orgUnit], r.GetSequence(), r.GetVoidsSequence())
	}
	slices.Sort(orgs)
	orgs = slices.Compact(orgs)
	if len(orgs) == 0 {
		return nil, nil
	}
	chains, err := lockChains(ctx, tx, orgs)
	if err != nil {
		return nil, err
	}
	if err := addWaiting(ctx, tx, chains, orgs); err != nil {
		return nil, err
	}
	for n, c := range chains {
		for _, k := range c.known {
			wanted[n] = append(wanted[n], k.voids)
		}
	}
	if err := addKnown(ctx, tx, chains, wanted); err != nil {
		return nil, err
	}
	return chains, addForks(ctx, tx, chains)
}

// collect puts every message to its chain and gathers what must be written.
func (ch *changes) collect(chains map[uint32]*chain, batch []message) outcome {
	var out outcome
	ch.put(chains, batch, &out)
	ch.finish(chains, &out)
	return out
}

// put puts every message to its chain.
func (ch *changes) put(chains map[uint32]*chain, batch []message, out *outcome) {
	if ch.brought == nil {
		ch.brought = map[name]message{}
	}
	for _, m := range batch {
		if m.opened == nil {
			ch.refused = append(ch.refused, m)
			if m.ours != nil {
				out.words = append(out.words, refusal(chains[m.orgUnit], m))
			}
			continue
		}
		l := linkOf(m.opened)
		n := name{m.orgUnit, l.sequence, l.digest}
		c := chains[m.orgUnit]
		if c.replaced(l) {
			m.opened, m.reason = nil, keyReplaced
			ch.refused, out.replaced = append(ch.refused, m), append(out.replaced, n)
			continue
		}
		if _, ok := ch.brought[n]; !ok {
			ch.brought[n] = m
		}
		before := c.arrivals
		words := c.put(l, m.stream)
		out.words = append(out.words, words...)
		if len(words) > 0 && words[0].status == forked && c.arrivals > before {
			out.forks = append(out.forks, n)
			ch.forks = append(ch.forks, arrived{&kept{link: l, stream: m.stream, arrival: c.arrivals}, m})
		}
	}
}

// finish gathers what changed in the chains.
func (ch *changes) finish(chains map[uint32]*chain, out *outcome) {
	for _, c := range chains {
		ch.gather(c)
	}
	slices.SortFunc(ch.releases, func(a, b arrived) int {
		return cmp.Or(cmp.Compare(a.orgUnit, b.orgUnit), cmp.Compare(a.sequence, b.sequence))
	})
	for _, r := range ch.releases {
		ch.facts.add(r.opened.Release)
	}
	out.releases, out.facts = len(ch.releases), ch.facts.rows
}

// refusal is the word on a release that its office signed and that does not
// hold.
func refusal(c *chain, m message) word {
	w := word{orgUnit: m.orgUnit, sequence: m.ours.Release.GetSequence(), digest: m.ours.Digest, status: refused, reason: m.reason}
	if c != nil {
		w.count = c.counted
	}
	return w
}

// gather finds what changed in one chain.
func (ch *changes) gather(c *chain) {
	ch.chains = append(ch.chains, c)
	for _, k := range c.known {
		switch {
		case k.fresh:
			ch.releases = append(ch.releases, arrived{k, ch.brought[name{c.orgUnit, k.sequence, k.digest}]})
		case k.standing != k.was:
			ch.standing = append(ch.standing, k)
			ch.orgs = append(ch.orgs, c.orgUnit)
		}
	}
	for _, k := range c.gone {
		n := name{c.orgUnit, k.sequence, k.digest}
		if !k.fresh {
			ch.gone = append(ch.gone, gone{n, k.reason})
			continue
		}
		m := ch.brought[n]
		m.reason = k.reason
		ch.refused = append(ch.refused, m)
	}
}

func (ch *changes) save(ctx context.Context, tx pgx.Tx, at time.Time) error {
	b := &pgx.Batch{}
	dropReleases(b, ch.gone, at)
	insertReleases(b, ch.releases, at)
	moveReleases(b, ch.orgs, ch.standing)
	insertForks(b, ch.forks, at)
	moveChains(b, ch.chains, at)
	insertRefusals(b, ch.refused, at)
	if b.Len() > 0 {
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
	}
	return copyFacts(ctx, tx, &ch.facts)
}
