package egress

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/audit"
	"casehub/node/migrations"
	releasev1 "casehub/proto/casehub/release/v1"
)

// closing seals months.
func closing(t *testing.T, g *Gate, months ...civil.Month) {
	t.Helper()
	for _, m := range months {
		if _, err := g.Close(t.Context(), actor.Node(), m); err != nil {
			t.Fatal(err)
		}
	}
}

// renewed replaces the keys and returns the gate that opens afterwards.
func renewed(t *testing.T, db *sqlite.DB, link *Link) *Gate {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		return RenewKeys(t.Context(), tx, actor.Node(), now)
	})
	if err != nil {
		t.Fatal(err)
	}
	return newGate(t, db, link)
}

// hubCounted lets the hub have counted a release.
func hubCounted(t *testing.T, db *sqlite.DB, sequence uint32) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		return storeReceipt(t.Context(), tx, &releasev1.Receipt{Sequence: sequence, Status: releasev1.ReceiptStatus_RECEIPT_STATUS_ACCEPTED}, nil, true, now)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sealedOf(t *testing.T, db *sqlite.DB) []outgoing {
	t.Helper()
	all, err := selectAllSealed(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhatWaitsIsSealedAgainUnderANewKey(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 30, 1101, "2026-07-10")
	closing(t, g, 202606, 202607, 202608)
	hubCounted(t, db, 1)
	if err := markSent(t.Context(), db, 2, now); err != nil {
		t.Fatal(err)
	}
	before, old := sealedOf(t, db), g.keys
	g = renewed(t, db, nil)
	if g.keys.releaseID != 2 || g.keys.release.Equal(old.release) || !g.keys.public[1].Equal(old.release.Public()) {
		t.Fatalf("key %d signs", g.keys.releaseID)
	}
	after := sealedOf(t, db)
	for i, want := range []uint32{1, 2, 2} {
		o := opened(t, db, uint32(i+1))
		if id := o.Sealed.GetKeyId(); id != want {
			t.Errorf("release %d names key %d, want %d", i+1, id, want)
		}
		if !bytes.Equal(before[i].digest, after[i].digest) || bytes.Equal(before[i].sealed, after[i].sealed) != (want == 1) {
			t.Errorf("release %d is not the same one sealed as it should be", i+1)
		}
	}
	list, err := g.Releases(t.Context())
	if err != nil || list[0].State() != "sealed" || list[1].State() != "sealed" || list[2].State() != "receipted" {
		t.Errorf("releases %+v, %v", list, err)
	}
	for name, verify := range map[string]func() (int, error){
		"the gate": func() (int, error) { return g.VerifyReleases(t.Context()) },
		"a backup": func() (int, error) { return VerifyStored(t.Context(), db) },
	} {
		if n, err := verify(); n != 3 || err != nil {
			t.Errorf("%s: %d releases hold over both keys, %v", name, n, err)
		}
	}
	if _, err := audit.Verify(t.Context(), db); err != nil {
		t.Error(err)
	}
	for action, want := range map[string]int{"organisation.keys-renewed": 1, "release.sealed-again": 2} {
		if n := count(t, db, `SELECT count(*) FROM audit WHERE action = '`+action+`'`); n != want {
			t.Errorf("%d entries %s, want %d", n, action, want)
		}
	}
	closing(t, g, 202609)
	if o := opened(t, db, 4); o.Sealed.GetKeyId() != 2 || !bytes.Equal(o.Release.GetPreviousDigest(), after[2].digest) {
		t.Error("the chain does not go on under the new key")
	}
	if n, err := g.VerifyReleases(t.Context()); n != 4 || err != nil {
		t.Errorf("%d releases hold, %v", n, err)
	}
}

func count(t *testing.T, db *sqlite.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), query, nil).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// What is in the outbox and was not sealed here stays what it is: a signature on it
// would make it the office's own.
func TestOnlyWhatWasSealedHereIsSealedAgain(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 30, 1101, "2026-07-10")
	closing(t, g, 202607, 202608)
	for _, statement := range []string{
		`DROP TRIGGER releases_keep_their_bytes`,
		// An Ed25519 signature ends in a byte below 0x11, so that 0xff is always another.
		`UPDATE releases SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'ff' AS BLOB) WHERE sequence = 1`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	before := sealedOf(t, db)[0]
	g = renewed(t, db, nil)
	after := sealedOf(t, db)
	if !bytes.Equal(before.sealed, after[0].sealed) {
		t.Error("a release that does not hold was signed")
	}
	if _, err := g.permitFor(after[0]); !errors.Is(err, ErrBytesChanged) {
		t.Errorf("it may be sent: %v", err)
	}
	if _, err := g.permitFor(after[1]); err != nil {
		t.Errorf("the other may not: %v", err)
	}
	if _, err := g.VerifyReleases(t.Context()); !errors.Is(err, ErrBytesChanged) {
		t.Errorf("verify: %v, want ErrBytesChanged", err)
	}
}

