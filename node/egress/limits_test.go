package egress

import (
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/ledger"
	"casehub/node/migrations"
	"casehub/policy"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestTheLimitsAreTheSameEverywhere: the ledger that makes groups, the policy
// that accepts them, the check of bytes that both sides use, the wire's own
// maxima and the database each have the limits written down, because none may
// rely on another. They must not drift apart.
func TestTheLimitsAreTheSameEverywhere(t *testing.T) {
	l, p := ledger.National(), policy.Floor()
	if p.K != uint32(l.K) || p.KSensitive != uint32(l.KSensitive) || p.P != uint32(l.P) || p.Largest != uint32(l.Largest) {
		t.Errorf("the policy's floor is %+v, the ledger's %+v", p, l)
	}
	if l.K != release.MinGroup || l.KSensitive != release.MinSensitiveGroup || l.Largest != release.MaxGroup {
		t.Errorf("the ledger has %+v, the check of bytes %d, %d and %d", l, release.MinGroup, release.MinSensitiveGroup, release.MaxGroup)
	}
	if most := wireMax(t, "value"); int64(most) != l.Largest {
		t.Errorf("the wire takes %d events, the ledger makes %d", most, l.Largest)
	}
	hundreds := int64(wireMax(t, "amount_hundreds"))
	if held(hundreds).Why == ledger.Amount || held(hundreds+1).Why != ledger.Amount {
		t.Errorf("the wire takes %d hundreds, and the ledger has another limit", hundreds)
	}
	db := sqlitetest.Open(t, migrations.FS)
	for value, fits := range map[int64]bool{l.K - 1: false, l.K: true, l.Largest: true, l.Largest + 1: false} {
		_, err := db.Exec(t.Context(), `
INSERT INTO ledger_groups (sequence, data_set, category_option, level, from_period, value)
VALUES (@value, 1, 1101, 1, 202601, @value)`, sqlite.Args{"value": value})
		if (err == nil) != fits {
			t.Errorf("the database on a group of %d: %v", value, err)
		}
	}
}

// wireMax returns the maximum that the definition of a group gives a field.
func wireMax(t *testing.T, name protoreflect.Name) uint64 {
	t.Helper()
	field := (&releasev1.Group{}).ProtoReflect().Descriptor().Fields().ByName(name)
	review, ok := proto.GetExtension(field.Options(), releasev1.E_Review).(*releasev1.Review)
	if !ok || review.GetMax() == 0 {
		t.Fatalf("%s has no maximum", name)
	}
	return uint64(review.GetMax())
}

// held says what holds an amount of many clients back.
func held(hundreds int64) ledger.Hold {
	b := ledger.Backlog{Value: 50, Clients: 50, Amounts: ledger.Amounts{
		Total: hundreds * 10_000, Absolute: hundreds * 10_000, Largest: 1, Second: 1, MinorPerHundred: 10_000,
	}}
	return b.Hold(codelist.DataSet{Money: true}, codelist.Leaf{}, civil.Month(202601), ledger.National())
}
