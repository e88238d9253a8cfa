package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"casehub/internal/codelist"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/nats-io/nkeys"
)

// orgUnit is the number of the office of the scripts.
const orgUnit = 12

// office writes releases, as a node does.
type office struct {
	key       ed25519.PrivateKey
	keyID     uint32
	transport string
	next      uint32
	head      []byte
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{next: 1}
	o.makeKeys(t)
	return o
}

// makeKeys gives the office new keys with the next number.
func (o *office) makeKeys(t *testing.T) {
	t.Helper()
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	if o.transport, err = user.PublicKey(); err != nil {
		t.Fatal(err)
	}
	if _, o.key, err = ed25519.GenerateKey(nil); err != nil {
		t.Fatal(err)
	}
	o.keyID++
}

func (o *office) publicKey() ed25519.PublicKey { return o.key.Public().(ed25519.PublicKey) }

// releases are the files of a script.
func (o *office) releases(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{"garbage": []byte("no release")}
	files["1"] = o.seal(t, 20)
	copied := *o
	files["2"] = o.seal(t, 30)
	files["other"] = copied.seal(t, 40)
	files["3"] = o.seal(t, 25)
	thief := *o
	files["stolen"], files["forged"] = thief.seal(t, 50), copied.seal(t, 45)
	o.makeKeys(t)
	files["4"] = o.seal(t, 35)
	return files
}

// stolenAgain adds two releases that a thief makes after the newest, and the office's
// own next one under newer keys. It returns the mark of the newest.
func (o *office) stolenAgain(t *testing.T, files map[string][]byte) string {
	t.Helper()
	mark, thief := release.Mark(o.head), *o
	files["thief-5"], files["thief-6"] = thief.seal(t, 60), thief.seal(t, 70)
	o.makeKeys(t)
	files["5"] = o.seal(t, 33)
	return mark
}

// seal makes the office's next release with one group of so many cases.
func (o *office) seal(t *testing.T, value uint32) []byte {
	t.Helper()
	leaf := codelist.National().List(codelist.CaseTypes).Leaves()[0]
	b, err := release.Encode(&releasev1.Release{
		SchemaVersion: 1, OrgUnit: orgUnit, Sequence: o.next, PreviousDigest: o.head, Period: 202400 + o.next,
		PlanVersion: 2, RegistryVersion: 2, RulesVersion: 1, Kind: releasev1.ReleaseKind_RELEASE_KIND_REGULAR,
		Tables: []*releasev1.Table{{DataSet: codelist.CasesOpened, Groups: []*releasev1.Group{{
			CategoryOption: uint32(leaf.Code), Level: releasev1.GroupLevel_GROUP_LEVEL_LEAF, FromPeriod: 202400 + o.next,
			Value: value, ObsStatus: releasev1.ObsStatus_OBS_STATUS_NORMAL,
		}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := release.Seal(o.key, o.keyID, b)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	o.next, o.head = o.next+1, sum[:]
	return sealed
}
