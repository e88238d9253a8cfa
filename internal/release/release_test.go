package release_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/release"
	hubv1 "casehub/proto/casehub/hub/v1"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"
)

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

// draw makes a release that holds to every rule of structure.
func draw(t *rapid.T) *releasev1.Release {
	r := &releasev1.Release{
		SchemaVersion: 1, OrgUnit: rapid.Uint32Range(1, 999_999).Draw(t, "org unit"), Sequence: rapid.Uint32Range(1, 9999).Draw(t, "sequence"),
		Period: uint32(civil.Month(202001).Add(rapid.IntRange(0, 240).Draw(t, "period"))), PlanVersion: 2, RegistryVersion: 2, RulesVersion: 1,
		Kind: releasev1.ReleaseKind_RELEASE_KIND_REGULAR,
	}
	if r.Sequence > 1 {
		r.PreviousDigest = rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "previous")
	}
	for _, set := range slices.Sorted(slices.Values(rapid.SliceOfNDistinct(rapid.Uint32Range(1, 99), 0, 4, rapid.ID[uint32]).Draw(t, "sets"))) {
		table := &releasev1.Table{DataSet: set}
		for _, code := range slices.Sorted(slices.Values(rapid.SliceOfNDistinct(rapid.Uint32Range(1, 99_999), 1, 40, rapid.ID[uint32]).Draw(t, "codes"))) {
			table.Groups = append(table.Groups, &releasev1.Group{
				CategoryOption: code, Level: releasev1.GroupLevel(rapid.IntRange(1, 3).Draw(t, "level")), FromPeriod: r.Period,
				Value: rapid.Uint32Range(5, 5000).Draw(t, "value"), AmountHundreds: rapid.Uint32Range(0, 10_000_000).Draw(t, "amount"),
				ObsStatus: releasev1.ObsStatus_OBS_STATUS_NORMAL,
			})
		}
		r.Tables = append(r.Tables, table)
	}
	return r
}

func encode(t interface{ Fatal(...any) }, m proto.Message) []byte {
	b, err := release.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCanonicalBytesAreValidProtobufAndRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := draw(t)
		b := encode(t, r)
		if want, err := (proto.MarshalOptions{Deterministic: true}).Marshal(r); err != nil || !bytes.Equal(b, want) {
			t.Fatalf("protobuf's own bytes differ (%v)", err)
		}
		got, err := release.Decode(b)
		if err != nil || !proto.Equal(got, r) {
			t.Fatalf("decoded to %v, %v", got, err)
		}
	})
}

// TestNoChangeToTheBytesKeepsTheSeal flips, drops and inserts bytes: whatever
// still opens must fail the signature.
func TestNoChangeToTheBytesKeepsTheSeal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sealed, err := release.Seal(key, 1, encode(t, draw(t)))
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
		spoilt := slices.Clone(sealed)
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			spoilt[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		case 1:
			spoilt = slices.Delete(spoilt, at, at+1)
		default:
			spoilt = slices.Insert(spoilt, at, rapid.Byte().Draw(t, "insert"))
		}
		o, err := release.Open(spoilt)
		if err == nil {
			err = o.Verify(key.Public().(ed25519.PublicKey), 1)
		}
		if err == nil && !bytes.Equal(spoilt, sealed) {
			t.Fatal("changed bytes opened and verified")
		}
		if err != nil && release.Reason(err) == 0 {
			t.Fatalf("%v has no reason code", err)
		}
	})
}

// base is a release that every hostile one below is a change of.
func base() *releasev1.Release {
	return &releasev1.Release{
		SchemaVersion: 1, OrgUnit: 7, Sequence: 2, PreviousDigest: make([]byte, 32), Period: 202609, PlanVersion: 2, RegistryVersion: 2, RulesVersion: 1, Kind: 1,
		Tables: []*releasev1.Table{{DataSet: 1, Groups: []*releasev1.Group{
			{CategoryOption: 1101, Level: 1, FromPeriod: 202608, Value: 9, ObsStatus: 1},
			{CategoryOption: 1102, Level: 1, FromPeriod: 202609, Value: 5, ObsStatus: 1},
		}}},
	}
}

