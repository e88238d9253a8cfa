package imports

import (
	"hash"
	"io/fs"
	"regexp"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"

	"casehub/internal/currency"
	catalogs "casehub/internal/locale"
)

// Keys of the parts of a mapping file, as the schema has them.
var (
	mappingKeys  = []string{"mapping", "title", "instance", "source", "defaults", "limits", "unmapped", "leave_out", "complete", "sweep_days", "mode", "streams"}
	defaultsKeys = []string{"date_order", "century_pivot", "currency", "locale", "region", "timezone"}
	limitsKeys   = []string{"failed_share", "gone_share", "batch"}
	streamKeys   = []string{"from", "to", "key", "when", "only_with", "repeats", "identity", "fields"}
	identityKeys = []string{"exact", "fuzzy", "at_least", "then"}
	keyKeys      = []string{"columns", "fn", "missing"}
	whenKeys     = []string{"col", "is", "in", "not_in", "reason", "and"}
	fieldKeys    = []string{"col", "cols", "join", "take", "const", "default", "fn", "codes", "codes_file", "lookup", "unknown", "required", "on_error", "leftover", "ref"}
	refKeys      = []string{"stream", "instance", "find", "columns", "fn"}
	idKeys       = []string{"digits", "check"}
	lookupKeys   = []string{"table", "from", "to", "fn"}
	dateKeys     = []string{"order", "century_pivot", "precision", "excel_serials", "numbers", "timezone", "not_before"}
	moneyKeys    = []string{"locale", "decimal", "currency"}
	partKeys     = []string{"separator", "side", "alone"}
	replaceKeys  = []string{"find", "with"}
)

var (
	mappingName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,60}/[0-9]{1,6}$`)
	shortName   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,60}$`)
)

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
// texts gathers the texts of a part of a mapping.
type texts map[string]bool

// Visit implements ast.Visitor.
func (t texts) Visit(n ast.Node) ast.Visitor {
	if s, ok := n.(*ast.StringNode); ok {
		t[s.Value] = true
	}
	return t
}

func (p *mappingReader) readSource(n ast.Node) error {
	all, err := entries(n, "source", nil)
	if err != nil {
		return err
	}
	p.source, p.settingsHave = n, map[string]bool{}
	ast.Walk(texts(p.settingsHave), n)
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
	return nil
}

// onlyTable is the table of a spreadsheet where none is declared or named.
const onlyTable = "data"

// withTables are the types of sources whose tables the mapping can declare. Where it does
// not, and those of any other, are named by the source in its own way: as its sheets are.
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
		case "timezone":
			p.defaults.dates.zone, err = timezone(e.value)
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
	d, ok := catalogs.DecimalSign(s)
	if !ok {
		return 0, wrong(n, "locale %q is not known: it takes a language and a country, as sw-TZ", s)
	}
	return d, nil
}

// timezone reads the name of a time zone.
func timezone(n ast.Node) (*time.Location, error) {
	s, err := scalar(n, "timezone")
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(s)
	if err != nil || s == "" || s == "Local" {
		return nil, wrong(n, "timezone %q is not known: it takes a name as Africa/Johannesburg", s)
	}
	return zone, nil
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