// The database itself keeps releases and keys from being put back.
func TestTheDatabaseKeepsReplacedKeysAndCountedReleases(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 30, 1101, "2026-07-10")
	closing(t, g, 202607, 202608)
	hubCounted(t, db, 1)
	renewed(t, db, nil)
	if n := count(t, db, `SELECT count(*) FROM node_keys WHERE seed IS NULL AND public IS NOT NULL AND key_id = 1`); n != 2 {
		t.Errorf("%d seeds of the first keys are destroyed, want both", n)
	}
	for _, statement := range []string{
		`UPDATE node_keys SET seed = randomblob(32), public = NULL WHERE key_id = 1`,
		`UPDATE node_keys SET public = randomblob(32) WHERE key_id = 1`,
		`UPDATE node_keys SET key_id = 7 WHERE key_id = 1`,
		`DELETE FROM node_keys WHERE key_id = 1`,
		`INSERT INTO node_keys (purpose, key_id, public) VALUES ('release', 2, randomblob(32))`,
		`INSERT INTO node_keys (purpose, key_id, seed) VALUES ('release', 3, randomblob(32))`,
		`UPDATE releases SET sealed = sealed || x'00' WHERE sequence = 1`,
		`UPDATE releases SET sealed = CAST(x'00' || substr(sealed, 2) AS BLOB) WHERE sequence = 2`,
		`UPDATE releases SET sealed = CAST(substr(sealed, 1, length(sealed) - 69) || x'ffff' || substr(sealed, -67) AS BLOB) WHERE sequence = 2`,
		`UPDATE releases SET sealed = zeroblob(length(sealed)) WHERE sequence = 2`,
		`UPDATE releases SET digest = randomblob(32) WHERE sequence = 2`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
}

func TestAnOfficeWithoutANumberHasNoKeysToReplace(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error { return RenewKeys(t.Context(), tx, actor.Node(), now) })
	if n := count(t, db, `SELECT count(*) FROM node_keys`) + count(t, db, `SELECT count(*) FROM audit`); err != nil || n != 0 {
		t.Errorf("%d keys and entries, %v", n, err)
	}
}

// An office that changed its keys twice gives the hub both, so that none is left out.
func TestTheHubIsGivenWhatItLacks(t *testing.T) {
	g, db := newOffice(t)
	numbers := func(all bool) string {
		t.Helper()
		list, err := g.Enrolments(t.Context(), all)
		if err != nil {
			t.Fatal(err)
		}
		var ids []uint32
		for _, e := range list {
			ids = append(ids, e.KeyID)
			if len(e.ReleaseKey) != ed25519.PublicKeySize || len(e.TransportKey) != 56 || e.OrgUnit != orgUnit {
				t.Errorf("key %d: %+v", e.KeyID, e)
			}
		}
		newest, err := g.Enrolment()
		if last := list[len(list)-1]; err != nil || last.TransportKey != newest.TransportKey || !last.ReleaseKey.Equal(newest.ReleaseKey) {
			t.Errorf("the last is not the newest: %v", err)
		}
		return fmt.Sprint(ids)
	}
	is := func(when, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: keys %s, want %s", when, got, want)
		}
	}
	first, err := g.Enrolment()
	if err != nil {
		t.Fatal(err)
	}
	is("at first", numbers(false), "[1]")
	g = renewed(t, db, nil)
	is("renewed before it was enrolled", numbers(false), "[2]")
	if err := g.answered(t.Context()); err != nil {
		t.Fatal(err)
	}
	is("known", numbers(false), "[2]")
	renewed(t, db, nil)
	g = renewed(t, db, nil)
	is("renewed twice", numbers(false), "[3 4]")
	is("all", numbers(true), "[1 2 3 4]")
	list, err := g.Enrolments(t.Context(), true)
	if err != nil || !list[0].ReleaseKey.Equal(first.ReleaseKey) || list[0].TransportKey != first.TransportKey {
		t.Errorf("the first key is another now: %v", err)
	}
}

