package imports

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"regexp"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/node/clients"
)

// Mapping says which columns of a source become which fields of clients, cases,
// referrals and recoveries. It is read from a YAML file once and then does not
// change; nothing in it can run a program.
type Mapping struct {
	// Name and version, as "walk-in-register/1".
	Name string
	// Hash is the SHA-256 of the file, and of the code lists beside it, in hexadecimal.
	Hash string
	// Title for people.
	Title string
	// Instance names the one source that the keys belong to. Two offices with
	// the same program have two instances.
	Instance string
	// SourceType says which source reads the tables.
	SourceType string

	// text is the file, "" with code lists beside it: alone it would say less.
	text   string
	reg    *codelist.Registry
	source ast.Node
	// settingsHave are the texts among the settings of the source.
	settingsHave map[string]bool
	tables       []string
	streams      []*stream
	passes       []pass
	forms        forms           // of the source's tables; see bind
	notRead      []NotReadReport // tables of the source; see bind
	doubts       []DoubtReport   // about those that are read; see bind
	// keep holds columns that no field took as JSON on the record, but for leftOut.
	keep    bool
	leftOut []string
	// failed and gone are the shares at which a run is refused.
	failed, gone float64
	batch        int
	// aggregate brings events and pseudonyms alone; secret makes these, see
	// aggregate.go.
	aggregate bool
	secret    []byte
	// complete says that a source always holds everything, so that what is
	// missing is gone.
	complete bool
	// sweepDays is after how many days a live source is read whole again; in between it
	// is read from where the last run ended. 0 reads it whole each time.
	sweepDays int
	defaults  defaults
}

// defaults hold for every field that does not say otherwise.
type defaults struct {
	dates   dates
	amounts amounts
	region  string // of telephone numbers without a country, "ZA"; "" takes digits as they are
}

// stream is one kind of record made from the rows of one table.
type stream struct {
	name string
	from string
	// table is what is read, and path where in its records the rows are; see bind.
	table string
	path  []string
	// pseudonymous streams make identifiers of keys that are pseudonyms.
	pseudonymous bool
	instance     string // of another source: the stream is only referred to
	to           *target
	key          keyRule
	when         *condition
	onlyWith     string // another stream of the same table
	repeats      bool   // rows with a key seen before are the same record
	referred     bool   // a case that other rows refer to by key
	fields       []*rule
	identity     []identityRule // of clients
}

// keyRule says how a record is told from the others, run after run.
type keyRule struct {
	columns []string
	steps   []function
	// content takes a hash of the row, with an ordinal among equal rows, where
	// there are no columns or they are empty.
	content bool
}

// condition says which rows a stream takes; others are skipped.
type condition struct {
	column string
	filled bool
	empty  bool
	in     []string
	not    []string
	reason string
	and    *condition // must hold too; nil for no other
}

// rule fills one field of a target.
type rule struct {
	field   int
	label   string // stream.field, for the report
	columns []string
	join    string
	first   bool // of several columns the first that is filled counts, of texts too
	constant,
	fallback string
	before []function
	split  *regexp.Regexp
	after  []function
	phones bool // a step leaves the words beside telephone numbers out
	dates  dates
	money  amounts
	codes  map[string]string
	lookup *lookupRule
	check  string // of a document number: "za" or "luhn"
	// unknown says what becomes of a value that codes does not have: one of the
	// unknown words below, or the value to use.
	unknown  string
	required bool
	onError  string
	leftover string
	ref      *refRule
}

// What becomes of a value that is not in the codes.
const (
	unknownQuarantine = "quarantine" // hold the record back
	unknownDrop       = "drop"       // leave the field empty
	unknownReport     = "report"     // leave the field empty and count the value as unmapped
)

// lookupRule translates a value by another table of the source.
type lookupRule struct {
	table, from, to string
	steps           []function
	values          map[string]string // read before the rows
}

// refRule points to a record of another stream: the one made from the same row
// when columns is empty.
type refRule struct {
	stream string
	// instance of another source that made the record, "" for that of the mapping.
	instance string
	// find names the numbers by which a case of this node is found, in place of a
	// stream.
	find    []string
	columns []string
	steps   []function
	foreign *stream // of another instance
}

// ParseMapping reads a mapping file. It refuses what it does not know: every
// error is a *MappingError with a line and a column. Code lists are those of
// the registry.
func ParseMapping(b []byte, reg *codelist.Registry) (*Mapping, error) {
	return ParseMappingBeside(b, reg, nil)
}

// ParseMappingBeside reads a mapping file whose code lists may stand in files of their
// own: those of a folder, nil for none.
func ParseMappingBeside(b []byte, reg *codelist.Registry, files fs.FS) (*Mapping, error) {
	doc, err := document(b)
	if err != nil {
		return nil, err
	}
	m := &Mapping{keep: true, failed: 0.2, gone: 0.05, batch: 1000, reg: reg}
	m.defaults.dates = dates{pivot: 30, coarsest: clients.Day, earliest: "1900-01-01", latest: "2099-12-31"}
	p := &mappingReader{m, files, sha256.New()}
	_, _ = p.hash.Write(b)
	if err := p.read(doc); err != nil {
		return nil, err
	}
	m.Hash = hex.EncodeToString(p.hash.Sum(nil))
	if alone := sha256.Sum256(b); m.Hash == hex.EncodeToString(alone[:]) {
		m.text = string(b)
	}
	return m, nil
}

// SourceJSON returns the settings of the source as JSON, for a program of its own
// that reads it.
func (m *Mapping) SourceJSON() ([]byte, error) {
	var settings map[string]any
	if err := yaml.NodeToValue(m.source, &settings); err != nil {
		return nil, syntaxError(err)
	}
	return json.Marshal(settings)
}

// DecodeSource reads the settings of the source into a struct with yaml tags.
// An unknown key is a *MappingError with its place.
func (m *Mapping) DecodeSource(into any) error {
	if err := yaml.NodeToValue(m.source, into, yaml.Strict()); err != nil {
		return syntaxError(err)
	}
	return nil
}

// referred returns the stream that a reference points to: one of the mapping, or one
// of another source.
func (m *Mapping) referred(r *rule) *stream {
	if r.ref.instance != "" {
		return r.ref.foreign
	}
	return m.streamNamed(r.ref.stream)
}

// streamNamed returns a stream, or nil.
func (m *Mapping) streamNamed(name string) *stream {
	for _, s := range m.streams {
		if s.name == name {
			return s
		}
	}
	return nil
}

// until sets the day of the run, after which no day of a record can be.
func (d dates) until(today civil.Date) dates {
	d.latest = today
	return d
}

// columnsOf lists the columns that the fields of a table's streams take, and those
// that are brought nowhere.
func (m *Mapping) columnsOf(table string) map[string]bool {
	taken := map[string]bool{}
	for _, c := range m.leftOut {
		taken[c] = true
	}
	for _, s := range m.streams {
		if s.table != table || len(s.path) > 0 {
			continue
		}
		for _, r := range s.fields {
			for _, c := range r.columns {
				taken[c] = true
			}
		}
	}
	return taken
}
