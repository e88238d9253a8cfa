package imports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"casehub/adapters"
	"casehub/internal/errs"
	"casehub/internal/text"
)

// What is looked at of a table before there is a mapping.
const (
	previewRows   = 20
	samplesShown  = 3
	rawLines      = 12
	rawColumns    = 64
	mostWords     = 300 // of a code list on a page
	longestSample = 80
	// WidestTable is how many columns of a table can be pointed to.
	WidestTable = 300
)

// Table is what a source shows of one of its tables. Everything in it but the stream
// is personal data.
type Table struct {
	adapters.Stream
	Rows    []Line              // the first
	Samples map[string][]string // a few different values, by column
	Words   map[string][]string // of columns that look like code lists
	Keyed   bool                // the source gives its records keys of its own
	// Days is what the values of a column say of days, by column.
	Days map[string]*dayFacts
}

// Line is one row of a preview.
type Line struct {
	Number int64 // in the file, 0 unknown
	Cells  []string
	Skip   string // why it is no record
}

// Counted is a word with how many rows have it.
type Counted struct {
	Word string
	Rows int64
}

// WordList is what stands in a column: its words with the most frequent first, how
// many more there are, and how many rows have none.
type WordList struct {
	Words []Counted
	More  int
	Empty int64
}

// settings returns the mapping by which a draft's source is opened: its own where it
// was written, else its settings alone.
func (z *Wizard) settings(d Preparation) (*Mapping, string, error) {
	if !d.Pointed() {
		m, err := z.svc.parse(d.Text, d.Kind)
		return m, d.Text, err
	}
	source := d.Choices.source(d.Kind, true)
	m, err := SourceSettings([]byte(source))
	return m, source, err
}

// with opens the source of a draft and closes it after use.
func (z *Wizard) with(ctx context.Context, d Preparation, m *Mapping, use func(adapters.Source) error) (err error) {
	src, err := z.Open(ctx, d, m)
	if err != nil {
		return err
	}
	defer func() {
		if c, ok := src.(io.Closer); ok {
			err = errors.Join(err, c.Close())
		}
	}()
	return use(src)
}

// Catalog lists the tables of a draft's source.
func (z *Wizard) Catalog(ctx context.Context, d Preparation) (adapters.Catalog, error) {
	m, settings, err := z.settings(d)
	if err != nil {
		return adapters.Catalog{}, err
	}
	g := z.seen.of(d, settings)
	if g.catalog != nil {
		return *g.catalog, nil
	}
	var cat adapters.Catalog
	err = z.with(ctx, d, m, func(src adapters.Source) error {
		if err := src.Check(ctx); err != nil {
			return fmt.Errorf("checking the source: %w", err)
		}
		var err error
		cat, err = src.Discover(ctx)
		return err
	})
	if err == nil {
		z.seen.put(d, settings, func(k *glance) { k.catalog = &cat })
	}
	return cat, err
}

// WithTables returns a draft with the tables of its source, where it has none yet: the
// first is used, and of a database those that seem to hold clients or cases.
func (d Preparation) WithTables(cat adapters.Catalog) Preparation {
	if !d.Pointed() || len(d.Choices.Tables) > 0 {
		return d
	}
	if len(cat.Streams) == 0 {
		d.Choices.Tables = []TableChoice{{Name: "data", Use: true}}
		return d
	}
	sheets := cat.Streams[0].Name == "data"
	var all []TableChoice
	for i, st := range cat.Streams {
		t := TableChoice{Name: st.Name}
		if slices.Contains(withTables, d.Kind) {
			t.Use = i == 0
			switch {
			case sheets && i > 0:
				t.Sheet = st.Name
			case !sheets && strings.ContainsAny(st.Name, "./"):
				t.File = st.Name
			case !sheets:
				t.File = st.Name + ".*"
			}
		} else {
			t.Use = len(cat.Streams) == 1 || len(Suggest(st)) > 2
		}
		all = append(all, t)
	}
	if !slices.ContainsFunc(all, func(t TableChoice) bool { return t.Use }) {
		all[0].Use = true
	}
	d.Choices.Tables = all
	return d
}

