package release

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"casehub/internal/civil"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	// MaxBytes is the largest release in canonical bytes.
	MaxBytes = 32 << 10
	// MaxSealedBytes is the largest sealed release: a release, a key number and
	// a signature with their tags.
	MaxSealedBytes = MaxBytes + 128
	// MinGroup is the smallest value of any group, by rule D2. No setting lowers
	// it.
	MinGroup = 5
	// MinSensitiveGroup is the smallest value of a group of a sensitive code.
	MinSensitiveGroup = 10
	// MaxGroup is the largest value of a group.
	MaxGroup = 5000
)

// Refusal is the error of bytes that are no acceptable release. It carries a
// code and never any of the bytes.
type Refusal struct {
	Code releasev1.ReasonCode
}

// Error names the code.
func (r *Refusal) Error() string { return "release refused: " + r.Code.String() }

const (
	malformed    = releasev1.ReasonCode_REASON_CODE_MALFORMED
	unknownField = releasev1.ReasonCode_REASON_CODE_UNKNOWN_FIELD
	notCanonical = releasev1.ReasonCode_REASON_CODE_NOT_CANONICAL
	tooLarge     = releasev1.ReasonCode_REASON_CODE_TOO_LARGE
	invalid      = releasev1.ReasonCode_REASON_CODE_INVALID
	badSignature = releasev1.ReasonCode_REASON_CODE_BAD_SIGNATURE
)

func refuse(code releasev1.ReasonCode) error { return &Refusal{Code: code} }

// Reason returns the code of a refusal, UNSPECIFIED for nil, and MALFORMED for
// any other error.
func Reason(err error) releasev1.ReasonCode {
	var r *Refusal
	switch {
	case err == nil:
		return releasev1.ReasonCode_REASON_CODE_UNSPECIFIED
	case errors.As(err, &r):
		return r.Code
	default:
		return malformed
	}
}

// Opened is a sealed release whose structure holds. Its signature is not yet
// checked.
type Opened struct {
	Sealed  *releasev1.SealedRelease
	Release *releasev1.Release
	// Bytes are the exact bytes of Release, as they came.
	Bytes []byte
	// Digest is the SHA-256 of Bytes.
	Digest [32]byte
}

// Open decodes a sealed release and checks the structure of the seal and of the
// release. Its errors are Refusals.
func Open(sealed []byte) (*Opened, error) {
	if len(sealed) > MaxSealedBytes {
		return nil, refuse(tooLarge)
	}
	var s releasev1.SealedRelease
	if err := decode(sealed, &s); err != nil {
		return nil, err
	}
	if s.GetKeyId() == 0 || len(s.GetSignature()) != 64 {
		return nil, refuse(malformed)
	}
	r, err := Decode(s.GetRelease())
	if err != nil {
		return nil, err
	}
	return &Opened{Sealed: &s, Release: r, Bytes: s.GetRelease(), Digest: sha256.Sum256(s.GetRelease())}, nil
}

// Decode decodes the bytes of a release and checks its structure. Its errors
// are Refusals.
func Decode(b []byte) (*releasev1.Release, error) {
	if len(b) > MaxBytes {
		return nil, refuse(tooLarge)
	}
	var r releasev1.Release
	if err := decode(b, &r); err != nil {
		return nil, err
	}
	if !wellFormed(&r) {
		return nil, refuse(invalid)
	}
	return &r, nil
}

// decode reads b into m and refuses anything that is not m's one canonical
// encoding within its maxima. What the bytes would carry beside the fields of
// the schema (unknown fields at any depth, longer varints, repeated or
// reordered fields) is found here.
func decode(b []byte, m proto.Message) error {
	if len(b) == 0 || proto.Unmarshal(b, m) != nil {
		return refuse(malformed)
	}
	if err := walk(m.ProtoReflect()); err != nil {
		return err
	}
	again, err := Encode(m)
	if err != nil {
		return fmt.Errorf("encoding again: %w", err)
	}
	if !bytes.Equal(again, b) {
		return refuse(notCanonical)
	}
	return nil
}

// walk refuses unknown fields and values above the maximum of their field.
func walk(m protoreflect.Message) error {
	if len(m.GetUnknown()) > 0 {
		return refuse(unknownField)
	}
	s := schemaOf(m.Descriptor())
	for i, fd := range s.fields {
		if !m.Has(fd) {
			continue
		}
		if err := walkValue(fd, m.Get(fd), s.max[i]); err != nil {
			return err
		}
	}
	return nil
}

func walkValue(fd protoreflect.FieldDescriptor, v protoreflect.Value, maximum uint64) error {
	var size uint64
	switch {
	case fd.IsList():
		size = uint64(v.List().Len())
		for i := range v.List().Len() {
			if err := walk(v.List().Get(i).Message()); err != nil {
				return err
			}
		}
	case fd.Kind() == protoreflect.EnumKind:
		if v.Enum() < 0 {
			return refuse(tooLarge)
		}
		size = uint64(v.Enum())
	case fd.Kind() == protoreflect.BytesKind:
		size = uint64(len(v.Bytes()))
	default:
		size = v.Uint()
	}
	if size > maximum {
		return refuse(tooLarge)
	}
	return nil
}

// wellFormed holds the rules between the fields of a release.
func wellFormed(r *releasev1.Release) bool {
	chained := len(r.GetPreviousDigest()) == 0
	if r.GetSequence() > 1 {
		chained = len(r.GetPreviousDigest()) == sha256.Size
	}
	void := r.GetKind() == releasev1.ReleaseKind_RELEASE_KIND_VOID
	voids := r.GetVoidsSequence() == 0
	if void {
		voids = r.GetVoidsSequence() > 0 && r.GetVoidsSequence() < r.GetSequence() && len(r.GetTables()) == 0
	}
	return r.GetSchemaVersion() == 1 && r.GetOrgUnit() > 0 && r.GetSequence() > 0 && chained &&
		civil.Month(r.GetPeriod()).Valid() && r.GetPlanVersion() > 0 && r.GetRegistryVersion() > 0 && r.GetRulesVersion() > 0 &&
		r.GetKind() != releasev1.ReleaseKind_RELEASE_KIND_UNSPECIFIED && voids && tablesWellFormed(r)
}

func tablesWellFormed(r *releasev1.Release) bool {
	var last uint32
	for _, t := range r.GetTables() {
		if t.GetDataSet() <= last || len(t.GetGroups()) == 0 || !groupsWellFormed(t, r.GetPeriod()) {
			return false
		}
		last = t.GetDataSet()
	}
	return true
}

func groupsWellFormed(t *releasev1.Table, period uint32) bool {
	var last uint64
	for _, g := range t.GetGroups() {
		key := uint64(g.GetCategoryOption())<<8 | uint64(g.GetLevel())
		if key <= last || g.GetCategoryOption() == 0 || g.GetLevel() == 0 ||
			!civil.Month(g.GetFromPeriod()).Valid() || g.GetFromPeriod() > period ||
			g.GetValue() < MinGroup || g.GetObsStatus() != releasev1.ObsStatus_OBS_STATUS_NORMAL {
			return false
		}
		last = key
	}
	return true
}
