package imports

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io/fs"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/currency"
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
	text    string
	reg     *codelist.Registry
	source  ast.Node
	tables  []string
	streams []*stream
	passes  []pass
	forms   forms // of the source's tables; see bind
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
}

// rule fills one field of a target.
type rule struct {
	field   int
	label   string // stream.field, for the report
	columns []string
	join    string
	constant,
	fallback string
	before []function
	split  *regexp.Regexp
	after  []function
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

// Keys of the parts of a mapping file, as the schema has them.
var (
	mappingKeys  = []string{"mapping", "title", "instance", "source", "defaults", "limits", "unmapped", "leave_out", "complete", "sweep_days", "mode", "streams"}
	defaultsKeys = []string{"date_order", "century_pivot", "currency", "locale", "region"}
	limitsKeys   = []string{"failed_share", "gone_share", "batch"}
	streamKeys   = []string{"from", "to", "key", "when", "only_with", "repeats", "identity", "fields"}
	identityKeys = []string{"exact", "fuzzy", "at_least", "then"}
	keyKeys      = []string{"columns", "fn", "missing"}
	whenKeys     = []string{"col", "is", "in", "not_in", "reason"}
	fieldKeys    = []string{"col", "cols", "join", "const", "default", "fn", "codes", "codes_file", "lookup", "unknown", "required", "on_error", "leftover", "ref"}
	refKeys      = []string{"stream", "instance", "find", "columns", "fn"}
	idKeys       = []string{"digits", "check"}
	lookupKeys   = []string{"table", "from", "to", "fn"}
	dateKeys     = []string{"order", "century_pivot", "precision", "excel_serials", "not_before"}
	moneyKeys    = []string{"locale", "decimal", "currency"}
	partKeys     = []string{"separator", "side", "alone"}
	replaceKeys  = []string{"find", "with"}
)

var (
	mappingName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,60}/[0-9]{1,6}$`)
	shortName   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,60}$`)
)

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

// mappingReader reads the parts of a file into a mapping.
type mappingReader struct {
	*Mapping
	files fs.FS     // code lists, nil for none
	hash  hash.Hash // of the mapping and of the files that it names
}

func (p *mappingReader) read(doc ast.Node) error {
	all, err := entries(doc, "a mapping", mappingKeys)
	if err != nil {
		return err
	}
	var streams ast.Node
	for _, e := range all {
		if e.key == "streams" {
			streams = e.value
			continue
		}
		if err := p.top(e); err != nil {
			return err
		}
	}
	switch {
	case p.Name == "":
		return wrong(doc, `a mapping needs "mapping: name/version"`)
	case p.Instance == "":
		return wrong(doc, `a mapping needs "instance"`)
	case p.source == nil:
		return wrong(doc, `a mapping needs "source"`)
	case streams == nil:
		return wrong(doc, `a mapping needs "streams"`)
	}
	p.keep = p.keep && !p.aggregate
	return p.readStreams(streams)
}

func (p *mappingReader) top(e entry) (err error) {
	switch e.key {
	case "mapping":
		if p.Name, err = scalar(e.value, e.key); err == nil && !mappingName.MatchString(p.Name) {
			err = wrong(e.value, "mapping must be name/version, as walk-in-register/1")
		}
	case "title":
		p.Title, err = scalar(e.value, e.key)
	case "instance":
		if p.Instance, err = scalar(e.value, e.key); err == nil && !shortName.MatchString(p.Instance) {
			err = wrong(e.value, "instance must be small letters, digits and hyphens")
		}
	case "source":
		err = p.readSource(e.value)
	case "defaults":
		err = p.readDefaults(e.value)
	case "limits":
		err = p.readLimits(e.value)
	case "leave_out":
		p.leftOut, err = scalars(e.value, e.key)
	case "unmapped":
		var s string
		s, err = oneOf(e.value, e.key, "keep_as_legacy_json", "drop")
		p.keep = s == "keep_as_legacy_json"
	case "mode":
		var word string
		word, err = oneOf(e.value, e.key, "records", "aggregate")
		p.aggregate = word == "aggregate"
	case "sweep_days":
		p.sweepDays, err = whole(e.value, e.key, 1, 365)
	case "complete":
		p.complete, err = truth(e.value, e.key)
	}
	return err
}

