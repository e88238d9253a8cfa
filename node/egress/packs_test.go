package egress

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/pack"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/ledger"
	"casehub/node/migrations"
)

// packKey is one of the national body's keys, always the same.
func packKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(slices.Repeat([]byte{n}, ed25519.SeedSize))
}

func signed(t testing.TB, file []byte, err error, by ...byte) []byte {
	t.Helper()
	for _, n := range by {
		if err == nil {
			file, err = pack.Sign(file, packKey(n))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func packRoots(t testing.TB, version uint32, keys [3]byte, by ...byte) []byte {
	t.Helper()
	var public [3]ed25519.PublicKey
	for i, n := range keys {
		public[i] = packKey(n).Public().(ed25519.PublicKey)
	}
	file, err := pack.MakeRoots(version, "2030-12-31", public)
	return signed(t, file, err, by...)
}

func nationalPack(t testing.TB, version uint32, c pack.Contents) []byte {
	t.Helper()
	file, err := pack.Make(pack.National, version, "2027-06-30", 1, c)
	return signed(t, file, err, 1, 2)
}

// packed is an office that takes packs.
func packed(t testing.TB, national uint32) (*Gate, *sqlite.DB) {
	t.Helper()
	return packedBy(t, national, codelist.Live(codelist.National()))
}

// packedBy is an office that takes packs and has a plan.
func packedBy(t testing.TB, national uint32, reg *codelist.Registry) (*Gate, *sqlite.DB) {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	settings := PackSettings{Roots: packRoots(t, 1, [3]byte{1, 2, 3}, 1, 2), National: national}
	g, err := New(db, crew{}, ledger.New(reg, ledger.National(), "ZAR", 10_000), reg, settings, Office{OrgUnit: orgUnit}, nil, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return g, db
}

func take(t testing.TB, g *Gate, file []byte) error {
	t.Helper()
	_, err := g.TakePack(t.Context(), actor.Node(), file)
	return err
}

// acceptAll are rules that accept what is asked, by their version.
func acceptAll(version uint32) string {
	return fmt.Sprintf(`package casehub.egress

verdict := {"version": %d, "header_ok": true, "accepted": {d: levels |
	some d, table in input.tables
	levels := {v: level.codes | some v, level in table}
}}
`, version)
}

func TestAPackTightensWhatLeaves(t *testing.T) {
	for name, c := range map[string]struct {
		contents pack.Contents
		leaves   bool
		groups   int
	}{
		"says nothing":      {pack.Contents{}, true, 1},
		"below the floor":   {pack.Contents{Limits: pack.Limits{K: 1, KSensitive: 1, Largest: 1 << 20}}, true, 1},
		"accepts":           {pack.Contents{Rules: acceptAll(2)}, true, 1},
		"accepts nothing":   {pack.Contents{Rules: strings.Replace(acceptAll(2), "{d: levels |", "{d: levels | 1 == 2;", 1)}, false, 1},
		"a withheld code":   {pack.Contents{Limits: pack.Limits{Withheld: []uint32{1101}}}, true, 0},
		"other tables only": {pack.Contents{Limits: pack.Limits{DataSets: []uint32{2}}}, true, 0},
		"more people":       {pack.Contents{Limits: pack.Limits{K: 10}}, true, 0},
	} {
		g, db := packed(t, 0)
		openCases(t, db, 0, 9, 1101, "2026-09-02")
		if err := take(t, g, nationalPack(t, 2, c.contents)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := goodCandidate(t, g, db)
		if err := g.judge(t.Context(), &got); (err == nil) != c.leaves {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(got.evidence); n != c.groups {
			t.Errorf("%s: %d groups, want %d", name, n, c.groups)
		}
	}
}

// TestWhatAPackHoldsBackWaitsAndTheRestLeaves: a release goes on without the code, the
// tables and the rests that a pack keeps back, and the office is told why these wait.
func TestWhatAPackHoldsBackWaitsAndTheRestLeaves(t *testing.T) {
	g, db := packed(t, 0)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	openCases(t, db, 20, 27, 1102, "2026-09-02")
	openCases(t, db, 40, 43, 1103, "2026-09-02")
	openCases(t, db, 50, 53, 1104, "2026-09-02")
	must(t, take(t, g, nationalPack(t, 2, pack.Contents{Limits: pack.Limits{Withheld: []uint32{1101}, Hold: 12, DataSets: []uint32{1, 2}}})))
	r, err := g.Close(t.Context(), actor.Node(), 202609)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := selectSealed(t.Context(), db, r.Sequence)
	if err != nil {
		t.Fatal(err)
	}
	o, err := release.Open(sent)
	if err != nil {
		t.Fatal(err)
	}
	if tables := o.Release.GetTables(); len(tables) != 1 || len(tables[0].GetGroups()) != 1 || tables[0].GetGroups()[0].GetCategoryOption() != 1102 {
		t.Errorf("left: %v, want 1102 alone", tables)
	}
	_, books, err := g.layers(t.Context(), db, g.reg.Now())
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := books.Waiting(t.Context(), db, 202609, access.Everything())
	if err != nil {
		t.Fatal(err)
	}
	why := map[codelist.Code]ledger.Reason{}
	for _, w := range waiting {
		why[w.Code] = w.Hold.Why
	}
	if why[1101] != ledger.Held || why[1103] != ledger.Few || why[1104] != ledger.Few {
		t.Errorf("what waits, waits by %v", why)
	}
}

func TestAPackThatDoesNotHoldIsNotTaken(t *testing.T) {
	foreign, err := pack.Make(pack.OfficeName(8), 1, "2027-06-30", 1, pack.Contents{})
	if err != nil {
		t.Fatal(err)
	}
	own, err := pack.Make(pack.OfficeName(orgUnit), 1, "2027-06-30", 1, pack.Contents{Registry: json.RawMessage(`{}`), From: 202701})
	if err != nil {
		t.Fatal(err)
	}
	unsigned, err := pack.Make(pack.National, 1, "2027-06-30", 1, pack.Contents{})
	if err != nil {
		t.Fatal(err)
	}
	old, err := pack.Make(pack.National, 1, "2026-10-04", 1, pack.Contents{})
	if err != nil {
		t.Fatal(err)
	}
	rule := func(body string) []byte {
		return nationalPack(t, 1, pack.Contents{Rules: "package casehub.egress\n\n" + body})
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"no pack":                  {[]byte("Nomsa Dlamini"), ErrPackFormat},
		"unsigned":                 {unsigned, ErrPackSignatures},
		"signed once":              {signed(t, unsigned, nil, 3), ErrPackSignatures},
		"another office's":         {signed(t, foreign, nil, 1, 2), ErrPackName},
		"expired":                  {signed(t, old, nil, 1, 2), ErrPackExpired},
		"a rule that sends":        {rule(`verdict := http.send({"method": "get", "url": "http://127.0.0.1"})`), ErrPackRules},
		"a rule that looks up":     {rule(`verdict := net.lookup_ip_addr("x")`), ErrPackRules},
		"a rule with a clock":      {rule(`verdict := time.now_ns()`), ErrPackRules},
		"no Rego":                  {rule(`verdict {`), ErrPackRules},
		"another shape":            {rule(`verdict := true`), ErrPackRules},
		"an older rule inside":     {nationalPack(t, 3, pack.Contents{Rules: acceptAll(2)}), ErrPackRules},
		"code lists of an office":  {signed(t, own, nil, 1, 2), ErrPackRegistry},
		"code lists that are none": {nationalPack(t, 1, pack.Contents{Registry: json.RawMessage(`{"version": 2}`), From: 202701}), ErrPackRegistry},
		"roots by one of the old":  {packRoots(t, 2, [3]byte{3, 4, 5}, 1, 4, 5), ErrPackSignatures},
		"roots left out":           {packRoots(t, 3, [3]byte{3, 4, 5}, 1, 3, 4), ErrPackRoots},
	} {
		g, db := packed(t, 0)
		if err := take(t, g, c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM packs`, nil).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d packs are kept (%v)", name, n, err)
		}
	}
	g, _ := newOffice(t)
	if err := take(t, g, nationalPack(t, 1, pack.Contents{})); !errors.Is(err, ErrNoRoots) {
		t.Errorf("an office without keys: %v, want ErrNoRoots", err)
	}
}

func TestAPackIsNeverGoneBackOn(t *testing.T) {
	g, db := packed(t, 0)
	strict, lax := nationalPack(t, 5, pack.Contents{Limits: pack.Limits{K: 12}}), nationalPack(t, 4, pack.Contents{})
	if err := errors.Join(take(t, g, lax), take(t, g, strict), take(t, g, strict)); err != nil {
		t.Fatal(err)
	}
	if err := take(t, g, lax); !errors.Is(err, ErrPackOlder) {
		t.Errorf("the older pack: %v, want ErrPackOlder", err)
	}
	if err := take(t, g, nationalPack(t, 5, pack.Contents{})); !errors.Is(err, ErrPackOther) {
		t.Errorf("another of the same version: %v, want ErrPackOther", err)
	}
	for _, statement := range []string{
		`DELETE FROM packs WHERE version = 5`, `UPDATE packs SET version = 1 WHERE version = 5`, `UPDATE packs SET file = x'00'`,
		`INSERT INTO packs (name, version, digest, file, taken_at) VALUES ('national', 3, zeroblob(32), x'00', 0)`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err == nil {
			t.Errorf("the database let %s", statement)
		}
	}
	list, err := g.Packs(t.Context())
	if err != nil || len(list) != 1 || list[0].Version != 5 || list[0].Expires != "2027-06-30" {
		t.Errorf("packs = %+v, %v", list, err)
	}
}

func TestKeysOfPacksHandOver(t *testing.T) {
	g, _ := packed(t, 0)
	if err := take(t, g, packRoots(t, 2, [3]byte{3, 4, 5}, 1, 3, 4)); err != nil {
		t.Fatal(err)
	}
	if err := take(t, g, nationalPack(t, 1, pack.Contents{})); !errors.Is(err, ErrPackSignatures) {
		t.Errorf("a pack by the old keys: %v, want ErrPackSignatures", err)
	}
	file, err := pack.Make(pack.National, 1, "2027-06-30", 1, pack.Contents{})
	if err := take(t, g, signed(t, file, err, 4, 5)); err != nil {
		t.Errorf("a pack by the new keys: %v", err)
	}
}

// TestNothingLeavesWhenAPackIsWrong is the rest of invariant I10: a pack that must
// be there and is not, one that was altered where it lies, and one that expired
// long ago stop every release, also one without groups.
func TestNothingLeavesWhenAPackIsWrong(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, g *Gate, db *sqlite.DB){
		"missing": func(*testing.T, *Gate, *sqlite.DB) {},
		"too old": func(t *testing.T, g *Gate, _ *sqlite.DB) { must(t, take(t, g, nationalPack(t, 1, pack.Contents{}))) },
		"expired for long": func(t *testing.T, g *Gate, _ *sqlite.DB) {
			must(t, take(t, g, nationalPack(t, 2, pack.Contents{})))
			g.now = func() time.Time { return now.AddDate(1, 0, 0) }
		},
		"altered": func(t *testing.T, g *Gate, db *sqlite.DB) {
			must(t, take(t, g, nationalPack(t, 2, pack.Contents{Limits: pack.Limits{K: 12}})))
			for _, s := range []string{`DROP TRIGGER packs_keep_their_bytes`, `UPDATE packs SET file = CAST(replace(CAST(file AS TEXT), 'M', 'N') AS BLOB)`} {
				if _, err := db.Exec(t.Context(), s, nil); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g, db := packed(t, 2)
			spoil(t, g, db)
			if _, err := g.Close(t.Context(), actor.Node(), 202609); !errors.Is(err, ErrRefused) {
				t.Errorf("error = %v, want ErrRefused", err)
			}
			list, err := selectDecisions(t.Context(), db)
			if err != nil || len(list) != 1 || list[0].Verdict != "packs" {
				t.Errorf("decisions %+v, %v, want one by the check packs", list, err)
			}
		})
	}
	g, _ := packed(t, 2)
	must(t, take(t, g, nationalPack(t, 2, pack.Contents{})))
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Errorf("with its pack: %v, so the refusals show nothing", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAPackIsHeldWhileItsGraceLasts: an expired pack goes on being held and asked.
func TestAPackIsHeldWhileItsGraceLasts(t *testing.T) {
	g, db := packed(t, 0)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	must(t, take(t, g, nationalPack(t, 2, pack.Contents{Limits: pack.Limits{Withheld: []uint32{1101}}})))
	g.now = func() time.Time { return time.Date(2027, 9, 28, 9, 0, 0, 0, time.UTC) }
	c := goodCandidate(t, g, db)
	if err := g.judge(t.Context(), &c); err != nil || len(c.evidence) != 0 {
		t.Errorf("on the last day of its grace: %v with %d groups, want the withheld code to stay", err, len(c.evidence))
	}
}
