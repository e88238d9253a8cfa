package release

import (
	"crypto/ed25519"
	"encoding/base32"
	"errors"
	"hash/crc32"
	"strings"
)

// approvalContext keeps an approval apart from every other signature.
const approvalContext = "casehub/approval/v1"

// ErrApproval reports text that is no code of an approval: something was left out
// or mistyped.
var ErrApproval = errors.New("this is no code of an approval, or something of it is missing")

// codes are letters and digits that are not taken for one another.
var codes = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// SignApproval signs the SHA-256 of the bytes of a release that is not sealed yet.
func SignApproval(key ed25519.PrivateKey, digest [32]byte) []byte {
	return sign(key, approvalContext, digest[:])
}

// VerifyApproval checks a signature of SignApproval. It fails with a Refusal.
func VerifyApproval(pub ed25519.PublicKey, digest [32]byte, signature []byte) error {
	return verify(pub, approvalContext, digest[:], signature)
}

// ApprovalCode writes a signature as text to be sent: groups of four letters and
// digits, the last of them a check of the others.
func ApprovalCode(signature []byte) string {
	sum := crc32.ChecksumIEEE(signature)
	s := codes.EncodeToString(append(append([]byte{}, signature...), byte(sum>>8), byte(sum)))
	var groups []string
	for len(s) > 4 {
		groups = append(groups, s[:4])
		s = s[4:]
	}
	return strings.Join(append(groups, s), "-")
}

// ParseApproval reads what ApprovalCode wrote, in large or small letters, with
// whatever space between. It fails with ErrApproval.
func ParseApproval(text string) ([]byte, error) {
	text = strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\n' || r == '\r' || r == '\t' || r == '\u00a0' {
			return -1
		}
		return r
	}, text)
	text = strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(text))
	b, err := codes.DecodeString(text)
	if err != nil || len(b) != ed25519.SignatureSize+2 {
		return nil, ErrApproval
	}
	signature := b[:ed25519.SignatureSize]
	sum := crc32.ChecksumIEEE(signature)
	if b[ed25519.SignatureSize] != byte(sum>>8) || b[ed25519.SignatureSize+1] != byte(sum) {
		return nil, ErrApproval
	}
	return signature, nil
}
