package egress

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"casehub/internal/proof"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/protobuf/proto"
)

// TestProveEveryCheckOfTheGateIsNeeded deletes each check of the gate in turn and
// prints who notices: the hostile releases that the check refuses and that pass what
// reads them without it, and of these those that then pass the whole gate. A check
// that nobody misses is alive as a mutant, and fails the test.
func TestProveEveryCheckOfTheGateIsNeeded(t *testing.T) {
	g, good := officeOfAll(t)
	alive := 0
	for _, gone := range g.checks {
		killers, out, first := 0, 0, ""
		for _, h := range hostile {
			c := fresh(good)
			h.spoil(&c)
			if h.check != gone.code || g.with(gone.code).judge(t.Context(), &c) == nil {
				continue
			}
			if !g.passesWithout(t.Context(), c, gone.code, false) {
				continue
			}
			killers++
			first = max(first, h.name)
			if g.passesWithout(t.Context(), c, gone.code, true) {
				out++
			}
		}
		t.Logf("the gate without %-9s is noticed by %d, %d of which get out, such as %q", gone.code, killers, out, first)
		if killers == 0 {
			alive++
			t.Errorf("nobody notices that the check %s is gone", gone.code)
		}
	}
	proof.AtMost(t, "gate/mutants-alive", float64(alive), 0)
}

// with is the gate with one check behind the one that reads the bytes.
func (g *Gate) with(code string) *Gate {
	only := *g
	only.checks = slices.DeleteFunc(slices.Clone(g.checks), func(k check) bool { return k.code != code && k.code != "structure" })
	return &only
}

// passesWithout reports whether a candidate gets out where a check is gone: past all
// others, or past nothing but the reading of its bytes. Where that is what is gone, they
// are read by whoever reads anything.
func (g *Gate) passesWithout(ctx context.Context, c candidate, gone string, whole bool) bool {
	c = fresh(c)
	if gone == "structure" {
		c.decoded = &releasev1.Release{}
		if proto.Unmarshal(c.bytes, c.decoded) != nil {
			return false
		}
	} else if !g.structureHolds(ctx, &c) {
		return false
	}
	for _, k := range g.checks {
		if whole && k.code != gone && k.code != "structure" && !k.run(ctx, &c) {
			return false
		}
	}
	return true
}

// seedOfBytes is where the changes below begin. Another one finds others.
const seedOfBytes = 20261122

// TestProveTheGateAgreesWithTheAuditor holds the gate, asked about bytes that were
// changed at random, against the auditor, who is asked about the very same bytes in the
// very same transaction: what the gate lets out the auditor works out as well, and it
// is what the ledger made, to the byte.
func TestProveTheGateAgreesWithTheAuditor(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	openCases(t, db, 10, 30, 1401, "2026-09-02")
	recoverFor(t, db, 9, 4101, 1101, "2026-09-20")
	chance := rand.New(rand.NewPCG(seedOfBytes, 1))
	wrong, read, agreed, asked := 0, 0, 0, proof.Size(400, 20_000)
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		good, err := g.built(t.Context(), tx, 202609)
		if err != nil {
			return err
		}
		_, books, _ := g.layers(t.Context(), tx, good.reg)
		for i := range asked {
			c := fresh(good)
			c.audit, c.evidence = nil, nil
			if i > 0 {
				c.bytes = changed(chance, good.bytes)
			}
			if err := g.auditInto(t.Context(), tx, &c, books); err != nil {
				return err
			}
			_, unread := release.Decode(c.bytes)
			found := unread == nil && c.audit == nil
			out := g.judge(t.Context(), &c) == nil
			if out && (!found || !bytes.Equal(c.bytes, good.bytes)) || i == 0 && !out {
				wrong++
				t.Errorf("change %d: let out %v, found by the auditor %v, as made %v", i, out, found, bytes.Equal(c.bytes, good.bytes))
			}
			read, agreed = read+one(unread == nil), agreed+one(found)
		}
		return errRolledBack
	})
	if !errors.Is(err, errRolledBack) {
		t.Fatal(err)
	}
	t.Logf("seed %d: of %d releases %d could be read, the auditor finds %d, the gate lets out as made alone", seedOfBytes, asked, read, agreed)
	if read < asked/4 {
		t.Errorf("only %d of %d could be read, so that this shows little", read, asked)
	}
	proof.AtMost(t, "gate/wrong-accepts", float64(wrong), 0)
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// changed changes bytes in one to three places: as bytes, or as numbers of a release
// that is written down again as it has to be.
func changed(chance *rand.Rand, good []byte) []byte {
	b := slices.Clone(good)
	for range 1 + chance.IntN(3) {
		at := chance.IntN(len(b))
		switch chance.IntN(8) {
		case 0:
			b[at] ^= 1 << chance.IntN(8)
		case 1:
			b = slices.Insert(b, at, byte(chance.IntN(256)))
		case 2:
			b = slices.Delete(b, at, at+1)
		default:
			b = renumbered(chance, b)
		}
	}
	return b
}

// renumbered moves one number of a release, if it is one.
func renumbered(chance *rand.Rand, b []byte) []byte {
	r, err := release.Decode(b)
	if err != nil {
		return b
	}
	by := uint32(chance.IntN(7)) - 3
	switch at := chance.IntN(5 + 6*len(r.GetTables())); {
	case at == 0:
		r.Sequence += by
	case at == 1:
		r.Period += by
	case at == 2:
		r.Kind = releasev1.ReleaseKind(chance.IntN(4))
	case at == 3:
		r.RegistryVersion += by
	case at == 4:
		r.OrgUnit += by
	default:
		table := r.Tables[(at-5)/6]
		gr := table.Groups[chance.IntN(len(table.Groups))]
		switch (at - 5) % 6 {
		case 0:
			gr.Value += by
		case 1:
			gr.CategoryOption += by
		case 2:
			gr.FromPeriod += by
		case 3:
			gr.AmountHundreds += by
		case 4:
			gr.Level = releasev1.GroupLevel(chance.IntN(4))
		default:
			table.Groups = table.Groups[:len(table.Groups)-1]
		}
	}
	again, err := release.Encode(r)
	if err != nil {
		return b
	}
	return again
}
