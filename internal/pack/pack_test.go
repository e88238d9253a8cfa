package pack_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pack"

	"pgregory.net/rapid"
)

// signer is a key that is always the same.
func signer(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(slices.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(n byte) ed25519.PublicKey { return signer(n).Public().(ed25519.PublicKey) }

// sign puts the signatures of keys on a file.
func sign(t testing.TB, file []byte, by ...byte) []byte {
	t.Helper()
	for _, n := range by {
		var err error
		if file, err = pack.Sign(file, signer(n)); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func rootsFile(t testing.TB, version uint32, keys [3]byte, by ...byte) []byte {
	t.Helper()
	file, err := pack.MakeRoots(version, "2030-12-31", [3]ed25519.PublicKey{public(keys[0]), public(keys[1]), public(keys[2])})
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, file, by...)
}

func roots(t testing.TB) pack.Roots {
	t.Helper()
	r, err := pack.FirstRoots(rootsFile(t, 1, [3]byte{1, 2, 3}, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func made(t testing.TB, version uint32, c pack.Contents, by ...byte) []byte {
	t.Helper()
	file, err := pack.Make(pack.National, version, "2027-06-30", 1, c)
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, file, by...)
}

// altered changes one of the parts of a file: manifest or contents.
func altered(t testing.TB, file []byte, part, old, with string) []byte {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal(file, &e); err != nil {
		t.Fatal(err)
	}
	b, err := base64.StdEncoding.DecodeString(e[part].(string))
	if err != nil || !strings.Contains(string(b), old) {
		t.Fatalf("%s holds no %q (%v)", part, old, err)
	}
	e[part] = base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(b), old, with, 1)))
	if file, err = json.Marshal(e); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTwoOfThreeKeysMakeAPack(t *testing.T) {
	r := roots(t)
	want := pack.Contents{Limits: pack.Limits{K: 8, Hold: 6}, Rules: "package casehub.egress"}
	for _, by := range [][]byte{{1, 2}, {2, 3}, {3, 1}, {1, 2, 3}, {9, 1, 2}} {
		p, err := r.Verify(made(t, 4, want, by...), pack.National)
		if err != nil || p.Version != 4 || p.Contents.Limits.K != 8 || p.Contents.Rules != want.Rules {
			t.Errorf("signed by %v: %+v, %v", by, p.Manifest, err)
		}
	}
}

func TestHostilePacksAreRefused(t *testing.T) {
	r := roots(t)
	contents := pack.Contents{Limits: pack.Limits{K: 8}}
	signed := made(t, 4, contents, 1, 2)
	late, err := pack.Make(pack.National, 4, "2027-06-30", pack.NodeVersion+1, contents)
	if err != nil {
		t.Fatal(err)
	}
	other, err := pack.Make(pack.OfficeName(8), 4, "2027-06-30", 1, contents)
	if err != nil {
		t.Fatal(err)
	}
	twice := func(file []byte) []byte {
		var e map[string]any
		if err := json.Unmarshal(file, &e); err != nil {
			t.Fatal(err)
		}
		s := e["signatures"].([]any)
		e["signatures"] = append(s, s[0])
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"no signature":               {made(t, 4, contents), pack.ErrSignatures},
		"one signature":              {made(t, 4, contents, 1), pack.ErrSignatures},
		"the same key twice":         {twice(made(t, 4, contents, 1)), pack.ErrSignatures},
		"one key and a stranger":     {made(t, 4, contents, 1, 9), pack.ErrSignatures},
		"two strangers":              {made(t, 4, contents, 8, 9), pack.ErrSignatures},
		"a later version, unsigned":  {altered(t, signed, "manifest", `"version":4`, `"version":5`), pack.ErrSignatures},
		"a longer life, unsigned":    {altered(t, signed, "manifest", "2027", "2037"), pack.ErrSignatures},
		"another office's":           {sign(t, other, 1, 2), pack.ErrName},
		"roots as a pack":            {rootsFile(t, 2, [3]byte{1, 2, 3}, 1, 2), pack.ErrName},
		"altered contents":           {altered(t, signed, "contents", `"k":8`, `"k":5`), pack.ErrContents},
		"longer contents":            {altered(t, signed, "contents", `{"limits"`, ` {"limits"`), pack.ErrContents},
		"for a newer program":        {sign(t, late, 1, 2), pack.ErrTooNew},
		"nothing":                    {nil, pack.ErrFormat},
		"no JSON":                    {[]byte("pack"), pack.ErrFormat},
		"an unknown key":             {[]byte(strings.Replace(string(signed), `{`, `{"trust": true,`, 1)), pack.ErrFormat},
		"something behind":           {append(slices.Clone(signed), `{}`...), pack.ErrFormat},
		"too large":                  {slices.Repeat([]byte(" "), pack.MaxBytes+1), pack.ErrFormat},
		"an unknown limit":           {sign(t, signAfter(t, r, `{"limits":{"min":1}}`), 1, 2), pack.ErrFormat},
		"a limit out of range":       {made(t, 4, pack.Contents{Limits: pack.Limits{P: 101}}, 1, 2), pack.ErrFormat},
		"a hold of four months":      {made(t, 4, pack.Contents{Limits: pack.Limits{Hold: 4}}, 1, 2), pack.ErrFormat},
		"rules that are too large":   {made(t, 4, pack.Contents{Rules: strings.Repeat("#", pack.MaxRules+1)}, 1, 2), pack.ErrFormat},
		"code lists without a month": {made(t, 4, pack.Contents{Registry: json.RawMessage("{}")}, 1, 2), pack.ErrFormat},
		"rule D8 off for everybody":  {made(t, 4, pack.Contents{Mixed: []uint32{1}}, 1, 2), pack.ErrFormat},
		"a month without code lists": {made(t, 4, pack.Contents{From: 202701}, 1, 2), pack.ErrFormat},
	} {
		if _, err := r.Verify(c.file, pack.National); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := r.Verify(signed, pack.National); err != nil {
		t.Errorf("the good pack: %v, so the refusals show nothing", err)
	}
}

// signAfter makes an unsigned pack of contents as they stand.
func signAfter(t testing.TB, _ pack.Roots, contents string) []byte {
	t.Helper()
	file, err := pack.MakeRaw(pack.National, 4, "2027-06-30", 1, []byte(contents))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestNoChangedByteIsBelieved changes every byte of a signed pack in turn.
func TestNoChangedByteIsBelieved(t *testing.T) {
	r := roots(t)
	file := made(t, 4, pack.Contents{Limits: pack.Limits{K: 8}}, 1, 2)
	want, err := r.Verify(file, pack.National)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		at, flip := rapid.IntRange(0, len(file)-1).Draw(t, "at"), byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		spoilt := slices.Clone(file)
		spoilt[at] ^= flip
		p, err := r.Verify(spoilt, pack.National)
		if err == nil && (p.Digest != want.Digest || fmt.Sprint(p.Contents) != fmt.Sprint(want.Contents)) {
			t.Fatalf("byte %d changed: another pack was believed", at)
		}
	})
}

func TestAVersionIsNeverGoneBackOn(t *testing.T) {
	r := roots(t)
	open := func(version uint32, k uint32) pack.Pack {
		p, err := r.Verify(made(t, version, pack.Contents{Limits: pack.Limits{K: k}}, 1, 2), pack.National)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	taken := open(4, 8)
	seen := pack.Seen{Version: 4, Digest: taken.Digest}
	for name, c := range map[string]struct {
		p     pack.Pack
		today civil.Date
		want  error
	}{
		"the next":             {open(5, 8), "2026-11-22", nil},
		"the same again":       {taken, "2026-11-22", nil},
		"the same, expired":    {taken, "2030-01-01", nil},
		"an older one":         {open(3, 8), "2026-11-22", pack.ErrOlder},
		"another of the same":  {open(4, 5), "2026-11-22", pack.ErrOther},
		"the next, on its day": {open(5, 8), "2027-06-30", nil},
		"the next, expired":    {open(5, 8), "2027-07-01", pack.ErrExpired},
	} {
		if err := seen.Admit(c.p, c.today); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestAPackThatExpiredLongAgoPauses(t *testing.T) {
	p, err := roots(t).Verify(made(t, 4, pack.Contents{}, 1, 2), pack.National)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[civil.Date]bool{"2026-11-22": false, "2027-06-30": false, "2027-09-28": false, "2027-09-29": true, "2040-01-01": true} {
		if p.Paused(day) != want {
			t.Errorf("on %s paused: %v", day, !want)
		}
	}
}

func TestRootsHandOver(t *testing.T) {
	r := roots(t)
	next, err := r.Next(rootsFile(t, 2, [3]byte{3, 4, 5}, 1, 3, 4))
	if err != nil || next.Version != 2 {
		t.Fatalf("roots signed by two of the old and two of the new: %+v, %v", next.Version, err)
	}
	if _, err := next.Verify(made(t, 4, pack.Contents{}, 4, 5), pack.National); err != nil {
		t.Errorf("a pack by the new keys: %v", err)
	}
	if _, err := next.Verify(made(t, 4, pack.Contents{}, 1, 2), pack.National); !errors.Is(err, pack.ErrSignatures) {
		t.Errorf("a pack by the old keys: %v, want ErrSignatures", err)
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"one of the old":        {rootsFile(t, 2, [3]byte{3, 4, 5}, 1, 4, 5), pack.ErrSignatures},
		"none of the old":       {rootsFile(t, 2, [3]byte{4, 5, 6}, 4, 5), pack.ErrSignatures},
		"one of the new":        {rootsFile(t, 2, [3]byte{4, 5, 6}, 1, 2, 4), pack.ErrSignatures},
		"a version left out":    {rootsFile(t, 3, [3]byte{3, 4, 5}, 1, 3, 4), pack.ErrRoots},
		"the same version":      {rootsFile(t, 1, [3]byte{3, 4, 5}, 1, 3, 4), pack.ErrRoots},
		"two keys, one of them": {rootsFile(t, 2, [3]byte{3, 4, 4}, 1, 3, 4), pack.ErrFormat},
		"a pack as roots":       {made(t, 2, pack.Contents{}, 1, 2), pack.ErrName},
	} {
		if _, err := r.Next(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := pack.FirstRoots(rootsFile(t, 1, [3]byte{1, 2, 3}, 1)); !errors.Is(err, pack.ErrSignatures) {
		t.Errorf("roots by one key: %v", err)
	}
}

// registry is a small one to change.
const registry = `{"version": 1, "lists": [{"name": "case_types", "code": 1000, "en": "Types", "es": "Tipos", "categories": [
	{"code": 1100, "en": "Labour", "es": "Trabajo", "leaves": [
		{"code": 1101, "en": "Dismissal", "es": "Despido", "sensitive": false},
		{"code": 1102, "en": "Wages", "es": "Salario", "sensitive": false}]},
	{"code": 1400, "en": "Violence", "es": "Violencia", "leaves": [
		{"code": 1401, "en": "At home", "es": "En casa", "sensitive": true}]}]}],
	"plan": {"version": 1, "data_sets": [{"data_set": 1, "name": "opened", "list": "case_types", "money": false, "en": "Opened", "es": "Abiertos"}]}}`

func parsed(t testing.TB, s string) *codelist.Registry {
	t.Helper()
	r, err := codelist.Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// newer replaces texts of the registry, in pairs, and raises its version.
func newer(pairs ...string) string {
	return strings.Replace(strings.NewReplacer(pairs...).Replace(registry), `{"version": 1, "lists"`, `{"version": 2, "lists"`, 1)
}

// former is the registry with a leaf that is used no more.
func former() string {
	return strings.Replace(newer(), `"leaves": [
		{"code": 1101, "en": "Dismissal", "es": "Despido", "sensitive": false},`, `"former": [{"code": 1101, "en": "Dismissal", "es": "Despido", "sensitive": false}], "leaves": [`, 1)
}

func TestChangesAreListed(t *testing.T) {
	for name, c := range map[string]struct {
		next string
		want []pack.ChangeKind
	}{
		"nothing":     {newer(), nil},
		"a leaf":      {newer(`{"code": 1102`, `{"code": 1103, "en": "New", "es": "Nuevo", "sensitive": false, "since": 202612}, {"code": 1102`), []pack.ChangeKind{pack.NewCode}},
		"a name":      {newer(`"Dismissal"`, `"Firing"`), []pack.ChangeKind{pack.NewLabel}},
		"a former":    {former(), []pack.ChangeKind{pack.FormerCode}},
		"a sensitive": {newer(`"es": "Salario", "sensitive": false`, `"es": "Salario", "sensitive": true`), []pack.ChangeKind{pack.Sensitive}},
		"a table": {
			newer(`"plan": {"version": 1`, `"plan": {"version": 2`, `"es": "Abiertos"}]`, `"es": "Abiertos"}, {"data_set": 9, "name": "closed", "list": "case_types", "money": false, "en": "Closed", "es": "Cerrados"}]`),
			[]pack.ChangeKind{pack.NewTable},
		},
		"no table": {
			newer(`"plan": {"version": 1, "data_sets": [{"data_set": 1, "name": "opened", "list": "case_types", "money": false, "en": "Opened", "es": "Abiertos"}]`, `"plan": {"version": 2, "data_sets": []`),
			[]pack.ChangeKind{pack.GoneTable},
		},
	} {
		got, err := pack.Changes(parsed(t, registry), parsed(t, c.next), 202612)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var kinds []pack.ChangeKind
		for _, change := range got {
			kinds = append(kinds, change.Kind)
		}
		if !slices.Equal(kinds, c.want) {
			t.Errorf("%s: %v, want %v", name, kinds, c.want)
		}
	}
}

func TestHostileRegistriesAreRefused(t *testing.T) {
	leaf := func(n int) string {
		return fmt.Sprintf(`{"code": %d, "en": "c%d", "es": "c%d", "sensitive": false, "since": 202612}, `, n, n, n)
	}
	var many, some strings.Builder
	for n := range 10_000 {
		many.WriteString(leaf(20_000 + n))
	}
	for n := range 200 {
		some.WriteString(leaf(20_000 + n))
	}
	for name, next := range map[string]string{
		"10,000 codes, one a client": newer(`{"code": 1102`, many.String()+`{"code": 1102`),
		"201 codes":                  newer(`{"code": 1102`, some.String()+`{"code": 1102`),
		"no newer version":           registry,
		"a leaf that is gone":        newer(`{"code": 1102, "en": "Wages", "es": "Salario", "sensitive": false}`, strings.TrimSuffix(leaf(1105), ", ")),
		"a leaf that is split": newer(`{"code": 1102, "en": "Wages", "es": "Salario", "sensitive": false}]}`,
			strings.TrimSuffix(leaf(1109), ", ")+`]}, {"code": 1102, "en": "Wages", "es": "Salario", "leaves": [`+leaf(1103)+strings.TrimSuffix(leaf(1104), ", ")+`]}`),
		"a leaf elsewhere": strings.Replace(newer(`,
		{"code": 1102, "en": "Wages", "es": "Salario", "sensitive": false}`, ``), `{"code": 1401`, `{"code": 1102, "en": "Wages", "es": "Salario", "sensitive": false}, {"code": 1401`, 1),
		"less protection":                newer(`"sensitive": true`, `"sensitive": false`),
		"a table of something else":      newer(`"money": false`, `"money": true`),
		"a plan changed in place":        newer(`"Opened"`, `"Started"`),
		"a table beyond the wire":        newer(`"data_set": 1`, `"data_set": 100`),
		"a code beyond the wire":         newer(`{"code": 1102`, leaf(100_000)+`{"code": 1102`),
		"a code beyond the wire, former": newer(`"leaves": [{"code": 1401`, `"leaves": [{"code": 1401`, `"sensitive": true}]`, `"sensitive": true}], "former": [{"code": 100001, "en": "x", "es": "x", "sensitive": false}]`),
	} {
		if _, err := pack.Changes(parsed(t, registry), parsed(t, next), 202612); !errors.Is(err, pack.ErrRegistry) {
			t.Errorf("%s: %v, want ErrRegistry", name, err)
		}
	}
	back := strings.Replace(newer(), `{"version": 2`, `{"version": 3`, 1)
	if _, err := pack.Changes(parsed(t, former()), parsed(t, back), 202612); !errors.Is(err, pack.ErrRegistry) {
		t.Errorf("a former leaf that comes back: %v", err)
	}
	for name, s := range map[string]string{
		"a fourth level": newer(`"es": "Salario", "sensitive": false}`, `"es": "Salario", "sensitive": false, "leaves": []}`),
		"a text field":   newer(`"es": "Salario",`, `"es": "Salario", "comment": "x",`),
		"a code twice":   newer(`"code": 1102`, `"code": 1101`),
	} {
		if _, err := codelist.Parse([]byte(s)); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

// TestANewLeafSaysSinceWhen: it may not be made older than it is, nor any leaf older or
// younger than it was.
func TestANewLeafSaysSinceWhen(t *testing.T) {
	added := func(since string) string {
		return newer(`{"code": 1102`, `{"code": 1103, "en": "New", "es": "Nuevo", "sensitive": false`+since+`}, {"code": 1102`)
	}
	category := func(since string) string {
		return newer(`{"code": 1400`, `{"code": 1500, "en": "New", "es": "Nuevo", "leaves": [{"code": 1501, "en": "New", "es": "Nuevo", "sensitive": true`+since+`}]}, {"code": 1400`)
	}
	third := func(since string) string { return strings.Replace(added(since), `{"version": 2`, `{"version": 3`, 1) }
	for name, c := range map[string]struct {
		old, next string
		issued    civil.Month
		says      string // "" where it may follow
	}{
		"with its month":        {registry, added(`, "since": 202612`), 202612, ""},
		"with a later one":      {registry, added(`, "since": 202701`), 202612, ""},
		"without":               {registry, added(""), 202612, "code 1103: since is 0 "},
		"backdated":             {registry, added(`, "since": 202611`), 202612, "code 1103: since is 202611 and must be a month from 202612 on"},
		"handed out before":     {registry, added(`, "since": 202611`), 0, ""},
		"before, without":       {registry, added(""), 0, "code 1103: since is 0 "},
		"in a new category":     {registry, category(`, "since": 202612`), 202612, ""},
		"there without":         {registry, category(""), 202612, "code 1501: since is 0 "},
		"as it was":             {added(`, "since": 202611`), third(`, "since": 202611`), 202612, ""},
		"made older":            {added(`, "since": 202611`), third(`, "since": 202511`), 202612, "code 1103: since is 202511 and was 202611"},
		"made as old as can be": {added(`, "since": 202611`), third(""), 202612, "code 1103: since is 0 and was 202611"},
		"an old one made new":   {registry, newer(`"es": "Salario", "sensitive": false`, `"es": "Salario", "sensitive": false, "since": 202612`), 202612, "code 1102: since is 202612 and was 0"},
	} {
		_, err := pack.Changes(parsed(t, c.old), parsed(t, c.next), c.issued)
		if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, pack.ErrRegistry) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// FuzzVerify: whatever is believed was signed.
func FuzzVerify(f *testing.F) {
	r := roots(f)
	good := made(f, 4, pack.Contents{Limits: pack.Limits{K: 8}}, 1, 2)
	want, err := r.Verify(good, pack.National)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"manifest":"","contents":"","signatures":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := r.Verify(b, pack.National); err == nil && p.Digest != want.Digest {
			t.Fatal("a pack that nobody signed was believed")
		}
	})
}