// readSource takes the names of the tables; the rest of the settings is the
// source's own.
func (p *mappingReader) readSource(n ast.Node) error {
	all, err := entries(n, "source", nil)
	if err != nil {
		return err
	}
	p.source = n
	for _, e := range all {
		if e.key == "type" {
			if p.SourceType, err = scalar(e.value, "type"); err != nil {
				return err
			}
		}
	}
	for _, e := range all {
		switch e.key {
		case "tables":
			if !slices.Contains(withTables, p.SourceType) {
				continue
			}
			tables, err := entries(e.value, "tables", nil)
			if err != nil {
				return err
			}
			for _, t := range tables {
				if !shortName.MatchString(t.key) {
					return wrongAt(t.at, "table %q must be small letters, digits and hyphens", t.key)
				}
				p.tables = append(p.tables, t.key)
			}
		}
	}
	if p.SourceType == "" {
		return wrong(n, `source needs "type"`)
	}
	if len(p.tables) == 0 && slices.Contains(withTables, p.SourceType) {
		p.tables = []string{"data"}
	}
	return nil
}

// withTables are the types of sources whose tables the mapping declares. Those of
// any other are named by the source, in its own way.
var withTables = []string{"spreadsheet", "keyvalue"}

func (p *mappingReader) readDefaults(n ast.Node) error {
	all, err := entries(n, "defaults", defaultsKeys)
	if err != nil {
		return err
	}
	for _, e := range all {
		switch e.key {
		case "date_order":
			err = p.readOrder(e.value, &p.defaults.dates)
		case "century_pivot":
			p.defaults.dates.pivot, err = whole(e.value, e.key, 0, 99)
		case "currency":
			p.defaults.amounts.currency, err = p.currency(e.value)
		case "locale":
			p.defaults.amounts.decimal, err = locale(e.value)
		case "region":
			p.defaults.region, err = region(e.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *mappingReader) readLimits(n ast.Node) error {
	all, err := entries(n, "limits", limitsKeys)
	if err != nil {
		return err
	}
	for _, e := range all {
		switch e.key {
		case "failed_share":
			p.failed, err = fraction(e.value, e.key)
		case "gone_share":
			p.gone, err = fraction(e.value, e.key)
		case "batch":
			p.batch, err = whole(e.value, e.key, 1, 50_000)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *mappingReader) readOrder(n ast.Node, into *dates) error {
	s, err := oneOf(n, "date order", string(dayFirst), string(monFirst), string(yrFirst))
	into.order = order(s)
	return err
}

func (p *mappingReader) currency(n ast.Node) (string, error) {
	s, err := scalar(n, "currency")
	if err == nil && !currency.Valid(s) {
		err = wrong(n, "currency %q is not three capital letters", s)
	}
	return s, err
}

func locale(n ast.Node) (byte, error) {
	s, err := scalar(n, "locale")
	if err != nil {
		return 0, err
	}
	d, ok := decimals[s]
	if !ok {
		return 0, wrong(n, "locale %q is not known", s)
	}
	return d, nil
}

// readStreams reads the streams, then orders them so that what others refer to
// comes first.
func (p *mappingReader) readStreams(n ast.Node) error {
	all, err := entries(n, "streams", nil)
	if err != nil {
		return err
	}
	places := map[string]entry{}
	for _, e := range all {
		if !shortName.MatchString(e.key) {
			return wrongAt(e.at, "stream %q must be small letters, digits and hyphens", e.key)
		}
		s, err := p.readStream(e)
		if err != nil {
			return err
		}
		places[e.key] = e
		p.streams = append(p.streams, s)
	}
	if len(p.streams) == 0 {
		return wrong(n, "there are no streams")
	}
	slices.SortStableFunc(p.streams, func(a, b *stream) int { return a.to.rank - b.to.rank })
	guessTables(p.streams)
	for _, s := range p.streams {
		if err := p.checkReferences(s, places[s.name].at); err != nil {
			return err
		}
	}
	if p.passes = passesOf(p.streams, tablesOf(p.streams)); p.passes == nil {
		return wrong(n, "streams of several tables refer to each other in a circle")
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

// latestDay sets the day of the run, after which no day of a record can be.
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
