package imports

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/internal/sqlite"
	"casehub/internal/text"
	"casehub/node/clients"
)

// people are the clients whom somebody in a source may be: those of the node, and those
// that the run makes. Whom the runner does not see is nobody's match: the two stand beside
// each other for whoever sees both, once somebody does, and the run tells nothing of it.
type people struct {
	rules []identityRule
	all   []somebody
	byID  map[string]uint32
	alike []map[[16]byte]uint32 // by rule: the newest entry of those who have a key in common
	chain []sameKey
}

// somebody is a client as they are compared.
type somebody struct {
	id       string
	document string   // "" where there is none to rely on
	names    []string // by rule; "" where names must be equal
	fresh    bool     // this run makes the record
	hidden   bool     // from who runs the import
}

// sameKey is one of those who have a key in common; next is another's place plus one.
type sameKey struct{ who, next uint32 }

// pair is a client who may be the same person as the one of a row, and the fields in
// which they are alike.
type pair struct{ with, in string }

// maxPairs is how many clients a new one is put beside.
const maxPairs = 5

// peopleOf returns the clients of the node for the identity rules of a mapping; nil
// where it has none.
func peopleOf(ctx context.Context, q sqlite.Querier, m *Mapping, sees sight) (*people, error) {
	p := &people{byID: map[string]uint32{}}
	for _, s := range m.streams {
		p.rules = append(p.rules, s.identity...)
	}
	if len(p.rules) == 0 {
		return nil, nil
	}
	for range p.rules {
		p.alike = append(p.alike, map[[16]byte]uint32{})
	}
	if err := eachClient(ctx, q, sees.clients, func(id string, values []string, hidden bool) {
		p.add(id, values, false, false)
		p.all[p.byID[id]].hidden = hidden
	}); err != nil {
		return nil, fmt.Errorf("reading who is here: %w", err)
	}
	return p, nil
}

// add makes somebody known by some values.
func (p *people) add(id string, values []string, doubted, fresh bool) {
	at, met := p.byID[id]
	if !met {
		at = uint32(len(p.all))
		p.byID[id] = at
		p.all = append(p.all, somebody{id: id, names: make([]string, len(p.rules))})
	}
	who := &p.all[at]
	who.fresh = who.fresh || fresh
	if !doubted {
		who.document = text.Marks(values[documentAt])
	}
	for i := range p.rules {
		r := &p.rules[i]
		if r.atLeast < 1 {
			who.names[i] = r.nameOf(values)
		}
		for _, key := range r.alikes(values, doubted) {
			k := short(key)
			p.chain = append(p.chain, sameKey{at, p.alike[i][k]})
			p.alike[i][k] = uint32(len(p.chain))
		}
	}
}

var documentAt = targetNamed(toClient).index("id_number")

// match finds who the client of a row is, or may be; secret are those whom the runner does
// not see.
func (p *people) match(rules []identityRule, values []string, doubted bool) (is *somebody, likely, secret []pair) {
	document := ""
	if !doubted {
		document = text.Marks(values[documentAt])
	}
	several := false
	var by *identityRule
	for i := range p.rules {
		r := &p.rules[i]
		if !slices.ContainsFunc(rules, r.is) {
			continue
		}
		found, unseen := parted(p.found(i, values, doubted))
		secret = beside(secret, unseen, r)
		switch {
		case !r.exact || len(found) == 0:
		case len(found) > 1:
			several = true
		case document != "" && found[0].document != "" && document != found[0].document:
		case is == nil:
			is, by = found[0], r
			continue
		case is != found[0]:
			several = true
		}
		likely = beside(likely, found, r)
	}
	if is != nil && !several {
		return is, nil, secret
	}
	if is != nil && !slices.ContainsFunc(likely, func(l pair) bool { return l.with == is.id }) {
		likely = append([]pair{{is.id, strings.Join(by.names, " ")}}, likely...)
	}
	return nil, likely, secret
}

// parted tells those whom the runner sees from the others.
func parted(all []*somebody) (seen, hidden []*somebody) {
	for _, who := range all {
		if who.hidden {
			hidden = append(hidden, who)
		} else {
			seen = append(seen, who)
		}
	}
	return seen, hidden
}

// beside adds those whom a rule found to some pairs, each once.
func beside(pairs []pair, found []*somebody, r *identityRule) []pair {
	for _, who := range found {
		if len(pairs) < maxPairs && !slices.ContainsFunc(pairs, func(p pair) bool { return p.with == who.id }) {
			pairs = append(pairs, pair{who.id, strings.Join(r.names, " ")})
		}
	}
	return pairs
}