// nameAt returns the name that the source has for a table of a draft.
func (d Preparation) nameAt(at int, cat adapters.Catalog) string {
	short := d.Choices.short(d.Kind, at)
	for _, st := range cat.Streams {
		if st.Name == short {
			return short
		}
	}
	return d.Choices.Tables[at].Name
}

// Table shows a table of a draft's source, by the name that the source has for it.
func (z *Wizard) Table(ctx context.Context, d Preparation, name string) (Table, error) {
	cat, err := z.Catalog(ctx, d)
	if err != nil {
		return Table{}, err
	}
	at := slices.IndexFunc(cat.Streams, func(st adapters.Stream) bool { return st.Name == name })
	if at < 0 {
		return Table{}, adapters.ErrStream.With("table", name)
	}
	m, settings, err := z.settings(d)
	if err != nil {
		return Table{}, err
	}
	if t, ok := z.seen.of(d, settings).tables[name]; ok {
		return t, nil
	}
	t := Table{Stream: cat.Streams[at], Samples: map[string][]string{}}
	err = z.with(ctx, d, m, func(src adapters.Source) error {
		if err := t.sample(ctx, src); err != nil {
			return err
		}
		g, err := listsIn(ctx, src, t.Stream)
		if err != nil {
			return err
		}
		t.Days, t.Words = g.days, map[string][]string{}
		for column, words := range g.lists {
			t.Words[column] = byFrequency(words)
		}
		return nil
	})
	if err == nil {
		z.seen.put(d, settings, func(k *glance) { k.tables[name] = t })
	}
	return t, err
}