func TestBrokenRulesAreRefused(t *testing.T) {
	if _, err := release.Decode(encode(t, base())); err != nil {
		t.Fatalf("the base release: %v, so the refusals below would show nothing", err)
	}
	invalid, tooLarge := releasev1.ReasonCode_REASON_CODE_INVALID, releasev1.ReasonCode_REASON_CODE_TOO_LARGE
	for name, c := range map[string]struct {
		change func(*releasev1.Release)
		want   releasev1.ReasonCode
	}{
		"no office":                  {func(r *releasev1.Release) { r.OrgUnit = 0 }, invalid},
		"an ID number as office":     {func(r *releasev1.Release) { r.OrgUnit = 4_000_000_000 }, tooLarge},
		"no sequence":                {func(r *releasev1.Release) { r.Sequence = 0 }, invalid},
		"another schema":             {func(r *releasev1.Release) { r.SchemaVersion = 2 }, tooLarge},
		"no schema":                  {func(r *releasev1.Release) { r.SchemaVersion = 0 }, invalid},
		"no digest in the second":    {func(r *releasev1.Release) { r.PreviousDigest = nil }, invalid},
		"a digest in the first":      {func(r *releasev1.Release) { r.Sequence = 1 }, invalid},
		"a short digest":             {func(r *releasev1.Release) { r.PreviousDigest = make([]byte, 31) }, invalid},
		"a long digest":              {func(r *releasev1.Release) { r.PreviousDigest = make([]byte, 33) }, tooLarge},
		"month 13":                   {func(r *releasev1.Release) { r.Period = 202613 }, invalid},
		"no kind":                    {func(r *releasev1.Release) { r.Kind = 0 }, invalid},
		"an unknown kind":            {func(r *releasev1.Release) { r.Kind = 4 }, tooLarge},
		"a negative kind":            {func(r *releasev1.Release) { r.Kind = -1 }, tooLarge},
		"a void of nothing":          {func(r *releasev1.Release) { r.Kind, r.Tables = 2, nil }, invalid},
		"a void of itself":           {func(r *releasev1.Release) { r.Kind, r.VoidsSequence, r.Tables = 2, 2, nil }, invalid},
		"a void with tables":         {func(r *releasev1.Release) { r.Kind, r.VoidsSequence = 2, 1 }, invalid},
		"a regular one that voids":   {func(r *releasev1.Release) { r.VoidsSequence = 1 }, invalid},
		"an empty table":             {func(r *releasev1.Release) { r.Tables[0].Groups = nil }, invalid},
		"a table twice":              {func(r *releasev1.Release) { r.Tables = append(r.Tables, r.Tables[0]) }, invalid},
		"groups out of order":        {func(r *releasev1.Release) { slices.Reverse(r.Tables[0].Groups) }, invalid},
		"a group twice":              {func(r *releasev1.Release) { r.Tables[0].Groups[1] = r.Tables[0].Groups[0] }, invalid},
		"a group of four":            {func(r *releasev1.Release) { r.Tables[0].Groups[0].Value = 4 }, invalid},
		"a group above the maximum":  {func(r *releasev1.Release) { r.Tables[0].Groups[0].Value = 5001 }, tooLarge},
		"a phone number as value":    {func(r *releasev1.Release) { r.Tables[0].Groups[0].Value = 821234567 }, tooLarge},
		"a phone number as code":     {func(r *releasev1.Release) { r.Tables[0].Groups[1].CategoryOption = 821234567 }, tooLarge},
		"no event rules":             {func(r *releasev1.Release) { r.RulesVersion = 0 }, invalid},
		"event rules out of range":   {func(r *releasev1.Release) { r.RulesVersion = 10_000 }, tooLarge},
		"no level":                   {func(r *releasev1.Release) { r.Tables[0].Groups[0].Level = 0 }, invalid},
		"a month after the release":  {func(r *releasev1.Release) { r.Tables[0].Groups[0].FromPeriod = 202610 }, invalid},
		"a status that is not known": {func(r *releasev1.Release) { r.Tables[0].Groups[0].ObsStatus = 2 }, tooLarge},
		"too many tables": {func(r *releasev1.Release) {
			for i := range uint32(21) {
				r.Tables = append(r.Tables, &releasev1.Table{DataSet: i + 2, Groups: r.Tables[0].Groups})
			}
		}, tooLarge},
	} {
		r := base()
		c.change(r)
		if _, err := release.Decode(encode(t, r)); release.Reason(err) != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestHiddenChannelsAreRefused(t *testing.T) {
	good := encode(t, base())
	unknown, notCanonical := releasev1.ReasonCode_REASON_CODE_UNKNOWN_FIELD, releasev1.ReasonCode_REASON_CODE_NOT_CANONICAL
	named := protowire.AppendString(protowire.AppendTag(nil, 99, protowire.BytesType), "Nomsa Dlamini")
	nested := base()
	nested.Tables[0].Groups[0].ProtoReflect().SetUnknown(named)
	nestedBytes, err := proto.Marshal(nested)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		b    []byte
		want releasev1.ReasonCode
	}{
		"an unknown field with a name":       {append(slices.Clone(good), named...), unknown},
		"an unknown field in a group":        {nestedBytes, unknown},
		"the reserved field 7 of a group":    {append(slices.Clone(good), 0x52, 0x04, 0x12, 0x02, 0x38, 0x01), unknown},
		"an overlong varint":                 {append([]byte{0x08, 0x81, 0x00}, good[2:]...), notCanonical},
		"a field written twice":              {append([]byte{0x08, 0x01}, good...), notCanonical},
		"a zero that should be absent":       {append(slices.Clone(good), 0x48, 0x00), notCanonical},
		"fields out of order":                {append(slices.Clone(good[2:]), 0x08, 0x01), notCanonical},
		"a number above 32 bits that is cut": {append(slices.Clone(good), 0x10, 0x87, 0x80, 0x80, 0x80, 0x10), notCanonical},
		"nothing":                            {nil, releasev1.ReasonCode_REASON_CODE_MALFORMED},
		"text":                               {[]byte("Nomsa Dlamini"), releasev1.ReasonCode_REASON_CODE_MALFORMED},
		"more than 32 KiB":                   {make([]byte, release.MaxBytes+1), releasev1.ReasonCode_REASON_CODE_TOO_LARGE},
	} {
		if _, err := release.Decode(c.b); release.Reason(err) != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if len(c.b) > 0 {
			sealed := sealAnything(t, c.b)
			if _, err := release.Open(sealed); err == nil {
				t.Errorf("%s: opened when sealed", name)
			}
		}
	}
	if _, err := release.Seal(key, 1, append(slices.Clone(good), named...)); err == nil {
		t.Error("a name was sealed")
	}
}

// sealAnything seals bytes that Seal would refuse, as a hostile office might.
func sealAnything(t *testing.T, b []byte) []byte {
	signature := ed25519.Sign(key, append([]byte("casehub/release/v1\x00"), b...))
	sealed, err := proto.Marshal(&releasev1.SealedRelease{Release: b, KeyId: 1, Signature: signature})
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestEveryFieldThatLeavesIsReviewed(t *testing.T) {
	fields := 0
	var visit func(d protoreflect.MessageDescriptor)
	visit = func(d protoreflect.MessageDescriptor) {
		for i := range d.Fields().Len() {
			fd := d.Fields().Get(i)
			fields++
			r := release.ReviewOf(fd)
			if r.GetId() == "" || r.GetId() == "TODO" || r.GetMax() == 0 || r.GetSensitivity() == 0 {
				t.Errorf("%s left no review: %v", fd.FullName(), r)
			}
			switch fd.Kind() {
			case protoreflect.StringKind, protoreflect.Int64Kind, protoreflect.Uint64Kind, protoreflect.DoubleKind, protoreflect.FloatKind:
				t.Errorf("%s is of kind %s, which could carry an identifier", fd.FullName(), fd.Kind())
			case protoreflect.MessageKind:
				visit(fd.Message())
			}
			if fd.IsMap() {
				t.Errorf("%s is a map", fd.FullName())
			}
		}
	}
	visit((&releasev1.SealedRelease{}).ProtoReflect().Descriptor())
	visit((&releasev1.Release{}).ProtoReflect().Descriptor())
	if fields < 18 {
		t.Fatalf("%d fields were looked at, want at least 18", fields)
	}
}

// only makes the only group one of a code and level.
func only(r *releasev1.Release, code, level, from, value uint32) *releasev1.Release {
	r.Tables[0].Groups = []*releasev1.Group{{CategoryOption: code, Level: releasev1.GroupLevel(level), FromPeriod: from, Value: value, ObsStatus: 1}}
	return r
}

// violent makes the only group one of a sensitive code.
func violent(r *releasev1.Release, from uint32) {
	r.Tables[0].Groups = []*releasev1.Group{{CategoryOption: 1401, Level: 1, FromPeriod: from, Value: 12, ObsStatus: 1}}
}

func TestCodesAreHeldToTheRegistry(t *testing.T) {
	reg := codelist.National()
	sensitive := base()
	violent(sensitive, 202607)
	closing := only(base(), 1401, 1, 202607, 12)
	closing.Period, closing.Kind = 202608, releasev1.ReleaseKind_RELEASE_KIND_CLOSING
	for _, r := range []*releasev1.Release{
		base(), sensitive, closing, only(base(), 1100, 2, 202608, 6), only(base(), 1400, 2, 202607, 12), only(base(), 1000, 3, 202608, 7),
	} {
		if err := release.CheckCodes(r, reg); err != nil {
			t.Fatal(err)
		}
	}
	for name, change := range map[string]func(*releasev1.Release){
		"an unknown code":           func(r *releasev1.Release) { r.Tables[0].Groups[0].CategoryOption = 1999 },
		"a category as a leaf":      func(r *releasev1.Release) { r.Tables[0].Groups[0].CategoryOption = 1100 },
		"a leaf as a rest":          func(r *releasev1.Release) { r.Tables[0].Groups[0].Level = 2 },
		"a category as the root":    func(r *releasev1.Release) { only(r, 1100, 3, 202608, 7) },
		"the list as a rest":        func(r *releasev1.Release) { only(r, 1000, 2, 202608, 7) },
		"another list's root":       func(r *releasev1.Release) { only(r, 2000, 3, 202608, 7) },
		"a rest within a quarter":   func(r *releasev1.Release) { only(r, 1100, 2, 202607, 7).Period = 202608 },
		"the root within a quarter": func(r *releasev1.Release) { only(r, 1000, 3, 202607, 7).Period = 202608 },
		"a rest of violence alone":  func(r *releasev1.Release) { only(r, 1400, 2, 202607, 9) },
		"such a rest with a month":  func(r *releasev1.Release) { only(r, 1400, 2, 202608, 12) },
		"an unknown table":          func(r *releasev1.Release) { r.Tables[0].DataSet = 50 },
		"nine of violence":          func(r *releasev1.Release) { r.Tables[0].Groups[0].CategoryOption = 1401 },
		"violence within a quarter": func(r *releasev1.Release) { r.Period = 202608; violent(r, 202607) },
		"violence dated to a month": func(r *releasev1.Release) { violent(r, 202608) },
		"an amount without money":   func(r *releasev1.Release) { r.Tables[0].Groups[0].AmountHundreds = 1 },
		"another plan":              func(r *releasev1.Release) { r.PlanVersion++ },
	} {
		r := base()
		change(r)
		if err := release.CheckCodes(r, reg); release.Reason(err) != releasev1.ReasonCode_REASON_CODE_INVALID {
			t.Errorf("%s: %v, want INVALID", name, err)
		}
	}
}

func TestSignaturesAreForOnePurpose(t *testing.T) {
	pub := key.Public().(ed25519.PublicKey)
	receipt := &releasev1.Receipt{OrgUnit: 7, Sequence: 1, ReleaseDigest: make([]byte, 32), Status: 1, HubLedgerCount: 1}
	if err := release.SignReceipt(key, receipt); err != nil {
		t.Fatal(err)
	}
	if err := release.VerifyReceipt(pub, receipt); err != nil {
		t.Errorf("the signed receipt: %v", err)
	}
	for name, change := range map[string]func(*releasev1.Receipt){
		"another office":  func(r *releasev1.Receipt) { r.OrgUnit = 8 },
		"another number":  func(r *releasev1.Receipt) { r.Sequence = 2 },
		"another digest":  func(r *releasev1.Receipt) { r.ReleaseDigest[0] ^= 1 },
		"another status":  func(r *releasev1.Receipt) { r.Status = 2 },
		"a reason":        func(r *releasev1.Receipt) { r.ReasonCode = 1 },
		"another count":   func(r *releasev1.Receipt) { r.HubLedgerCount = 2 },
		"no signature":    func(r *releasev1.Receipt) { r.Signature = nil },
		"other signature": func(r *releasev1.Receipt) { r.Signature[0] ^= 1 },
	} {
		c := proto.CloneOf(receipt)
		change(c)
		if err := release.VerifyReceipt(pub, c); release.Reason(err) != releasev1.ReasonCode_REASON_CODE_BAD_SIGNATURE {
			t.Errorf("%s: %v, want BAD_SIGNATURE", name, err)
		}
	}
	q := &hubv1.ReceiptsSinceRequest{OrgUnit: 7, AfterSequence: 1, KeyId: 1}
	if err := release.SignSince(key, q); err != nil {
		t.Fatal(err)
	}
	if err := release.VerifySince(pub, q); err != nil {
		t.Errorf("the signed request: %v", err)
	}
	q.OrgUnit = 8
	if err := release.VerifySince(pub, q); err == nil {
		t.Error("a request for another office's receipts was believed")
	}
	other := sha256.Sum256([]byte("another key"))
	if err := release.VerifyReceipt(ed25519.NewKeyFromSeed(other[:]).Public().(ed25519.PublicKey), receipt); err == nil {
		t.Error("another hub's receipt was believed")
	}
}

// FuzzOpen holds that whatever opens is canonical to the byte.
func FuzzOpen(f *testing.F) {
	b, err := release.Encode(base())
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := release.Seal(key, 1, b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := release.Open(b)
		if err != nil {
			var r *release.Refusal
			if !errors.As(err, &r) || r.Code == 0 {
				t.Fatalf("%v is no coded refusal", err)
			}
			return
		}
		again, err := release.Encode(o.Sealed)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("opened, but not canonical (%v)", err)
		}
		if inner, err := release.Encode(o.Release); err != nil || !bytes.Equal(inner, o.Bytes) {
			t.Fatalf("the release inside is not canonical (%v)", err)
		}
	})
}

// TestANumberOfAnotherKeyBreaksTheSeal: the number is the one field of a seal
// that the signature does not cover.
func TestANumberOfAnotherKeyBreaksTheSeal(t *testing.T) {
	sealed, err := release.Seal(key, 1, encode(t, base()))
	if err != nil {
		t.Fatal(err)
	}
	o, err := release.Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	pub := key.Public().(ed25519.PublicKey)
	if err := o.Verify(pub, 1); err != nil {
		t.Fatalf("its own number: %v", err)
	}
	if err := o.Verify(pub, 3); release.Reason(err) != releasev1.ReasonCode_REASON_CODE_BAD_SIGNATURE {
		t.Fatalf("another number: %v, want a bad signature", err)
	}
}
