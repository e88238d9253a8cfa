package registry_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"casehub/hub/registry"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/pack"
)

func packKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(slices.Repeat([]byte{n}, ed25519.SeedSize))
}

func signed(t *testing.T, file []byte, err error, by ...byte) []byte {
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

func roots(t *testing.T, version uint32, keys [3]byte, by ...byte) []byte {
	t.Helper()
	var public [3]ed25519.PublicKey
	for i, n := range keys {
		public[i] = packKey(n).Public().(ed25519.PublicKey)
	}
	file, err := pack.MakeRoots(version, "2099-12-31", public)
	return signed(t, file, err, by...)
}

func made(t *testing.T, name string, version uint32, expires civil.Date, c pack.Contents, by ...byte) []byte {
	t.Helper()
	file, err := pack.Make(name, version, expires, 1, c)
	return signed(t, file, err, by...)
}

// followed is the program's plan under a version after it.
func followed(t *testing.T) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile("../../internal/codelist/registry.json")
	if err != nil {
		t.Fatal(err)
	}
	var plan map[string]any
	if err := json.Unmarshal(b, &plan); err != nil {
		t.Fatal(err)
	}
	plan["version"] = 99
	if b, err = json.Marshal(plan); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheHubPublishesWhatOfficesTake(t *testing.T) {
	r := open(t)
	publish := func(file []byte) error {
		_, err := r.Publish(t.Context(), file, "somebody")
		return err
	}
	good := made(t, pack.National, 1, "2099-12-31", pack.Contents{Limits: pack.Limits{K: 8}}, 1, 2)
	if err := publish(good); !errors.Is(err, registry.ErrPack) {
		t.Errorf("before the keys: %v", err)
	}
	for _, file := range [][]byte{roots(t, 1, [3]byte{1, 2, 3}, 1, 2), good, made(t, pack.OfficeName(7), 1, "2099-12-31", pack.Contents{}, 2, 3)} {
		if err := publish(file); err != nil {
			t.Fatal(err)
		}
	}
	for name, file := range map[string][]byte{
		"no pack":           []byte("{}"),
		"one signature":     made(t, pack.National, 2, "2099-12-31", pack.Contents{}, 1),
		"the same again":    good,
		"an expired one":    made(t, pack.National, 2, "2026-02-28", pack.Contents{}, 1, 2),
		"another name":      made(t, "regional", 1, "2099-12-31", pack.Contents{}, 1, 2),
		"keys by strangers": roots(t, 2, [3]byte{7, 8, 9}, 7, 8),
		"no plan":           made(t, pack.National, 2, "2099-12-31", pack.Contents{Registry: json.RawMessage(`{}`), From: 202704}, 1, 2),
	} {
		if err := publish(file); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v, want ErrPack", name, err)
		}
	}
	if err := publish(roots(t, 2, [3]byte{3, 4, 5}, 1, 3, 4)); err != nil {
		t.Fatal(err)
	}
	if err := publish(made(t, pack.National, 2, "2099-12-31", pack.Contents{}, 1, 2)); err == nil {
		t.Error("a pack by the old keys was published")
	}
	if err := publish(made(t, pack.National, 3, "2099-12-31", pack.Contents{}, 4, 5)); err != nil {
		t.Error(err)
	}
	list, err := r.Packs(t.Context())
	if err != nil || len(list) != 5 || list[0].Name != pack.National || list[0].Expires != "2099-12-31" || list[0].Who != "somebody" {
		t.Errorf("packs %+v, %v", list, err)
	}
	for _, c := range []struct {
		unit, roots, national, office uint32
		want                          []string
	}{
		{7, 1, 0, 0, []string{"roots 2", "national 3", "office-7 1"}},
		{7, 2, 1, 1, []string{"national 3"}},
		{8, 2, 3, 0, nil},
		{7, 2, 9, 9, nil},
	} {
		files, err := r.PacksAfter(t.Context(), c.unit, c.roots, c.national, c.office)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			m, _, err := pack.Describe(f)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m.Name+" "+string(rune('0'+m.Version)))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("office %d with %d, %d, %d gets %v, want %v", c.unit, c.roots, c.national, c.office, got, c.want)
		}
	}
}

// TestANewCodeIsNotBackdated: one that would count as old before anybody used it is not
// published.
func TestANewCodeIsNotBackdated(t *testing.T) {
	r := open(t)
	if _, err := r.Publish(t.Context(), roots(t, 1, [3]byte{1, 2, 3}, 1, 2), "somebody"); err != nil {
		t.Fatal(err)
	}
	for version, c := range []struct {
		since string
		ok    bool
	}{{"", false}, {`, "since": 202703`, false}, {`, "since": 202503`, false}, {`, "since": 202704`, true}} {
		plan := strings.Replace(string(followed(t)), `"leaves":[`, `"leaves":[{"code": 1998, "en": "New", "es": "Nuevo", "sensitive": false`+c.since+`},`, 1)
		file := made(t, pack.National, uint32(version+1), "2099-12-31", pack.Contents{Registry: json.RawMessage(plan), From: 202704}, 1, 2)
		if _, err := r.Publish(t.Context(), file, "somebody"); (err == nil) != c.ok || !c.ok && !errors.Is(err, registry.ErrPack) {
			t.Errorf("a new code with %q: %v", c.since, err)
		}
	}
}

// TestReleasesByTwoPlansAreUnderstood: offices release by the older plan until
// somebody there accepts the newer one.
func TestReleasesByTwoPlansAreUnderstood(t *testing.T) {
	r := open(t)
	built := codelist.National().Version
	if r.CodesOf(99).Version != built {
		t.Error("a version that nobody published is another plan")
	}
	contents := pack.Contents{Registry: followed(t), From: 202704}
	for _, file := range [][]byte{roots(t, 1, [3]byte{1, 2, 3}, 1, 2), made(t, pack.National, 1, "2099-12-31", contents, 1, 2)} {
		if _, err := r.Publish(t.Context(), file, "somebody"); err != nil {
			t.Fatal(err)
		}
	}
	if r.CodesOf(99).Version != 99 || r.CodesOf(built).Version != built {
		t.Errorf("codes of 99 are %d, of %d %d", r.CodesOf(99).Version, built, r.CodesOf(built).Version)
	}
	if _, err := r.Publish(t.Context(), made(t, pack.National, 2, "2099-12-31", contents, 1, 2), "somebody"); err == nil {
		t.Error("a plan that is no newer was published")
	}
}
