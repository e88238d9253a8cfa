package ingest

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"testing"

	"casehub/internal/codelist"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/protobuf/encoding/protowire"
)

// secret stands for the name of a client that somebody tries to get out.
const secret = "Nomvula Khumalo 8001015009087"

// sealRaw signs any bytes as the office, as a node that was tampered with could.
func (a *author) sealRaw(t testing.TB, b []byte) []byte {
	t.Helper()
	draft := a.draft(1)
	good, err := release.Open(a.seal(t, draft))
	if err != nil {
		t.Fatal(err)
	}
	signed := append([]byte("casehub/release/v1\x00"), b...)
	good.Sealed.Release, good.Sealed.Signature = b, ed25519Sign(a, signed)
	sealed, err := release.Encode(good.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func encode(t testing.TB, r *releasev1.Release) []byte {
	t.Helper()
	b, err := release.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// hostile returns messages that must be refused, each with its reason. All are
// signed by the office's own key but where that is the point.
func hostile(t testing.TB, a, other *author) map[string]struct {
	data []byte
	want releasev1.ReasonCode
} {
	t.Helper()
	type bad = struct {
		data []byte
		want releasev1.ReasonCode
	}
	const (
		unknownField = releasev1.ReasonCode_REASON_CODE_UNKNOWN_FIELD
		notCanonical = releasev1.ReasonCode_REASON_CODE_NOT_CANONICAL
		tooLarge     = releasev1.ReasonCode_REASON_CODE_TOO_LARGE
		badSignature = releasev1.ReasonCode_REASON_CODE_BAD_SIGNATURE
	)
	good := encode(t, a.draft(2))
	with := func(change func(*releasev1.Release)) []byte {
		r := a.draft(2)
		change(r)
		return encode(t, r)
	}
	named := protowire.AppendString(protowire.AppendTag(slices.Clone(good), 99, protowire.BytesType), secret)
	group := a.draft(1).Tables[0].Groups[0]
	inner := protowire.AppendString(protowire.AppendTag(encodeGroup(t, group), 99, protowire.BytesType), secret)
	table := protowire.AppendBytes(protowire.AppendTag([]byte{0x08, 0x01}, 2, protowire.BytesType), inner)
	nested := protowire.AppendBytes(protowire.AppendTag(encode(t, a.draft(0)), 10, protowire.BytesType), table)
	flipped := a.sealRaw(t, good)
	flipped[len(flipped)-1] ^= 1
	return map[string]bad{
		"a name in an unknown field":        {a.sealRaw(t, named), unknownField},
		"a name in a field deep inside":     {a.sealRaw(t, nested), unknownField},
		"a name after the seal":             {protowire.AppendString(protowire.AppendTag(a.sealRaw(t, good), 99, protowire.BytesType), secret), unknownField},
		"a longer varint":                   {a.sealRaw(t, append([]byte{0x08, 0x81, 0x00}, good[2:]...)), notCanonical},
		"fields in another order":           {a.sealRaw(t, append(slices.Clone(good[2:]), good[:2]...)), notCanonical},
		"a field that is zero":              {a.sealRaw(t, append(slices.Clone(good), 0x48, 0x00)), notCanonical},
		"a value above its maximum":         {a.sealRaw(t, with(func(r *releasev1.Release) { r.Tables[0].Groups[0].Value = 5001 })), tooLarge},
		"more than 32 KiB":                  {bytes.Repeat([]byte{0x0a}, release.MaxSealedBytes+1), tooLarge},
		"a group of four":                   {a.sealRaw(t, with(func(r *releasev1.Release) { r.Tables[0].Groups[0].Value = 4 })), invalid},
		"groups in another order":           {a.sealRaw(t, with(func(r *releasev1.Release) { slices.Reverse(r.Tables[0].Groups) })), invalid},
		"a month that is none":              {a.sealRaw(t, with(func(r *releasev1.Release) { r.Period = 202613 })), invalid},
		"a code that nobody knows":          {a.sealRaw(t, with(func(r *releasev1.Release) { r.Tables[0].Groups[1].CategoryOption = 99998 })), invalid},
		"nine of a sensitive kind":          {a.sealRaw(t, sensitive(t, a, 9)), invalid},
		"money where there is none":         {a.sealRaw(t, with(func(r *releasev1.Release) { r.Tables[0].Groups[0].AmountHundreds = 7 })), invalid},
		"a registry to come":                {a.sealRaw(t, with(func(r *releasev1.Release) { r.RegistryVersion++ })), invalid},
		"another's signature":               {other.sealRaw(t, good), badSignature},
		"a signature with a bit turned":     {flipped, badSignature},
		"another office's release":          {other.seal(t, other.draft(2)), unknownOffice},
		"a key that is not the office's":    {withKeyID(t, a, 2), unknownOffice},
		"nothing":                           {nil, malformed},
		"half a release":                    {a.sealRaw(t, good)[:40], malformed},
		"the broker's own answer":           {[]byte(`{"stream":"RELEASES","seq":1}`), malformed},
		"bytes from /dev/urandom, as it is": {noise(), malformed},
	}
}

func encodeGroup(t testing.TB, g *releasev1.Group) []byte {
	t.Helper()
	b, err := release.Encode(g)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sensitive(t testing.TB, a *author, value uint32) []byte {
	t.Helper()
	r := a.draft(1)
	for _, f := range codelist.National().List(codelist.CaseTypes).Leaves() {
		if f.Sensitive {
			r.Tables[0].Groups[0].CategoryOption, r.Tables[0].Groups[0].Value = uint32(f.Code), value
			return encode(t, r)
		}
	}
	t.Fatal("the registry has no sensitive leaf")
	return nil
}

func withKeyID(t testing.TB, a *author, id uint32) []byte {
	t.Helper()
	sealed, err := release.Seal(a.key, id, encode(t, a.draft(2)))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func noise() []byte {
	var b []byte
	for i := range byte(20) {
		sum := sha256.Sum256([]byte{i})
		b = append(b, sum[:]...)
	}
	return b
}

func TestHostileBytesAreRefusedWithTheirReason(t *testing.T) {
	b := newBench(t, 1, 2)
	a := b.offices[1]
	b.arrive(t, 1, a.months(t, 2, 2)...)
	want := b.state(t)
	for name, bad := range hostile(t, a, b.offices[2]) {
		m := b.message(1, bad.data)
		if m.reason != bad.want || m.opened != nil {
			t.Errorf("%s: %v, want %v", name, m.reason, bad.want)
		}
		b.take(t, m)
		digest := sha256.Sum256(bad.data)
		if n := b.number(t, `SELECT count(*) FROM refusals WHERE org_unit = 1 AND digest = $1 AND reason = $2`, digest[:], int(bad.want)); n != 1 {
			t.Errorf("%s: %d refusals kept, want 1", name, n)
		}
	}
	if got := withoutRefusals(b.state(t)); !slices.Equal(got, want) {
		t.Errorf("hostile bytes changed what is stored:\n%v\nwant\n%v", got, want)
	}
	b.arrive(t, 1, a.publish(t, a.draft(2)))
	b.wantReceipt(t, 1, 3, accepted, noReason)
}

// withoutRefusals leaves out the words that say that something was refused.
func withoutRefusals(state []string) []string {
	return slices.DeleteFunc(state, func(line string) bool {
		f := strings.Fields(line)
		return f[0] == "word" && f[4] == strconv.Itoa(int(refused))
	})
}

// Not one byte of what was refused may be anywhere in the database.
func TestRefusedBytesAreNotKept(t *testing.T) {
	b := newBench(t, 1, 2)
	for _, bad := range hostile(t, b.offices[1], b.offices[2]) {
		b.take(t, b.message(1, bad.data))
	}
	rows, err := b.db.Query(t.Context(), `
SELECT table_name
FROM information_schema.tables
WHERE table_schema = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if len(tables) < 9 {
		t.Fatalf("only %d tables were looked at", len(tables))
	}
	for _, name := range tables {
		n := b.number(t, `
SELECT count(*)
FROM `+name+` t
WHERE position($1 IN t::text) > 0 OR position($2 IN t::text) > 0`, secret, hexOf(secret))
		if n > 0 {
			t.Errorf("table %s holds what was refused", name)
		}
	}
}

func TestHostileBytesOnTheStream(t *testing.T) {
	b := newBench(t, 1, 2)
	a := b.offices[1]
	c := carry(t, b)
	js := c.connect(t, a)
	stop := b.run(t, c)
	defer stop()
	send := func(data []byte) {
		t.Helper()
		if _, err := js.Publish(t.Context(), release.Subject(1), data); err != nil {
			t.Fatal(err)
		}
	}
	all := a.months(t, 3, 2)
	send(all[0])
	want := map[string]int{}
	for _, bad := range hostile(t, a, b.offices[2]) {
		send(bad.data)
		want[bad.want.String()]++
	}
	send(all[2]) // a gap
	send(all[1])
	a.next--
	send(a.seal(t, forgery(a))) // a fork
	for reason, n := range want {
		b.meter.wait(t, "RECEIPT_STATUS_REFUSED "+reason, n)
	}
	b.meter.wait(t, wordOf("ACCEPTED", "UNSPECIFIED"), 3)
	b.meter.wait(t, wordOf("FORK", "FORK"), 1)
	if _, err := js.Publish(t.Context(), release.Subject(1), make([]byte, 60<<10)); err == nil {
		t.Error("the broker took 60 KiB")
	}
}

// FuzzCheck holds any bytes against the check: it never fails in any other way
// than with a reason.
func FuzzCheck(f *testing.F) {
	a := newAuthor(f, 1)
	f.Add(a.seal(f, a.draft(2)))
	f.Add([]byte{})
	keys, codes := ownKeys{a}, codelist.National()
	f.Fuzz(func(t *testing.T, data []byte) {
		m := check(release.Subject(1), data, keys, func(uint32) *codelist.Registry { return codes }, clock())
		if (m.opened == nil) == (m.reason == noReason) {
			t.Errorf("opened %v with reason %v", m.opened != nil, m.reason)
		}
	})
}
