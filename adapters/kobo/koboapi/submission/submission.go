// Package submission turns what a KoBo server says of a form into an instrument, and a
// submission into a record: answers by the form's version, repeats as children, and
// each attachment at the answer that names it.
//
// Forms are in content.go, submissions in submission.go.
package submission

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/xlsform"
	"casehub/internal/text"
)

// Reader knows the questions of one version of a form, and then those of the others.
type Reader struct {
	Questions xlsform.Index
	Lists     xlsform.Lists
}

// Record makes a record of a submission of a project, of its stream and its own
// number. It is sealed.
func (r Reader) Record(stream, asset string, id int64, n jsontree.Node) adapters.Record {
	key := strconv.FormatInt(id, 10)
	rules := r.rules()
	rec := rules.Record(rules.Flatten(n), stream, key, adapters.Locator{File: asset, Row: id})
	rec.Version, rec.AltKeys = Version(n), others(n)
	a := attachments{asset: asset, key: key, known: r, matched: map[string]bool{}}
	for _, e := range n.Get("_attachments").Items {
		a.add(&rec, e)
	}
	a.missing(&rec, "")
	jsontree.SealAll(&rec)
	return rec
}

// volatile are values that change without anybody touching the submission.
var volatile = map[string]bool{"_validation_status/color": true, "_attachments": true, "_bamboo_dataset_id": true}

func (r Reader) rules() *jsontree.Rules {
	return &jsontree.Rules{
		Full: true,
		Skip: func(repeat, name string) bool { return repeat == "" && volatile[name] },
		Value: func(repeat, name string, n jsontree.Node) (adapters.Value, bool) {
			switch {
			case n.Kind == jsontree.String:
				return xlsform.Value(n.Text, r.Questions.Find(repeat, name), r.Lists), true
			case name == "_geolocation" && !slices.ContainsFunc(n.Items, func(e jsontree.Node) bool { return e.Kind != jsontree.Null }):
				return adapters.Value{Null: true}, true
			}
			return adapters.Value{}, false
		},
	}
}

// Version returns the version of the form that a submission answers. Older forms
// have other names for it.
func Version(n jsontree.Node) string {
	for _, name := range []string{"__version__", "_version_"} {
		if v := n.Get(name).Text; v != "" {
			return v
		}
	}
	last := ""
	for i, name := range n.Names {
		if strings.HasPrefix(name, "_version__") && n.Items[i].Text != "" && name > last {
			last = name
		}
	}
	return n.Get(last).Text
}

// others are the other keys of a submission: its uuids of now and before.
func others(n jsontree.Node) []string {
	var all []string
	for _, name := range []string{"meta/rootUuid", "_uuid", "meta/instanceID", "meta/deprecatedID"} {
		if k := bare(n.Get(name).Text); k != "" && !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all
}

// attachments puts the files of a submission to the answers that name them.
type attachments struct {
	asset, key string
	known      Reader
	matched    map[string]bool // answers that have a file, or had one that was deleted
}

func (a *attachments) add(rec *adapters.Record, e jsontree.Node) {
	id := e.Get("uid").Text
	if id == "" {
		id = e.Get("id").Text
	}
	if !IsUID(id) {
		return
	}
	name := e.Get("media_file_basename").Text
	if name == "" {
		name = e.Get("filename").Text
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	owner, column := byPath(rec, e.Get("question_xpath").Text)
	if column == "" {
		owner, column = a.byName(rec, name)
	}
	if column != "" {
		a.matched[owner.Key+"\x00"+column] = true
	}
	if e.Get("is_deleted").Text == "true" {
		return
	}
	owner.Documents = append(owner.Documents, adapters.Document{
		Blob: adapters.Blob(a.asset + "/" + a.key + "/" + id), Column: column, Name: name, Type: e.Get("mimetype").Text, Size: -1,
	})
}

// byPath finds the answer at a path with positions, as group[1]/photo.
func byPath(rec *adapters.Record, path string) (*adapters.Record, string) {
	owner, prefix := rec, ""
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		name, position, _ := strings.Cut(part, "[")
		n, err := strconv.Atoi(strings.TrimSuffix(position, "]"))
		if err != nil {
			n = 1
		}
		if list := owner.Children[name]; n >= 1 && n <= len(list) {
			owner, prefix = &list[n-1], ""
			continue
		}
		if prefix != "" {
			prefix += "/"
		}
		prefix += name
	}
	if owner.Header.Index(prefix) >= 0 {
		return owner, prefix
	}
	return rec, ""
}

// byName finds the answer that is a file's name. Stored names have "_" for blanks,
// and may be written in another normal form.
func (a *attachments) byName(rec *adapters.Record, file string) (*adapters.Record, string) {
	if file == "" {
		return rec, ""
	}
	for i, column := range rec.Header.Names() {
		if answer := rec.At(i).Raw; answer != "" && !a.matched[rec.Key+"\x00"+column] && plainName(answer) == plainName(file) {
			return rec, column
		}
	}
	for _, list := range ordered(rec.Children) {
		for i := range list {
			if owner, column := a.byName(&list[i], file); column != "" {
				return owner, column
			}
		}
	}
	return rec, ""
}

func plainName(s string) string {
	s = text.Compatible(strings.TrimSpace(s))
	return strings.NewReplacer(" ", "_", "(", "", ")", "", "'", "").Replace(s)
}

var anUID = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)

// IsUID reports whether a text is a name that a server gives to what it keeps.
func IsUID(s string) bool { return anUID.MatchString(s) }

// bare takes the prefix off a uuid.
func bare(s string) string { return strings.TrimPrefix(s, "uuid:") }

// files are the types of questions that are answered by a file.
var files = map[string]bool{"image": true, "audio": true, "video": true, "file": true, "background-audio": true}

// missing flags the answers that name a file which is not there.
func (a *attachments) missing(rec *adapters.Record, repeat string) {
	for i, column := range rec.Header.Names() {
		q := a.known.Questions.Find(repeat, column)
		if q != nil && files[q.Type] && rec.At(i).Raw != "" && !a.matched[rec.Key+"\x00"+column] {
			rec.Problems = append(rec.Problems, adapters.Problem{Code: adapters.AttachmentMissing, Column: column})
		}
	}
	for name, list := range rec.Children {
		path := name
		if repeat != "" {
			path = repeat + "/" + name
		}
		for i := range list {
			a.missing(&list[i], path)
		}
	}
}

// ordered gives the lists of children in the order of their names.
func ordered(children map[string][]adapters.Record) [][]adapters.Record {
	var all [][]adapters.Record
	for _, name := range slices.Sorted(maps.Keys(children)) {
		all = append(all, children[name])
	}
	return all
}
