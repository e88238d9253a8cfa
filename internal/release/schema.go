package release

import (
	"slices"
	"sync"

	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// schema is what the walk needs of a message's descriptor, looked up once.
type schema struct {
	fields []protoreflect.FieldDescriptor // ascending by number
	max    []uint64                       // beside fields: the maximum of its review, 0 where it has none
}

// schemas remembers the schema of every message type that was met; a handful.
var schemas sync.Map // protoreflect.FullName -> *schema

func schemaOf(d protoreflect.MessageDescriptor) *schema {
	if s, ok := schemas.Load(d.FullName()); ok {
		return s.(*schema)
	}
	s := &schema{}
	for i := range d.Fields().Len() {
		s.fields = append(s.fields, d.Fields().Get(i))
	}
	slices.SortFunc(s.fields, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number() - b.Number()) })
	for _, fd := range s.fields {
		s.max = append(s.max, uint64(ReviewOf(fd).GetMax()))
	}
	schemas.Store(d.FullName(), s)
	return s
}

func ascending(d protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	return schemaOf(d).fields
}

// ReviewOf returns the review of a field, or nil when it has none. A field of a
// release without one fails a test.
func ReviewOf(fd protoreflect.FieldDescriptor) *releasev1.Review {
	r, _ := proto.GetExtension(fd.Options(), releasev1.E_Review).(*releasev1.Review)
	return r
}
