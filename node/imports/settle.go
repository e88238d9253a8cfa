package imports

import (
	"crypto/sha256"
	"slices"

	"casehub/adapters"
	"casehub/internal/civil"
)

// step decides about one draft and counts it.
func (d *decider) step(f *draft, loc adapters.Locator) (step, error) {
	is, key := d.of[f.stream], short(f.key)
	c, s := is.counts, step{stream: is.place, key: f.key, loc: loc}
	switch f.state {
	case skipped:
		c.Skipped[f.skip]++
		if k, known := is.known[f.key]; known && f.skip == deletedAtSource && !k.gone && !d.hidden[d.idOf(f.stream, f.key)] {
			c.Gone++
			is.present[key] = true
			s.action = vanish
		}
		return s, nil
	case quarantined:
		c.Quarantined++
		if f.key != "" {
			is.present[key] = true
		}
		s.problems = f.problems
		return s, d.tell(loc, f)
	}
	is.seen[key] = valuesHash(f.values)
	if f.stream.referred {
		is.opened[key] = civil.Date(f.get("opened_on"))
	}
	d.fields(f)
	d.number(f)
	d.rememberAlts(f)
	held, open := d.open[f.stream.name+keySeparator+f.key]
	s.resolve = held
	k, known := is.known[f.key]
	hash, _ := hashesOf(f.values)
	switch {
	case !known && f.link != "":
		c.Linked++
		s.action, s.resolve, s.local, s.fill, s.pairs = linkTo, open, f.link, f.fill, f.secret
	case !known:
		d.created(f)
		s.action, s.resolve, s.pairs = create, open, slices.Concat(f.likely, f.secret)
		if len(f.likely) > 0 {
			c.Duplicates++
		}
	case d.byThisRun(f):
		d.done(f, k)
		d.meet(f, k.firstRun == d.run.id && !k.linked)
		return s, d.tell(loc, f)
	case equalHash(k.contentHash, hash) && !k.gone:
		c.Unchanged++
		if s.resolve {
			s.problems = f.problems
		}
		return s, d.tell(loc, f)
	default:
		c.Updated++
		s.action, s.resolve = merge, open
		d.foresee(f, k)
	}
	d.meet(f, s.action == create)
	s.values, s.problems, s.alts = f.values, f.problems, f.alts
	return s, d.tell(loc, f)
}

// created counts a record that is new, and a case from before the next release.
func (d *decider) created(f *draft) {
	d.of[f.stream].counts.Created++
	if f.stream.to.name != toCase || d.next == 0 {
		return
	}
	opened := civil.Date(f.get("opened_on"))
	if opened >= d.next.First() {
		return
	}
	e := d.report.Earlier
	if e == nil {
		e = &EarlierReport{Next: d.next, First: opened}
		d.report.Earlier = e
	}
	e.Cases++
	e.First = min(e.First, opened)
}

// done counts a record that the interrupted run has written.
func (d *decider) done(f *draft, k known) {
	switch {
	case k.firstRun == d.run.id && k.linked:
		d.of[f.stream].counts.Linked++
		return
	case k.firstRun == d.run.id:
		d.created(f)
		if d.paired[d.idOf(f.stream, f.key)] {
			d.of[f.stream].counts.Duplicates++
		}
		return
	}
	d.of[f.stream].counts.Updated++
	if d.hidden[d.idOf(f.stream, f.key)] {
		return
	}
	for _, field := range d.conflicts[f.stream.name+keySeparator+f.key] {
		f.warn(problem{code: adapters.ConflictLocal, field: field})
	}
}

// foresee finds the conflicts that merging will meet.
func (d *decider) foresee(f *draft, k known) {
	is, ok := d.now[d.idOf(f.stream, f.key)]
	if !ok {
		return
	}
	_, conflicts := threeWay(f.stream.to, k.fieldHashes, is.values, f.values)
	f.problems = append(f.problems, conflictProblems(f.stream.to, conflicts)...)
}

func short(key string) [16]byte {
	sum := sha256.Sum256([]byte(key))
	return [16]byte(sum[:16])
}

func valuesHash(values []string) uint64 {
	h := uint64(0)
	for _, v := range values {
		h = h*31 + fieldHash(v)
	}
	return h
}