// sample reads the first rows of a table.
func (t *Table) sample(ctx context.Context, src adapters.Source) error {
	rows := 0
	err := src.Read(ctx, t.Name, "", func(rec adapters.Record) error {
		if rows++; rows > 10*previewRows && len(t.Rows) > 0 {
			return errEnough
		}
		if len(t.Rows) < previewRows && rec.Skip != "blank" {
			t.Rows = append(t.Rows, lineOf(&rec, t.Fields))
		}
		if rec.Skip != "" || rec.Header == nil {
			return nil
		}
		t.Keyed = t.Keyed || rec.Key != ""
		for i, name := range rec.Header.Names() {
			s := shortened(asText(rec.At(i)))
			if all := t.Samples[name]; s != "" && len(all) < samplesShown && !slices.Contains(all, s) {
				t.Samples[name] = append(all, s)
			}
		}
		return nil
	}, func(adapters.Cursor) error { return ctx.Err() })
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// lineOf returns a record as a line under the columns of its table.
func lineOf(rec *adapters.Record, fields []adapters.Field) Line {
	l := Line{Number: rec.Loc.Row, Skip: rec.Skip}
	if rec.Header == nil {
		return l
	}
	for i := range min(len(fields), WidestTable) {
		l.Cells = append(l.Cells, shortened(asText(rec.Value(fields[i].Name))))
	}
	return l
}

// shortened returns the beginning of a value, for a page.
func shortened(s string) string {
	s = text.Clean(s)
	if r := []rune(s); len(r) > longestSample {
		return string(r[:longestSample]) + "…"
	}
	return s
}

// Raw shows the first lines of a table as they stand in the file, before anybody says
// which is the header.
func (z *Wizard) Raw(ctx context.Context, d Preparation, at int) ([]Line, error) {
	columns := make([]string, rawColumns)
	for i := range columns {
		columns[i] = "c" + strconv.Itoa(i+1)
	}
	one := d.Choices.Tables[at]
	m, err := SourceSettings([]byte("source:\n  type: " + d.Kind + "\n  tables:\n    raw: " + one.settings(columns) + "\n"))
	if err != nil {
		return nil, err
	}
	var lines []Line
	err = z.with(ctx, d, m, func(src adapters.Source) error {
		return src.Read(ctx, "raw", "", func(rec adapters.Record) error {
			if len(lines) == rawLines {
				return errEnough
			}
			l := Line{Number: rec.Loc.Row}
			for _, v := range rec.Values {
				l.Cells = append(l.Cells, shortened(asText(v)))
			}
			lines = append(lines, l)
			return nil
		}, func(adapters.Cursor) error { return ctx.Err() })
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return even(lines), err
}

// even gives all lines as many cells as the longest has with something in it.
func even(lines []Line) []Line {
	width := 0
	for _, l := range lines {
		for i, c := range l.Cells {
			if c != "" {
				width = max(width, i+1)
			}
		}
	}
	for i := range lines {
		lines[i].Cells = append(lines[i].Cells, make([]string, width)...)[:width]
	}
	return lines
}

// WordsIn counts the words of some columns over a whole table.
func (z *Wizard) WordsIn(ctx context.Context, d Preparation, name string, columns []string) (map[string]WordList, error) {
	m, settings, err := z.settings(d)
	if err != nil {
		return nil, err
	}
	asked := name + "\x00" + strings.Join(columns, "\x00")
	if w, ok := z.seen.of(d, settings).words[asked]; ok {
		return w, nil
	}
	counts := make([]map[string]int64, len(columns))
	empty := make([]int64, len(columns))
	for i := range counts {
		counts[i] = map[string]int64{}
	}
	err = z.with(ctx, d, m, func(src adapters.Source) error {
		return src.Read(ctx, name, "", func(rec adapters.Record) error {
			if rec.Skip != "" || rec.Deleted {
				return nil
			}
			for i, c := range columns {
				v := rec.Value(c)
				switch w := text.Clean(asText(v)); {
				case isNull(v) || w == "":
					empty[i]++
				case len(counts[i]) < 100*mostWords || counts[i][w] > 0:
					counts[i][w]++
				}
			}
			return nil
		}, func(adapters.Cursor) error { return ctx.Err() })
	})
	if err != nil {
		return nil, err
	}
	all := map[string]WordList{}
	for i, c := range columns {
		all[c] = ranked(counts[i], empty[i])
	}
	z.seen.put(d, settings, func(k *glance) { k.words[asked] = all })
	return all, nil
}

// ranked puts the most frequent words first.
func ranked(counts map[string]int64, empty int64) WordList {
	l := WordList{Empty: empty}
	words := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	for _, w := range words[:min(len(words), mostWords)] {
		l.Words = append(l.Words, Counted{w, counts[w]})
	}
	l.More = len(words) - len(l.Words)
	return l
}

// IsOfFile reports an error that the file itself is to blame for, so that a page can
// say what to do about it.
func IsOfFile(err error) bool {
	e := errs.As(err)
	return e != nil && (strings.HasPrefix(e.Key(), "adapters.") || errors.Is(err, ErrUploadGone) || errors.Is(err, ErrSource) || errors.Is(err, ErrDraftText))
}

// seen remembers what sources showed, so that going back and forth does not read a
// file anew: the last few drafts, in memory alone.
type seen struct {
	mu    sync.Mutex
	all   map[string]*glance
	order []string
}

// glance is what is remembered of a draft, for one way of reading its file.
type glance struct {
	by      string // file and settings
	catalog *adapters.Catalog
	tables  map[string]Table
	words   map[string]map[string]WordList
}

// mostSeen is how many drafts are remembered.
const mostSeen = 4

func newSeen() *seen { return &seen{all: map[string]*glance{}} }

// of returns a copy of what is known of a draft.
func (s *seen) of(d Preparation, settings string) glance {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.all[d.ID]
	if k == nil || k.by != string(d.file)+"\x00"+settings || d.file == "" {
		return glance{}
	}
	return glance{k.by, k.catalog, maps.Clone(k.tables), maps.Clone(k.words)}
}

// put remembers something of a draft. What is read over the network is not remembered.
func (s *seen) put(d Preparation, settings string, add func(*glance)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := string(d.file) + "\x00" + settings
	if k := s.all[d.ID]; k == nil || k.by != by {
		s.all[d.ID] = &glance{by: by, tables: map[string]Table{}, words: map[string]map[string]WordList{}}
	}
	s.order = append(slices.DeleteFunc(s.order, func(id string) bool { return id == d.ID }), d.ID)
	if len(s.order) > mostSeen {
		delete(s.all, s.order[0])
		s.order = s.order[1:]
	}
	add(s.all[d.ID])
}

func (s *seen) forget(draft string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, draft)
	s.order = slices.DeleteFunc(s.order, func(id string) bool { return id == draft })
}
