package release

import (
	"crypto/ed25519"
	"fmt"

	hubv1 "casehub/proto/casehub/hub/v1"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/protobuf/proto"
)

const (
	// Stream is the JetStream stream that carries sealed releases.
	Stream = "RELEASES"
	// Subjects is the stream's subject filter.
	Subjects = "casehub.v1.release.*"
)

// Contexts keep a signature for one purpose from being valid for another. Each
// stands before the signed bytes with a zero byte between.
const (
	releaseContext = "casehub/release/v1"
	receiptContext = "casehub/receipt/v1"
	sinceContext   = "casehub/receipts-since/v1"
	packsContext   = "casehub/packs/v1"
)

// Subject returns the subject on which an office, and nobody else, publishes.
func Subject(orgUnit uint32) string { return fmt.Sprintf("casehub.v1.release.%d", orgUnit) }

// Inbox returns the prefix of the subjects on which an office, and nobody else,
// hears the broker's answers. The common prefix would let each office read the
// answers to all of them.
func Inbox(orgUnit uint32) string { return fmt.Sprintf("_INBOX_%d", orgUnit) }

// Seal signs the bytes of a release and returns the canonical bytes of the
// SealedRelease. It fails when the bytes are no release: what is signed was
// checked.
func Seal(key ed25519.PrivateKey, keyID uint32, b []byte) ([]byte, error) {
	if _, err := Decode(b); err != nil {
		return nil, err
	}
	return Encode(&releasev1.SealedRelease{Release: b, KeyId: keyID, Signature: sign(key, releaseContext, b)})
}

// Verify checks that the office's key number keyID, which is pub, signed. The
// number stands outside the signed bytes: a seal that names another is refused,
// so that no byte of it can change. It fails with a Refusal.
func (o *Opened) Verify(pub ed25519.PublicKey, keyID uint32) error {
	if o.Sealed.GetKeyId() != keyID {
		return refuse(badSignature)
	}
	return verify(pub, releaseContext, o.Bytes, o.Sealed.GetSignature())
}

// SignReceipt sets the hub's signature on a receipt.
func SignReceipt(key ed25519.PrivateKey, r *releasev1.Receipt) error {
	b, err := receiptBytes(r)
	if err != nil {
		return err
	}
	r.Signature = sign(key, receiptContext, b)
	return nil
}

// VerifyReceipt checks the hub's signature on a receipt. It fails with a
// Refusal.
func VerifyReceipt(pub ed25519.PublicKey, r *releasev1.Receipt) error {
	b, err := receiptBytes(r)
	if err != nil {
		return err
	}
	return verify(pub, receiptContext, b, r.GetSignature())
}

func receiptBytes(r *releasev1.Receipt) ([]byte, error) {
	c := proto.CloneOf(r)
	c.Signature = nil
	return Encode(c)
}

// SignSince sets the office's signature on a request for its receipts.
func SignSince(key ed25519.PrivateKey, q *hubv1.ReceiptsSinceRequest) error {
	b, err := sinceBytes(q)
	if err != nil {
		return err
	}
	q.Signature = sign(key, sinceContext, b)
	return nil
}

// VerifySince checks that an office asks for its own receipts. It fails with a
// Refusal.
func VerifySince(pub ed25519.PublicKey, q *hubv1.ReceiptsSinceRequest) error {
	b, err := sinceBytes(q)
	if err != nil {
		return err
	}
	return verify(pub, sinceContext, b, q.GetSignature())
}

func sinceBytes(q *hubv1.ReceiptsSinceRequest) ([]byte, error) {
	c := proto.CloneOf(q)
	c.Signature = nil
	return Encode(c)
}

// SignPacks sets the office's signature on a request for packs.
func SignPacks(key ed25519.PrivateKey, q *hubv1.PacksRequest) error {
	b, err := packsBytes(q)
	if err != nil {
		return err
	}
	q.Signature = sign(key, packsContext, b)
	return nil
}

// VerifyPacks checks that an office asks for itself. It fails with a Refusal.
func VerifyPacks(pub ed25519.PublicKey, q *hubv1.PacksRequest) error {
	b, err := packsBytes(q)
	if err != nil {
		return err
	}
	return verify(pub, packsContext, b, q.GetSignature())
}

func packsBytes(q *hubv1.PacksRequest) ([]byte, error) {
	c := proto.CloneOf(q)
	c.Signature = nil
	return Encode(c)
}

func sign(key ed25519.PrivateKey, context string, b []byte) []byte {
	return ed25519.Sign(key, message(context, b))
}

func verify(pub ed25519.PublicKey, context string, b, signature []byte) error {
	if len(pub) != ed25519.PublicKeySize || !ed25519.Verify(pub, message(context, b), signature) {
		return refuse(badSignature)
	}
	return nil
}

func message(context string, b []byte) []byte {
	m := make([]byte, 0, len(context)+1+len(b))
	m = append(m, context...)
	m = append(m, 0)
	return append(m, b...)
}
