// Package release holds what a node and the hub must agree on to the byte: the
// one canonical encoding of a release, the check of its structure, its digest,
// and the signatures of releases, receipts and requests for receipts.
//
// A release is judged on its bytes, never on the value that made them: Open
// decodes strictly, walks for fields that the schema does not know, encodes
// again and compares, and holds every number against the maximum that
// release.proto gives it. Source: privacy rules 2.2, 2.4 and 3.1 (3).
//
// The encoding is in canonical.go, the check in open.go, the codes in codes.go,
// the signatures in sign.go.
package release

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Encode returns the canonical bytes of a message: fields in ascending order of
// their numbers, shortest varints, nothing that is zero. It fails for kinds of
// field that nothing in a release has: text, maps, floats and the like. The
// encoding is ours, because protobuf promises none that lasts over versions of
// its libraries, and releases are kept for ever.
func Encode(m proto.Message) ([]byte, error) {
	return appendMessage(nil, m.ProtoReflect())
}

func appendMessage(b []byte, m protoreflect.Message) ([]byte, error) {
	if len(m.GetUnknown()) > 0 {
		return nil, refuse(unknownField)
	}
	fields := ascending(m.Descriptor())
	for _, fd := range fields {
		if !m.Has(fd) {
			continue
		}
		var err error
		if b, err = appendField(b, fd, m.Get(fd)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func appendField(b []byte, fd protoreflect.FieldDescriptor, v protoreflect.Value) ([]byte, error) {
	if !fd.IsList() {
		return appendValue(b, fd, v)
	}
	if fd.Kind() != protoreflect.MessageKind {
		return nil, fmt.Errorf("encoding %s: only messages repeat in a canonical message", fd.FullName())
	}
	var err error
	for i, list := 0, v.List(); i < list.Len(); i++ {
		if b, err = appendValue(b, fd, list.Get(i)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func appendValue(b []byte, fd protoreflect.FieldDescriptor, v protoreflect.Value) ([]byte, error) {
	switch fd.Kind() {
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind:
		b = protowire.AppendTag(b, fd.Number(), protowire.VarintType)
		return protowire.AppendVarint(b, v.Uint()), nil
	case protoreflect.EnumKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.VarintType)
		return protowire.AppendVarint(b, uint64(v.Enum())), nil
	case protoreflect.BytesKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
		return protowire.AppendBytes(b, v.Bytes()), nil
	case protoreflect.MessageKind:
		inner, err := appendMessage(nil, v.Message())
		if err != nil {
			return nil, err
		}
		b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
		return protowire.AppendBytes(b, inner), nil
	default:
		return nil, fmt.Errorf("encoding %s: a canonical message has no field of kind %s", fd.FullName(), fd.Kind())
	}
}