func TestAnOfficeSaysThatTheHubLacksItsNewKey(t *testing.T) {
	g, db := newOffice(t)
	g.link = &Link{}
	is := func(when string, g *Gate, want uint32) {
		t.Helper()
		if n, err := g.NewKey(t.Context()); n != want || err != nil {
			t.Errorf("%s: key %d, %v, want %d", when, n, err, want)
		}
	}
	is("at first", g, 0)
	g = renewed(t, db, nil)
	is("without a hub", g, 0)
	g.link = &Link{}
	is("with a hub", g, 2)
	if err := errors.Join(g.answered(t.Context()), g.answered(t.Context())); err != nil {
		t.Fatal(err)
	}
	is("known", g, 0)
}

// A backup of before keys were numbered is held against its one key, and the schema of
// today keeps that key, with what the hub said by it.
func TestAKeyOfBeforeTheyWereNumbered(t *testing.T) {
	g, made := newOffice(t)
	openCases(t, made, 0, 30, 1101, "2026-07-10")
	closing(t, g, 202607, 202608)
	sealed := sealedOf(t, made)

	db := sqlitetest.Open(t, upTo(t, "0096"))
	user, err := g.keys.transport.Seed()
	if err != nil || len(user) == 0 {
		t.Fatal(err)
	}
	insert := func(statement string, args sqlite.Args) {
		t.Helper()
		if _, err := db.Exec(t.Context(), statement, args); err != nil {
			t.Fatal(err)
		}
	}
	insert(`INSERT INTO node_keys (purpose, key_id, seed) VALUES ('release', 1, @seed)`, sqlite.Args{"seed": g.keys.release.Seed()})
	insert(`INSERT INTO node_keys (purpose, key_id, seed) VALUES ('transport', 1, randomblob(32))`, nil)
	for i, r := range sealed {
		insert(`INSERT INTO releases (sequence, period, digest, sealed, sealed_at) VALUES (@n, @n, @digest, @sealed, 1)`,
			sqlite.Args{"n": i + 1, "digest": r.digest, "sealed": r.sealed})
	}
	insert(`UPDATE releases SET receipted_at = 77 WHERE sequence = 1`, nil)
	if n, err := VerifyStored(t.Context(), db); n != 2 || err != nil {
		t.Errorf("as it was: %d releases hold, %v", n, err)
	}
	if err := db.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	if n, err := VerifyStored(t.Context(), db); n != 2 || err != nil {
		t.Errorf("migrated: %d releases hold, %v", n, err)
	}
	after := newGate(t, db, nil)
	if !after.keys.release.Equal(g.keys.release) || after.keys.releaseID != 1 {
		t.Error("the key is another")
	}
	if n := count(t, db, `SELECT known_at FROM node_keys WHERE purpose = 'release'`); n != 77 {
		t.Errorf("the hub knows the key since %d, want since its first receipt", n)
	}
}

// upTo are the migrations before a number.
func upTo(t *testing.T, before string) fs.FS {
	t.Helper()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, name := range slices.Sorted(slices.Values(names)) {
		if name >= before {
			break
		}
		b, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: b, ModTime: time.Unix(0, 0)}
	}
	return files
}
