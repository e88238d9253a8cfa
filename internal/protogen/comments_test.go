package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// uncommented names everything in the sources under root that says nothing of
// itself, and every field with a number, a length or a count that gives no range.
func uncommented(ctx context.Context, root string) (bare []string, fields int, err error) {
	req, err := compile(ctx, root)
	if err != nil {
		return nil, 0, err
	}
	files, err := protodesc.NewFiles(&descriptorpb.FileDescriptorSet{File: req.ProtoFile})
	if err != nil {
		return nil, 0, err
	}
	var w reader
	for _, name := range req.FileToGenerate {
		f, err := files.FindFileByPath(name)
		if err != nil {
			return nil, 0, err
		}
		w.file(f)
	}
	return w.bare, w.fields, nil
}

// reader walks descriptors and remembers what bears no comment.
type reader struct {
	bare   []string
	fields int
}

func (w *reader) file(f protoreflect.FileDescriptor) {
	for i := range f.Messages().Len() {
		w.message(f.Messages().Get(i))
	}
	for i := range f.Enums().Len() {
		w.enum(f.Enums().Get(i))
	}
	for i := range f.Extensions().Len() {
		w.field(f.Extensions().Get(i))
	}
	for i := range f.Services().Len() {
		s := f.Services().Get(i)
		w.said(s)
		for j := range s.Methods().Len() {
			w.said(s.Methods().Get(j))
		}
	}
}

func (w *reader) message(m protoreflect.MessageDescriptor) {
	w.said(m)
	for i := range m.Fields().Len() {
		w.field(m.Fields().Get(i))
	}
	for i := range m.Messages().Len() {
		w.message(m.Messages().Get(i))
	}
	for i := range m.Enums().Len() {
		w.enum(m.Enums().Get(i))
	}
}

func (w *reader) enum(e protoreflect.EnumDescriptor) {
	w.said(e)
	for i := range e.Values().Len() {
		w.said(e.Values().Get(i))
	}
}

// field wants a comment and, of everything that has a size, a number in it. A
// single message and a truth have none.
func (w *reader) field(f protoreflect.FieldDescriptor) {
	w.fields++
	said := w.said(f)
	sized := f.IsList() || f.Kind() != protoreflect.BoolKind && f.Kind() != protoreflect.MessageKind
	if f.FullName() == "casehub.release.v1.Review.sensitivity" { // a judgement, never sent
		sized = false
	}
	if sized && said != "" && !strings.ContainsAny(said, "0123456789") {
		w.bare = append(w.bare, string(f.FullName())+" (no range)")
	}
}

// said returns what stands before d, and remembers d when that is nothing.
func (w *reader) said(d protoreflect.Descriptor) string {
	text := strings.TrimSpace(d.ParentFile().SourceLocations().ByDescriptor(d).LeadingComments)
	if text == "" {
		w.bare = append(w.bare, string(d.FullName()))
	}
	return text
}

func TestEverythingOnTheWireSaysWhatItHolds(t *testing.T) {
	bare, fields, err := uncommented(t.Context(), "../../proto")
	if err != nil {
		t.Fatal(err)
	}
	if fields < 50 {
		t.Fatalf("looked at %d fields only", fields)
	}
	if len(bare) > 0 {
		t.Errorf("without a comment, or without a unit and a range in it:\n%s", strings.Join(bare, "\n"))
	}
}

func TestAFieldThatSaysNothingIsFound(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"no comment": {"message Group {", "message Group {\n  uint32 added = 99;", "casehub.release.v1.Group.added"},
		"no range": {
			"message Group {", "message Group {\n  // Some number.\n  uint32 added = 99;",
			"casehub.release.v1.Group.added (no range)",
		},
		"no comment on a value": {
			"OBS_STATUS_NORMAL = 1;", "OBS_STATUS_NORMAL = 1;\n  OBS_STATUS_OTHER = 7;", "casehub.release.v1.OBS_STATUS_OTHER",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyProto(t)
			file := filepath.Join(dir, "casehub/release/v1/release.proto")
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(strings.Replace(string(b), c.old, c.new, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			bare, _, err := uncommented(t.Context(), dir)
			if err != nil || !slices.Equal(bare, []string{c.want}) {
				t.Fatalf("found %q, %v, want %s", bare, err, c.want)
			}
		})
	}
}