// is reports whether two rules are one.
func (r *identityRule) is(o identityRule) bool {
	return r.exact == o.exact && r.atLeast == o.atLeast && slices.Equal(r.names, o.names)
}

// found returns those who a rule says are alike, in the order in which they were met.
func (p *people) found(rule int, values []string, doubted bool) []*somebody {
	r := &p.rules[rule]
	var places []uint32
	name := ""
	if r.atLeast < 1 {
		name = r.nameOf(values)
	}
	for _, key := range r.alikes(values, doubted) {
		for at := p.alike[rule][short(key)]; at > 0; at = p.chain[at-1].next {
			who := p.chain[at-1].who
			if !slices.Contains(places, who) && (r.atLeast == 1 || alike(name, p.all[who].names[rule]) >= r.atLeast) {
				places = append(places, who)
			}
		}
	}
	slices.Sort(places)
	all := make([]*somebody, len(places))
	for i, at := range places {
		all[i] = &p.all[at]
	}
	return all
}

// identify finds out whether a new client was here before.
func (d *decider) identify(f *draft) {
	if d.people == nil || len(f.stream.identity) == 0 {
		return
	}
	if d.of[f.stream].knows(f.key) {
		return
	}
	is, likely, secret := d.people.match(f.stream.identity, f.values, f.doubted())
	f.likely, f.secret = likely, secret
	if is == nil {
		return
	}
	f.link, f.fill = is.id, !is.fresh
	d.linked[localID(d.run.instance, f.stream, f.key)] = is.id
}

// doubted reports whether the document number of a client does not hold.
func (f *draft) doubted() bool {
	return slices.ContainsFunc(f.problems, func(p problem) bool { return p.code == adapters.IDCheck || p.code == adapters.IDDestroyed })
}

// meet makes the client of a row known to the rows that follow.
func (d *decider) meet(f *draft, fresh bool) {
	if d.people != nil && f.stream.to.name == toClient {
		d.people.add(d.idOf(f.stream, f.key), f.values, f.doubted(), fresh)
	}
}

// idOf returns the identifier of the record that a key of a stream stands for.
func (d *decider) idOf(s *stream, key string) string {
	id := localID(d.run.instance, s, key)
	if len(d.linked) > 0 {
		if is, ok := d.linked[id]; ok {
			return is
		}
	}
	return id
}

func (d *decider) idsOf(s *stream, keys []string) []string {
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = d.idOf(s, key)
	}
	return ids
}

// knowLinks takes in which keys stand for records that were there before.
func (d *decider) knowLinks(s *stream, found map[string]known) {
	for key, k := range found {
		if k.linked {
			d.linked[localID(d.run.instance, s, key)] = k.local
		}
	}
}

// relink puts the records that were there before in the place of those that keys would
// have made.
func (d *decider) relink(f *draft) {
	if len(d.linked) == 0 || f.values == nil {
		return
	}
	for i, fl := range f.stream.to.fields {
		if fl.kind == asReference && fl.target == toClient {
			if is, ok := d.linked[f.values[i]]; ok {
				f.values[i] = is
			}
		}
	}
}

// link remembers that a row is of a client who was there before. What the office has
// of them stays; what it has not is filled.
func (a *applier) link(ctx context.Context, tx *sqlite.Tx, st *stream, s *step, there standing) error {
	is, ok := there.now[s.local]
	if !ok {
		return clients.ErrNotFound
	}
	version := is.version
	filled := filledIn(st.to, is.values, s.values)
	if s.fill && !there.hidden[s.local] && valuesHash(filled) != valuesHash(is.values) {
		if err := there.replace(ctx, tx, st, s.local, filled, a.now); err != nil {
			return err
		}
		if err := saveBefore(ctx, tx, a.run.id, st.name, s.key, s.local, is.version, is.values, known{lastRun: a.run.id}); err != nil {
			return err
		}
		version++
	}
	if err := insertPairs(ctx, tx, a.run, s.local, s.pairs, a.now); err != nil {
		return err
	}
	hash, fields := hashesOf(s.values)
	return insertLink(ctx, tx, a.run, st, s.key, s.local, version, hash, fields)
}

// filledIn returns what somebody has, and for what they have not, what came.
func filledIn(t *target, current, fresh []string) []string {
	all := slices.Clone(current)
	for i := range all {
		if all[i] == "" {
			all[i] = fresh[i]
		}
	}
	for _, pair := range tied[t.name] {
		a, b := t.index(pair[0]), t.index(pair[1])
		if current[a] != "" || current[b] != "" {
			all[a], all[b] = current[a], current[b]
		}
	}
	if writers[t.name].check(all) != nil {
		return current
	}
	return all
}
